#include "tsdb/sample_run.h"

#include <algorithm>
#include <bit>

namespace isobar::tsdb {
namespace {

void push(const model::SampleColumns& in, std::size_t i, model::SampleColumns& out) {
  const std::int64_t start = in.start_timestamps.empty() ? 0 : in.start_timestamps[i];
  if (in.is_histogram(i)) {
    out.push_histogram(in.timestamps[i], in.histograms[i], start);
  } else {
    out.push_float(in.timestamps[i], in.values[i], start);
  }
  if (!in.weights.empty()) out.weigh_last(in.weights[i], in.sums[i]);
}

bool same_sample(const model::SampleColumns& a, std::size_t i, const model::SampleColumns& b, std::size_t j) {
  if (a.is_histogram(i) != b.is_histogram(j)) return false;
  if (a.is_histogram(i)) return model::identical(*a.histograms[i], *b.histograms[j]);
  return std::bit_cast<std::uint64_t>(a.values[i]) == std::bit_cast<std::uint64_t>(b.values[j]);
}

bool plain_floats(const model::SampleColumns& c) { return c.histograms.empty() && c.start_timestamps.empty(); }

template <class Column>
void insert(const Column& in, std::ptrdiff_t from, std::ptrdiff_t to, Column& out) {
  out.insert(out.end(), in.begin() + from, in.begin() + to);
}

}  // namespace

void append_range(const model::SampleColumns& in, Timestamp min, Timestamp max, model::SampleColumns& out) {
  const auto from = std::lower_bound(in.timestamps.begin(), in.timestamps.end(), min.ms) - in.timestamps.begin();
  const auto to = std::upper_bound(in.timestamps.begin(), in.timestamps.end(), max.ms) - in.timestamps.begin();
  if (from >= to) return;
  out.resets_lost = out.resets_lost || in.resets_lost;
  if (plain_floats(in) && plain_floats(out)) {
    if (!in.weights.empty() && out.weights.empty()) {
      out.weights.assign(out.size(), 1);
      out.sums = out.values;
    }
    insert(in.timestamps, from, to, out.timestamps);
    insert(in.values, from, to, out.values);
    if (in.weights.empty()) return out.pad_weights();
    insert(in.weights, from, to, out.weights);
    insert(in.sums, from, to, out.sums);
    return;
  }
  for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(to); ++i) push(in, i, out);
}

void keep_range(std::size_t from, Timestamp min, Timestamp max, model::SampleColumns& columns) {
  const auto begin = columns.timestamps.begin();
  const auto first = std::lower_bound(begin + static_cast<std::ptrdiff_t>(from), columns.timestamps.end(), min.ms) - begin;
  const auto last = std::upper_bound(begin + first, columns.timestamps.end(), max.ms) - begin;
  const auto cut = [&](auto& column) {
    if (column.empty()) return;
    column.erase(column.begin() + last, column.end());
    column.erase(column.begin() + static_cast<std::ptrdiff_t>(from), column.begin() + first);
  };
  cut(columns.timestamps);
  cut(columns.values);
  cut(columns.histograms);
  cut(columns.start_timestamps);
  cut(columns.weights);
  cut(columns.sums);
}

void merge_columns(const model::SampleColumns& first, const model::SampleColumns& second, model::SampleColumns& out,
                   MergeCounts* counts) {
  if (first.size() == 0 || second.size() == 0 || first.timestamps.back() < second.timestamps.front()) {
    append_range(first, Timestamp::min(), Timestamp::max(), out);
    append_range(second, Timestamp::min(), Timestamp::max(), out);
    return;
  }
  out.resets_lost = out.resets_lost || first.resets_lost || second.resets_lost;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < first.size() || j < second.size()) {
    if (j == second.size() || (i < first.size() && first.timestamps[i] < second.timestamps[j])) {
      push(first, i++, out);
    } else if (i == first.size() || second.timestamps[j] < first.timestamps[i]) {
      push(second, j++, out);
    } else {
      if (counts != nullptr) ++(same_sample(first, i, second, j) ? counts->duplicates : counts->conflicts);
      push(first, i++, out);
      ++j;
    }
  }
}

}  // namespace isobar::tsdb
