#include "tsdb/chunk/sample_vector.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "tsdb/chunk/integer_vector.h"
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

Result<void> decode_sample_vector(std::string_view timestamps, std::string_view values, std::uint32_t count,
                                  model::SampleColumns& out) {
  if (count == 0 || count > kVectorSamples) return damaged();
  const std::size_t before = out.size();
  out.timestamps.resize(before + count);
  out.values.resize(before + count);
  ByteReader times(timestamps);
  ByteReader in(values);
  if (!decode_integers(times, {out.timestamps.data() + before, count}) || !times.at_end()) return damaged();
  if (!decode_values(in, {out.values.data() + before, count})) return damaged();
  const std::uint8_t has_starts = in.u8();
  std::array<std::int64_t, kVectorSamples> starts;
  if (!in.ok() || has_starts > 1) return damaged();
  if (has_starts == 1 && !decode_integers(in, {starts.data(), count})) return damaged();
  if (!in.at_end()) return damaged();
  append_starts({starts.data(), has_starts == 1 ? count : 0}, before, out);
  if (!out.histograms.empty()) out.histograms.resize(before + count);
  const auto first = out.timestamps.begin() + static_cast<std::ptrdiff_t>(before);
  if (std::adjacent_find(first, out.timestamps.end(), std::greater_equal<>()) != out.timestamps.end()) return damaged();
  return {};
}

}  // namespace isobar::tsdb
