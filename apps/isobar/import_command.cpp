// isobar import DIR…: blocks of Prometheus, Mimir or Thanos become blocks of a data directory. Exit status 0: all are
// there; 1: some are not; 2: wrong usage.
#include <cstdio>

#include <fmt/format.h>

#include "api/time_text.h"
#include "commands.h"
#include "flags.h"
#include "import_blocks.h"
#include "model/tenant.h"
#include "telemetry/log.h"

namespace isobar::app {
namespace {

namespace prometheus = tsdb::prometheus;

struct ImportSettings {
  std::string data = "./data";
  std::string tenant{model::kDefaultTenant};
  bool dry_run = false;
};

struct Totals {
  std::size_t imported = 0;
  std::size_t known = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;
  std::uint64_t samples = 0;
  std::uint64_t refused = 0;
};

int complain(const std::string& text, int status) {
  std::fprintf(stderr, "isobar import: %s\n", text.c_str());
  return status;
}

void print_row(const std::string& ulid, const std::string& what) {
  std::printf("%s  %s\n", ulid.c_str(), what.c_str());
  std::fflush(stdout);  // large blocks take a while
}

std::string describe(const prometheus::BlockMeta& meta, const prometheus::ConversionCounts& counts) {
  return fmt::format("{} to {}, {} series, {} samples", api::format_rfc3339(meta.min_time), api::format_rfc3339(meta.end_time), counts.series,
                     counts.samples);
}

// One after the other; a block that cannot be read does not keep the others out.
class ImportRun {
 public:
  // `import` is null in a dry run; `objects` is null when there is no data directory yet.
  ImportRun(sys::FileSystem& files, object_store::ObjectStore* objects, BlockImport* import, std::string tenant)
      : files_(files), objects_(objects), import_(import), tenant_(std::move(tenant)) {}

  void block(const FoundBlock& found) {
    if (found.deletion_marked) {
      ++totals_.skipped;
      return print_row(found.ulid, "skipped: marked for deletion, a compacted block has its samples");
    }
    if (objects_ != nullptr && is_imported(*objects_, tenant_, found.ulid)) {
      ++totals_.known;
      return print_row(found.ulid, "imported before");
    }
    if (const Result<void> done = take(found); !done) {
      ++totals_.failed;
      print_row(found.ulid, "failed");
      std::fprintf(stderr, "isobar import: %s\n", done.error().message.c_str());
    }
  }
  const Totals& totals() const { return totals_; }

 private:
  Result<void> take(const FoundBlock& found) {
    TRY(const auto block, prometheus::BlockReader::open(files_, found.directory));
    ImportedBlock imported;
    if (import_ == nullptr) {
      TRY(imported.counts, prometheus::survey_block(*block));
      print_row(found.ulid, describe(block->meta(), imported.counts) + ": would be imported");
    } else {
      TRY(imported, import_->take_over(*block));
      print_row(found.ulid, fmt::format("{}: imported, {} bytes in {} block{}", describe(block->meta(), imported.counts), imported.size_bytes,
                                        imported.blocks, imported.blocks == 1 ? "" : "s"));
    }
    ++totals_.imported;
    totals_.samples += imported.counts.samples;
    totals_.refused += imported.counts.refused;
    if (imported.counts.refused > 0) {
      std::fprintf(stderr, "isobar import: %s: %llu histograms do not hold together and are left out, the first is %s\n", found.ulid.c_str(),
                   static_cast<unsigned long long>(imported.counts.refused), imported.counts.first_refusal.c_str());
    }
    return {};
  }

  sys::FileSystem& files_;
  object_store::ObjectStore* objects_;
  BlockImport* import_;
  std::string tenant_;
  Totals totals_;
};

int summarize(const Totals& totals, bool dry_run) {
  std::printf("%zu %s, %zu before, %zu skipped, %zu failed: %llu samples\n", totals.imported, dry_run ? "to import" : "imported", totals.known,
              totals.skipped, totals.failed, static_cast<unsigned long long>(totals.samples));
  return totals.failed == 0 ? 0 : 1;
}

int dry_run(const ImportSettings& settings, const FoundBlocks& found) {
  sys::PosixFileSystem files;
  object_store::FilesystemStore objects(files, settings.data + "/objects");
  ImportRun run(files, &objects, nullptr, settings.tenant);
  for (const FoundBlock& block : found.blocks) run.block(block);
  return summarize(run.totals(), true);
}

int import_all(const ImportSettings& settings, const FoundBlocks& found) {
  sys::PosixFileSystem files;
  telemetry::Registry metrics;
  ServeSettings serve;
  serve.data_dir = settings.data;
  auto storage = Storage::open(serve, metrics);
  if (!storage) return complain(storage.error().message, 1);
  auto import = BlockImport::open(**storage, settings.tenant);
  int status = 1;
  if (import) {
    ImportRun run(files, &(*storage)->objects(), import->get(), settings.tenant);
    for (const FoundBlock& block : found.blocks) run.block(block);
    status = summarize(run.totals(), false);
  } else {
    complain(import.error().message, 1);
  }
  (*storage)->stop();  // whatever waited in memory becomes blocks, as when a server stops
  return status;
}

}  // namespace

int import_command(const std::vector<std::string>& words) {
  ImportSettings settings;
  Flags flags("isobar import [FLAGS] DIR...",
              "Takes over blocks of Prometheus, Mimir or Thanos: DIR is a block, or a folder\n"
              "of blocks such as the data directory of Prometheus. No server may run on the\n"
              "data directory. What was imported before is left alone, so it may be repeated.");
  flags.text("data", "the data directory of Isobar; created if it is not there", settings.data)
      .text("tenant", "whose samples they become", settings.tenant)
      .toggle("dry-run", "read everything, verify checksums, write nothing", settings.dry_run);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  if (!parsed) return complain(parsed.error().message, 2);
  if (arguments.empty()) return complain("name at least one folder of blocks: isobar import /var/lib/prometheus", 2);
  const Result<std::string> tenant = model::parse_tenant(settings.tenant);
  if (!tenant) return complain("flag --tenant: " + tenant.error().message, 2);
  telemetry::set_log_level(telemetry::LogLevel::kWarn);
  sys::PosixFileSystem files;
  FoundBlocks found;
  for (const std::string& directory : arguments) {
    if (const Result<void> looked = find_blocks(files, directory, found); !looked) {
      return complain(looked.error().message, looked.error().code == Code::kInvalid ? 2 : 1);
    }
  }
  for (const std::string& note : found.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  return settings.dry_run ? dry_run(settings, found) : import_all(settings, found);
}

}  // namespace isobar::app
