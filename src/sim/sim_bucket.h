// Objects in memory that behave like a bucket far away.
//
// Each call may fail before it does anything, or after it did (a put whose answer is lost), or be slow; the bucket may be
// away as a whole. A put or a removal that failed may also arrive late, after any number of other calls: what a process sent
// before it was paused or cut off. What happened is counted. Conditions hold strictly, as in S3.
//
// It outlives the processes that use it: each gets a door of its own. What goes wrong goes wrong at the newest door; those of
// processes that were declared dead and are not work.
// Thread-safe through one lock.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "object_store/object_store.h"
#include "sim/sim_clock.h"
#include "sys/random.h"

namespace isobar::sim {

struct BucketCounts {
  std::uint64_t puts = 0;
  std::uint64_t gets = 0;
  std::uint64_t lists = 0;
  std::uint64_t removes = 0;
  std::uint64_t kills = 0;
  std::uint64_t refused = 0;       // nothing happened, and the caller was told of a failure
  std::uint64_t lost_answers = 0;  // it happened, and the caller was told of a failure
  std::uint64_t late_removes = 0;
  std::uint64_t late_puts = 0;     // that arrived long after the caller was told of a failure
  std::uint64_t late_conflicts = 0;  // of those, refused by their condition

  BucketCounts& operator+=(const BucketCounts& other);
  std::string to_string() const;
};

class SimBucket {
 public:
  explicit SimBucket(std::uint64_t seed) : random_(seed) {}

  // One process's way to it. The bucket must outlive it.
  std::unique_ptr<object_store::ObjectStore> door();

  // Until heal(): calls fail with this probability (per thousand); half of them did what they should.
  void set_failures(std::uint32_t per_mille) { failures_ = per_mille; }
  // Puts and removals that failed and arrive later, per thousand of the failed ones.
  void set_late_puts(std::uint32_t per_mille) { late_puts_ = per_mille; }
  void set_slowness(SimClock* clock, std::uint32_t per_mille) { clock_ = clock, slow_calls_ = per_mille; }
  // Every call fails.
  void set_away(bool away) {
    const std::lock_guard lock(mutex_);
    away_ = away;
  }
  // The process behind the newest door dies at the n-th call that changes something (0: the next one); that call did what it
  // should, or not. All its later calls fail.
  void kill_after(std::uint64_t changes) { kill_in_ = changes; }
  bool killed() const { return killed_ == doors_ && doors_ != 0; }
  // The n-th call that changes something, from now, fails (0: the next); it did what it should, or not.
  void fail_after(std::uint64_t changes, bool done) { fail_in_ = changes, fail_done_ = done; }
  // No more faults. What is on its way still arrives.
  void heal();
  // All that is on its way arrives.
  void deliver_all();

  std::uint64_t changes() const { return changes_; }
  std::uint64_t used_bytes() const;
  const BucketCounts& counts() const { return counts_; }
  std::vector<std::string> keys() const;
  void damage(const std::string& key, std::uint64_t offset);
  void lose(const std::string& key);

 private:
  friend class SimDoor;
  enum class Fate { kDone, kRefused, kAnswerLost };
  struct LateCall {
    std::string key;
    std::optional<std::string> bytes;  // nothing: a removal
    object_store::PutCondition condition;
  };

  Fate fate(std::uint64_t door, bool changes);
  Result<std::string> apply_put(const std::string& key, std::string_view bytes, const object_store::PutCondition& condition);
  void maybe_deliver();
  void deliver(std::size_t index);

  mutable std::mutex mutex_;
  sys::Random random_;
  std::map<std::string, std::string> objects_;
  std::vector<LateCall> late_;
  std::uint32_t failures_ = 0;
  std::uint32_t late_puts_ = 0;
  std::uint32_t slow_calls_ = 0;
  SimClock* clock_ = nullptr;
  bool away_ = false;
  std::uint64_t doors_ = 0;   // the number of the newest
  std::uint64_t killed_ = 0;  // the number of the last one whose process died
  std::optional<std::uint64_t> kill_in_;
  std::optional<std::uint64_t> fail_in_;
  bool fail_done_ = false;
  std::uint64_t changes_ = 0;
  BucketCounts counts_;
};

}  // namespace isobar::sim
