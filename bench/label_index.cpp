// How fast series are found by labels, in a head and in a block of a million series, and what the index takes in memory.
//   label_index [SERIES]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "series_shapes.h"
#include "tsdb/block_reader.h"
#include "tsdb/generation.h"
#include "tsdb/generation_blocks.h"

namespace {

using namespace isobar;
using Clock = std::chrono::steady_clock;
using model::MatchType;

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

class StringObject final : public object_store::ObjectWriter {
 public:
  explicit StringObject(std::string& out) : out_(out) {}
  Result<void> append(std::string_view bytes) override {
    out_.append(bytes);
    return {};
  }
  Result<void> commit() override { return {}; }

 private:
  std::string& out_;
};

double ms_since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// Resident bytes of this process.
std::uint64_t resident() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  unsigned long size = 0;
  if (file == nullptr || std::fscanf(file, "%lu %lu", &size, &pages) != 2) std::abort();
  std::fclose(file);
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

model::Labels labels_of(std::uint32_t i) {
  model::LabelsBuilder b;
  for (const auto& [name, value] : bench::select_series(static_cast<int>(i))) b.set(name, value);
  return b.build();
}

std::shared_ptr<tsdb::Generation> build_head(std::uint32_t series) {
  auto head = std::make_shared<tsdb::Generation>(ingest_log::Position{0}, nullptr);
  ingest_log::MetricsPayloadEncoder encoder;
  for (std::uint32_t begin = 0; begin < series; begin += 2000) {
    std::vector<model::Labels> labels;  // the batch refers to their bytes
    for (std::uint32_t i = begin; i < std::min(series, begin + 2000); ++i) labels.push_back(labels_of(i));
    model::WriteBatch batch;
    ingest_log::MetricsPayloadEncoder::Selection all;
    for (const model::Labels& l : labels) {
      all.series.push_back(batch.add_series(l.encoded()));
      all.floats.push_back(static_cast<std::uint32_t>(batch.floats.size()));
      batch.floats.push_back({all.series.back(), 1'763'942'400'000, 1, 0});
    }
    std::string payload;
    encoder.encode(batch, all, payload);
    ingest_log::Record record;
    record.header.tenant = "t";
    record.payload = payload;
    if (!head->apply(record)) std::abort();
  }
  return head;
}

using Query = std::pair<const char*, std::vector<model::Matcher>>;

std::vector<Query> queries() {
  const auto m = [](MatchType type, const char* name, const char* value) { return *model::Matcher::create(type, name, value); };
  using enum MatchType;
  return {
      {"{job=\"x\", instance=~\"a.*\"}", {m(kEqual, "job", "x"), m(kRegex, "instance", "a.*")}},
      {"{instance=~\"a.*\"}", {m(kRegex, "instance", "a.*")}},
      {"{job=\"x\", instance=~\"a.*[13579]000:9100\"}", {m(kEqual, "job", "x"), m(kRegex, "instance", "a.*[13579]000:9100")}},
      {"{pod=\"pod-000500\", job=~\"x|job-1\"}", {m(kEqual, "pod", "pod-000500"), m(kRegex, "job", "x|job-1")}},
      {"{pod=\"pod-000500\", instance!~\"a.*\"}", {m(kEqual, "pod", "pod-000500"), m(kNotRegex, "instance", "a.*")}},
      {"{pod=~\"pod-00050.\", instance=~\".+\"}", {m(kRegex, "pod", "pod-00050."), m(kRegex, "instance", ".+")}},
      {"{__name__=\"metric_7\", namespace=\"namespace-7\"}", {m(kEqual, "__name__", "metric_7"), m(kEqual, "namespace", "namespace-7")}},
      {"{__name__=\"metric_7\", instance=~\".*00007:9100\"}", {m(kEqual, "__name__", "metric_7"), m(kRegex, "instance", ".*00007:9100")}},
      {"{instance=~\".*00007:9100\"}", {m(kRegex, "instance", ".*00007:9100")}},
      {"{instance=~\"[a-z]+-0000\\\\d+7:9100\"}", {m(kRegex, "instance", "[a-z]+-0000\\d+7:9100")}},
  };
}

template <class Store>
void measure(const char* where, const Store& store) {
  for (const auto& [text, matchers] : queries()) {
    double best = 1e9;
    std::size_t found = 0;
    for (int round = 0; round < 7; ++round) {
      std::vector<model::Labels> labels;
      const auto start = Clock::now();
      (void)store.select_labels("t", matchers, Timestamp::min(), Timestamp::max(), labels);
      best = std::min(best, ms_since(start));
      found = labels.size();
    }
    std::printf("%-6s %-48s %8zu series %9.3f ms\n", where, text, found, best);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto series = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 1'000'000);
  const std::uint64_t before = resident();
  auto start = Clock::now();
  const auto head = build_head(series);
  std::printf("head   built in %.0f ms, %.0f resident bytes a series, accounted %.0f\n", ms_since(start),
              static_cast<double>(resident() - before) / series, static_cast<double>(head->stats().bytes) / series);
  measure("head", *head);
  head->freeze({1});
  std::string bytes;
  tsdb::MergeCounts counts;
  start = Clock::now();
  const auto written = tsdb::GenerationBlocks(*head).write([&](std::int64_t) { return std::make_unique<StringObject>(bytes); }, counts);
  if (!written) return 1;
  std::printf("block  written in %.0f ms, %.1f bytes a series\n", ms_since(start), static_cast<double>(bytes.size()) / series);
  const auto file = std::make_shared<Bytes>(std::move(bytes));
  const std::uint64_t before_open = resident();
  start = Clock::now();
  const auto block = *tsdb::BlockReader::open("bench", file);
  std::printf("block  opened in %.0f ms, %.1f resident bytes a series beside the file\n", ms_since(start),
              static_cast<double>(resident() - std::min(resident(), before_open)) / series);
  measure("block", *block);
  return 0;
}
