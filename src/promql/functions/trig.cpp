// Trigonometric and hyperbolic functions, in radians.
#include <cmath>
#include <numbers>

#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

double sin_of(double x, const double*) {
  return std::sin(x);
}
double cos_of(double x, const double*) {
  return std::cos(x);
}
double tan_of(double x, const double*) {
  return std::tan(x);
}
double asin_of(double x, const double*) {
  return std::asin(x);
}
double acos_of(double x, const double*) {
  return std::acos(x);
}
double atan_of(double x, const double*) {
  return std::atan(x);
}
double sinh_of(double x, const double*) {
  return std::sinh(x);
}
double cosh_of(double x, const double*) {
  return std::cosh(x);
}
double tanh_of(double x, const double*) {
  return std::tanh(x);
}
double asinh_of(double x, const double*) {
  return std::asinh(x);
}
double acosh_of(double x, const double*) {
  return std::acosh(x);
}
double atanh_of(double x, const double*) {
  return std::atanh(x);
}
double rad_of(double x, const double*) {
  return x * std::numbers::pi / 180;
}
double deg_of(double x, const double*) {
  return x * 180 / std::numbers::pi;
}

constexpr FunctionSpec of_vector(std::string_view name, ElementKernel kernel, std::string_view doc,
                                 std::string_view example) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kVector};
  spec.min_arguments = spec.max_arguments = 1;
  spec.doc = doc;
  spec.example = example;
  spec.code.element = kernel;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    of_vector("sin", sin_of, "Sine.", "sin(angle)"),
    of_vector("cos", cos_of, "Cosine.", "cos(angle)"),
    of_vector("tan", tan_of, "Tangent.", "tan(angle)"),
    of_vector("asin", asin_of, "Arcsine.", "asin(ratio)"),
    of_vector("acos", acos_of, "Arccosine.", "acos(ratio)"),
    of_vector("atan", atan_of, "Arctangent.", "atan(ratio)"),
    of_vector("sinh", sinh_of, "Hyperbolic sine.", "sinh(x)"),
    of_vector("cosh", cosh_of, "Hyperbolic cosine.", "cosh(x)"),
    of_vector("tanh", tanh_of, "Hyperbolic tangent.", "tanh(x)"),
    of_vector("asinh", asinh_of, "Inverse hyperbolic sine.", "asinh(x)"),
    of_vector("acosh", acosh_of, "Inverse hyperbolic cosine.", "acosh(x)"),
    of_vector("atanh", atanh_of, "Inverse hyperbolic tangent.", "atanh(x)"),
    of_vector("rad", rad_of, "Degrees to radians.", "rad(angle_degrees)"),
    of_vector("deg", deg_of, "Radians to degrees.", "deg(angle)"),
};

}  // namespace

std::span<const FunctionSpec> trig_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
