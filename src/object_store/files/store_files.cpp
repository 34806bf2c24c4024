#include "object_store/files/store_files.h"

#include <cstring>

namespace isobar::object_store {
namespace {

class ObjectFile final : public sys::File {
 public:
  ObjectFile(ObjectStore& store, std::string key, std::uint64_t size) : store_(store), key_(std::move(key)), size_(size) {}
  Result<std::size_t> read_at(std::uint64_t offset, char* to, std::size_t size) const override {
    if (offset >= size_) return std::size_t{0};
    TRY(const std::string bytes, store_.get_range(key_, offset, std::min<std::uint64_t>(size, size_ - offset)));
    std::memcpy(to, bytes.data(), bytes.size());
    return bytes.size();
  }
  Result<std::uint64_t> size() const override { return size_; }
  Result<void> write_at(std::uint64_t, std::string_view) override { return refuse(); }
  Result<void> sync() override { return refuse(); }
  Result<void> truncate(std::uint64_t) override { return refuse(); }
  Result<void> allocate(std::uint64_t) override { return refuse(); }

 private:
  Result<void> refuse() const { return fail(Code::kUnsupported, "objects are read only here: " + key_); }

  ObjectStore& store_;
  const std::string key_;
  const std::uint64_t size_;
};

}  // namespace

Result<std::unique_ptr<StoreFiles>> StoreFiles::open(ObjectStore& store, std::string root) {
  while (root.ends_with('/')) root.pop_back();
  std::unique_ptr<StoreFiles> files(new StoreFiles(store, std::move(root)));
  TRY(const auto objects, store.list(""));
  for (const ObjectInfo& object : objects) files->sizes_.emplace(object.key, object.size);
  return files;
}

Result<void> StoreFiles::refuse(const std::string& path) { return fail(Code::kUnsupported, "objects are read only here: " + path); }

Result<std::string> StoreFiles::key_of(const std::string& path) const {
  if (!path.starts_with(root_)) return fail(Code::kNotFound, "no such file: " + path);
  std::string key = path.substr(root_.size());
  while (key.starts_with('/')) key.erase(0, 1);
  while (key.ends_with('/')) key.pop_back();
  return key;
}

Result<std::uint64_t> StoreFiles::size_of(const std::string& key, const std::string& path) const {
  const auto found = sizes_.find(key);
  if (found == sizes_.end()) return fail(Code::kNotFound, "no such file: " + path);
  return found->second;
}

Result<std::unique_ptr<sys::File>> StoreFiles::open(const std::string& path, sys::OpenMode mode) {
  if (mode != sys::OpenMode::kRead) return fail(refuse(path).error());
  TRY(std::string key, key_of(path));
  TRY(const std::uint64_t size, size_of(key, path));
  return std::make_unique<ObjectFile>(store_, std::move(key), size);
}

Result<std::shared_ptr<const sys::MappedFile>> StoreFiles::map(const std::string& path) {
  TRY(const std::string key, key_of(path));
  TRY(const std::uint64_t size, size_of(key, path));
  return store_.map(key, size);
}

Result<std::vector<std::string>> StoreFiles::list(const std::string& directory) {
  TRY(const std::string key, key_of(directory));
  const std::string prefix = key.empty() ? "" : key + "/";
  std::vector<std::string> names;
  for (auto at = sizes_.lower_bound(prefix); at != sizes_.end() && at->first.starts_with(prefix); ++at) {
    std::string name = at->first.substr(prefix.size());
    name.resize(std::min(name.find('/'), name.size()));
    if (!name.empty() && (names.empty() || names.back() != name)) names.push_back(std::move(name));
  }
  if (names.empty() && !prefix.empty()) return fail(Code::kNotFound, "no such folder: " + directory);
  // "a-b" stands between "a" and "a/c".
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<bool> StoreFiles::exists(const std::string& path) {
  TRY(const std::string key, key_of(path));
  if (key.empty() || sizes_.contains(key)) return true;
  const auto below = sizes_.lower_bound(key + "/");
  return below != sizes_.end() && below->first.starts_with(key + "/");
}

}  // namespace isobar::object_store
