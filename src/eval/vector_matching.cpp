#include "eval/vector_matching.h"

#include "eval/grouping.h"

namespace isobar::eval {
namespace {

// The series of one match group, by side.
struct Group {
  std::vector<std::uint32_t> many;
  std::vector<std::uint32_t> one;
};

constexpr std::string_view kAmbiguousLabels =
    "multiple matches for labels: grouping labels must ensure unique matches";

Row constant_row(std::size_t steps, double value, StepSeries& buffer) {
  buffer.kinds.assign(steps, Kind::kFloat);
  buffer.values.assign(steps, value);
  buffer.histograms.clear();
  return Row::of(buffer);
}

class Matcher {
 public:
  Matcher(const StepMatrix& left, const StepMatrix& right, const VectorMatching& matching,
          CellOperation& operation, const MatchingOptions& options, QueryMemory& memory)
      : swapped_(matching.cardinality == Cardinality::kOneToMany),
        many_(swapped_ ? right : left),
        one_(swapped_ ? left : right),
        // Prometheus exchanges the sides of group_right before it fills, so fill_left is for the "many" side
        // always.
        fill_many_(matching.fill_left),
        fill_one_(matching.fill_right),
        matching_(matching),
        operation_(operation),
        options_(options),
        merger_(memory, kAmbiguousLabels),
        labels_(matching.labels),
        include_(matching.include) {
    std::sort(labels_.begin(), labels_.end());
  }

  Result<StepMatrix> run() {
    if ((many_.empty() || one_.empty()) && !fill_many_ && !fill_one_) return StepMatrix{};
    GroupIndex index(Grouping(matching_.on, matching_.labels));
    std::vector<Group> groups;
    assign(many_, index, groups, &Group::many);
    assign(one_, index, groups, &Group::one);
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      taken_.assign(options_.steps, false);
      taken_by_labels_.clear();
      TRYV(run_group(groups[g], index.labels(g)));
    }
    return merger_.take();
  }

 private:
  static void assign(const StepMatrix& side, GroupIndex& index, std::vector<Group>& groups,
                     std::vector<std::uint32_t> Group::*member) {
    for (std::uint32_t s = 0; s < side.size(); ++s) {
      const std::uint32_t g = index.group_of(side[s].labels);
      if (g >= groups.size()) groups.resize(g + 1);
      (groups[g].*member).push_back(s);
    }
  }

  Result<void> run_group(const Group& group, const model::Labels& group_labels) {
    TRYV(check_one_side(group, group_labels));
    for (const std::uint32_t o : group.one) {
      for (const std::uint32_t m : group.many)
        TRYV(pair(many_[m], one_[o], Row::of(many_[m]), Row::of(one_[o])));
    }
    if (fill_one_) TRYV(fill_missing_one(group, group_labels));
    if (fill_many_) TRYV(fill_missing_many(group, group_labels));
    return {};
  }

  // Where the "many" side has a sample or one is filled in, the operation takes place.
  bool takes_place(std::size_t step) {
    if (fill_many_ || fill_one_) return true;
    if (many_at_.empty()) {
      many_at_.assign(options_.steps, false);
      for (const StepSeries& s : many_) {
        for (std::size_t i = 0; i < options_.steps; ++i) {
          if (s.present(i)) many_at_[i] = true;
        }
      }
    }
    return many_at_[step];
  }

  // Two series of the "one" side at the same step make the match ambiguous, whether or not the group has a partner.
  Result<void> check_one_side(const Group& group, const model::Labels& group_labels) {
    if (group.one.size() < 2) return {};
    std::vector<std::uint32_t> holder(options_.steps, UINT32_MAX);
    for (const std::uint32_t o : group.one) {
      for (std::size_t i = 0; i < options_.steps; ++i) {
        if (!one_[o].present(i)) continue;
        if (holder[i] != UINT32_MAX && takes_place(i)) {
          return ambiguous(one_[holder[i]], one_[o], group_labels);
        }
        holder[i] = o;
      }
    }
    return {};
  }

  tl::unexpected<Error> ambiguous(const StepSeries& a, const StepSeries& b,
                                  const model::Labels& group_labels) const {
    return fail(
        Code::kUnprocessable,
        fmt::format(
            "found duplicate series for the match group {} on the {} hand-side of the operation: [{}, "
            "{}];many-to-many matching not allowed: matching labels must be unique on one side",
            group_labels.to_string(), swapped_ ? "left" : "right", b.labels.to_string(),
            a.labels.to_string()));
  }

