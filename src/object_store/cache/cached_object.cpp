#include "object_store/cache/cached_object.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/crc32c.h"

namespace isobar::object_store {
namespace {

// The file of pages: 4 bytes a page, its checksum with the lowest bit set; 0: not there.
constexpr std::uint64_t kPageEntry = 4;

std::uint32_t checksum_of(std::string_view page) { return codec::crc32c(page) | 1U; }

}  // namespace

CachedObject::CachedObject(CachedStore& cache, std::string key, std::string name, std::uint64_t size)
    : cache_(cache), key_(std::move(key)), name_(std::move(name)), size_(size) {
  const std::uint64_t pages = (size + cache_.options_.page_bytes - 1) / cache_.options_.page_bytes;
  pages_.resize(pages, Page::kMissing);
  checksums_.resize(pages, 0);
  missing_ = pages;
}

CachedObject::~CachedObject() { cache_.in_memory_ -= memory_.size(); }

Result<void> CachedObject::live_in_memory() {
  if ((cache_.in_memory_ += size_) > cache_.options_.memory_bytes) {
    cache_.in_memory_ -= size_;
    return fail(Code::kUnavailable, fmt::format("the disk of the cache takes nothing, and there is no room in memory: {}", cache_.options_.directory));
  }
  memory_.assign(size_, '\0');
  std::fill(pages_.begin(), pages_.end(), Page::kMissing);
  missing_ = pages_.size();
  found_bytes_ = 0;
  return {};
}

Result<void> CachedObject::open_files() {
  sys::FileSystem& files = cache_.files_;
  const std::string copy = cache_.options_.directory + "/" + name_ + ".copy";
  const std::string pages = cache_.options_.directory + "/" + name_ + ".pages";
  const bool there = files.exists(copy).value_or(false) && files.exists(pages).value_or(false);
  if (!there) {
    TRYV(files.create_directories(cache_.options_.directory));
    for (const std::string& path : {copy, pages}) {
      const Result<void> removed = files.remove(path);
      if (!removed && removed.error().code != Code::kNotFound) return removed;
    }
    TRY(copy_, files.open(copy, sys::OpenMode::kCreate));
    TRYV(copy_->truncate(size_));
    TRY(pages_file_, files.open(pages, sys::OpenMode::kCreate));
    TRYV(pages_file_->truncate(pages_.size() * kPageEntry));
  } else {
    TRY(copy_, files.open(copy, sys::OpenMode::kReadWrite));
    TRY(const std::uint64_t size, copy_->size());
    if (size != size_) TRYV(copy_->truncate(size_));
    TRY(pages_file_, files.open(pages, sys::OpenMode::kReadWrite));
    TRYV(read_pages_file());
  }
  TRY(mapping_, files.map(copy));
  if (mapping_->bytes().size() != size_) return fail(Code::kUnavailable, "a copy has another size: " + copy);
  return {};
}

Result<void> CachedObject::read_pages_file() {
  std::string entries(pages_.size() * kPageEntry, '\0');
  TRY(const std::size_t got, pages_file_->read_at(0, entries.data(), entries.size()));
  ByteReader in(std::string_view(entries).substr(0, got));
  for (std::uint64_t page = 0; page < pages_.size(); ++page) {
    checksums_[page] = in.u32();
    if (checksums_[page] == 0) continue;
    pages_[page] = Page::kFound;
    found_bytes_ += page_size(page);
  }
  return {};
}

std::uint64_t CachedObject::page_size(std::uint64_t page) const {
  return std::min(cache_.options_.page_bytes, size_ - page * cache_.options_.page_bytes);
}

Result<void> CachedObject::fetch(std::uint64_t offset, std::uint64_t size) const {
  if (missing_.load(std::memory_order_acquire) == 0 || size == 0) return {};
  const std::uint64_t page_bytes = cache_.options_.page_bytes;
  const std::uint64_t end = std::min((offset + size + page_bytes - 1) / page_bytes, static_cast<std::uint64_t>(pages_.size()));
  bool missed = false;
  for (std::uint64_t page = offset / page_bytes; page < end;) {
    const std::uint64_t claimed = claim(page, end);
    if (claimed == 0) {
      ++page;
      continue;
    }
    missed = true;
    TRYV(load(page, claimed));
    page += claimed;
  }
  if (telemetry::Counter* count = missed ? cache_.misses_ : cache_.hits_) count->add();
  return {};
}

std::uint64_t CachedObject::claim(std::uint64_t page, std::uint64_t end) const {
  std::unique_lock lock(mutex_);
  while (pages_[page] == Page::kFetching) changed_.wait(lock);
  if (pages_[page] == Page::kFound && !look_at(page)) pages_[page] = Page::kMissing;
  if (pages_[page] == Page::kThere) return 0;
  const std::uint64_t most = std::max<std::uint64_t>(1, cache_.options_.request_bytes / cache_.options_.page_bytes);
  std::uint64_t claimed = 0;
  while (page + claimed < end && claimed < most && pages_[page + claimed] == Page::kMissing) pages_[page + claimed++] = Page::kFetching;
  return claimed;
}

// Whether a page that an earlier process left is what its checksum says. Under the mutex.
bool CachedObject::look_at(std::uint64_t page) const {
  const bool sound = checksum_of(bytes().substr(page * cache_.options_.page_bytes, page_size(page))) == checksums_[page];
  if (!sound) {
    if (cache_.damaged_ != nullptr) cache_.damaged_->add();
    return false;
  }
  pages_[page] = Page::kThere;
  missing_.fetch_sub(1, std::memory_order_release);
  return true;
}

Result<void> CachedObject::load(std::uint64_t first, std::uint64_t count) const {
  const std::uint64_t offset = first * cache_.options_.page_bytes;
  const std::uint64_t size = std::min(count * cache_.options_.page_bytes, size_ - offset);
  auto bytes = cache_.store_.get_range(key_, offset, size);
  Result<void> done;
  if (!bytes) {
    done = fail(bytes.error());
  } else if (bytes->size() != size) {
    done = fail(Code::kCorrupt, fmt::format("the object is shorter than {} bytes: {}", size_, key_));
  } else {
    done = store(first, *bytes);
  }
  const std::lock_guard lock(mutex_);
  for (std::uint64_t page = first; page < first + count; ++page) pages_[page] = done ? Page::kThere : Page::kMissing;
  if (done) missing_.fetch_sub(count, std::memory_order_release);
  changed_.notify_all();
  return done;
}

Result<void> CachedObject::store(std::uint64_t first, std::string_view bytes) const {
  if (cache_.fetched_bytes_ != nullptr) cache_.fetched_bytes_->add(bytes.size());
  if (!memory_.empty()) {
    std::copy(bytes.begin(), bytes.end(), memory_.begin() + static_cast<std::ptrdiff_t>(first * cache_.options_.page_bytes));
    return {};
  }
  const Result<void> written = write_pages(first, bytes);
  if (!written) {
    // Whoever maps it anew gets it in memory.
    cache_.disk_failed(written.error());
    given_up_.store(true, std::memory_order_relaxed);
    return fail(Code::kUnavailable, "the cache cannot be written: " + written.error().message);
  }
  cache_.grown(name_, bytes.size());
  return {};
}

Result<void> CachedObject::write_pages(std::uint64_t first, std::string_view bytes) const {
  TRYV(copy_->write_at(first * cache_.options_.page_bytes, bytes));
  std::string entries;
  for (std::size_t at = 0; at < bytes.size(); at += cache_.options_.page_bytes) {
    put_u32(entries, checksum_of(bytes.substr(at, cache_.options_.page_bytes)));
  }
  return pages_file_->write_at(first * kPageEntry, entries);
}

void CachedObject::prefetch(std::uint64_t offset, std::uint64_t size) const {
  if (cache_.pool_ == nullptr || missing_.load(std::memory_order_acquire) == 0 || size == 0) return;
  const std::uint64_t page_bytes = cache_.options_.page_bytes;
  const std::uint64_t end = std::min((offset + size + page_bytes - 1) / page_bytes, static_cast<std::uint64_t>(pages_.size()));
  const std::uint64_t most = std::max<std::uint64_t>(1, cache_.options_.request_bytes / page_bytes);
  for (std::uint64_t page = offset / page_bytes; page < end;) {
    std::uint64_t claimed = 0;
    {
      const std::lock_guard lock(mutex_);
      while (page < end && pages_[page] != Page::kMissing) ++page;
      while (page + claimed < end && claimed < most && pages_[page + claimed] == Page::kMissing) ++claimed;
    }
    if (claimed == 0) return;
    cache_.pool_->offer([self = shared_from_this(), page, page_bytes, claimed] { (void)self->fetch(page * page_bytes, claimed * page_bytes); });
    page += claimed;
  }
}

}  // namespace isobar::object_store
