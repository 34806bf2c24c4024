#include "object_store/retry/retrying_store.h"

#include <algorithm>

namespace isobar::object_store {

RetryingStore::RetryingStore(ObjectStore& store, const sys::Clock& clock, RetryOptions options)
    : store_(store), clock_(clock), options_(std::move(options)), random_(options_.seed), tokens_(options_.burst) {
  if (options_.metrics == nullptr) return;
  retries_ = &options_.metrics->counter("isobar_object_store_retries_total", "Requests to the object store that were repeated.");
  refused_ = &options_.metrics->counter("isobar_object_store_retries_refused_total", "Requests not repeated because too many were.");
}

template <class Attempt>
auto RetryingStore::repeat(const Attempt& attempt) -> decltype(attempt()) {
  const Monotonic since = clock_.monotonic();
  for (int number = 0;; ++number) {
    auto result = attempt();
    if (result) succeeded();
    if (!result && result.error().code == Code::kUnprocessable) return fail(Code::kUnavailable, result.error().message);
    if (result || result.error().code != Code::kUnavailable || !may_repeat(number, since)) return result;
  }
}

void RetryingStore::succeeded() {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(options_.burst, tokens_ + options_.each_success);
}

bool RetryingStore::may_repeat(int attempt, Monotonic since) {
  Duration pause;
  {
    const std::lock_guard lock(mutex_);
    if (tokens_ < 1) {
      if (refused_ != nullptr) refused_->add();
      return false;
    }
    const std::int64_t most = std::min(options_.longest_pause.ms, options_.first_pause.ms << std::min(attempt, 20));
    pause = Duration{random_.between(0, most)};
    if (clock_.monotonic() + pause >= since + options_.give_up) return false;
    tokens_ -= 1;
  }
  if (retries_ != nullptr) retries_->add();
  options_.pause(pause);
  return true;
}

Result<std::string> RetryingStore::put(const std::string& key, std::string_view bytes, PutCondition condition) {
  bool unknown = false;
  return repeat([&]() -> Result<std::string> {
    auto done = store_.put(key, bytes, condition);
    if (done || condition.kind == PutCondition::Kind::kAlways) return done;
    if (done.error().code == Code::kUnavailable) unknown = true;
    if (done.error().code != Code::kConflict || !unknown) return done;
    auto there = store_.get(key);
    if (!there) return there.error().code == Code::kUnavailable ? fail(there.error()) : std::move(done);
    if (there->bytes == bytes) return std::move(there->etag);
    return done;
  });
}

Result<Object> RetryingStore::get(const std::string& key) {
  return repeat([&] { return store_.get(key); });
}
Result<std::string> RetryingStore::get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) {
  return repeat([&] { return store_.get_range(key, offset, size); });
}
Result<std::shared_ptr<const sys::MappedFile>> RetryingStore::map(const std::string& key, std::uint64_t size) {
  return repeat([&] { return store_.map(key, size); });
}
Result<std::vector<ObjectInfo>> RetryingStore::list(const std::string& prefix, const std::string& after) {
  return repeat([&] { return store_.list(prefix, after); });
}
Result<void> RetryingStore::remove_unfinished(const std::string& prefix) {
  return repeat([&] { return store_.remove_unfinished(prefix); });
}
Result<void> RetryingStore::remove(const std::string& key) {
  return repeat([&] { return store_.remove(key); });
}

}  // namespace isobar::object_store
