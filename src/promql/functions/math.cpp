// Functions of one float, and clamp and round with their parameters.
#include <cmath>

#include "promql/functions/extremes.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

double abs_of(double x, const double*) {
  return std::fabs(x);
}
double ceil_of(double x, const double*) {
  return std::ceil(x);
}
double floor_of(double x, const double*) {
  return std::floor(x);
}
double exp_of(double x, const double*) {
  return std::exp(x);
}
double sqrt_of(double x, const double*) {
  return std::sqrt(x);
}
double ln_of(double x, const double*) {
  return std::log(x);
}
double log2_of(double x, const double*) {
  return std::log2(x);
}
double log10_of(double x, const double*) {
  return std::log10(x);
}
double sgn_of(double x, const double*) {
  return x < 0 ? -1 : (x > 0 ? 1 : x);
}
double clamp_min_of(double x, const double* p) {
  return larger_of(p[0], x);
}
double clamp_max_of(double x, const double* p) {
  return smaller_of(p[0], x);
}

constexpr FunctionSpec of_vector(std::string_view name, ElementKernel kernel, std::string_view doc,
                                 std::string_view example, std::uint8_t parameters = 0) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kVector, ValueType::kScalar, ValueType::kScalar};
  spec.min_arguments = spec.max_arguments = static_cast<std::uint8_t>(1 + parameters);
  spec.doc = doc;
  spec.example = example;
  spec.code.element = kernel;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    of_vector("abs", abs_of, "Absolute value.", "abs(delta(node_load1[5m]))"),
    of_vector("ceil", ceil_of, "Rounded up to the nearest integer.", "ceil(node_load1)"),
    of_vector("floor", floor_of, "Rounded down to the nearest integer.", "floor(node_load1)"),
    of_vector("exp", exp_of, "Exponential function.", "exp(node_load1)"),
    of_vector("sqrt", sqrt_of, "Square root.", "sqrt(node_load1)"),
    of_vector("ln", ln_of, "Natural logarithm.", "ln(node_load1)"),
    of_vector("log2", log2_of, "Binary logarithm.", "log2(node_load1)"),
    of_vector("log10", log10_of, "Decimal logarithm.", "log10(node_load1)"),
    of_vector("sgn", sgn_of, "-1, 0 or 1, the sign of the value.", "sgn(deriv(node_load1[5m]))"),
    of_vector("clamp_min", clamp_min_of, "The value, but at least the given minimum.",
              "clamp_min(node_load1, 1)", 1),
    of_vector("clamp_max", clamp_max_of, "The value, but at most the given maximum.",
              "clamp_max(node_load1, 4)", 1),
};

}  // namespace

std::span<const FunctionSpec> math_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
