#include "promql/bucket_stream.h"

#include <deque>

#include "promql/functions.h"
#include "promql/series_source.h"
#include "sys/task_pool.h"

namespace isobar::promql {
namespace {

using List = SharedSelects::List;

// Buckets begun ahead of the one that is needed, for each thread.
constexpr std::size_t kAhead = 4;

bool is_number(const Expr& expr) { return unwrap_parens(expr).kind == ExprKind::kNumber; }

const VectorSelector* selector_of_call(const CallExpr& call) {
  const FunctionCode& code = call.function->code;
  if (code.range == nullptr && code.element == nullptr) return nullptr;
  const Expr* series = nullptr;
  for (const ExprPtr& argument : call.arguments) {
    if (is_number(*argument)) continue;
    if (series != nullptr) return nullptr;
    series = argument.get();
  }
  return series == nullptr ? nullptr : selector_of_chain(*series);
}

const VectorSelector* selector_of_binary(const BinaryExpr& binary) {
  if (is_number(*binary.right)) return selector_of_chain(*binary.left);
  return is_number(*binary.left) ? selector_of_chain(*binary.right) : nullptr;
}

// One bucket: the surroundings of a query of its own, and what came out.
struct Bucket {
  // `counter`: the one when the stream was made; that of the state may be another's by now.
  Bucket(const QueryState& of, const SampleCounter& counter, const Expr& expr_in, const eval::StepGrid& grid_in)
      : expr(expr_in),
        grid(grid_in),
        samples(counter ? counter.samples->at.size() : 0),
        state{of.reader, of.context, of.tenants, of.options, of.lookback, of.start, of.end, of.step, of.instant,
              eval::QueryMemory(of.context.budget, of.context.cancellation, of.options.max_samples), Notes(of.notes.query()), of.metadata_labels},
        hold(state.memory) {
    if (counter) state.counter = {&samples, counter.every_step};
    state.notes.record(&remarks);
    state.given = &input;
  }

  void run() {
    const auto work = [this]() -> Result<void> {
      TRY(const eval::StreamPtr stream, Evaluator(state).vector(expr, grid));
      TRY(output, eval::collect(*stream, hold));
      return {};
    };
    fault = work();
    input.clear();
  }

  const Expr& expr;
  const eval::StepGrid grid;
  List input;
  StepSamples samples;
  Notes::Remarks remarks;
  QueryState state;
  eval::MemoryHold hold;
  Result<void> fault;
  eval::StepMatrix output;
};

struct Piece {
  std::shared_ptr<Bucket> bucket;
  std::shared_ptr<sys::SharedTask> task;
};

// Cuts what a selector finds.
class Cutter {
 public:
  Cutter(QueryState& state, const eval::StepGrid& grid) : state_(state), grid_(grid) {}

  Result<void> open(const VectorSelector& selector, const model::SelectRequest& request) {
    if (state_.shared_selects != nullptr) {
      TRY(const auto shared, state_.shared_selects->select(state_.reader, selector, request, state_.context));
      if (shared) return batch_ = *shared, Result<void>{};
    }
    TRY(set_, state_.reader.select(request, state_.context));
    return {};
  }

  // The series of the next bucket; false if there are no more after it.
  Result<bool> cut(List& out) {
    std::size_t work = 0;
    while (work < state_.options.bucket_work) {
      if (at_ == batch_.size()) {
        TRY(const bool more, fill());
        if (!more) return false;
      }
      work += batch_[at_]->sample_count_bound() + grid_.count;
      out.push_back(std::move(batch_[at_++]));
    }
    return true;
  }

 private:
  Result<bool> fill() {
    batch_.clear();
    at_ = 0;
    TRYV(state_.memory.check());
    if (set_) TRYV(set_->next(batch_));
    return !batch_.empty();
  }

  QueryState& state_;
  eval::StepGrid grid_;
  std::unique_ptr<model::SeriesSet> set_;  // null: all there is is in batch_
  List batch_;
  std::size_t at_ = 0;
};

// One bucket on this thread, in the query's own surroundings.
class OneBucketStream : public eval::SeriesStream {
 public:
  Result<void> open(QueryState& state, const Expr& expr, const eval::StepGrid& grid, List series) {
    series_ = std::move(series);
    state.given = &series_;
    auto inner = Evaluator(state).vector(expr, grid);
    state.given = nullptr;
    TRY(inner_, std::move(inner));
    return {};
  }
  Result<bool> next(eval::StepSeries& out) override { return inner_->next(out); }
  bool distinct_without_name() const override { return true; }

