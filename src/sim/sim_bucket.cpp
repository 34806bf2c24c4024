#include "sim/sim_bucket.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace isobar::sim {
namespace {

std::string etag_of(std::string_view bytes) { return fmt::format("{:016x}", hash128(bytes).low); }

Error away() { return {Code::kUnavailable, "the bucket does not answer"}; }

class Held final : public sys::MappedFile {
 public:
  explicit Held(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

BucketCounts& BucketCounts::operator+=(const BucketCounts& other) {
  puts += other.puts;
  gets += other.gets;
  lists += other.lists;
  removes += other.removes;
  kills += other.kills;
  refused += other.refused;
  lost_answers += other.lost_answers;
  late_puts += other.late_puts;
  late_removes += other.late_removes;
  late_conflicts += other.late_conflicts;
  return *this;
}

std::string BucketCounts::to_string() const {
  return fmt::format("{} puts, {} gets, {} lists, {} removes, {} processes killed, {} refused, {} answers lost, {} late puts, {} of them in vain, {} late removals", puts, gets, lists,
                     removes, kills, refused, lost_answers, late_puts, late_conflicts, late_removes);
}

class SimDoor final : public object_store::ObjectStore {
 public:
  SimDoor(SimBucket& bucket, std::uint64_t number) : bucket_(bucket), number_(number) {}

  Result<std::string> put(const std::string& key, std::string_view bytes, object_store::PutCondition condition) override {
    const std::lock_guard lock(bucket_.mutex_);
    ++bucket_.counts_.puts;
    const SimBucket::Fate fate = bucket_.fate(number_, true);
    if (fate == SimBucket::Fate::kRefused) {
      if (bucket_.random_.chance(bucket_.late_puts_, 1000)) bucket_.late_.push_back({key, std::string(bytes), condition});
      return fail(away());
    }
    auto done = bucket_.apply_put(key, bytes, condition);
    if (fate == SimBucket::Fate::kAnswerLost) return fail(away());
    return done;
  }

  class Writer final : public object_store::ObjectWriter {
   public:
    Writer(SimDoor& door, std::string key) : door_(door), key_(std::move(key)) {}
    Result<void> append(std::string_view bytes) override {
      bytes_.append(bytes);
      return {};
    }
    Result<void> commit() override {
      TRYV(door_.put(key_, bytes_, {}));
      return {};
    }

   private:
    SimDoor& door_;
    std::string key_;
    std::string bytes_;
  };
  Result<std::unique_ptr<object_store::ObjectWriter>> create(const std::string& key) override { return std::make_unique<Writer>(*this, key); }

  Result<object_store::Object> get(const std::string& key) override {
    TRY(std::string bytes, read(key));
    std::string etag = etag_of(bytes);
    return object_store::Object{std::move(bytes), std::move(etag)};
  }
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override {
    TRY(const std::string bytes, read(key));
    return offset < bytes.size() ? bytes.substr(offset, size) : std::string();
  }
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t) override {
    TRY(std::string bytes, read(key));
    return std::make_shared<Held>(std::move(bytes));
  }
  Result<std::vector<object_store::ObjectInfo>> list(const std::string& prefix, const std::string& after) override {
    const std::lock_guard lock(bucket_.mutex_);
    ++bucket_.counts_.lists;
    if (bucket_.fate(number_, false) != SimBucket::Fate::kDone) return fail(away());
    std::vector<object_store::ObjectInfo> out;
    for (const auto& [key, bytes] : bucket_.objects_) {
      if (key.starts_with(prefix) && key > after) out.push_back({key, bytes.size()});
    }
    return out;
  }
  Result<void> remove_unfinished(const std::string&) override { return {}; }
  Result<void> remove(const std::string& key) override {
    const std::lock_guard lock(bucket_.mutex_);
    ++bucket_.counts_.removes;
    const SimBucket::Fate fate = bucket_.fate(number_, true);
    if (fate != SimBucket::Fate::kRefused) {
      bucket_.objects_.erase(key);
    } else if (bucket_.random_.chance(bucket_.late_puts_, 1000)) {
      bucket_.late_.push_back({key, std::nullopt, {}});
    }
    if (fate != SimBucket::Fate::kDone) return fail(away());
    return {};
  }
  std::string describe() const override { return "a simulated bucket"; }

 private:
  Result<std::string> read(const std::string& key) {
    const std::lock_guard lock(bucket_.mutex_);
    ++bucket_.counts_.gets;
    if (bucket_.fate(number_, false) != SimBucket::Fate::kDone) return fail(away());
    const auto found = bucket_.objects_.find(key);
    if (found == bucket_.objects_.end()) return fail(Code::kNotFound, "no such object: " + key);
    return found->second;
  }

  SimBucket& bucket_;
  const std::uint64_t number_;
};

std::unique_ptr<object_store::ObjectStore> SimBucket::door() {
  const std::lock_guard lock(mutex_);
  return std::make_unique<SimDoor>(*this, ++doors_);
}

SimBucket::Fate SimBucket::fate(std::uint64_t door, bool changes) {
  if (door == killed_) return Fate::kRefused;
  if (door != doors_) return Fate::kDone;
  if (clock_ != nullptr && random_.chance(slow_calls_, 1000)) clock_->advance(Duration{static_cast<std::int64_t>(random_.below(60'000))});
  maybe_deliver();
  Fate fate = Fate::kDone;
  if (away_) fate = Fate::kRefused;
  if (fate == Fate::kDone && failures_ != 0 && random_.chance(failures_, 1000)) fate = random_.chance(1, 2) ? Fate::kRefused : Fate::kAnswerLost;
  if (changes) {
    ++changes_;
    if (kill_in_ && (*kill_in_)-- == 0) {
      kill_in_.reset();
      killed_ = doors_;
      ++counts_.kills;
      fate = random_.chance(1, 2) ? Fate::kRefused : Fate::kAnswerLost;
    }
    if (fail_in_ && (*fail_in_)-- == 0) {
      fail_in_.reset();
      fate = fail_done_ ? Fate::kAnswerLost : Fate::kRefused;
    }
  }
  if (fate == Fate::kRefused) ++counts_.refused;
  if (fate == Fate::kAnswerLost) ++counts_.lost_answers;
  return fate;
}

Result<std::string> SimBucket::apply_put(const std::string& key, std::string_view bytes, const object_store::PutCondition& condition) {
  using Kind = object_store::PutCondition::Kind;
  const auto there = objects_.find(key);
  if (condition.kind == Kind::kIfAbsent && there != objects_.end()) return fail(Code::kConflict, "object exists: " + key);
  if (condition.kind == Kind::kIfMatch && (there == objects_.end() || etag_of(there->second) != condition.etag)) {
    return fail(Code::kConflict, "object has changed: " + key);
  }
  objects_[key] = std::string(bytes);
  return etag_of(bytes);
}

void SimBucket::maybe_deliver() {
  if (!late_.empty() && random_.chance(1, 30)) deliver(random_.below(late_.size()));
}

void SimBucket::deliver(std::size_t index) {
  const LateCall call = std::move(late_[index]);
  late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(index));
  if (!call.bytes) {
    ++counts_.late_removes;
    objects_.erase(call.key);
    return;
  }
  ++counts_.late_puts;
  if (!apply_put(call.key, *call.bytes, call.condition)) ++counts_.late_conflicts;
}

void SimBucket::heal() {
  const std::lock_guard lock(mutex_);
  failures_ = late_puts_ = slow_calls_ = 0;
  away_ = false;
  fail_in_.reset();
  kill_in_.reset();
}

void SimBucket::deliver_all() {
  const std::lock_guard lock(mutex_);
  while (!late_.empty()) deliver(random_.below(late_.size()));
}

std::uint64_t SimBucket::used_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [key, object] : objects_) bytes += object.size();
  return bytes;
}

std::vector<std::string> SimBucket::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, object] : objects_) keys.push_back(key);
  return keys;
}

void SimBucket::damage(const std::string& key, std::uint64_t offset) {
  const std::lock_guard lock(mutex_);
  objects_.at(key)[offset] ^= 0x20;
}

void SimBucket::lose(const std::string& key) {
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
}

}  // namespace isobar::sim
