#include "sim/sim_file_system.h"

#include <fmt/format.h>

namespace isobar::sim {
namespace {

constexpr std::uint64_t kSector = 512;

}  // namespace

class SimFile final : public sys::File {
 public:
  SimFile(SimFileSystem& files, std::shared_ptr<SimFileSystem::Node> node, std::string path)
      : files_(files), node_(std::move(node)), path_(std::move(path)) {}

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    return files_.write(*node_, offset, bytes, path_);
  }
  Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
    const std::lock_guard lock(files_.mutex_);
    TRYV(files_.reading(files_.counts_.failed_reads, "read", path_));
    if (offset >= node_->current.size()) return std::size_t{0};
    const std::size_t n = std::min<std::size_t>(size, node_->current.size() - offset);
    std::memcpy(to, node_->current.data() + offset, n);
    return n;
  }
  Result<void> sync() override {
    const std::lock_guard lock(files_.mutex_);
    return files_.sync(*node_, path_);
  }
  Result<std::uint64_t> size() const override {
    const std::lock_guard lock(files_.mutex_);
    TRYV(files_.reading(files_.counts_.failed_reads, "size", path_));
    return std::uint64_t{node_->current.size()};
  }
  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    TRYV(files_.resizing(path_));
    node_->current.resize(size);
    node_->size_dirty = true;
    return {};
  }
  Result<void> allocate(std::uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    TRYV(files_.resizing(path_));
    if (size <= node_->current.size()) return {};
    TRYV(files_.check_room(size - node_->current.size()));
    node_->current.resize(size, '\0');
    node_->size_dirty = true;
    return {};
  }

 private:
  SimFileSystem& files_;
  std::shared_ptr<SimFileSystem::Node> node_;
  std::string path_;
};

Result<void> SimFileSystem::alive() const {
  if (crashed_) return fail(Code::kUnavailable, "the simulated machine is down");
  return {};
}

Result<void> SimFileSystem::step() {
  TRYV(alive());
  ++operations_;
  if (!crash_in_) return {};
  if (*crash_in_ == 0) {
    crash_now();
    crash_in_.reset();
    return alive();
  }
  --*crash_in_;
  return {};
}

void SimFileSystem::dawdle() {
  if (slow_calls_ == 0 || !random_.chance(slow_calls_, 1000)) return;
  const bool very = random_.chance(1, 20);
  const Duration time{static_cast<std::int64_t>(random_.below(very ? 900'000 : 10'000))};
  slow_clock_->advance(time);
  ++counts_.slow_calls;
  counts_.slept = counts_.slept + time;
}

bool SimFileSystem::fails(std::uint32_t per_mille, std::uint64_t& count) {
  if (crashed_) return false;
  ++calls_;
  dawdle();
  bool now = fail_in_ && *fail_in_ == 0;
  if (now) {
    fail_in_.reset();
    if (crash_in_after_failure_) crash_in_ = crash_in_after_failure_;
  } else if (fail_in_) {
    --*fail_in_;
  }
  if (!now && per_mille != 0) now = random_.chance(per_mille, 1000);
  if (now) ++count;
  return now;
}

Result<void> SimFileSystem::reading(std::uint64_t& count, const char* what, const std::string& path) {
  TRYV(alive());
  if (fails(read_failures_, count)) return fail(Code::kUnavailable, fmt::format("simulated {} failure: {}", what, path));
  return {};
}

Result<void> SimFileSystem::naming(std::uint64_t& count, const char* what, const std::string& path) {
  const bool failing = fails(name_failures_, count);
  TRYV(step());
  if (failing) return fail(Code::kUnavailable, fmt::format("simulated {} failure: {}", what, path));
  return {};
}

Result<void> SimFileSystem::resizing(const std::string& path) {
  const bool failing = fails(write_failures_, counts_.failed_writes);
  TRYV(step());
  if (failing) return fail(Code::kUnavailable, "simulated failure to resize: " + path);
  return {};
}

void SimFileSystem::set_slowness(SimClock* clock, std::uint32_t per_mille) {
  slow_clock_ = clock;
  slow_calls_ = per_mille;
}

void SimFileSystem::heal() {
  crash_in_.reset();
  fail_in_.reset();
  crash_in_after_failure_.reset();
  write_failures_ = sync_failures_ = read_failures_ = name_failures_ = slow_calls_ = 0;
  capacity_ = 0;
}

void SimFileSystem::crash_now() {
  if (!crashed_) ++counts_.crashes;
  crashed_ = true;
}

