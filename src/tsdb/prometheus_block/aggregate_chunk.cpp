#include "tsdb/prometheus_block/aggregate_chunk.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tsdb/prometheus_block/chunk_codec.h"

namespace isobar::tsdb::prometheus {
namespace {

enum Aggregate : std::size_t { kCount, kSum, kMin, kMax, kCounter, kAggregates };
constexpr const char* kNames[] = {"count", "sum", "min", "max", "counter"};

constexpr std::int64_t kFarthest = 1LL << 53;  // from 1970, in milliseconds: windows are computed with room to spare

using Columns = std::array<model::SampleColumns, kAggregates>;

Error damaged(std::string_view what) { return {Code::kCorrupt, fmt::format("chunk of aggregates is damaged ({})", what)}; }

Result<void> read_part(Aggregate which, ByteReader& in, Columns& columns) {
  const std::uint64_t size = in.varint();
  if (!in.ok() || size > kMaxChunkBytes) return fail(damaged(fmt::format("size of {}", kNames[which])));
  if (size == 0) return {};  // not there
  const auto encoding = static_cast<Encoding>(in.u8());
  const std::string_view data = in.take(size);
  if (!in.ok()) return fail(damaged("cut short"));
  if (encoding != Encoding::kXor) {
    return fail(Code::kUnsupported, fmt::format("aggregate {} has chunk encoding {}, Thanos writes 1", kNames[which], static_cast<int>(encoding)));
  }
  const Result<void> decoded = which == kCounter ? decode_repeating_xor_chunk(data, columns[which]) : decode_chunk(encoding, data, columns[which]);
  if (!decoded) return fail(Error(decoded.error()).with_context(kNames[which]));
  return {};
}

// A counter ends with the last value of all, at the time of the last window once more.
void take_last(model::SampleColumns& counter, AggregateChunk& chunk) {
  if (counter.size() < 2 || counter.timestamps.back() != counter.timestamps[counter.size() - 2]) return;
  chunk.last = counter.values.back();
  counter.timestamps.pop_back();
  counter.values.pop_back();
}

// And begins with the first sample of all.
void take_first(model::SampleColumns& counter, AggregateChunk& chunk) {
  const std::vector<std::int64_t>& times = counter.timestamps;
  const std::int64_t end = chunk.windows[0].end;
  if (times.size() < 2 || times[0] > end || (times[0] == end && times[1] != end)) return;
  chunk.first = {times[0], counter.values[0]};
  counter.timestamps.erase(counter.timestamps.begin());
  counter.values.erase(counter.values.begin());
}

Result<void> build_windows(const Columns& columns, AggregateChunk& chunk) {
  const std::vector<std::int64_t>& times = columns[kCount].timestamps;
  for (const Aggregate which : {kSum, kMin, kMax}) {
    if (columns[which].timestamps != times) return fail(damaged(fmt::format("{} is not of the windows of count", kNames[which])));
  }
  for (std::size_t i = 0; i < times.size(); ++i) {
    const double count = columns[kCount].values[i];
    if (times[i] < -kFarthest || times[i] > kFarthest) return fail(damaged("time"));
    AggregateWindow window{times[i], 0, columns[kSum].values[i], columns[kMin].values[i], columns[kMax].values[i], {}};
    if (!(count >= 1 && count <= std::numeric_limits<std::uint32_t>::max()) || count != std::floor(count)) return fail(damaged(fmt::format("a count of {}", count)));
    if (!(window.min <= window.max)) return fail(damaged(fmt::format("min {} above max {}", window.min, window.max)));
    window.count = static_cast<std::uint32_t>(count);
    chunk.windows.push_back(window);
  }
  return {};
}

// Infinite values make a counter of NaNs, which Thanos leaves out when it downsamples again: some windows may have none.
void add_counter(const model::SampleColumns& counter, AggregateChunk& chunk) {
  std::size_t i = 0;
  for (AggregateWindow& window : chunk.windows) {
    while (i < counter.size() && counter.timestamps[i] < window.end) ++i;
    if (i < counter.size() && counter.timestamps[i] == window.end && std::isfinite(counter.values[i])) window.counter = counter.values[i];
  }
}

void windows_of_counter(const model::SampleColumns& counter, AggregateChunk& chunk) {
  for (std::size_t i = 0; i < counter.size(); ++i) {
    if (i > 0 && counter.timestamps[i] == counter.timestamps[i - 1]) continue;
    const double value = counter.values[i];
    const bool near = counter.timestamps[i] >= -kFarthest && counter.timestamps[i] <= kFarthest;
    if (near && !std::isnan(value)) chunk.windows.push_back({counter.timestamps[i], 1, value, value, value, value});
  }
}

}  // namespace

Result<AggregateChunk> decode_aggregate_chunk(std::string_view data) {
  if (data.size() > kMaxChunkBytes) return fail(damaged("size"));
  ByteReader in(data);
  Columns columns;
  for (std::size_t which = 0; which < kAggregates; ++which) TRYV(read_part(static_cast<Aggregate>(which), in, columns));
  if (in.remaining() != 0) return fail(damaged("bytes behind the counter"));
  AggregateChunk chunk;
  TRYV(build_windows(columns, chunk));
  model::SampleColumns& counter = columns[kCounter];
  take_last(counter, chunk);
  if (chunk.windows.empty()) {
    windows_of_counter(counter, chunk);
    return chunk;
  }
  take_first(counter, chunk);
  add_counter(counter, chunk);
  return chunk;
}

}  // namespace isobar::tsdb::prometheus
