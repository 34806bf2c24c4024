// CPU cost of the way in, step by step and as a whole, for one remote-write 1.0 body of 10,000 series with 12 labels.
// Whole process CPU (all threads) per sample; the disk is a folder under /tmp. Run by ./dev bench encodings.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

#include <boost/unordered/unordered_flat_map.hpp>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/compression.h"
#include "ingest/protocols/remote_write.h"
#include "ingest/record_builder.h"
#include "remote_write_body.h"

namespace {

using namespace isobar;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

template <class Work>
double nanoseconds_per_sample(int rounds, int samples, const Work& work) {
  std::vector<double> times;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const double start = cpu_seconds();
    for (int i = 0; i < rounds; ++i) work();
    times.push_back((cpu_seconds() - start) * 1e9 / rounds / samples);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Encoding A: every series with its canonical labels, then its sample, as a protobuf would be.
void encode_rows(const model::WriteBatch& batch, std::string& out) {
  for (const auto& f : batch.floats) {
    put_bytes(out, batch.series[f.series]);
    put_zigzag(out, f.timestamp);
    put_f64(out, f.value);
  }
}

// Encoding C: a table of the name=value pairs that the record uses, series as references into it with their hash.
struct ViewHasher {
  using is_avalanching = void;
  std::size_t operator()(std::string_view bytes) const noexcept { return hash64(bytes); }
};

inline std::uint64_t read_length(const char*& at) {
  std::uint64_t length = static_cast<unsigned char>(*at++);
  if (length < 0x80) return length;
  length &= 0x7f;
  for (unsigned shift = 7;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return length;
  }
}

// The canonical bytes of the next pair of a (trusted) label set.
inline std::string_view next_pair(const char*& at) {
  const char* start = at;
  at += read_length(at);
  at += read_length(at);
  return {start, static_cast<std::size_t>(at - start)};
}

struct PairTable {
  boost::unordered_flat_map<std::string_view, std::uint32_t, ViewHasher> refs;
  std::vector<std::string_view> pairs;
  // Pairs of the series before: neighbours share most labels at the same place, and comparing is cheaper than hashing.
  std::vector<std::string_view> previous_pairs;
  std::vector<std::uint32_t> previous_refs;
  std::string series_bytes;

  void add_series(std::string_view canonical);
};

void PairTable::add_series(std::string_view canonical) {
  const char* at = canonical.data();
  const char* end = at + canonical.size();
  std::size_t n = 0;
  while (at != end) {
    const std::string_view pair = next_pair(at);
    if (n < previous_pairs.size() && previous_pairs[n] == pair) {
      ++n;
      continue;
    }
    const auto [found, added] = refs.try_emplace(pair, static_cast<std::uint32_t>(pairs.size()));
    if (added) pairs.push_back(pair);
    if (n < previous_pairs.size()) {
      previous_pairs[n] = pair;
      previous_refs[n] = found->second;
    } else {
      previous_pairs.push_back(pair);
      previous_refs.push_back(found->second);
    }
    ++n;
  }
  previous_pairs.resize(n);
  previous_refs.resize(n);
  put_varint(series_bytes, n);
  for (const std::uint32_t ref : previous_refs) put_varint(series_bytes, ref);
}

void encode_pairs(const model::WriteBatch& batch, PairTable& t, std::string& out) {
  t.refs.clear();
  t.pairs.clear();
  t.previous_pairs.clear();
  t.previous_refs.clear();
  t.series_bytes.clear();
  for (const std::string_view series : batch.series) t.add_series(series);
  for (const std::string_view pair : t.pairs) out.append(pair);
  for (const std::string_view series : batch.series) {
    const Hash128 h = hash128(series);
    put_u64(out, h.low);
    put_u64(out, h.high);
  }
  out.append(t.series_bytes);
  for (const auto& f : batch.floats) {
    put_zigzag(out, 0);
    put_zigzag(out, 0);
    put_f64(out, f.value);
  }
}

void measure(bool mixed) {
  constexpr int kSeries = 10'000;
  constexpr int kRounds = 20;
  const std::string raw = bench::remote_write_body(0, kSeries, mixed).bytes;
  const std::string packed = codec::snappy_compress(raw);
  std::printf("\n%s\nbody: %.1f bytes a sample raw, %.1f snappy\n\n", mixed ? "series of many targets, mixed" : "series of one target after the other",
              static_cast<double>(raw.size()) / kSeries,
              static_cast<double>(packed.size()) / kSeries);

  std::string body;
  ingest::RemoteWriteDecoder decoder;
  model::WriteBatch batch;
  ingest::RemoteWriteNotes notes;
  std::printf("%-44s %10s %10s\n", "step", "ns/sample", "B/sample");
  // `bytes` is read after the work has filled it.
  const std::string nothing;
  const auto row = [](const char* name, double ns, const std::string& bytes) {
    std::printf("%-44s %10.0f %10.1f\n", name, ns, static_cast<double>(bytes.size()) / kSeries);
  };
  row("snappy decompress", nanoseconds_per_sample(kRounds, kSeries, [&] {
        (void)codec::snappy_decompress(packed, 64 << 20, body);
      }), nothing);
  row("protobuf to canonical series", nanoseconds_per_sample(kRounds, kSeries, [&] {
        (void)decoder.decode(ingest::RemoteWriteVersion::k1, body, batch, notes);
      }), nothing);

  std::string out;
  row("A: rows with labels", nanoseconds_per_sample(kRounds, kSeries, [&] {
        out.clear();
        encode_rows(batch, out);
      }), out);
  std::string lz4;
  const double rows_ns = nanoseconds_per_sample(kRounds, kSeries, [&] {
    out.clear();
    encode_rows(batch, out);
    lz4 = codec::lz4_compress(out);
  });
  row("B: rows with labels, LZ4", rows_ns, lz4);

  ingest_log::MetricsPayloadEncoder encoder;
  ingest_log::MetricsPayloadEncoder::Selection all;
  for (std::uint32_t i = 0; i < batch.series.size(); ++i) all.series.push_back(i);
  for (std::uint32_t i = 0; i < batch.floats.size(); ++i) all.floats.push_back(i);
  PairTable table;
  row("C: pair table, references, hash", nanoseconds_per_sample(kRounds, kSeries, [&] {
        out.clear();
        encode_pairs(batch, table, out);
      }), out);
  const double pairs_lz4 = nanoseconds_per_sample(kRounds, kSeries, [&] {
    out.clear();
    encode_pairs(batch, table, out);
    lz4 = codec::lz4_compress(out);
  });
  row("D: pair table, references, hash, LZ4", pairs_lz4, lz4);
  std::string record;
  row("chosen: differences in LZ4, samples in columns", nanoseconds_per_sample(kRounds, kSeries, [&] {
        record.clear();
        encoder.encode(batch, all, record);
      }), record);

  ingest_log::MetricsPayload payload;
  std::printf("\n");
  row("decode chosen, with the hash of each series", nanoseconds_per_sample(kRounds, kSeries, [&] {
        (void)payload.decode(record);
        std::uint64_t h = 0;
        for (const std::string_view labels : payload.series()) h ^= hash128(labels).low;
        if (h == 1) std::printf(" ");
      }), nothing);
}

}  // namespace

int main() {
  measure(false);
  measure(true);
  return 0;
}
