// isobar export: samples of a data directory as blocks that Prometheus reads. Exit status 0: done; 1: failed, or
// something is missing; 2: wrong usage.
#include <algorithm>
#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "api/time_text.h"
#include "commands.h"
#include "flags.h"
#include "model/tenant.h"
#include "promql/parser.h"
#include "storage.h"
#include "sys/random.h"
#include "telemetry/log.h"
#include "tsdb/prometheus_block/block_writer.h"
#include "tsdb/prometheus_block/ulid.h"

namespace isobar::app {
namespace {

namespace prometheus = tsdb::prometheus;

constexpr Duration kLeastBlock = Duration::hours(2);
constexpr Duration kLargestBlock = Duration::hours(24);

struct ExportSettings {
  std::string data = "./data";
  std::string output;
  std::string tenant{model::kDefaultTenant};
  std::vector<std::string> matches;
  std::string start;
  std::string end;
  Duration block = kLeastBlock;
  std::uint64_t memory = 1ULL << 30;
};

// 285,000 years around 1970, which is as far as blocks are read back; windows are computed with room to spare.
constexpr Timestamp kFarthest{1LL << 53};

// The same, understood.
struct ExportPlan {
  std::vector<std::vector<model::Matcher>> selectors;
  Timestamp start{-kFarthest.ms};
  Timestamp end{kFarthest.ms - 1};  // inclusive
};

int complain(const std::string& text, int status) {
  std::fprintf(stderr, "isobar export: %s\n", text.c_str());
  return status;
}

Result<ExportPlan> plan_of(const ExportSettings& settings) {
  ExportPlan plan;
  if (settings.output.empty()) return fail(Code::kInvalid, "--output is missing: name the folder that the blocks go to");
  if (settings.block < kLeastBlock || settings.block > kLargestBlock || kLargestBlock.ms % settings.block.ms != 0 ||
      settings.block.ms % kLeastBlock.ms != 0) {
    return fail(Code::kInvalid, "flag --block-duration must be 2h, 4h, 6h, 8h, 12h or 24h");
  }
  for (const std::string& text : settings.matches) {
    auto matchers = promql::parse_series_selector(text);
    if (!matchers) return fail(std::move(matchers).error().with_context("flag --match"));
    plan.selectors.push_back(*std::move(matchers));
  }
  if (plan.selectors.empty()) plan.selectors.emplace_back();
  const auto time = [](const std::string& flag, const std::string& text, Timestamp& out) -> Result<void> {
    if (text.empty()) return {};
    auto parsed = api::parse_time(text);
    if (!parsed) return fail(std::move(parsed).error().with_context("flag --" + flag));
    out = std::clamp(*parsed, Timestamp{-kFarthest.ms}, Timestamp{kFarthest.ms - 1});
    return {};
  };
  TRYV(time("start", settings.start, plan.start));
  TRYV(time("end", settings.end, plan.end));
  if (plan.start > plan.end) return fail(Code::kInvalid, "--start is behind --end");
  return plan;
}

std::int64_t floor_to(std::int64_t value, std::int64_t width) { return value - ((value % width) + width) % width; }

class Export {
 public:
  Export(Storage& storage, const ExportSettings& settings, const ExportPlan& plan)
      : storage_(storage), settings_(settings), plan_(plan), budget_("export", settings.memory, "--memory"), random_(sys::entropy_seed()) {}

  Result<void> run() {
    for (const std::int64_t window : windows()) TRYV(write_window(window));
    return {};
  }
  std::size_t blocks() const { return blocks_; }
  std::uint64_t samples() const { return samples_; }
  std::vector<std::string> warnings() { return warnings_.take(); }

 private:
  // Where blocks and memory say that there may be samples.
  std::set<std::int64_t> windows() {
    std::set<std::int64_t> starts;
    const auto add = [&](Timestamp min, Timestamp max) {
      min = std::max(min, plan_.start);
      max = std::min(max, plan_.end);
      const std::int64_t width = settings_.block.ms;
      for (std::int64_t at = floor_to(min.ms, width); min <= max && at <= max.ms; at += width) starts.insert(at);
    };
    for (const blocks::BlockEntry& entry : storage_.metrics().block_entries()) add(entry.min_time, entry.max_time);
    const follower::StoreStats stats = storage_.metrics().stats();
    add(stats.head_min_time, stats.head_max_time);
    return starts;
  }

