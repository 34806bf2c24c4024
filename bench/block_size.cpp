// Bytes a sample of one block that holds a day of hosts at 15 s, by section; how fast it is written and read; and what its
// downsampled companions take, and the time to read counts and sums from each.
//   block_size CAPTURE_FOLDER [HOSTS] [HOURS]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cmath>
#include <cstdlib>

#include "base/bytes.h"
#include "host_series.h"
#include "tsdb/block_format.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"
#include "tsdb/downsample.h"
#include "tsdb/downsampled_block.h"

namespace {

using namespace isobar;
using Clock = std::chrono::steady_clock;

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Entry {
  model::Labels labels;
  const bench::CapturedSeries* series;
  std::uint32_t host;
};

// Reads every series and adds up what `avg_over_time` needs of it.
double average(const tsdb::BlockReader& block, std::uint64_t& samples) {
  double sum = 0;
  std::uint64_t count = 0;
  model::SampleColumns columns;
  for (std::uint32_t i = 0; i < block.series_count("anonymous"); ++i) {
    columns.clear();
    const auto series = block.series_at("anonymous", i);
    if (!series || !series->run->read(Timestamp::min(), Timestamp::max(), columns)) std::exit(1);
    samples += columns.size();
    for (std::size_t s = 0; s < columns.size(); ++s) {
      count += columns.weight(s);
      sum += columns.sum(s);
    }
  }
  return sum / static_cast<double>(count);
}

void measure_downsampled(const tsdb::BlockReader& block, std::size_t block_bytes) {
  auto start = Clock::now();
  std::uint64_t all = 0;
  const double expected = average(block, all);
  const double all_seconds = seconds_since(start);
  std::printf("every sample: %zu bytes, average of all read in %.3f s\n", block_bytes, all_seconds);
  for (const Duration resolution : tsdb::kResolutions) {
    std::string bytes;
    tsdb::BlockWriter writer([&bytes](std::string_view piece) {
      bytes.append(piece);
      return Result<void>{};
    }, tsdb::BlockWriter::Kind::kDownsampled);
    start = Clock::now();
    if (!tsdb::write_downsampled(block, resolution, writer) || !writer.finish()) std::exit(1);
    const double made = seconds_since(start);
    const std::size_t size = bytes.size();
    const auto reader = tsdb::BlockReader::open("bench", std::make_shared<Bytes>(std::move(bytes)), resolution);
    if (!reader) std::exit(1);
    start = Clock::now();
    std::uint64_t kept = 0;
    const double got = average(**reader, kept);
    std::printf("every %3lld min: %zu bytes (%.1f %%), samples kept %.1f %%, made in %.2f s, average of all read in %.3f s (%.1f times as fast), differs by %.1e\n",
                static_cast<long long>(resolution.ms / 60'000), size, 100.0 * static_cast<double>(size) / static_cast<double>(block_bytes),
                100.0 * static_cast<double>(kept) / static_cast<double>(all), made, seconds_since(start), all_seconds / seconds_since(start),
                std::abs(got - expected) / std::abs(expected));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: block_size CAPTURE_FOLDER [HOSTS] [HOURS]\n"), 2;
  const auto capture = bench::load_capture(argv[1]);
  if (!capture) return std::fprintf(stderr, "%s\n", capture.error().message.c_str()), 1;
  const auto hosts = static_cast<std::uint32_t>(argc > 2 ? std::atoi(argv[2]) : 20);
  const std::int64_t steps = (argc > 3 ? std::atoi(argv[3]) : 24) * 240;
  std::vector<Entry> entries;
  for (std::uint32_t host = 0; host < hosts; ++host) {
    for (const auto& series : *capture) entries.push_back({bench::labels_of(series, host), &series, host});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.labels < b.labels; });

  std::string block;
  tsdb::BlockWriter writer([&block](std::string_view piece) {
    block.append(piece);
    return Result<void>{};
  });
  double write_seconds = 0;
  for (const Entry& entry : entries) {
    model::SampleColumns samples;
    bench::SeriesWalk walk(*entry.series, entry.host * 1'000'003ULL + static_cast<std::uint64_t>(entry.series - capture->data()));
    for (std::int64_t i = 0; i < steps; ++i) samples.push_float(bench::scrape_time(1'763'942'400'000, entry.host, i), walk.next());
    const auto start = Clock::now();
    writer.add_series("anonymous", entry.labels, samples);
    write_seconds += seconds_since(start);
  }
  const double samples = static_cast<double>(writer.summary().samples);
  if (!writer.finish()) return 1;
  std::printf("series %zu, samples %.0f, bytes %zu: %.3f bytes a sample\n", entries.size(), samples, block.size(), static_cast<double>(block.size()) / samples);
  const char* names[] = {"chunks", "symbols", "series", "postings", "tenants", "exemplars", "metadata"};
  ByteReader footer(std::string_view(block).substr(block.size() - tsdb::kBlockFooterBytes));
  for (const char* name : names) {
    footer.u64();
    const auto size = static_cast<double>(footer.u64());
    footer.u32();
    std::printf("  %-10s %8.4f bytes a sample\n", name, size / samples);
  }
  const std::size_t block_bytes = block.size();
  const auto reader = tsdb::BlockReader::open("bench", std::make_shared<Bytes>(std::move(block)));
  if (!reader) return std::fprintf(stderr, "%s\n", reader.error().message.c_str()), 1;
  const auto start = Clock::now();
  if (const auto verified = (*reader)->verify(); !verified) return std::fprintf(stderr, "%s\n", verified.error().message.c_str()), 1;
  std::printf("write %.1f ns a sample, read %.1f ns a sample\n", write_seconds * 1e9 / samples, seconds_since(start) * 1e9 / samples);
  measure_downsampled(**reader, block_bytes);
  return 0;
}
