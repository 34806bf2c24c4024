#include "promql/shared_selects.h"

#include <fmt/format.h>

namespace isobar::promql {
namespace {

std::string text_of(const std::vector<model::Matcher>& matchers) {
  std::string text;
  for (const model::Matcher& m : matchers) {
    text += fmt::format("{}:{} {} {}:{} ", m.name().size(), m.name(), static_cast<int>(m.type()), m.value().size(), m.value());
  }
  return text;
}

// Everything that may change what is found or how it is read.
std::string key_of(const model::SelectRequest& r) {
  return fmt::format("{} {} {} {} {} {} {} {}", r.min.ms, r.max.ms, r.step.ms, r.range.ms, r.grid.ms, r.use, r.function, text_of(r.matchers));
}

}  // namespace

SharedSelects::SharedSelects(const Expr& expr, eval::QueryMemory& memory) : hold_(memory) { count(expr); }

void SharedSelects::count(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kVectorSelector: ++times_[text_of(as<VectorSelector>(expr).matchers)]; break;
    case ExprKind::kMatrixSelector: count(*as<MatrixSelector>(expr).selector); break;
    case ExprKind::kParen: count(*as<ParenExpr>(expr).inner); break;
    case ExprKind::kUnary: count(*as<UnaryExpr>(expr).inner); break;
    case ExprKind::kSubquery: count(*as<SubqueryExpr>(expr).inner); break;
    case ExprKind::kStepInvariant: count(*as<StepInvariantExpr>(expr).inner); break;
    case ExprKind::kBinary:
      count(*as<BinaryExpr>(expr).left);
      count(*as<BinaryExpr>(expr).right);
      break;
    case ExprKind::kAggregate:
      if (as<AggregateExpr>(expr).parameter) count(*as<AggregateExpr>(expr).parameter);
      count(*as<AggregateExpr>(expr).inner);
      break;
    case ExprKind::kCall:
      for (const ExprPtr& argument : as<CallExpr>(expr).arguments) count(*argument);
      break;
    case ExprKind::kNumber:
    case ExprKind::kString: break;
  }
}

Result<std::shared_ptr<const SharedSelects::List>> SharedSelects::select(model::SeriesReader& reader, const VectorSelector& selector,
                                                                         const model::SelectRequest& request,
                                                                         const model::ReadContext& context) {
  const auto times = times_.find(text_of(selector.matchers));
  if (times == times_.end() || times->second < 2) return nullptr;
  const auto [at, added] = found_.try_emplace(key_of(request));
  if (added) {
    TRY(at->second, read(reader, request, context));
  }
  return at->second;
}

Result<std::shared_ptr<const SharedSelects::List>> SharedSelects::read(model::SeriesReader& reader, const model::SelectRequest& request,
                                                                       const model::ReadContext& context) {
  constexpr std::size_t kHandleBytes = 256;
  TRY(const std::unique_ptr<model::SeriesSet> set, reader.select(request, context));
  auto list = std::make_shared<List>();
  List batch;
  for (;;) {
    TRYV(context.cancellation.check());
    TRYV(set->next(batch));
    if (batch.empty()) return list;
    std::size_t bytes = batch.size() * kHandleBytes;
    for (const auto& series : batch) bytes += series->labels().encoded().size();
    TRYV(hold_.grow(bytes, 0));
    list->insert(list->end(), batch.begin(), batch.end());
  }
}

}  // namespace isobar::promql