  // Series that any selector wants, ascending, each once.
  Result<std::vector<std::shared_ptr<const model::Series>>> select(Timestamp min, Timestamp max) {
    std::vector<std::shared_ptr<const model::Series>> all;
    std::vector<std::shared_ptr<const model::Series>> batch;
    sets_.clear();
    for (const auto& matchers : plan_.selectors) {
      model::SelectRequest request;
      request.tenants = {settings_.tenant};
      request.matchers = matchers;
      request.min = min;
      request.max = max;
      const model::ReadContext context{budget_, cancellation_, warnings_};
      TRY(auto set, storage_.metrics().select(request, context));
      sets_.push_back(std::move(set));
      do {
        TRYV(sets_.back()->next(batch));
        all.insert(all.end(), batch.begin(), batch.end());
      } while (!batch.empty());
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->labels() < b->labels(); });
    all.erase(std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->labels() == b->labels(); }), all.end());
    return all;
  }

  Result<void> write_window(std::int64_t window) {
    const Timestamp min{std::max(window, plan_.start.ms)};
    const Timestamp max{std::min(window + settings_.block.ms - 1, plan_.end.ms)};
    TRY(const auto series, select(min, max));
    std::unique_ptr<prometheus::BlockWriter> writer;
    model::SampleColumns samples;
    for (const auto& one : series) {
      samples.clear();
      TRYV(one->read(min, max, samples));
      if (samples.size() == 0) continue;
      if (writer == nullptr) {
        const std::string ulid = prometheus::make_ulid(storage_.clock().now(), {random_.next(), random_.next()});
        TRY(writer, prometheus::BlockWriter::create(files_, settings_.output, ulid));
      }
      TRYV(writer->add_series(one->labels(), samples));
    }
    if (writer == nullptr) return {};
    TRYV(writer->finish());
    const prometheus::BlockMeta& meta = writer->meta();
    ++blocks_;
    samples_ += meta.samples;
    std::printf("%s  %s to %s, %llu series, %llu samples\n", meta.ulid.c_str(), api::format_rfc3339(meta.min_time).c_str(),
                api::format_rfc3339(meta.end_time).c_str(), static_cast<unsigned long long>(meta.series),
                static_cast<unsigned long long>(meta.samples));
    std::fflush(stdout);
    return {};
  }

  Storage& storage_;
  const ExportSettings& settings_;
  const ExportPlan& plan_;
  sys::PosixFileSystem files_;
  telemetry::MemoryBudget budget_;
  Cancellation cancellation_;
  model::Warnings warnings_;
  sys::Random random_;
  std::vector<std::unique_ptr<model::SeriesSet>> sets_;  // of the window; they hold what the budget counts
  std::size_t blocks_ = 0;
  std::uint64_t samples_ = 0;
};

// Blocks beside blocks of another export would overlap.
Result<void> prepare_output(sys::FileSystem& files, const std::string& output) {
  TRYV(files.create_directories(output));
  TRY(const std::vector<std::string> names, files.list(output));
  if (names.empty()) return {};
  return fail(Code::kInvalid, "the folder of --output is not empty, name a new one: " + output);
}

int export_all(const ExportSettings& settings, const ExportPlan& plan) {
  sys::PosixFileSystem files;
  // Opening would create it.
  const Result<bool> there = files.exists(settings.data + "/objects");
  if (!there || !*there) return complain("no data directory of Isobar: " + settings.data, 1);
  if (const Result<void> prepared = prepare_output(files, settings.output); !prepared) {
    return complain(prepared.error().message, prepared.error().code == Code::kInvalid ? 2 : 1);
  }
  telemetry::Registry metrics;
  ServeSettings serve;
  serve.data_dir = settings.data;
  auto storage = Storage::open(serve, metrics);
  if (!storage) return complain(storage.error().message, 1);
  Export work(**storage, settings, plan);
  const Result<void> done = work.run();
  if (!done) return complain(done.error().message, 1);
  std::printf("%zu block%s, %llu samples\n", work.blocks(), work.blocks() == 1 ? "" : "s", static_cast<unsigned long long>(work.samples()));
  const std::vector<std::string> warnings = work.warnings();
  for (const std::string& warning : warnings) complain(warning, 1);
  return warnings.empty() ? 0 : 1;
}

}  // namespace

int export_command(const std::vector<std::string>& words) {
  ExportSettings settings;
  Flags flags("isobar export --output DIR [FLAGS]",
              "Writes samples as blocks that Prometheus, promtool, Mimir and Thanos read. No\n"
              "server may run on the data directory.");
  flags.text("data", "the data directory of Isobar", settings.data)
      .text("output", "a new or empty folder for the blocks", settings.output)
      .text("tenant", "whose samples", settings.tenant)
      .list("match", "a series selector such as up{job=\"a\"}; may be given several times; all series if absent", settings.matches)
      .text("start", "first time: unix seconds or RFC 3339", settings.start)
      .text("end", "last time, inclusive", settings.end)
      .duration("block-duration", "time that one block covers: 2h to 24h", settings.block)
      .bytes("memory", "what the series of one block may hold beside their samples", settings.memory);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  if (!parsed) return complain(parsed.error().message, 2);
  if (!arguments.empty()) return complain("unexpected argument: " + arguments[0], 2);
  const Result<ExportPlan> plan = plan_of(settings);
  if (!plan) return complain(plan.error().message, 2);
  const Result<std::string> tenant = model::parse_tenant(settings.tenant);
  if (!tenant) return complain("flag --tenant: " + tenant.error().message, 2);
  telemetry::set_log_level(telemetry::LogLevel::kWarn);
  return export_all(settings, *plan);
}

}  // namespace isobar::app
