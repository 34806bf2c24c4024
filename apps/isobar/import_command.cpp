// isobar import DIR…: blocks of Prometheus, Mimir or Thanos become blocks of a data directory. Exit status 0: all are
// there; 1: some are not; 2: wrong usage.
#include <cstdio>

#include <fmt/format.h>

#include "api/time_text.h"
#include "block_folder.h"
#include "blocks/companions.h"
#include "commands.h"
#include "flags.h"
#include "import_blocks.h"
#include "model/tenant.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sys/posix/posix_file_system.h"
#include "telemetry/log.h"

namespace isobar::app {
namespace {

namespace prometheus = tsdb::prometheus;

struct ImportSettings {
  std::string data = "./data";
  std::string tenant{model::kDefaultTenant};
  std::string bucket;
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

std::string resolution_words(Duration resolution) { return resolution.ms == 0 ? "every sample" : "samples of " + blocks::resolution_text(resolution); }

std::string describe(const prometheus::BlockReader& block, const prometheus::ConversionCounts& counts) {
  const prometheus::BlockMeta& meta = block.meta();
  return fmt::format("{} to {}, {} series, {} samples{}", api::format_rfc3339(meta.min_time), api::format_rfc3339(meta.end_time), counts.series,
                     counts.samples, block.resolution().ms == 0 ? "" : " of " + blocks::resolution_text(block.resolution()));
}

// One after the other; a block that cannot be read does not keep the others out.
class ImportRun {
 public:
  // `import` is null in a dry run; `objects` is null when there is no data directory yet.
  ImportRun(object_store::ObjectStore* objects, BlockImport* import, std::string tenant, ImportCoverage coverage)
      : objects_(objects), import_(import), tenant_(std::move(tenant)), coverage_(std::move(coverage)) {}

  // Finer resolutions first.
  void block(const FoundBlock& found) {
    if (found.deletion_marked) return skip(found, "marked for deletion, a compacted block has its samples");
    if (objects_ != nullptr && is_imported(*objects_, tenant_, found.ulid())) {
      ++totals_.known;
      return print_row(found.ulid(), "imported before");
    }
    const auto holder = coverage_.holder_of(found.covers);
    if (holder && holder->all) return skip(found, fmt::format("{} has {} of it", holder->ulid, resolution_words(holder->resolution)));
    if (const Result<void> done = holder ? counts_twice(found, *holder) : take(found); !done) {
      ++totals_.failed;
      print_row(found.ulid(), "failed");
      std::fprintf(stderr, "isobar import: %s\n", done.error().message.c_str());
    }
    // If it failed too: what is damaged may be repaired, and a coarser block would then keep it out.
    if (!holder) coverage_.add(found.covers);
  }
  const Totals& totals() const { return totals_; }

 private:
  void skip(const FoundBlock& found, const std::string& why) {
    ++totals_.skipped;
    print_row(found.ulid(), "skipped: " + why);
  }

  static Result<void> counts_twice(const FoundBlock& found, const ImportCoverage::Holder& holder) {
    return fail(Code::kInvalid, fmt::format("{}: {} has {} of all or a part of its time, which would count twice; name only blocks that have none in common",
                                            found.directory, holder.ulid, resolution_words(holder.resolution)));
  }

  Result<void> take(const FoundBlock& found) {
    TRY(const auto block, prometheus::BlockReader::open(*found.files, found.directory, prometheus::BlockReader::Downsampled::kRead));
    ImportedBlock imported;
    if (import_ == nullptr) {
      TRY(imported.counts, prometheus::survey_block(*block));
      print_row(found.ulid(), describe(*block, imported.counts) + ": would be imported");
    } else {
      TRY(imported, import_->take_over(*block));
      print_row(found.ulid(), fmt::format("{}: imported, {} bytes in {} block{}", describe(*block, imported.counts), imported.size_bytes,
                                        imported.blocks, imported.blocks == 1 ? "" : "s"));
    }
    ++totals_.imported;
    totals_.samples += imported.counts.samples;
    totals_.refused += imported.counts.refused;
    if (imported.counts.inexact > 0) {
      std::fprintf(stderr, "note: %s: rate, increase and resets are estimates for series that fall more often than Thanos has kept, as gauges do: "
                   "%llu, counted for each day\n", found.ulid().c_str(), static_cast<unsigned long long>(imported.counts.inexact));
    }
    if (imported.counts.refused > 0) {
      std::fprintf(stderr, "isobar import: %s: %llu histograms do not hold together and are left out, the first is %s\n", found.ulid().c_str(),
                   static_cast<unsigned long long>(imported.counts.refused), imported.counts.first_refusal.c_str());
    }
    return {};
  }

  object_store::ObjectStore* objects_;
  BlockImport* import_;
  std::string tenant_;
  ImportCoverage coverage_;
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
  auto coverage = imported_before(objects, settings.tenant);
  if (!coverage) return complain(coverage.error().message, 1);
  ImportRun run(&objects, nullptr, settings.tenant, *std::move(coverage));
  for (const FoundBlock& block : found.blocks) run.block(block);
  return summarize(run.totals(), true);
}

int import_all(const ImportSettings& settings, const FoundBlocks& found) {
  telemetry::Registry metrics;
  ServeSettings serve;
  serve.data_dir = settings.data;
  serve.bucket = settings.bucket;
  auto storage = Storage::open(serve, metrics);
  if (!storage) return complain(storage.error().message, 1);
  auto import = BlockImport::open(**storage, settings.tenant);
  auto coverage = imported_before((*storage)->objects(), settings.tenant);
  int status = 1;
  if (import && coverage) {
    ImportRun run(&(*storage)->objects(), import->get(), settings.tenant, *std::move(coverage));
    for (const FoundBlock& block : found.blocks) run.block(block);
    status = summarize(run.totals(), false);
  } else {
    complain((import ? coverage.error() : import.error()).message, 1);
  }
  (*storage)->stop();  // whatever waited in memory becomes blocks, as when a server stops
  return status;
}

}  // namespace

int import_command(const std::vector<std::string>& words) {
  ImportSettings settings;
  Flags flags("isobar import [FLAGS] DIR...",
              "Takes over blocks of Prometheus, Mimir or Thanos: DIR is a block, or a folder\n"
              "of blocks such as the data directory of Prometheus, or s3://bucket/prefix. What Thanos downsampled\n"
              "is taken where no block has the samples themselves. No server may run on the\n"
              "data directory. What was imported before is left alone, so it may be repeated.");
  flags.text("data", "the data directory of Isobar; created if it is not there", settings.data)
      .text("tenant", "whose samples they become", settings.tenant)
      .text("storage.bucket", "s3://…: into this bucket, as isobar serve has it; --data holds a cache", settings.bucket)
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
  std::vector<std::unique_ptr<BlockFolder>> folders;
  FoundBlocks found;
  for (const std::string& place : arguments) {
    auto folder = open_block_folder(place, settings.data + "/import-cache");
    if (!folder) return complain(folder.error().message, folder.error().code == Code::kInvalid ? 2 : 1);
    folders.push_back(*std::move(folder));
    if (const Result<void> looked = find_blocks(folders.back()->files(), folders.back()->path(), found); !looked) {
      return complain(looked.error().message, looked.error().code == Code::kInvalid ? 2 : 1);
    }
  }
  for (const std::string& note : found.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  return settings.dry_run ? dry_run(settings, found) : import_all(settings, found);
}

}  // namespace isobar::app
