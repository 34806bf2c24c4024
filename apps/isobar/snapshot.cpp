#include "snapshot.h"

#include <ctime>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "blocks/manifest.h"
#include "ingest_log/local/new_log.h"
#include "sys/posix/posix_file_system.h"
#include "sys/random.h"

namespace isobar::app {
namespace {

std::string snapshot_name(Timestamp now, std::uint64_t random) {
  const std::time_t seconds = now.ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z-{:016x}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                     parts.tm_min, parts.tm_sec, random);
}

Result<void> fill(follower::MetricsStore& store, sys::FileSystem& files, const std::string& objects, const std::string& to, bool skip_head) {
  std::set<std::string> folders;
  TRY(blocks::Manifest manifest, store.snapshot(skip_head, [&](const std::string& key) -> Result<void> {
        const std::string target = fmt::format("{}/objects/{}", to, key);
        const std::string folder = sys::directory_of(target);
        if (folders.insert(folder).second) TRYV(files.create_directories(folder));
        // Blocks never change in place, so a second name is as good as a copy.
        return sys::link_or_copy(files, fmt::format("{}/{}", objects, key), target);
      }));
  for (const std::string& folder : folders) TRYV(files.sync_directory(folder));
  // Positions go on where the blocks end; the log is another one from here on.
  manifest.log_identity = sys::entropy_seed();
  TRYV(ingest_log::create_log_at(files, to + "/log/metrics", manifest.log_identity, manifest.watermarks.front()));
  TRYV(files.create_directories(to + "/objects/metrics"));
  return sys::write_file_atomically(files, to + "/objects/metrics/manifest.json", blocks::encode_manifest(manifest));
}

}  // namespace

Result<std::string> write_snapshot(follower::MetricsStore& store, const sys::Clock& clock, const std::string& data_dir, bool skip_head) {
  sys::PosixFileSystem files;
  const std::string name = snapshot_name(clock.now(), sys::entropy_seed());
  const std::string folder = data_dir + "/snapshots";
  const std::string unfinished = fmt::format("{}/{}.tmp", folder, name);
  TRYV(files.create_directories(unfinished));
  Result<void> done = fill(store, files, data_dir + "/objects", unfinished, skip_head);
  if (done) done = files.rename(unfinished, fmt::format("{}/{}", folder, name));
  if (done) done = files.sync_directory(folder);
  if (done) return name;
  std::error_code ignored;
  std::filesystem::remove_all(unfinished, ignored);
  return fail(std::move(done).error().with_context("snapshot"));
}

}  // namespace isobar::app
