#include "check_data.h"

#include <algorithm>
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
    if (damaged_ == 0) {
      std::printf("no damage found\n");
      return 0;
    }
    std::printf("%s found\nwhat can be done, and what would be lost: isobar repair data %s\n", counted(damaged_, "problem").c_str(), directory_.c_str());
    return 1;
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
        const auto left = objects_.list("metrics/blocks/");
        if (left && !left->empty()) {
          damage(directory_ + "/objects/metrics/manifest.json", "the manifest is missing, and blocks are there");
        } else {
          std::printf("no manifest yet, so no blocks\n");
        }
      } else {
        damage(directory_ + "/objects/metrics/manifest.json", listed.error().message);
      }
      return;
    }
    watermarks_ = listed->watermarks;
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
      if (segments.error().code != Code::kNotFound) {
        damage(directory_ + "/log/metrics", segments.error().message);
      } else {
        check_reach({});
      }
      return;
    }
    check_reach(*segments);
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    for (const ingest_log::SegmentCheck& segment : *segments) {
      if (segment.hole) {
        std::printf("%s: positions %llu to %llu are lost, as a repair noted\n", segment.path.c_str(), static_cast<unsigned long long>(segment.base.value),
                    static_cast<unsigned long long>(segment.end.value));
      }
      frames += segment.frames;
      bytes += segment.bytes;
      if (!segment.state) damage(segment.path, segment.state.error().message);
      if (segment.tail_bytes > 0) std::printf("%s: an unacknowledged tail of %llu bytes, cut off at the next start\n", segment.path.c_str(),
                                              static_cast<unsigned long long>(segment.tail_bytes));
    }
    std::printf("%s of the log, %s, %llu bytes\n", counted(segments->size(), "segment").c_str(), counted(frames, "record").c_str(),
                static_cast<unsigned long long>(bytes));
  }

  // What blocks do not hold must be in the log.
  void check_reach(const std::vector<ingest_log::SegmentCheck>& segments) {
    if (watermarks_.empty()) return;
    const auto [least, most] = std::minmax_element(watermarks_.begin(), watermarks_.end());
    const std::string path = directory_ + "/log/metrics";
    if (segments.empty()) {
      if (most->value != 0) damage(path, "the log is missing");
      return;
    }
    if (segments.front().end.value != 0 && *least < segments.front().base) {
      damage(path, fmt::format("the log begins at position {}, but blocks end at {}: segments are missing", segments.front().base.value, least->value));
    }
    if (segments.back().end.value != 0 && *most > segments.back().end) {
      damage(path, fmt::format("the log ends at position {}, but blocks reach to {}: segments are missing", segments.back().end.value, most->value));
    }
  }

  std::string directory_;
  std::vector<blocks::Position> watermarks_;
  sys::PosixFileSystem files_;
  object_store::FilesystemStore objects_;
  std::uint64_t damaged_ = 0;
};

}  // namespace

int check_data(const std::string& directory) { return DataCheck(directory).run(); }

}  // namespace isobar::app
