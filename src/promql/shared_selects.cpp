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
  if (expr.kind == ExprKind::kVectorSelector) ++times_[text_of(as<VectorSelector>(expr).matchers)];
  for (const Expr* child : children(expr)) count(*child);
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
