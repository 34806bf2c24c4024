#include "block_folder.h"

#include <thread>

#include "bucket_region.h"
#include "object_store/cache/cached_store.h"
#include "object_store/files/store_files.h"
#include "object_store/retry/retrying_store.h"
#include "object_store/s3/s3_store.h"
#include "sys/posix/posix_file_system.h"
#include "sys/posix/system_clock.h"
#include "sys/random.h"

namespace isobar::app {
namespace {

class OnDisk final : public BlockFolder {
 public:
  explicit OnDisk(std::string path) : path_(std::move(path)) {}
  sys::FileSystem& files() override { return files_; }
  std::string path() const override { return path_; }

 private:
  sys::PosixFileSystem files_;
  std::string path_;
};

class InBucket final : public BlockFolder {
 public:
  InBucket(object_store::S3Config config, const std::string& cache_directory)
      : credentials_(object_store::process_sources(client_, clock_, config.region)),
        s3_(std::move(config), client_, credentials_, clock_),
        retrying_(s3_, clock_, {.seed = sys::entropy_seed(), .pause = [](Duration d) { std::this_thread::sleep_for(std::chrono::milliseconds(d.ms)); }}),
        cached_(retrying_, disk_, {.directory = cache_directory}) {}
  Result<void> list() {
    TRY(files_, object_store::StoreFiles::open(cached_, s3_.describe()));
    return {};
  }
  sys::FileSystem& files() override { return *files_; }
  std::string path() const override { return s3_.describe(); }

 private:
  sys::SystemClock clock_;
  sys::PosixFileSystem disk_;
  http::Client client_;
  object_store::CredentialsChain credentials_;
  object_store::S3Store s3_;
  object_store::RetryingStore retrying_;
  object_store::CachedStore cached_;
  std::unique_ptr<object_store::StoreFiles> files_;
};

}  // namespace

Result<std::unique_ptr<BlockFolder>> open_block_folder(const std::string& place, const std::string& cache_directory) {
  if (!place.starts_with("s3://")) return std::make_unique<OnDisk>(place);
  TRY(auto config, object_store::parse_s3_url(place, region_of_environment()));
  auto folder = std::make_unique<InBucket>(std::move(config), cache_directory);
  TRYV(folder->list());
  return folder;
}

}  // namespace isobar::app