Result<void> SimFileSystem::check_room(std::uint64_t growth) {
  if (capacity_ == 0) return {};
  std::uint64_t used = growth;
  for (const auto& [path, node] : names_) used += node->current.size();
  if (used <= capacity_) return {};
  ++counts_.full_disk;
  return fail(Code::kUnavailable, "no space left on the simulated disk");
}

std::uint64_t SimFileSystem::used_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t used = 0;
  for (const auto& [path, node] : names_) used += node->current.size();
  return used;
}

Result<void> SimFileSystem::write(Node& node, std::uint64_t offset, std::string_view bytes, const std::string& path) {
  const bool failing = fails(write_failures_, counts_.failed_writes);
  const Result<void> step_result = step();
  std::size_t size = bytes.size();
  // A crash or a failure in the middle of a write leaves a part of it in the cache.
  if (!step_result || failing) size = random_.below(bytes.size() + 1);
  if (offset + bytes.size() > node.current.size()) {
    TRYV(check_room(offset + bytes.size() - node.current.size()));
    if (size > 0) {
      node.current.resize(offset + size, '\0');
      node.size_dirty = true;
    }
  }
  if (size > 0) {
    std::memcpy(node.current.data() + offset, bytes.data(), size);
    for (std::uint64_t s = offset / kSector; s <= (offset + size - 1) / kSector; ++s) node.dirty.insert(s);
  }
  if (!step_result) return step_result;
  if (failing) return fail(Code::kUnavailable, "simulated write failure: " + path);
  return {};
}

Result<void> SimFileSystem::sync(Node& node, const std::string& path) {
  const bool failing = fails(sync_failures_, counts_.failed_syncs);
  TRYV(step());
  if (failing) {
    // As Linux does: the pages are marked clean, their bytes may be lost, and a second sync would succeed.
    settle(node, CrashMode::kKeepSome);
    return fail(Code::kUnavailable, "simulated sync failure: " + path);
  }
  node.durable = node.current;
  node.dirty.clear();
  node.size_dirty = false;
  return {};
}

// What the disk holds after a crash becomes both the durable and the current content.
void SimFileSystem::settle(Node& node, CrashMode mode) {
  std::string disk = node.durable;
  std::uint64_t lost = 0;
  std::uint64_t kept = 0;
  bool reordered = false;
  if (mode == CrashMode::kLoseAllUnsynced) lost = node.dirty.size();
  if (mode == CrashMode::kKeepSome) {
    if (node.size_dirty && random_.chance(1, 2)) disk.resize(node.current.size(), '\0');
    for (const std::uint64_t sector : node.dirty) {
      if (!random_.chance(1, 2)) {
        ++lost;
        continue;
      }
      const std::uint64_t start = sector * kSector;
      if (start >= node.current.size()) continue;
      const std::uint64_t n = std::min(kSector, node.current.size() - start);
      if (disk.size() < start + n) disk.resize(start + n, '\0');
      disk.replace(start, n, node.current, start, n);
      ++kept;
      reordered = reordered || lost != 0;
    }
  }
  counts_.lost_sectors += lost;
  counts_.torn_files += lost != 0 && kept != 0 ? 1 : 0;
  counts_.reordered_files += reordered ? 1 : 0;
  node.current = disk;
  node.durable = std::move(disk);
  node.dirty.clear();
  node.size_dirty = false;
}

// Each name that was changed and not made durable decides for itself in kKeepSome.
SimFileSystem::Names SimFileSystem::surviving_names(CrashMode mode) {
  Names survivors = durable_names_;
  for (const auto& [path, node] : names_) {
    if (durable_names_.contains(path)) continue;
    if (mode == CrashMode::kKeepSome && random_.chance(1, 2)) {
      survivors[path] = node;
    } else {
      ++counts_.lost_names;
    }
  }
  for (const auto& [path, node] : durable_names_) {
    const auto now = names_.find(path);
    if (now != names_.end() && now->second == node) continue;
    if (mode == CrashMode::kLoseAllUnsynced || !random_.chance(1, 2)) {
      ++counts_.lost_names;
    } else if (now == names_.end()) {
      survivors.erase(path);
    } else {
      survivors[path] = now->second;
    }
  }
  return survivors;
}

void SimFileSystem::recover(CrashMode mode) {
  const std::lock_guard lock(mutex_);
  crashed_ = false;
  crash_in_.reset();
  if (mode == CrashMode::kKeepCache) return;
  const Names survivors = surviving_names(mode);
  std::set<Node*> settled;
  for (const auto& [path, node] : survivors) {
    if (settled.insert(node.get()).second) settle(*node, mode);
  }
  names_ = survivors;
  durable_names_ = survivors;
}

