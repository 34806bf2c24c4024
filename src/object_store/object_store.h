// Whole objects by key. Keys are relative paths of [A-Za-z0-9._-] parts joined by '/'; no key is the folder of another.
//
// Strong consistency, as S3 has had since December 2020: a get after a put sees it. A put is all or nothing. Any call may
// fail with kUnavailable, and a put may then have happened; or with kUnprocessable where the store refuses and somebody has
// to do something about it, which the retrying store gives on as kUnavailable without trying again. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sys/file_system.h"

namespace isobar::object_store {

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
};

struct Object {
  std::string bytes;
  std::string etag;
};

struct PutCondition {
  enum class Kind { kAlways, kIfAbsent, kIfMatch };
  Kind kind = Kind::kAlways;
  std::string etag;  // with kIfMatch

  static PutCondition if_absent() { return {Kind::kIfAbsent, {}}; }
  static PutCondition if_match(std::string etag) { return {Kind::kIfMatch, std::move(etag)}; }
};

// An object that is written piece by piece. It appears whole at commit(); without one nothing appears. One thread.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Result<void> append(std::string_view bytes) = 0;
  // Replaces what was there. Once; nothing may be appended afterwards.
  virtual Result<void> commit() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // Returns the new etag. kConflict: the condition does not hold, nothing changed.
  virtual Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) = 0;
  // For large objects. At most one writer of a key at a time.
  virtual Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) = 0;
  // kNotFound if missing.
  virtual Result<Object> get(const std::string& key) = 0;
  // Up to `size` bytes from `offset` on; fewer only at the object's end. kNotFound if missing.
  virtual Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) = 0;
  // The bytes of an immutable object for random reading: a mapped file, or a local copy that may still have to be fetched
  // (sys::MappedFile::fetch). `size`: of the object, where the caller knows it; saves a request, or the rest of the object.
  virtual Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) = 0;
  // All objects whose key starts with `prefix` and comes after `after` in byte order, sorted by key.
  virtual Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) = 0;
  // Removes what writers left that never committed. Only while nobody writes below `prefix`.
  virtual Result<void> remove_unfinished(const std::string& prefix) = 0;
  // Removing a missing object succeeds.
  virtual Result<void> remove(const std::string& key) = 0;
  // Where it is, for people: "./data/objects", "s3://bucket/prefix". No credentials.
  virtual std::string describe() const = 0;
};

}  // namespace isobar::object_store
