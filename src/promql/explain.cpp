#include "promql/explain.h"

#include <fmt/format.h>

#include "promql/aggregators.h"
#include "promql/functions.h"

namespace isobar::promql {
namespace {

constexpr std::size_t kSampleBytes = sizeof(std::int64_t) + sizeof(double);

std::string grouping_text(const AggregateExpr& expr) {
  if (!expr.has_grouping) return {};
  std::string text = expr.without ? " without (" : " by (";
  for (std::size_t i = 0; i < expr.grouping.size(); ++i) text += (i == 0 ? "" : ", ") + expr.grouping[i];
  return text + ")";
}

std::string operation_text(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kAggregate: return std::string(as<AggregateExpr>(expr).aggregator->name) + grouping_text(as<AggregateExpr>(expr));
    case ExprKind::kCall: return std::string(as<CallExpr>(expr).function->name);
    case ExprKind::kBinary: return std::string(op_text(as<BinaryExpr>(expr).op));
    case ExprKind::kUnary: return "negate";
    case ExprKind::kVectorSelector: return "select";
    case ExprKind::kMatrixSelector: return "select range";
    case ExprKind::kSubquery: return "subquery";
    case ExprKind::kStepInvariant: return "once for all steps";
    case ExprKind::kNumber:
    case ExprKind::kString:
    case ExprKind::kParen: break;
  }
  return {};
}

bool is_selector(const Expr& expr) { return expr.kind == ExprKind::kVectorSelector || expr.kind == ExprKind::kMatrixSelector; }

// Adds the time between its birth and its death.
class Watch {
 public:
  Watch(const Trace& trace, PlanNode& node) : trace_(trace), node_(node), began_(trace.now()) {}
  ~Watch() { node_.seconds += seconds_between(began_, trace_.now()); }

 private:
  const Trace& trace_;
  PlanNode& node_;
  Monotonic began_;
};

class MeasuredStream : public eval::SeriesStream {
 public:
  MeasuredStream(const Trace& trace, PlanNode& node, eval::StreamPtr inner) : trace_(trace), node_(node), inner_(std::move(inner)) {}
  Result<bool> next(eval::StepSeries& out) override {
    const Watch watch(trace_, node_);
    const std::size_t read = trace_.samples_read();
    TRY(const bool more, inner_->next(out));
    if (node_.reads) {
      node_.samples += trace_.samples_read() - read;
      node_.bytes += (trace_.samples_read() - read) * kSampleBytes;
    }
    if (!more) return false;
    ++node_.series;
    if (node_.reads) return true;
    for (std::size_t i = 0; i < out.steps(); ++i) node_.samples += out.present(i) ? 1U : 0U;
    node_.bytes += out.byte_size();
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  const Trace& trace_;
  PlanNode& node_;
  eval::StreamPtr inner_;
};

class MeasuredRange : public RangeStream {
 public:
  MeasuredRange(const Trace& trace, PlanNode& node, RangePtr inner)
      : RangeStream(inner->plan()), trace_(trace), node_(node), inner_(std::move(inner)) {}
  Result<bool> next(RangeSeries& out) override {
    const Watch watch(trace_, node_);
    TRY(const bool more, inner_->next(out));
    if (!more) return false;
    const std::size_t samples = out.floats.size() + out.histograms.size();
    ++node_.series;
    node_.samples += samples;
    node_.bytes += samples * kSampleBytes;
    return true;
  }
  bool distinct_without_name() const override { return inner_->distinct_without_name(); }

 private:
  const Trace& trace_;
  PlanNode& node_;
  RangePtr inner_;
};

// Every operator says its text, and so all that lies below it once more: long ones would add up to megabytes. Not cut within a
// character.
std::string shortened(std::string_view text) {
  if (text.size() <= kMaxPlanText) return std::string(text);
  std::size_t end = kMaxPlanText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

PlanNode& child_of(PlanNode& parent, const Expr& expr, std::string_view query) {
  auto node = std::make_unique<PlanNode>();
  node->operation = operation_text(expr);
  const auto start = static_cast<std::size_t>(expr.position.start), end = static_cast<std::size_t>(expr.position.end);
  if (start <= end && end <= query.size()) node->expression = shortened(query.substr(start, end - start));
  node->reads = is_selector(expr);
  return *parent.children.emplace_back(std::move(node));
}

}  // namespace

bool Trace::worth_a_line(const Expr& expr) { return !operation_text(expr).empty(); }

Trace::Step::Step(Trace& trace, const Expr& expr)
    : trace_(trace), node_(child_of(*trace.current_, expr, trace.query_)), outer_(trace.current_), began_(trace.now()) {
  trace_.current_ = &node_;
}

Trace::Step::~Step() {
  node_.seconds += seconds_between(began_, trace_.now());
  trace_.current_ = outer_;
}

eval::StreamPtr Trace::Step::measured(eval::StreamPtr stream) {
  return std::make_unique<MeasuredStream>(trace_, node_, std::move(stream));
}

RangePtr Trace::Step::measured(RangePtr ranges) { return std::make_unique<MeasuredRange>(trace_, node_, std::move(ranges)); }

std::shared_ptr<const PlanNode> Trace::take() {
  if (root_.children.empty()) return nullptr;
  return std::shared_ptr<const PlanNode>(std::move(root_.children.front()));
}

}  // namespace isobar::promql
