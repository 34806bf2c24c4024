#include "tsdb/chunk/sample_vector.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/chunk/integer_vector.h"
#include "tsdb/chunk/time_column.h"
#include "tsdb/chunk/value_vector.h"

namespace isobar::tsdb {
namespace {

tl::unexpected<Error> damaged() { return fail(Code::kCorrupt, "chunk is damaged"); }

void append_starts(std::span<const std::int64_t> starts, std::size_t before, model::SampleColumns& out) {
  if (starts.empty() && out.start_timestamps.empty()) return;
  out.start_timestamps.resize(before);
  if (starts.empty()) {
    out.start_timestamps.resize(out.timestamps.size());
  } else {
    out.start_timestamps.insert(out.start_timestamps.end(), starts.begin(), starts.end());
  }
}

}  // namespace

void encode_sample_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& timestamps,
                          std::string& values) {
  CHECK(from < to && to - from <= kVectorSamples);
  encode_integers({samples.timestamps.data() + from, to - from}, timestamps);
  encode_sample_values(samples, from, to, values);
}

void encode_sample_values(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& values) {
  CHECK(from < to && to - from <= kVectorSamples);
  const std::size_t n = to - from;
  encode_values({samples.values.data() + from, n}, values);
  bool starts = false;
  for (std::size_t i = from; i < to && !samples.start_timestamps.empty(); ++i) starts = starts || samples.start_timestamps[i] != 0;
  put_u8(values, starts ? 1 : 0);
  if (starts) encode_integers({samples.start_timestamps.data() + from, n}, values);
}

namespace {

// `times` is the whole of their timestamps, ascending; leaves what follows in `in`.
Result<void> decode_samples(std::span<const std::int64_t> times, ByteReader& in, model::SampleColumns& out) {
  const std::size_t count = times.size();
  const std::size_t before = out.size();
  out.timestamps.insert(out.timestamps.end(), times.begin(), times.end());
  out.values.resize(before + count);
  if (!decode_values(in, {out.values.data() + before, count})) return damaged();
  const std::uint8_t has_starts = in.u8();
  std::array<std::int64_t, kVectorSamples> starts;
  if (!in.ok() || has_starts > 1) return damaged();
  if (has_starts == 1 && !decode_integers(in, {starts.data(), count})) return damaged();
  append_starts({starts.data(), has_starts == 1 ? count : 0}, before, out);
  if (!out.histograms.empty()) out.histograms.resize(before + count);
  out.pad_weights();
  return {};
}

}  // namespace

Result<void> decode_sample_vector(std::string_view timestamps, std::string_view values, std::uint32_t count,
                                  model::SampleColumns& out) {
  const std::span<const std::int64_t> times = decode_time_column(timestamps, count);
  if (times.empty()) return damaged();
  ByteReader in(values);
  TRYV(decode_samples(times, in, out));
  return in.at_end() ? Result<void>{} : damaged();
}

void encode_weights(std::span<const std::uint32_t> weights, std::string& out) {
  std::array<std::int64_t, kVectorSamples> wide;
  std::copy(weights.begin(), weights.end(), wide.begin());
  encode_integers({wide.data(), weights.size()}, out);
}

bool decode_weights(ByteReader& in, std::span<std::uint32_t> out) {
  std::array<std::int64_t, kVectorSamples> wide;
  if (out.size() > wide.size() || !decode_integers(in, {wide.data(), out.size()})) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (wide[i] < 1 || wide[i] > UINT32_MAX) return false;
    out[i] = static_cast<std::uint32_t>(wide[i]);
  }
  return true;
}

namespace {

// What most samples are apart from each other, those left out included.
std::int64_t usual_interval(std::span<const std::int64_t> times, std::span<const std::uint32_t> weights) {
  std::vector<std::int64_t> intervals;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const std::uint64_t distance = static_cast<std::uint64_t>(times[i]) - static_cast<std::uint64_t>(times[i - 1]);
    intervals.push_back(static_cast<std::int64_t>(distance / weights[i]));
  }
  if (intervals.empty()) return 0;
  const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return *middle;
}

// Adds to (`factor` 1) or takes from (-1) each what the weights up to it say of it. Modulo 2^64.
void shift_times(std::span<std::int64_t> times, std::span<const std::uint32_t> weights, std::int64_t interval, std::uint64_t factor) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    all += weights[i] * static_cast<std::uint64_t>(interval) * factor;
    times[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(times[i]) + all);
  }
}

}  // namespace

void encode_weighted_vector(const model::SampleColumns& samples, std::size_t from, std::size_t to, std::string& column,
                            std::string& values) {
  CHECK(samples.weights.size() == samples.size());
  std::string plain_times;
  encode_sample_vector(samples, from, to, plain_times, values);
  const std::span<const std::uint32_t> weights(samples.weights.data() + from, to - from);
  std::vector<std::int64_t> times(samples.timestamps.begin() + static_cast<std::ptrdiff_t>(from), samples.timestamps.begin() + static_cast<std::ptrdiff_t>(to));
  const std::int64_t interval = usual_interval(times, weights);
  encode_weights(weights, column);
  put_zigzag(column, interval);
  shift_times(times, weights, interval, ~std::uint64_t{0});
  encode_integers(times, column);
  std::vector<double> sums;
  for (std::size_t i = from; i < to; ++i) {
    if (samples.weights[i] > 1) sums.push_back(samples.sums[i]);
  }
  if (!sums.empty()) encode_values(sums, values);
}

Result<void> decode_weighted_vector(std::string_view column, std::string_view values, std::uint32_t count,
                                    model::SampleColumns& out) {
  const std::size_t before = out.size();
  if (count == 0 || count > kVectorSamples) return damaged();
  std::array<std::uint32_t, kVectorSamples> weights;
  std::array<std::int64_t, kVectorSamples> times;
  ByteReader of_column(column);
  if (!decode_weights(of_column, {weights.data(), count})) return damaged();
  const std::int64_t interval = of_column.zigzag_varint();
  if (!of_column.ok() || !decode_integers(of_column, {times.data(), count}) || !of_column.at_end()) return damaged();
  shift_times({times.data(), count}, {weights.data(), count}, interval, 1);
  if (std::adjacent_find(times.begin(), times.begin() + count, std::greater_equal<>()) != times.begin() + count) return damaged();
  ByteReader in(values);
  TRYV(decode_samples({times.data(), count}, in, out));
  const auto several = std::count_if(weights.begin(), weights.begin() + count, [](std::uint32_t w) { return w > 1; });
  std::vector<double> sums(static_cast<std::size_t>(several));
  if (!sums.empty() && !decode_values(in, sums)) return damaged();
  if (!in.at_end()) return damaged();
  if (sums.empty()) return {};
  if (out.weights.empty()) {
    out.weights.assign(out.size(), 1);
    out.sums = out.values;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (weights[i] == 1) continue;
    out.weights[before + i] = weights[i];
    out.sums[before + i] = sums[next++];
  }
  return {};
}

}  // namespace isobar::tsdb
