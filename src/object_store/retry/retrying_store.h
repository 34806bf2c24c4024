// A store whose calls are repeated while they may yet succeed (kUnavailable), with growing pauses of random length
// ("full jitter"), within a time for each call and a budget for all: a bucket of tokens that successes fill slowly, so that a
// store in trouble gets at most a fifth more requests.
//
// A conditional put whose outcome became unknown and that then conflicts is settled by reading: if the object is what was to
// be put, it was. What writers append is not repeated here. Thread-safe.
#pragma once

#include <functional>
#include <mutex>

#include "object_store/object_store.h"
#include "sys/clock.h"
#include "sys/random.h"
#include "telemetry/metrics.h"

namespace isobar::object_store {

struct RetryOptions {
  Duration first_pause = Duration::millis(50);   // at most, doubled each time
  Duration longest_pause = Duration::seconds(2);
  Duration give_up = Duration::seconds(8);       // no attempt begins later
  double burst = 20;                             // retries that may come at once
  double each_success = 0.2;                     // retries that a success earns
  std::uint64_t seed = 1;
  std::function<void(Duration)> pause;           // waits; simulation moves its clock
  telemetry::Registry* metrics = nullptr;
};

class RetryingStore final : public ObjectStore {
 public:
  RetryingStore(ObjectStore& store, const sys::Clock& clock, RetryOptions options);

  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override;
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override { return store_.create(key); }
  Result<Object> get(const std::string& key) override;
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override;
  Result<void> remove_unfinished(const std::string& prefix) override;
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return store_.describe(); }

 private:
  template <class Attempt>
  auto repeat(const Attempt& attempt) -> decltype(attempt());
  void succeeded();
  // Pauses, or says that it is enough.
  bool may_repeat(int attempt, Monotonic since);

  ObjectStore& store_;
  const sys::Clock& clock_;
  const RetryOptions options_;
  std::mutex mutex_;
  sys::Random random_;
  double tokens_;
  telemetry::Counter* retries_ = nullptr;
  telemetry::Counter* refused_ = nullptr;
};

}  // namespace isobar::object_store
