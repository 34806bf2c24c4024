#include "object_store/memory/memory_store.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace isobar::object_store {
namespace {

std::string etag_of(std::string_view bytes) {
  const Hash128 h = hash128(bytes);
  return fmt::format("{:016x}{:016x}", h.high, h.low);
}

class Held final : public sys::MappedFile {
 public:
  explicit Held(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

class Writer final : public ObjectWriter {
 public:
  Writer(MemoryStore& store, std::string key) : store_(store), key_(std::move(key)) {}
  Result<void> append(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Result<void> commit() override {
    TRYV(store_.put(key_, bytes_));
    return {};
  }

 private:
  MemoryStore& store_;
  std::string key_;
  std::string bytes_;
};

}  // namespace

Result<std::string> MemoryStore::put(const std::string& key, std::string_view bytes, PutCondition condition) {
  using Kind = PutCondition::Kind;
  const std::lock_guard lock(mutex_);
  const auto there = objects_.find(key);
  if (condition.kind == Kind::kIfAbsent && there != objects_.end()) return fail(Code::kConflict, "object exists: " + key);
  if (condition.kind == Kind::kIfMatch && (there == objects_.end() || etag_of(there->second) != condition.etag)) {
    return fail(Code::kConflict, "object has changed: " + key);
  }
  objects_[key] = std::string(bytes);
  return etag_of(bytes);
}

Result<std::unique_ptr<ObjectWriter>> MemoryStore::create(const std::string& key) { return std::make_unique<Writer>(*this, key); }

Result<Object> MemoryStore::get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return fail(Code::kNotFound, "no such object: " + key);
  return Object{found->second, etag_of(found->second)};
}

Result<std::string> MemoryStore::get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) {
  TRY(const Object object, get(key));
  return offset < object.bytes.size() ? object.bytes.substr(offset, size) : std::string();
}

Result<std::shared_ptr<const sys::MappedFile>> MemoryStore::map(const std::string& key, std::uint64_t) {
  TRY(Object object, get(key));
  return std::make_shared<const Held>(std::move(object.bytes));
}

Result<std::vector<ObjectInfo>> MemoryStore::list(const std::string& prefix, const std::string& after) {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectInfo> out;
  for (const auto& [key, bytes] : objects_) {
    if (key.starts_with(prefix) && key > after) out.push_back({key, bytes.size()});
  }
  return out;
}

Result<void> MemoryStore::remove(const std::string& key) {
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
  return {};
}

}  // namespace isobar::object_store