  // A side that is filled in has the labels of the match group.
  Result<void> pair(const StepSeries& many, const StepSeries& one, const Row& many_row, const Row& one_row) {
    out_.reset(options_.steps);
    TRYV(swapped_ ? operation_.apply(one_row, many_row, out_) : operation_.apply(many_row, one_row, out_));
    model::Labels labels = result_labels(many.labels, one.labels);
    if (matching_.cardinality == Cardinality::kOneToOne) {
      TRYV(claim(many_row, one_row, taken_,
                 "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"));
    } else if (operation_.filters()) {
      std::vector<bool>& taken = taken_by_labels_[labels];
      taken.resize(options_.steps);
      TRYV(claim(many_row, one_row, taken, kAmbiguousLabels));
    }
    if (out_.empty()) return {};
    StepSeries result = std::move(out_);
    out_ = StepSeries{};
    result.labels = std::move(labels);
    result.drop_name = many.drop_name || (options_.delay_name_removal && operation_.drops_name());
    return merger_.add(std::move(result));
  }

  // Marks the steps where two samples met, also those that a comparison then filtered out.
  Result<void> claim(const Row& many_row, const Row& one_row, std::vector<bool>& taken, std::string_view conflict) {
    const bool filters = operation_.filters();
    for (std::size_t i = 0; i < options_.steps; ++i) {
      if (many_row.kinds[i] == Kind::kAbsent || one_row.kinds[i] == Kind::kAbsent) continue;
      if (filters ? !operation_.comparable(many_row.kinds[i], one_row.kinds[i]) : !out_.present(i)) continue;
      if (taken[i]) return fail(Code::kUnprocessable, std::string(conflict));
      taken[i] = true;
    }
    return {};
  }

  model::Labels result_labels(const model::Labels& many, const model::Labels& one) const {
    model::Labels labels = many;
    if (operation_.drops_name() && !options_.delay_name_removal) {
      labels = without_name(labels, options_.metadata_labels);
    }
    if (matching_.cardinality == Cardinality::kOneToOne) {
      labels = matching_.on ? only_labels(labels, labels_) : without_labels(labels, labels_);
    }
    if (include_.empty()) return labels;
    model::LabelsBuilder builder(labels);
    for (const std::string& name : include_) builder.set(name, one.get(name));
    return builder.build();
  }

  Result<void> fill_missing_one(const Group& group, const model::Labels& group_labels) {
    std::vector<Kind> missing(options_.steps, Kind::kFloat);
    for (const std::uint32_t o : group.one) mask_present(one_[o], missing);
    StepSeries buffer;
    constant_row(options_.steps, *fill_one_, buffer);
    buffer.kinds = missing;
    buffer.labels = group_labels;
    for (const std::uint32_t m : group.many) TRYV(pair(many_[m], buffer, Row::of(many_[m]), Row::of(buffer)));
    return {};
  }

  Result<void> fill_missing_many(const Group& group, const model::Labels& group_labels) {
    std::vector<Kind> missing(options_.steps, Kind::kFloat);
    for (const std::uint32_t m : group.many) mask_present(many_[m], missing);
    StepSeries buffer;
    constant_row(options_.steps, *fill_many_, buffer);
    buffer.kinds = missing;
    buffer.labels = group_labels;
    for (const std::uint32_t o : group.one) TRYV(pair(buffer, one_[o], Row::of(buffer), Row::of(one_[o])));
    return {};
  }

  static void mask_present(const StepSeries& series, std::vector<Kind>& missing) {
    for (std::size_t i = 0; i < missing.size(); ++i) {
      if (series.present(i)) missing[i] = Kind::kAbsent;
    }
  }

  bool swapped_;
  const StepMatrix& many_;
  const StepMatrix& one_;
  std::optional<double> fill_many_;
  std::optional<double> fill_one_;
  const VectorMatching& matching_;
  CellOperation& operation_;
  const MatchingOptions& options_;
  LabelMerger merger_;
  std::vector<std::string> labels_;  // sorted
  std::vector<std::string> include_;
  std::vector<bool> taken_;
  std::unordered_map<model::Labels, std::vector<bool>> taken_by_labels_;
  std::vector<bool> many_at_;  // empty: not needed yet
  StepSeries out_;
};

// Where each match group has a sample, over the steps.
class Presence {
 public:
  Presence(const VectorMatching& matching, std::size_t steps, QueryMemory& memory)
      : index_(Grouping(matching.on, matching.labels)), steps_(steps), hold_(memory) {}

