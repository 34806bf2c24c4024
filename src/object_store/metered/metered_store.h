// Counts what is asked of a store: requests, bytes, failures and time by kind of request, and by S3's price classes, so that
// rates times prices are the bill. Parts of an upload are counted as they are appended. Thread-safe.
#pragma once

#include "object_store/object_store.h"
#include "sys/clock.h"
#include "telemetry/metrics.h"

namespace isobar::object_store {

class MeteredStore final : public ObjectStore {
 public:
  MeteredStore(ObjectStore& store, const sys::Clock& clock, telemetry::Registry& metrics);

  Result<std::string> put(const std::string& key, std::string_view bytes, PutCondition condition = {}) override;
  Result<std::unique_ptr<ObjectWriter>> create(const std::string& key) override;
  Result<Object> get(const std::string& key) override;
  Result<std::string> get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) override;
  Result<std::shared_ptr<const sys::MappedFile>> map(const std::string& key, std::uint64_t size = 0) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix, const std::string& after = {}) override;
  Result<void> remove_unfinished(const std::string& prefix) override { return store_.remove_unfinished(prefix); }
  Result<void> remove(const std::string& key) override;
  std::string describe() const override { return store_.describe(); }

 private:
  friend class MeteredWriter;
  struct Kind {
    telemetry::Counter* requests;
    telemetry::Counter* failures;
    telemetry::DurationHistogram* seconds;
  };
  Kind kind(telemetry::Registry& metrics, const char* name);
  template <class Call>
  auto measured(const Kind& kind, const Call& call) -> decltype(call());

  ObjectStore& store_;
  const sys::Clock& clock_;
  Kind put_;
  Kind get_;
  Kind list_;
  Kind delete_;
  telemetry::Counter& sent_;
  telemetry::Counter& received_;
};

}  // namespace isobar::object_store
