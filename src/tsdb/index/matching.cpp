#include "tsdb/index/matching.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "model/value_pattern.h"

namespace isobar::tsdb {
namespace {

using model::Matcher;
using model::MatchType;

// Costs in units of one posting decoded, by estimate: a value that is visited and a label of a series that is looked up are
// cache misses. bench/label_index shows what comes of them.
constexpr std::uint64_t kVisitCost = 32;
constexpr std::uint64_t kLabelCost = 128;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// Values of one label name, and how many series carry them.
struct Selection {
  std::vector<LabelIndex::ValueId> ids;
  std::uint64_t series = 0;
};

bool is_regex(const Matcher& m) { return m.type() == MatchType::kRegex || m.type() == MatchType::kNotRegex; }
bool is_negative(const Matcher& m) { return m.type() == MatchType::kNotEqual || m.type() == MatchType::kNotRegex; }

// Gathers values whose matching equals `accepted`, looking at no more than it must and may.
class Collector {
 public:
  Collector(const LabelIndex& index, const Matcher& matcher, bool accepted) : index_(index), matcher_(matcher), accepted_(accepted) {}

  // The values asked for are among those that the matcher names (`negative` ones name what they refuse).
  bool named() const { return accepted_ != is_negative(matcher_); }
  bool listed() const { return named() && (!is_regex(matcher_) || matcher_.pattern()->words() != nullptr); }
  // What visiting costs at most.
  std::uint64_t values() const { return index_.value_count(matcher_.name()); }

  Selection look_up() const {
    Selection found;
    if (!is_regex(matcher_)) {
      add(found, matcher_.value());
      return found;
    }
    for (const std::string& word : *matcher_.pattern()->words()) {
      if (matcher_.pattern()->exact() || matcher_.matches(word) == accepted_) add(found, word);
    }
    return found;
  }

  // Nothing if it would cost more than `limit`.
  std::optional<Selection> visit(std::uint64_t limit) const {
    std::vector<std::string> prefixes{""};
    if (named() && is_regex(matcher_)) prefixes = matcher_.pattern()->prefixes();
    Selection found;
    std::uint64_t cost = 0;
    bool within = true;
    for (const std::string& prefix : prefixes) {
      index_.values(matcher_.name(), prefix, [&](LabelIndex::ValueId id, std::string_view value) {
        cost += kVisitCost;
        if (matcher_.matches(value) == accepted_) {
          found.ids.push_back(id);
          found.series += index_.postings(id).size();
        }
        within = cost + found.series <= limit;
        return within;
      });
      if (!within) return std::nullopt;
    }
    return found;
  }

 private:
  // The empty value is the absence of the label and has no postings.
  void add(Selection& found, std::string_view value) const {
    const auto id = index_.find(matcher_.name(), value);
    if (!id) return;
    found.ids.push_back(*id);
    found.series += index_.postings(*id).size();
  }