 private:
  List series_;
  eval::StreamPtr inner_;
};

class BucketStream : public eval::SeriesStream {
 public:
  BucketStream(QueryState& state, const Expr& expr, const eval::StepGrid& grid, Cutter cutter)
      : state_(state), counter_(state.counter), expr_(expr), grid_(grid), cutter_(std::move(cutter)) {}
  // Nothing of the query may be used by others when it is over.
  ~BucketStream() override {
    for (const Piece& piece : ahead_) piece.task->abandon();
  }

  void begin(List series) {
    auto bucket = std::make_shared<Bucket>(state_, counter_, expr_, grid_);
    bucket->input = std::move(series);
    auto task = std::make_shared<sys::SharedTask>([bucket] { bucket->run(); });
    state_.options.helpers->offer([task] { task->run_if_free(); });
    ahead_.push_back({std::move(bucket), std::move(task)});
  }

  Result<bool> next(eval::StepSeries& out) override {
    while (current_ == nullptr || at_ == current_->output.size()) {
      TRY(const bool more, next_bucket());
      if (!more) return false;
    }
    std::swap(out, current_->output[at_++]);
    return true;
  }
  bool distinct_without_name() const override { return true; }

 private:
  Result<bool> next_bucket() {
    current_.reset();
    TRYV(state_.memory.check());
    while (more_ && ahead_.size() <= kAhead * state_.options.helpers->threads()) {
      List series;
      TRY(more_, cutter_.cut(series));
      if (!series.empty()) begin(std::move(series));
    }
    if (ahead_.empty()) return false;
    finish_first();
    const Piece piece = std::move(ahead_.front());
    ahead_.pop_front();
    TRYV(piece.bucket->fault);
    current_ = piece.bucket;
    at_ = 0;
    take_over(*current_);
    return true;
  }

  // While another has the first this thread does what comes after it.
  void finish_first() {
    const sys::SharedTask& first = *ahead_.front().task;
    for (const Piece& piece : ahead_) {
      if (first.is_done()) return;
      piece.task->run_if_free();
    }
    ahead_.front().task->finish();
  }

  void take_over(const Bucket& bucket) {
    state_.notes.say_again(bucket.remarks, 0);
    state_.memory.count(bucket.state.memory);
    if (counter_) counter_.samples->add(bucket.samples);
  }

  QueryState& state_;
  const SampleCounter counter_;
  const Expr& expr_;
  const eval::StepGrid grid_;
  Cutter cutter_;
  bool more_ = true;
  std::deque<Piece> ahead_;
  std::shared_ptr<Bucket> current_;
  std::size_t at_ = 0;
};

// What the selector at the bottom of the operators asks for.
Result<model::SelectRequest> request_of(QueryState& state, const Expr& expr, const eval::StepGrid& grid) {
  model::SelectRequest request;
  state.asked = &request;
  const auto ask = [&]() -> Result<void> {
    TRY(const eval::StreamPtr stream, Evaluator(state).vector(expr, grid));
    eval::StepSeries none;
    TRYV(stream->next(none));
    return {};
  };
  const Result<void> asked = ask();
  state.asked = nullptr;
  TRYV(asked);
  return request;
}

}  // namespace

const VectorSelector* selector_of_chain(const Expr& expr) {
  const VectorSelector* selector = nullptr;
  switch (expr.kind) {
    case ExprKind::kParen: return selector_of_chain(*as<ParenExpr>(expr).inner);
    case ExprKind::kUnary: return selector_of_chain(*as<UnaryExpr>(expr).inner);
    case ExprKind::kCall: return selector_of_call(as<CallExpr>(expr));
    case ExprKind::kBinary: return selector_of_binary(as<BinaryExpr>(expr));
    case ExprKind::kMatrixSelector: selector = as<MatrixSelector>(expr).selector.get(); break;
    case ExprKind::kVectorSelector: selector = &as<VectorSelector>(expr); break;
    default: return nullptr;
  }
  return names_one_metric(*selector) ? selector : nullptr;
}

Result<eval::StreamPtr> bucket_stream(QueryState& state, const Expr& expr, const eval::StepGrid& grid) {
  TRY(const model::SelectRequest request, request_of(state, expr, grid));
  Cutter cutter(state, grid);
  TRYV(cutter.open(*selector_of_chain(expr), request));
  List first;
  TRY(const bool more, cutter.cut(first));
  if (!more) {
    auto one = std::make_unique<OneBucketStream>();
    TRYV(one->open(state, expr, grid, std::move(first)));
    return eval::StreamPtr(std::move(one));
  }
  auto stream = std::make_unique<BucketStream>(state, expr, grid, std::move(cutter));
  stream->begin(std::move(first));
  return eval::StreamPtr(std::move(stream));
}

}  // namespace isobar::promql