void SimFileSystem::damage(const std::string& path, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  const auto at = names_.find(path);
  if (at == names_.end() || offset >= at->second->current.size()) return;
  at->second->current[offset] = static_cast<char>(at->second->current[offset] ^ 0x40);
  at->second->durable = at->second->current;
}

Result<std::unique_ptr<sys::File>> SimFileSystem::open(const std::string& path, sys::OpenMode mode) {
  const std::lock_guard lock(mutex_);
  TRYV(alive());
  const auto at = names_.find(path);
  if (mode == sys::OpenMode::kCreate) {
    if (at != names_.end()) return fail(Code::kUnavailable, "file exists: " + path);
    TRYV(naming(counts_.failed_creates, "create", path));
    auto node = std::make_shared<Node>();
    names_[path] = node;
    return std::make_unique<SimFile>(*this, std::move(node), path);
  }
  TRYV(reading(counts_.failed_reads, "open", path));
  if (at == names_.end()) return fail(Code::kNotFound, "no such file: " + path);
  return std::make_unique<SimFile>(*this, at->second, path);
}

// As mmap does: what is written to the file later is seen, as long as its size stays.
class SimMapping final : public sys::MappedFile {
 public:
  explicit SimMapping(std::shared_ptr<SimFileSystem::Node> node) : node_(std::move(node)) {}
  std::string_view bytes() const override { return node_->current; }

 private:
  std::shared_ptr<SimFileSystem::Node> node_;
};

Result<std::shared_ptr<const sys::MappedFile>> SimFileSystem::map(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRYV(reading(counts_.failed_maps, "map", path));
  const auto at = names_.find(path);
  if (at == names_.end()) return fail(Code::kNotFound, "no such file: " + path);
  return std::make_shared<const SimMapping>(at->second);
}

Result<std::vector<std::string>> SimFileSystem::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  TRYV(reading(counts_.failed_lists, "list", directory));
  std::set<std::string> names;
  const std::string prefix = directory + "/";
  const auto add = [&](const std::string& path) {
    if (path.size() <= prefix.size() || !path.starts_with(prefix)) return;
    const std::string rest = path.substr(prefix.size());
    names.insert(rest.substr(0, rest.find('/')));
  };
  for (const auto& [path, node] : names_) add(path);
  for (const std::string& path : directories_) add(path);
  if (names.empty() && !directories_.contains(directory)) {
    return fail(Code::kNotFound, "no such directory: " + directory);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<void> SimFileSystem::create_directories(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  TRYV(alive());
  if (fails(name_failures_, counts_.failed_creates)) {
    return fail(Code::kUnavailable, "simulated failure to make a folder: " + directory);
  }
  directories_.insert(directory);  // directories are durable at once: a simplification that hides no data
  return {};
}

Result<void> SimFileSystem::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  TRYV(naming(counts_.failed_renames, "rename", from));
  const auto at = names_.find(from);
  if (at == names_.end()) return fail(Code::kNotFound, "no such file: " + from);
  names_[to] = at->second;
  names_.erase(from);
  return {};
}

Result<void> SimFileSystem::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRYV(naming(counts_.failed_removes, "remove", path));
  if (names_.erase(path) == 0) return fail(Code::kNotFound, "no such file: " + path);
  return {};
}

Result<void> SimFileSystem::link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  TRYV(step());
  const auto at = names_.find(from);
  if (at == names_.end()) return fail(Code::kNotFound, "no such file: " + from);
  if (names_.contains(to)) return fail(Code::kUnavailable, "file exists: " + to);
  names_[to] = at->second;
  return {};
}

Result<bool> SimFileSystem::exists(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRYV(reading(counts_.failed_lists, "exists", path));
  return names_.contains(path);
}

Result<void> SimFileSystem::sync_directory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  TRYV(naming(counts_.failed_directory_syncs, "folder sync", directory));
  const auto inside = [&](const std::string& path) { return sys::directory_of(path) == directory; };
  for (auto it = durable_names_.begin(); it != durable_names_.end();) {
    it = inside(it->first) && !names_.contains(it->first) ? durable_names_.erase(it) : std::next(it);
  }
  for (const auto& [path, node] : names_) {
    if (inside(path)) durable_names_[path] = node;
  }
  return {};
}

Result<sys::FileSystem::Space> SimFileSystem::space(const std::string&) {
  const std::uint64_t used = used_bytes();
  if (capacity_ == 0) return Space{1ULL << 40, 1ULL << 41};
  return Space{used < capacity_ ? capacity_ - used : 0, capacity_};
}

}  // namespace isobar::sim
