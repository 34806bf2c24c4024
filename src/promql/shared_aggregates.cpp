#include "promql/shared_aggregates.h"

namespace isobar::promql {
namespace {

void visit(const Expr& expr, const std::function<void(const Expr&)>& each) {
  each(expr);
  for (const Expr* child : children(expr)) visit(*child, each);
}

StepSamples counts_of(const SampleCounter& counter) { return counter ? *counter.samples : StepSamples(0); }

void subtract(StepSamples& counts, const StepSamples& before) {
  for (std::size_t i = 0; i < counts.at.size(); ++i) counts.at[i] -= before.at[i];
  counts.at_every -= before.at_every;
}

}  // namespace

struct SharedAggregates::Kept {
  explicit Kept(eval::QueryMemory& memory) : hold(memory) {}
  eval::StepMatrix series;
  eval::MemoryHold hold;
  bool distinct_without_name = false;
  int position = 0;  // where it was computed
  Notes::Remarks remarks;
  StepSamples counts{0};
};

class SharedAggregates::Stream : public eval::SeriesStream {
 public:
  explicit Stream(std::shared_ptr<const Kept> kept) : kept_(std::move(kept)) {}
  Result<bool> next(eval::StepSeries& out) override {
    if (next_ == kept_->series.size()) return false;
    out = kept_->series[next_++];
    return true;
  }
  bool distinct_without_name() const override { return kept_->distinct_without_name; }

 private:
  std::shared_ptr<const Kept> kept_;
  std::size_t next_ = 0;
};

SharedAggregates::SharedAggregates(const Expr& expr, std::string_view query, eval::QueryMemory& memory) : query_(query), memory_(memory) {
  visit(expr, [this](const Expr& e) {
    if (e.kind == ExprKind::kAggregate) ++times_[text_of(e)];
  });
  std::erase_if(times_, [](const auto& entry) { return entry.second < 2; });
}

std::string_view SharedAggregates::text_of(const Expr& expr) const {
  const auto start = static_cast<std::size_t>(expr.position.start);
  return query_.substr(start, static_cast<std::size_t>(expr.position.end) - start);
}

SharedAggregates::Key SharedAggregates::key_of(const AggregateExpr& expr, const eval::StepGrid& grid, const SampleCounter& counter) const {
  Key key{text_of(expr), grid.start, grid.step, grid.count, static_cast<bool>(counter), counter.every_step, {}};
  visit(expr, [&key](const Expr& e) {
    if (e.kind == ExprKind::kVectorSelector) key.statistics_only.push_back(as<VectorSelector>(e).statistics_only);
  });
  return key;
}

Result<std::shared_ptr<SharedAggregates::Kept>> SharedAggregates::compute_and_keep(const AggregateExpr& expr, const Effects& effects,
                                                                                  const Compute& compute) {
  auto kept = std::make_shared<Kept>(memory_);
  kept->position = expr.position.start;
  const StepSamples before = counts_of(effects.counter);
  Notes::Remarks* const outer = effects.notes.record(&kept->remarks);
  const auto gather = [&]() -> Result<void> {
    TRY(const eval::StreamPtr stream, compute());
    kept->distinct_without_name = stream->distinct_without_name();
    TRY(kept->series, eval::collect(*stream, kept->hold));
    return {};
  };
  const Result<void> gathered = gather();
  effects.notes.record(outer);
  for (const Notes::Remark& remark : kept->remarks) {
    if (outer != nullptr) outer->add(remark);
  }
  TRYV(gathered);
  kept->counts = counts_of(effects.counter);
  subtract(kept->counts, before);
  return kept;
}

Result<eval::StreamPtr> SharedAggregates::series(const AggregateExpr& expr, const eval::StepGrid& grid, const Effects& effects,
                                                 const Compute& compute) {
  const Key key = key_of(expr, grid, effects.counter);
  auto at = found_.find(key);
  if (at == found_.end()) {
    TRY(std::shared_ptr<Kept> kept, compute_and_keep(expr, effects, compute));
    at = found_.emplace(key, std::move(kept)).first;
  } else {
    effects.notes.say_again(at->second->remarks, expr.position.start - at->second->position);
    if (effects.counter) effects.counter.samples->add(at->second->counts);
  }
  return eval::StreamPtr(std::make_unique<Stream>(at->second));
}

}  // namespace isobar::promql
