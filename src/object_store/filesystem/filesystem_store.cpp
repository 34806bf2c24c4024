#include "object_store/filesystem/filesystem_store.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace isobar::object_store {
namespace {

std::string etag_of(std::string_view bytes) {
  const Hash128 h = hash128(bytes);
  return fmt::format("{:016x}{:016x}", h.high, h.low);
}

bool is_safe_key(std::string_view key) {
  if (key.empty() || key.front() == '/' || key.back() == '/') return false;
  if (key.find("..") != std::string_view::npos || key.find("//") != std::string_view::npos) return false;
  for (const char c : key) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && c != '.' && c != '_' && c != '-' && c != '/') return false;
  }
  return true;
}

// Beside the target until commit; ".part" is no put's temporary name, so both may be under way.
class PartFile final : public ObjectWriter {
 public:
  PartFile(sys::FileSystem& files, std::string path, std::unique_ptr<sys::File> file)
      : files_(files), path_(std::move(path)), file_(std::move(file)) {}
  ~PartFile() override {
    if (!file_) return;
    file_.reset();
    (void)files_.remove(path_ + ".part.tmp");  // else the next writer of the key does it
  }
  Result<void> append(std::string_view bytes) override {
    TRYV(file_->write_at(size_, bytes));
    size_ += bytes.size();
    return {};
  }
  Result<void> commit() override {
    TRYV(file_->sync());
    TRYV(files_.rename(path_ + ".part.tmp", path_));
    file_.reset();
    return files_.sync_directory(sys::directory_of(path_));
  }

 private:
  sys::FileSystem& files_;
  std::string path_;
  std::unique_ptr<sys::File> file_;
  std::uint64_t size_ = 0;
};

}  // namespace

FilesystemStore::FilesystemStore(sys::FileSystem& files, std::string directory)
    : files_(files), directory_(std::move(directory)) {}

Result<std::string> FilesystemStore::path_of(const std::string& key) const {
  if (!is_safe_key(key)) return fail(Code::kInvalid, "object key is not a plain relative path: " + key);
  return directory_ + "/" + key;
}

Result<std::string> FilesystemStore::put(const std::string& key, std::string_view bytes, PutCondition condition) {
  TRY(const std::string path, path_of(key));
  const std::lock_guard lock(mutex_);
  if (condition.kind != PutCondition::Kind::kAlways) {
    TRY(const bool there, files_.exists(path));
    if (condition.kind == PutCondition::Kind::kIfAbsent && there) return fail(Code::kConflict, "object exists: " + key);
    if (condition.kind == PutCondition::Kind::kIfMatch) {
      if (!there) return fail(Code::kConflict, "object is gone: " + key);
      TRY(const std::string now, sys::read_file(files_, path));
      if (etag_of(now) != condition.etag) return fail(Code::kConflict, "object has changed: " + key);
    }
  }
  TRYV(files_.create_directories(sys::directory_of(path)));
  TRYV(sys::write_file_atomically(files_, path, bytes));
  return etag_of(bytes);
}

Result<std::unique_ptr<ObjectWriter>> FilesystemStore::create(const std::string& key) {
  TRY(const std::string path, path_of(key));
  TRYV(files_.create_directories(sys::directory_of(path)));
  TRY(const bool left_over, files_.exists(path + ".part.tmp"));
  if (left_over) TRYV(files_.remove(path + ".part.tmp"));
  TRY(auto file, files_.open(path + ".part.tmp", sys::OpenMode::kCreate));
  return std::make_unique<PartFile>(files_, path, std::move(file));
}

Result<Object> FilesystemStore::get(const std::string& key) {
  TRY(const std::string path, path_of(key));
  TRY(std::string bytes, sys::read_file(files_, path));
  std::string etag = etag_of(bytes);
  return Object{std::move(bytes), std::move(etag)};
}

Result<std::string> FilesystemStore::get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) {
  TRY(const std::string path, path_of(key));
  TRY(const auto file, files_.open(path, sys::OpenMode::kRead));
  TRY(const std::uint64_t all, file->size());
  std::string bytes(offset < all ? std::min(size, all - offset) : 0, '\0');
  TRY(const std::size_t got, file->read_at(offset, bytes.data(), bytes.size()));
  bytes.resize(got);
  return bytes;
}

Result<std::shared_ptr<const sys::MappedFile>> FilesystemStore::map(const std::string& key, std::uint64_t) {
  TRY(const std::string path, path_of(key));
  return files_.map(path);
}

Result<std::vector<ObjectInfo>> FilesystemStore::list(const std::string& prefix, const std::string& after) {
  std::vector<ObjectInfo> out;
  const Result<void> listed = list_into(directory_, "", prefix, out);
  if (!listed && listed.error().code != Code::kNotFound) return fail(listed.error());
  std::erase_if(out, [&](const ObjectInfo& object) { return object.key <= after; });
  std::sort(out.begin(), out.end(), [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return out;
}

Result<void> FilesystemStore::list_into(const std::string& directory, const std::string& key_prefix,
                                        const std::string& wanted, std::vector<ObjectInfo>& out) {
  TRY(const auto names, files_.list(directory));
  for (const std::string& name : names) {
    const std::string key = key_prefix + name;
    // Only where the prefix can still match.
    const std::size_t n = std::min(key.size(), wanted.size());
    if (key.compare(0, n, wanted, 0, n) != 0 || name.ends_with(".tmp")) continue;
    const std::string path = directory + "/" + name;
    if (files_.list(path)) {
      TRYV(list_into(path, key + "/", wanted, out));
      continue;
    }
    const auto file = files_.open(path, sys::OpenMode::kRead);
    if (!file) {
      if (file.error().code == Code::kNotFound) continue;
      return fail(file.error());
    }
    TRY(const std::uint64_t size, (*file)->size());
    if (key.starts_with(wanted)) out.push_back({key, size});
  }
  return {};
}

Result<void> FilesystemStore::remove_unfinished(const std::string& prefix) {
  TRY(const std::string directory, path_of(prefix));
  const auto names = files_.list(directory);
  if (!names) return names.error().code == Code::kNotFound ? Result<void>{} : fail(names.error());
  for (const std::string& name : *names) {
    if (name.ends_with(".tmp")) TRYV(files_.remove(directory + "/" + name));
  }
  return {};
}

Result<void> FilesystemStore::remove(const std::string& key) {
  TRY(const std::string path, path_of(key));
  const Result<void> removed = files_.remove(path);
  if (!removed && removed.error().code == Code::kNotFound) return {};
  TRYV(removed);
  return files_.sync_directory(sys::directory_of(path));
}

}  // namespace isobar::object_store