  const LabelIndex& index_;
  const Matcher& matcher_;
  bool accepted_;
};

// Sorts numbers below `bound` that are there once each.
void sort_numbers(Postings& numbers, std::uint32_t bound) {
  if (numbers.size() < bound / 64) return std::sort(numbers.begin(), numbers.end());
  std::vector<std::uint64_t> bits(bound / 64 + 1);
  for (const std::uint32_t n : numbers) bits[n / 64] |= std::uint64_t{1} << n % 64;
  numbers.clear();
  for (std::size_t word = 0; word < bits.size(); ++word) {
    for (std::uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
      numbers.push_back(static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
    }
  }
}

Postings union_of(const LabelIndex& index, const Selection& selection) {
  Postings out;
  if (selection.ids.size() > 1) out.reserve(selection.series);
  for (const LabelIndex::ValueId id : selection.ids) index.postings(id).append_to(out);
  // A series has one value per name, so nothing is there twice.
  if (selection.ids.size() > 1) sort_numbers(out, index.series_bound());
  return out;
}

// Keeps the candidates whose label is as the matcher wants it.
void keep_by_label(const LabelIndex& index, const Matcher& matcher, Postings& candidates) {
  std::string_view last;
  bool verdict = matcher.matches_empty();
  std::erase_if(candidates, [&](std::uint32_t series) {
    const std::string_view value = index.value_of(series, matcher.name());
    if (value.data() != last.data() || value.size() != last.size()) {
      verdict = matcher.matches(value);
      last = value;
    }
    return !verdict;
  });
}

void keep_selected(const LabelIndex& index, const Matcher& matcher, const Selection& selection, Postings& candidates) {
  if (selection.ids.size() != 1 && candidates.size() * kLabelCost < selection.series) return keep_by_label(index, matcher, candidates);
  Postings kept;
  if (selection.ids.size() == 1) {
    index.postings(selection.ids.front()).intersect(candidates, kept);
  } else {
    const Postings selected = union_of(index, selection);
    std::set_intersection(candidates.begin(), candidates.end(), selected.begin(), selected.end(), std::back_inserter(kept));
  }
  candidates = std::move(kept);
}

void remove_selected(const LabelIndex& index, const Selection& selection, Postings& candidates) {
  if (selection.ids.empty()) return;
  Postings refused;
  if (selection.ids.size() == 1) {
    index.postings(selection.ids.front()).intersect(candidates, refused);
  } else {
    refused = union_of(index, selection);
  }
  Postings kept;
  kept.reserve(candidates.size());
  std::set_difference(candidates.begin(), candidates.end(), refused.begin(), refused.end(), std::back_inserter(kept));
  candidates = std::move(kept);
}

// Matchers that a series without the label fails: each gives the series to choose from, or is left for later.
class Narrowing {
 public:
  explicit Narrowing(const LabelIndex& index) : index_(index) {}

  // False: nothing matches.
  bool resolve(std::span<const Matcher> matchers) {
    std::vector<std::pair<std::uint64_t, const Matcher*>> broad;  // by values to visit
    for (const Matcher& m : matchers) {
      if (m.matches_empty()) continue;
      const Collector collector(index_, m, true);
      if (!collector.listed()) {
        broad.emplace_back(collector.values(), &m);
      } else if (!take(m, collector.look_up())) {
        return false;
      }
    }
    std::sort(broad.begin(), broad.end());
    for (const auto& [values, m] : broad) {
      // Worth its visits while they cost less than asking each candidate.
      const std::uint64_t limit = resolved_.empty() ? kNoLimit : fewest_ * kLabelCost;
      if (auto found = Collector(index_, *m, true).visit(limit)) {
        if (!take(*m, std::move(*found))) return false;
      } else {
        later_.push_back(m);
      }
    }
    return true;
  }

  Postings series() {
    Postings candidates;
    if (resolved_.empty()) {
      index_.all(candidates);
      return candidates;
    }
    std::sort(resolved_.begin(), resolved_.end(), [](const auto& a, const auto& b) { return a.second.series < b.second.series; });
    candidates = union_of(index_, resolved_.front().second);
    for (std::size_t i = 1; i < resolved_.size() && !candidates.empty(); ++i) {
      keep_selected(index_, *resolved_[i].first, resolved_[i].second, candidates);
    }
    for (const Matcher* m : later_) keep_by_label(index_, *m, candidates);
    return candidates;
  }

 private:
  bool take(const Matcher& m, Selection selection) {
    if (selection.ids.empty()) return false;
    fewest_ = std::min(fewest_, selection.series);
    resolved_.emplace_back(&m, std::move(selection));
    return true;
  }

  const LabelIndex& index_;
  std::vector<std::pair<const Matcher*, Selection>> resolved_;
  std::vector<const Matcher*> later_;
  std::uint64_t fewest_ = kNoLimit;
};

// A matcher that accepts series without the label only takes away those with a value that it refuses.
void take_away(const LabelIndex& index, const Matcher& matcher, Postings& candidates) {
  const std::uint64_t limit = candidates.size() * kLabelCost;
  const Collector refused(index, matcher, false);
  const std::optional<Selection> found = refused.listed() ? std::optional(refused.look_up()) : refused.visit(limit);
  if (found && (found->ids.size() == 1 || found->series <= limit)) return remove_selected(index, *found, candidates);
  keep_by_label(index, matcher, candidates);
}

}  // namespace

Postings match_series(const LabelIndex& index, std::span<const Matcher> matchers) {
  Narrowing narrowing(index);
  if (!narrowing.resolve(matchers)) return {};
  Postings candidates = narrowing.series();
  for (const Matcher& m : matchers) {
    if (m.matches_empty() && !candidates.empty()) take_away(index, m, candidates);
  }
  return candidates;
}

}  // namespace isobar::tsdb