  Result<void> add(const StepSeries& series) {
    TRY(std::vector<bool>* const row, row_of(series.labels));
    for (std::size_t i = 0; i < steps_; ++i) {
      if (series.present(i)) (*row)[i] = true;
    }
    return {};
  }
  // Erases the cells of `series` whose group's presence is not `wanted`.
  Result<void> keep(StepSeries& series, bool wanted) {
    TRY(std::vector<bool>* const row, row_of(series.labels));
    for (std::size_t i = 0; i < steps_; ++i) {
      if ((*row)[i] != wanted) series.erase(i);
    }
    return {};
  }

 private:
  Result<std::vector<bool>*> row_of(const model::Labels& labels) {
    const std::uint32_t group = index_.group_of(labels);
    if (group >= rows_.size()) {
      TRYV(hold_.grow(steps_ / 8 + labels.encoded().size() + 64, 0));
      rows_.emplace_back(steps_, false);
    }
    return &rows_[group];
  }

  GroupIndex index_;
  std::size_t steps_;
  MemoryHold hold_;
  std::vector<std::vector<bool>> rows_;
};

Result<void> fill_presence(Presence& presence, SeriesStream& stream) {
  StepSeries series;
  while (true) {
    TRY(const bool more, stream.next(series));
    if (!more) return {};
    TRYV(presence.add(series));
  }
}

class FilterStream : public SeriesStream {
 public:
  FilterStream(StreamPtr left, StreamPtr right, bool wanted, const VectorMatching& matching,
               std::size_t steps, QueryMemory& memory)
      : left_(std::move(left)),
        right_(std::move(right)),
        wanted_(wanted),
        presence_(matching, steps, memory) {}

  Result<bool> next(StepSeries& out) override {
    if (right_) {
      TRYV(fill_presence(presence_, *right_));
      right_.reset();
    }
    while (true) {
      TRY(const bool more, left_->next(out));
      if (!more) return false;
      TRYV(presence_.keep(out, wanted_));
      if (!out.empty()) return true;
    }
  }
  bool distinct_without_name() const override { return left_->distinct_without_name(); }

 private:
  StreamPtr left_;
  StreamPtr right_;
  bool wanted_;
  Presence presence_;
};

class UnionStream : public SeriesStream {
 public:
  UnionStream(StreamPtr left, StreamPtr right, const VectorMatching& matching, std::size_t steps,
              QueryMemory& memory)
      : left_(std::move(left)),
        right_(std::move(right)),
        presence_(matching, steps, memory),
        memory_(memory) {}

  Result<bool> next(StepSeries& out) override {
    if (!merged_) TRYV(merge());
    return merged_->next(out);
  }

 private:
  // Both sides may hold the same series at different steps, so they are joined by labels.
  Result<void> merge() {
    LabelMerger merger(memory_, kSameLabelset);
    StepSeries series;
    while (true) {
      TRY(const bool more, left_->next(series));
      if (!more) break;
      TRYV(presence_.add(series));
      TRYV(merger.add(std::move(series)));
    }
    while (true) {
      TRY(const bool more, right_->next(series));
      if (!more) break;
      TRYV(presence_.keep(series, false));
      if (!series.empty()) TRYV(merger.add(std::move(series)));
    }
    merged_ = std::make_unique<MatrixStream>(merger.take(), memory_);
    return {};
  }

  StreamPtr left_;
  StreamPtr right_;
  Presence presence_;
  QueryMemory& memory_;
  std::unique_ptr<MatrixStream> merged_;
};

}  // namespace

model::Labels without_name(const model::Labels& labels, const std::vector<std::string>& metadata_labels) {
  std::vector<std::string> names{std::string(model::kMetricName)};
  names.insert(names.end(), metadata_labels.begin(), metadata_labels.end());
  std::sort(names.begin(), names.end());
  return without_labels(labels, names);
}

Result<StepMatrix> match_vectors(const StepMatrix& left, const StepMatrix& right,
                                 const VectorMatching& matching, CellOperation& operation,
                                 const MatchingOptions& options, QueryMemory& memory) {
  return Matcher(left, right, matching, operation, options, memory).run();
}

Result<StreamPtr> combine_sets(SetOp op, StreamPtr left, StreamPtr right, const VectorMatching& matching,
                               const MatchingOptions& options, QueryMemory& memory) {
  if (op == SetOp::kOr) {
    return StreamPtr(
        std::make_unique<UnionStream>(std::move(left), std::move(right), matching, options.steps, memory));
  }
  return StreamPtr(std::make_unique<FilterStream>(std::move(left), std::move(right), op == SetOp::kAnd,
                                                  matching, options.steps, memory));
}

}  // namespace isobar::eval
