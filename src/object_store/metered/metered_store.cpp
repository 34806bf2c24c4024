#include "object_store/metered/metered_store.h"

namespace isobar::object_store {

// S3 prices PUT, POST and LIST alike, GET far less, and DELETE not at all.
MeteredStore::Kind MeteredStore::kind(telemetry::Registry& metrics, const char* name) {
  return {&metrics.counter("isobar_object_store_requests_total", "Requests to the object store.", {{"operation", name}}),
          &metrics.counter("isobar_object_store_failures_total", "Requests to the object store that failed; a missing object is no failure.", {{"operation", name}}),
          &metrics.histogram("isobar_object_store_request_duration_seconds", "Time of requests to the object store.", {{"operation", name}})};
}

MeteredStore::MeteredStore(ObjectStore& store, const sys::Clock& clock, telemetry::Registry& metrics)
    : store_(store),
      clock_(clock),
      put_(kind(metrics, "put")),
      get_(kind(metrics, "get")),
      list_(kind(metrics, "list")),
      delete_(kind(metrics, "delete")),
      sent_(metrics.counter("isobar_object_store_sent_bytes_total", "Bytes of objects sent to the object store.")),
      received_(metrics.counter("isobar_object_store_received_bytes_total", "Bytes of objects received from the object store.")) {}

template <class Call>
auto MeteredStore::measured(const Kind& kind, const Call& call) -> decltype(call()) {
  const Monotonic since = clock_.monotonic();
  auto result = call();
  kind.requests->add();
  kind.seconds->observe(seconds_between(since, clock_.monotonic()));
  if (!result && result.error().code != Code::kNotFound && result.error().code != Code::kConflict) kind.failures->add();
  return result;
}

Result<std::string> MeteredStore::put(const std::string& key, std::string_view bytes, PutCondition condition) {
  auto done = measured(put_, [&] { return store_.put(key, bytes, condition); });
  if (done) sent_.add(bytes.size());
  return done;
}

class MeteredWriter final : public ObjectWriter {
 public:
  MeteredWriter(MeteredStore& store, std::unique_ptr<ObjectWriter> writer) : store_(store), writer_(std::move(writer)) {}
  Result<void> append(std::string_view bytes) override {
    store_.sent_.add(bytes.size());
    return writer_->append(bytes);
  }
  Result<void> commit() override {
    return store_.measured(store_.put_, [&] { return writer_->commit(); });
  }

 private:
  MeteredStore& store_;
  std::unique_ptr<ObjectWriter> writer_;
};

Result<std::unique_ptr<ObjectWriter>> MeteredStore::create(const std::string& key) {
  TRY(auto writer, store_.create(key));
  return std::make_unique<MeteredWriter>(*this, std::move(writer));
}

Result<Object> MeteredStore::get(const std::string& key) {
  auto object = measured(get_, [&] { return store_.get(key); });
  if (object) received_.add(object->bytes.size());
  return object;
}

Result<std::string> MeteredStore::get_range(const std::string& key, std::uint64_t offset, std::uint64_t size) {
  auto bytes = measured(get_, [&] { return store_.get_range(key, offset, size); });
  if (bytes) received_.add(bytes->size());
  return bytes;
}

Result<std::shared_ptr<const sys::MappedFile>> MeteredStore::map(const std::string& key, std::uint64_t size) {
  return measured(get_, [&] { return store_.map(key, size); });
}

Result<std::vector<ObjectInfo>> MeteredStore::list(const std::string& prefix, const std::string& after) {
  return measured(list_, [&] { return store_.list(prefix, after); });
}

Result<void> MeteredStore::remove(const std::string& key) {
  return measured(delete_, [&] { return store_.remove(key); });
}

}  // namespace isobar::object_store
