#include "check_data.h"

#include <cstdio>

#include <fmt/format.h>

#include "blocks/manifest.h"
#include "ingest_log/local/log_check.h"
#include "object_store/filesystem/filesystem_store.h"
#include "sys/posix/posix_file_system.h"
#include "tsdb/block_reader.h"

namespace isobar::app {
namespace {

std::string counted(std::uint64_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

class DataCheck {
 public:
  explicit DataCheck(std::string directory) : directory_(std::move(directory)), objects_(files_, directory_ + "/objects") {}

  int run() {
    if (const auto there = files_.list(directory_); !there) return refuse(there.error().message);
    check_blocks();
    check_log();
    std::printf("%s\n", damaged_ == 0 ? "no damage found" : (counted(damaged_, "problem") + " found").c_str());
    return damaged_ == 0 ? 0 : 1;
  }

 private:
  int refuse(const std::string& text) {
    std::fprintf(stderr, "isobar check: %s\n", text.c_str());
    return 1;
  }
  void damage(const std::string& path, const std::string& what) {
    ++damaged_;
    std::printf("%s: %s\n", path.c_str(), what.c_str());
  }

  Result<blocks::Manifest> manifest() {
    TRY(const object_store::Object object, objects_.get("metrics/manifest.json"));
    return blocks::decode_manifest(object.bytes);
  }

  Result<void> verify(const blocks::BlockEntry& entry) {
    TRY(auto file, objects_.map(entry.key));
    TRY(const auto reader, tsdb::BlockReader::open(entry.key, std::move(file)));
    return reader->verify();
  }

  // A compaction beside us may have replaced a block since the manifest was read.
  bool still_listed(const blocks::BlockEntry& entry) {
    const auto now = manifest();
    if (!now) return true;
    for (const blocks::BlockEntry& e : now->blocks) {
      if (e.id == entry.id) return true;
    }
    return false;
  }

  void check_blocks() {
    const auto listed = manifest();
    if (!listed) {
      if (listed.error().code == Code::kNotFound) {
        std::printf("no manifest yet, so no blocks\n");
      } else {
        damage(directory_ + "/objects/metrics/manifest.json", listed.error().message);
      }
      return;
    }
    std::uint64_t bytes = 0;
    for (const blocks::BlockEntry& entry : listed->blocks) {
      bytes += entry.size_bytes;
      const Result<void> verified = verify(entry);
      if (!verified && still_listed(entry)) damage(directory_ + "/objects/" + entry.key, verified.error().message);
    }
    std::printf("%s, %llu bytes\n", counted(listed->blocks.size(), "block").c_str(), static_cast<unsigned long long>(bytes));
  }

  void check_log() {
    const auto lock = sys::DirectoryLock::acquire(directory_ + "/lock");
    if (!lock) {
      std::printf("the log is left out: a server writes it (stop it, or check a copy)\n");
      return;
    }
    const auto segments = ingest_log::check_segments(files_, directory_ + "/log/metrics");
    if (!segments) {
      if (segments.error().code != Code::kNotFound) damage(directory_ + "/log/metrics", segments.error().message);
      return;
    }
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    for (const ingest_log::SegmentCheck& segment : *segments) {
      frames += segment.frames;
      bytes += segment.bytes;
      if (!segment.state) damage(segment.path, segment.state.error().message);
      if (segment.tail_bytes > 0) std::printf("%s: an unacknowledged tail of %llu bytes, cut off at the next start\n", segment.path.c_str(),
                                              static_cast<unsigned long long>(segment.tail_bytes));
    }
    std::printf("%s of the log, %s, %llu bytes\n", counted(segments->size(), "segment").c_str(), counted(frames, "record").c_str(),
                static_cast<unsigned long long>(bytes));
  }

  std::string directory_;
  sys::PosixFileSystem files_;
  object_store::FilesystemStore objects_;
  std::uint64_t damaged_ = 0;
};

}  // namespace

int check_data(const std::string& directory) { return DataCheck(directory).run(); }

}  // namespace isobar::app
