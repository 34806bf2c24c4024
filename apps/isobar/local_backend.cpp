#include "backend.h"
#include "ingest_log/local/local_log.h"
#include "object_store/filesystem/filesystem_store.h"

namespace isobar::app {
namespace {

class LocalBackend final : public Backend {
 public:
  LocalBackend(sys::FileSystem& files, const std::string& data_dir) : objects_(files, data_dir + "/objects") {}
  Result<void> open_log(sys::FileSystem& files, ingest_log::LocalLogOptions options) {
    TRY(log_, ingest_log::LocalLog::open(files, std::move(options)));
    return {};
  }
  object_store::ObjectStore& objects() override { return objects_; }
  ingest_log::IngestLog& log() override { return *log_; }
  bool is_near() const override { return true; }
  void expose(telemetry::Registry& metrics) override {
    metrics.on_read("isobar_ingest_log_disk_bytes", "Disk space reserved by log segments.", "gauge", {},
                    [this] { return static_cast<double>(log_->disk_bytes()); });
  }

 private:
  object_store::FilesystemStore objects_;
  std::unique_ptr<ingest_log::LocalLog> log_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_local_backend(const ServeSettings& settings, sys::FileSystem& files, const LogIdentity& identity,
                                                    telemetry::Registry& metrics) {
  auto backend = std::make_unique<LocalBackend>(files, settings.data_dir);
  ingest_log::LocalLogOptions options{.directory = settings.data_dir + "/log/metrics", .segment_bytes = settings.segment_bytes, .metrics = &metrics};
  options.new_topic_identity = identity(backend->objects());
  TRYV(backend->open_log(files, std::move(options)));
  return backend;
}

}  // namespace isobar::app
