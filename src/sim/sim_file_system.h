// Files in memory that behave like a disk with a volatile cache.
//
// What was written and not synced may, at a crash, be kept, lost, or kept in part: each 512-byte sector decides for
// itself, so writes tear and reorder. Names (create, rename, remove) are durable after sync_directory only. Faults:
// crash at the n-th operation, one failure at the n-th call, a full disk, calls that fail now and then, and a slow disk.
// After a crash every call fails until recover(). What happened is counted.
//
// Thread-safe through one lock, though simulation uses one thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "sim/fault_counts.h"
#include "sim/sim_clock.h"
#include "sys/file_system.h"
#include "sys/random.h"

namespace isobar::sim {

class SimFileSystem final : public sys::FileSystem {
 public:
  // kKeepCache: only the process died. Nothing is lost yet, nor any more durable than before.
  enum class CrashMode { kLoseAllUnsynced, kKeepSome, kKeepCache };

  explicit SimFileSystem(std::uint64_t seed) : random_(seed) {}

  Result<std::unique_ptr<sys::File>> open(const std::string& path, sys::OpenMode mode) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> create_directories(const std::string& directory) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> link(const std::string& from, const std::string& to) override;
  Result<bool> exists(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<Space> space(const std::string& path) override;

  // The process dies at the n-th operation from now that changes something (0: the next one).
  void crash_after(std::uint64_t operations) { crash_in_ = operations; }
  void crash_now();
  bool crashed() const { return crashed_; }
  // The machine comes back: unsynced bytes and names take their fate, then calls work again.
  void recover(CrashMode mode);

  // Each call of the kind fails with this probability (per thousand) until set to 0.
  void set_write_failures(std::uint32_t per_mille) { write_failures_ = per_mille; }  // write, truncate, allocate
  void set_sync_failures(std::uint32_t per_mille) { sync_failures_ = per_mille; }    // of files
  void set_read_failures(std::uint32_t per_mille) { read_failures_ = per_mille; }    // read, size, map, list, exists, open
  void set_name_failures(std::uint32_t per_mille) { name_failures_ = per_mille; }    // create, rename, remove, sync_directory
  // The n-th call from now fails, once, whatever it is (0: the next one).
  void fail_after(std::uint64_t calls) { fail_in_ = calls; }
  // As crash_after(), counted from the failure of fail_after().
  void crash_after_failure(std::uint64_t operations) { crash_in_after_failure_ = operations; }
  // Bytes that all files together may take; 0: no limit.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  // Each call takes time with this probability (per thousand): seconds, now and then minutes. The clock is moved by it.
  void set_slowness(SimClock* clock, std::uint32_t per_mille);
  // No more faults, and none that wait. What a crash did stays.
  void heal();

  std::uint64_t used_bytes() const;
  std::uint64_t operations() const { return operations_; }  // that change something
  std::uint64_t calls() const { return calls_; }            // of any kind
  const FaultCounts& counts() const { return counts_; }
  // Flips one byte of a durable file; for tests of checksums.
  void damage(const std::string& path, std::uint64_t offset);

 private:
  friend class SimFile;
  friend class SimMapping;
  struct Node {
    std::string current;
    std::string durable;
    std::set<std::uint64_t> dirty;  // sectors that differ since the last sync
    bool size_dirty = false;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  Result<void> step();  // counts an operation; fails when crashed
  Result<void> alive() const;
  void dawdle();
  // Whether this call, of a kind that fails so often, fails; counted in `count`. Once a call, first.
  bool fails(std::uint32_t per_mille, std::uint64_t& count);
  Result<void> reading(std::uint64_t& count, const char* what, const std::string& path);
  Result<void> naming(std::uint64_t& count, const char* what, const std::string& path);
  Result<void> resizing(const std::string& path);
  Result<void> check_room(std::uint64_t growth);
  Result<void> write(Node& node, std::uint64_t offset, std::string_view bytes, const std::string& path);
  Result<void> sync(Node& node, const std::string& path);
  void settle(Node& node, CrashMode mode);
  Names surviving_names(CrashMode mode);

  mutable std::mutex mutex_;
  sys::Random random_;
  Names names_;
  Names durable_names_;
  std::set<std::string> directories_;
  bool crashed_ = false;
  std::optional<std::uint64_t> crash_in_;
  std::optional<std::uint64_t> fail_in_;
  std::optional<std::uint64_t> crash_in_after_failure_;
  std::uint32_t write_failures_ = 0;
  std::uint32_t sync_failures_ = 0;
  std::uint32_t read_failures_ = 0;
  std::uint32_t name_failures_ = 0;
  std::uint32_t slow_calls_ = 0;
  SimClock* slow_clock_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t calls_ = 0;
  FaultCounts counts_;
};

}  // namespace isobar::sim
