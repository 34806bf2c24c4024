#include "object_store/cache/cached_store.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "object_store/cache/cached_object.h"
#include "telemetry/log.h"

namespace isobar::object_store {
namespace {

constexpr std::string_view kCopy = ".copy";
constexpr std::string_view kPages = ".pages";

std::string name_of(const std::string& key, std::uint64_t size) {
  const Hash128 h = hash128(fmt::format("{} {}", key, size));
  return fmt::format("{:016x}{:016x}", h.high, h.low);
}

}  // namespace

CachedStore::CachedStore(ObjectStore& store, sys::FileSystem& files, CacheOptions options)
    : store_(store), files_(files), options_(std::move(options)) {
  if (options_.metrics != nullptr) {
    telemetry::Registry& m = *options_.metrics;
    hits_ = &m.counter("isobar_object_cache_hits_total", "Reads of objects that found every page on the local disk.");
    misses_ = &m.counter("isobar_object_cache_misses_total", "Reads of objects that had to fetch pages.");
    fetched_bytes_ = &m.counter("isobar_object_cache_fetched_bytes_total", "Bytes of pages fetched.");
    damaged_ = &m.counter("isobar_object_cache_damaged_pages_total", "Pages on disk that failed their checksum and were fetched again.");
    evictions_ = &m.counter("isobar_object_cache_evictions_total", "Copies removed to make room.");
    disk_failures_ = &m.counter("isobar_object_cache_disk_failures_total", "Failures to write the cache.");
  }
  find_left_files();
  if (options_.threads != 0) pool_ = std::make_unique<sys::TaskPool>("cache-fetch", options_.threads);
}

CachedStore::~CachedStore() = default;

// Their age is not known: they go before all that is used from now on.
void CachedStore::find_left_files() {
  const auto names = files_.list(options_.directory);
  if (!names) return;
  for (const std::string& file : *names) {
    const std::string path = options_.directory + "/" + file;
    if (!file.ends_with(kPages)) {
      // One without the other says nothing.
      const std::string other = file.ends_with(kCopy) ? path.substr(0, path.size() - kCopy.size()) + std::string(kPages) : std::string();
      if (other.empty() || !files_.exists(other).value_or(false)) (void)files_.remove(path);
      continue;
    }
    Entry entry{file.substr(0, file.size() - kPages.size()), {}, 0, {}};
    const auto pages = sys::read_file(files_, path);
    for (ByteReader in(pages ? std::string_view(*pages) : std::string_view()); in.ok() && !in.at_end();) entry.bytes += in.u32() != 0 ? options_.page_bytes : 0;
    held_ += entry.bytes;
    by_name_[entry.name] = order_.insert(order_.end(), std::move(entry));
  }
  make_room({});
}

Result<std::shared_ptr<const sys::MappedFile>> CachedStore::map(const std::string& key, std::uint64_t size) {
  if (size == 0) {
    TRY(const auto found, store_.list(key));
    if (found.empty() || found.front().key != key) return fail(Code::kNotFound, "no such object: " + key);
    size = found.front().size;
  }
  const std::string name = name_of(key, size);
  const std::lock_guard lock(mutex_);
  if (const auto known = by_name_.find(name); known != by_name_.end()) {
    order_.splice(order_.end(), order_, known->second);
    if (auto object = known->second->object.lock(); object && !object->given_up()) return object;
  }
  return open_copy(key, name, size);
}

Result<std::shared_ptr<CachedObject>> CachedStore::open_copy(const std::string& key, const std::string& name, std::uint64_t size) {
  auto object = std::make_shared<CachedObject>(*this, key, name, size);
  Result<void> opened = disk_works() ? object->open_files() : Result<void>(fail(Code::kUnavailable, "the disk of the cache failed before"));
  if (!opened) {
    if (!disk_failed_) {
      telemetry::log_warn("the cache cannot be used; objects are kept in memory", {{"directory", options_.directory}, {"error", opened.error().message}});
    }
    TRYV(object->live_in_memory());
    return object;
  }
  auto known = by_name_.find(name);
  if (known == by_name_.end()) known = by_name_.emplace(name, order_.insert(order_.end(), Entry{name, key, 0, {}})).first;
  Entry& entry = *known->second;
  held_ += object->found_bytes() - entry.bytes;
  entry.key = key;
  entry.bytes = object->found_bytes();
  entry.object = object;
  return object;
}

bool CachedStore::disk_works() {
  if (!disk_failed_) return true;
  const std::string path = options_.directory + "/probe";
  (void)files_.remove(path);
  const auto file = files_.open(path, sys::OpenMode::kCreate);
  disk_failed_ = !file || !(*file)->write_at(0, std::string(options_.page_bytes, 'x'));
  (void)files_.remove(path);
  return !disk_failed_;
}

void CachedStore::disk_failed(const Error& error) {
  if (disk_failures_ != nullptr) disk_failures_->add();
  const std::lock_guard lock(mutex_);
  if (!disk_failed_) telemetry::log_warn("the cache cannot be written; objects are kept in memory", {{"directory", options_.directory}, {"error", error.message}});
  disk_failed_ = true;
}

void CachedStore::grown(const std::string& name, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return;  // given up meanwhile
  known->second->bytes += bytes;
  held_ += bytes;
  make_room(name);
}

void CachedStore::make_room(const std::string& spared) {
  for (auto at = order_.begin(); at != order_.end() && held_ > options_.max_bytes;) {
    const auto oldest = at++;
    if (oldest->name == spared) continue;
    if (const auto object = oldest->object.lock()) object->give_up();
    held_ -= oldest->bytes;
    remove_files(oldest->name);
    by_name_.erase(oldest->name);
    order_.erase(oldest);
    if (evictions_ != nullptr) evictions_->add();
  }
}

void CachedStore::remove_files(const std::string& name) {
  (void)files_.remove(options_.directory + "/" + name + std::string(kPages));
  (void)files_.remove(options_.directory + "/" + name + std::string(kCopy));
}

Result<void> CachedStore::remove(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    for (auto at = order_.begin(); at != order_.end();) {
      const auto entry = at++;
      if (entry->key != key) continue;
      held_ -= entry->bytes;
      remove_files(entry->name);
      by_name_.erase(entry->name);
      order_.erase(entry);
    }
  }
  return store_.remove(key);
}

std::uint64_t CachedStore::held_bytes() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

}  // namespace isobar::object_store
