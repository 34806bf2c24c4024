// Remote read over its routes, against a reader of a few series; answers are decoded by libprotobuf and our chunk decoder.
#include <gtest/gtest.h>

#include "api/prometheus/query_api.h"
#include "api/prometheus/remote_read_messages.h"
#include "api/prometheus/remote_read_request.h"
#include "base/bytes.h"
#include "codec/compression.h"
#include "codec/crc32c.h"
#include "protobuf/remote_read.pb.h"
#include "protobuf/remote_read_reference.h"
#include "sim/sim_clock.h"
#include "tsdb/prometheus_block/chunk_codec.h"

namespace isobar::api {
namespace {

namespace read = protobuf::read;

std::shared_ptr<const model::Histogram> histogram(bool integer, double first) {
  model::Histogram h;
  h.is_integer = integer;
  h.schema = 1;
  h.zero_threshold = 0.001;
  h.zero_count = 2;
  h.positive_spans = {{-3, 2}, {1, 1}};
  h.positive_buckets = {first, 1, 4};
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {3};
  h.count = first + 10;
  h.sum = -7.25;
  return std::make_shared<const model::Histogram>(std::move(h));
}

class OneSeries final : public model::Series {
 public:
  OneSeries(model::Labels labels, model::SampleColumns samples) : labels_(std::move(labels)), samples_(std::move(samples)) {}
  const model::Labels& labels() const override { return labels_; }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const std::int64_t t = samples_.timestamps[i];
      if (t < min.ms || t > max.ms) continue;
      if (samples_.is_histogram(i)) out.push_histogram(t, samples_.histograms[i]);
      else out.push_float(t, samples_.values[i]);
    }
    return {};
  }
  std::size_t sample_count_bound() const override { return samples_.size(); }

 private:
  model::Labels labels_;
  model::SampleColumns samples_;
};

class AllAtOnce final : public model::SeriesSet {
 public:
  explicit AllAtOnce(std::vector<std::shared_ptr<const model::Series>> series) : series_(std::move(series)) {}
  Result<void> next(std::vector<std::shared_ptr<const model::Series>>& batch) override {
    batch = std::exchange(series_, {});
    return {};
  }

 private:
  std::vector<std::shared_ptr<const model::Series>> series_;
};

class FewSeries final : public model::SeriesReader {
 public:
  void add(model::Labels labels, model::SampleColumns samples) {
    series_.push_back(std::make_shared<OneSeries>(std::move(labels), std::move(samples)));
  }
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request, const model::ReadContext&) override {
    tenants = request.tenants;
    std::vector<std::shared_ptr<const model::Series>> found;
    for (const auto& series : series_) {
      const auto fits = [&](const model::Matcher& m) { return m.matches(series->labels()); };
      if (std::all_of(request.matchers.begin(), request.matchers.end(), fits)) found.push_back(series);
    }
    return std::unique_ptr<model::SeriesSet>(std::make_unique<AllAtOnce>(std::move(found)));
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&, const model::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&,
                                                const model::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&, const model::ReadContext&) override {
    return std::vector<model::SeriesExemplars>();
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&,
                                                const model::ReadContext&) override {
    return std::vector<model::Metadata>();
  }

  std::vector<std::string> tenants;

 private:
  std::vector<std::shared_ptr<const model::Series>> series_;
};

class NoStatus final : public StatusSource {
 public:
  BuildInfo build() const override { return {}; }
  RuntimeInfo runtime() const override { return {}; }
  bool ready() const override { return true; }
};

class RemoteRead : public testing::Test {
 protected:
  RemoteRead() {
    model::SampleColumns floats;
    for (int i = 0; i < 300; ++i) floats.push_float(i * 1000, i == 299 ? model::stale_nan() : 0.1 * i);
    reader_.add(model::Labels{{"__name__", "a"}, {"job", "x"}}, std::move(floats));
    model::SampleColumns mixed;
    mixed.push_float(1000, 1);
    mixed.push_histogram(2000, histogram(true, 5));
    mixed.push_histogram(3000, histogram(true, 6));
    mixed.push_histogram(4000, histogram(false, 0.5));
    reader_.add(model::Labels{{"__name__", "b"}}, std::move(mixed));
    reader_.add(model::Labels{{"__name__", "c"}}, {});
  }

  http::Response send(std::string body, std::string_view path = "/api/v1/read", std::string_view tenant = "") {
    http::Router router;
    add_query_routes(router, {resources_, engine_, status_, limits_});
    http::Request request;
    request.method = http::Method::kPost;
    request.body = std::move(body);
    if (!tenant.empty()) request.headers.add("X-Scope-OrgID", std::string(tenant));
    const auto match = router.match(http::Method::kPost, path);
    return match.route->handler(request, cancellation_);
  }
  http::Response send(const read::ReadRequest& request) { return send(codec::snappy_compress(request.SerializeAsString())); }

  // Body or all pieces.
  static std::string whole(http::Response& response) {
    if (!response.stream) return response.body;
    std::string all;
    while (true) {
      const auto piece = response.stream();
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) return all;
      all += *piece;
    }
  }

  const sim::SimClock clock_{Timestamp{0}};
  QueryDeadlines deadlines_;
  telemetry::MemoryBudget memory_{"queries", 0, ""};
  FewSeries reader_;
  QueryResources resources_{reader_, clock_, deadlines_, memory_};
  const promql::Engine engine_{promql::EngineOptions{}};
  const NoStatus status_;
  RemoteReadLimits limits_;
  Cancellation cancellation_;
};

read::Query& add_query(read::ReadRequest& request, std::int64_t start, std::int64_t end, std::string_view name_pattern = ".*") {
  read::Query& query = *request.add_queries();
  query.set_start_timestamp_ms(start);
  query.set_end_timestamp_ms(end);
  read::LabelMatcher& matcher = *query.add_matchers();
  matcher.set_type(2);
  matcher.set_name("__name__");
  matcher.set_value(std::string(name_pattern));
  return query;
}

std::vector<read::ChunkedReadResponse> frames_of(std::string_view bytes) {
  std::vector<read::ChunkedReadResponse> frames;
  ByteReader in(bytes);
  while (!in.at_end()) {
    const std::uint64_t size = in.varint();
    const std::uint32_t sum = __builtin_bswap32(in.u32());
    const std::string_view message = in.take(size);
    EXPECT_TRUE(in.ok());
    if (!in.ok()) break;
    EXPECT_EQ(codec::crc32c(message), sum);
    EXPECT_TRUE(frames.emplace_back().ParseFromArray(message.data(), static_cast<int>(message.size())));
  }
  return frames;
}

template <class WithLabels>
std::string labels_of(const WithLabels& series) {
  std::string text;
  for (const auto& label : series.labels()) text += label.name() + "=" + label.value() + ";";
  return text;
}

model::SampleColumns samples_of(const read::ChunkedSeries& series) {
  model::SampleColumns samples;
  for (const read::Chunk& chunk : series.chunks()) {
    const std::size_t before = samples.size();
    EXPECT_TRUE(tsdb::prometheus::decode_chunk(static_cast<tsdb::prometheus::Encoding>(chunk.type()), chunk.data(), samples));
    if (samples.size() == before) continue;
    EXPECT_EQ(chunk.min_time_ms(), samples.timestamps[before]);
    EXPECT_EQ(chunk.max_time_ms(), samples.timestamps.back());
  }
  return samples;
}

TEST_F(RemoteRead, SamplesInOneMessage) {
  read::ReadRequest request;
  add_query(request, 298'000, 300'000, "a");
  add_query(request, 1000, 4000, "b|c");
  add_query(request, 5, 4, "a");
  http::Response response = send(request);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/x-protobuf");
  EXPECT_EQ(response.headers.get("Content-Encoding"), "snappy");
  std::string message;
  ASSERT_TRUE(codec::snappy_decompress(response.body, 1 << 20, message));
  read::ReadResponse answer;
  ASSERT_TRUE(answer.ParseFromString(message));
  ASSERT_EQ(answer.results_size(), 3);
  ASSERT_EQ(answer.results(0).timeseries_size(), 1);
  const auto& a = answer.results(0).timeseries(0);
  EXPECT_EQ(labels_of(a), "__name__=a;job=x;");
  ASSERT_EQ(a.samples_size(), 2);
  EXPECT_EQ(a.samples(0).timestamp(), 298'000);
  EXPECT_DOUBLE_EQ(a.samples(0).value(), 29.8);
  EXPECT_TRUE(model::is_stale_nan(a.samples(1).value()));
  ASSERT_EQ(answer.results(1).timeseries_size(), 1) << "c has no samples";
  const auto& b = answer.results(1).timeseries(0);
  ASSERT_EQ(b.samples_size(), 1);
  EXPECT_EQ(b.samples(0).value(), 1);
  ASSERT_EQ(b.histograms_size(), 3);
  const auto& whole = b.histograms(0);
  EXPECT_EQ(whole.timestamp(), 2000);
  EXPECT_EQ(whole.count_int(), 15U);
  EXPECT_EQ(whole.zero_count_int(), 2U);
  EXPECT_EQ(whole.schema(), 1);
  EXPECT_EQ(whole.sum(), -7.25);
  EXPECT_EQ(whole.zero_threshold(), 0.001);
  ASSERT_EQ(whole.positive_spans_size(), 2);
  EXPECT_EQ(whole.positive_spans(0).offset(), -3);
  EXPECT_EQ(whole.positive_spans(0).length(), 2U);
  ASSERT_EQ(whole.positive_deltas_size(), 3);
  EXPECT_EQ(whole.positive_deltas(0), 5);
  EXPECT_EQ(whole.positive_deltas(1), -4);
  EXPECT_EQ(whole.positive_deltas(2), 3);
  EXPECT_EQ(whole.negative_deltas(0), 3);
  const auto& fraction = b.histograms(2);
  EXPECT_EQ(fraction.count_case(), protobuf::v1::Histogram::kCountFloat);
  EXPECT_EQ(fraction.count_float(), 10.5);
  EXPECT_EQ(fraction.positive_counts(0), 0.5);
  EXPECT_EQ(fraction.negative_counts(0), 3);
  EXPECT_EQ(answer.results(2).timeseries_size(), 0);
  EXPECT_EQ(memory_.used_bytes(), 0U);
}

TEST_F(RemoteRead, ChunksInFrames) {
  read::ReadRequest request;
  request.add_accepted_response_types(1);
  request.add_accepted_response_types(0);
  add_query(request, 1000, 299'000);
  add_query(request, 0, 0, "a");
  http::Response response = send(request);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
  EXPECT_FALSE(response.headers.has("Content-Encoding"));
  const auto frames = frames_of(whole(response));
  ASSERT_EQ(frames.size(), 3U);
  const read::ChunkedSeries& a = frames[0].chunked_series(0);
  EXPECT_EQ(labels_of(a), "__name__=a;job=x;");
  EXPECT_EQ(a.chunks_size(), 3);
  const model::SampleColumns floats = samples_of(a);
  ASSERT_EQ(floats.size(), 299U);
  EXPECT_EQ(floats.timestamps.front(), 1000);
  EXPECT_EQ(floats.values[41], 0.1 * 42);
  EXPECT_TRUE(model::is_stale_nan(floats.values.back()));
  const read::ChunkedSeries& b = frames[1].chunked_series(0);
  ASSERT_EQ(b.chunks_size(), 3);
  EXPECT_EQ(b.chunks(0).type(), 1);
  EXPECT_EQ(b.chunks(1).type(), 2);
  EXPECT_EQ(b.chunks(2).type(), 3);
  const model::SampleColumns mixed = samples_of(b);
  ASSERT_EQ(mixed.size(), 4U);
  EXPECT_EQ(mixed.histograms[2]->positive_buckets, (std::vector<double>{6, 1, 4}));
  EXPECT_EQ(mixed.histograms[3]->count, 10.5);
  EXPECT_EQ(frames[2].query_index(), 1);
  EXPECT_EQ(samples_of(frames[2].chunked_series(0)).size(), 1U);
}

TEST_F(RemoteRead, SeriesAreDividedAtTheLimitOfAFrame) {
  limits_.max_frame_bytes = 100;
  read::ReadRequest request;
  request.add_accepted_response_types(1);
  add_query(request, 0, 299'000, "a");
  http::Response response = send(request);
  const auto frames = frames_of(whole(response));
  ASSERT_EQ(frames.size(), 3U);
  std::size_t samples = 0;
  for (const auto& frame : frames) {
    EXPECT_EQ(labels_of(frame.chunked_series(0)), "__name__=a;job=x;");
    samples += samples_of(frame.chunked_series(0)).size();
  }
  EXPECT_EQ(samples, 300U);
}

TEST_F(RemoteRead, LargeAnswersAreStreamedAndHoldOneSeriesAtATime) {
  for (int s = 0; s < 1000; ++s) {
    model::SampleColumns samples;
    for (int i = 0; i < 240; ++i) samples.push_float(i * 1000, 1.0 / (i + s + 1));
    reader_.add(model::Labels{{"__name__", "d"}, {"n", std::to_string(10'000 + s)}}, std::move(samples));
  }
  resources_.max_bytes_per_query = 1 << 20;
  read::ReadRequest request;
  request.add_accepted_response_types(1);
  add_query(request, 0, 299'000, "d");
  http::Response response = send(request);
  ASSERT_TRUE(response.stream) << response.body;
  EXPECT_EQ(deadlines_.watched(), 0U);
  std::vector<read::ChunkedReadResponse> frames;
  std::size_t pieces = 0;
  while (true) {
    const auto piece = response.stream();
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    ++pieces;
    for (auto& frame : frames_of(*piece)) frames.push_back(std::move(frame));
  }
  EXPECT_GT(pieces, 4U);
  ASSERT_EQ(frames.size(), 1000U);
  EXPECT_EQ(labels_of(frames[999].chunked_series(0)), "__name__=d;n=10999;");
  EXPECT_EQ(samples_of(frames[999].chunked_series(0)).values[1], 1.0 / 1001);
  response.stream = nullptr;
  EXPECT_EQ(memory_.used_bytes(), 0U);

  request.clear_accepted_response_types();
  const http::Response refused = send(request);
  EXPECT_EQ(refused.status, 422) << "all in one message is past the budget";
  EXPECT_EQ(memory_.used_bytes(), 0U);
}

TEST_F(RemoteRead, AStreamEndsWithItsClient) {
  for (int s = 0; s < 1000; ++s) {
    model::SampleColumns samples;
    for (int i = 0; i < 240; ++i) samples.push_float(i * 1000, 1.0 / (i + s + 1));
    reader_.add(model::Labels{{"__name__", "d"}, {"n", std::to_string(s)}}, std::move(samples));
  }
  read::ReadRequest request;
  request.add_accepted_response_types(1);
  add_query(request, 0, 299'000, "d");
  add_query(request, 0, 299'000, "d");
  http::Response response = send(request);
  ASSERT_TRUE(response.stream);
  cancellation_.cancel(Cancellation::Reason::kClientGone);
  Result<std::string> piece = std::string("first");
  while (piece && !piece->empty()) piece = response.stream();
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, Code::kCancelled);
}

TEST_F(RemoteRead, HintsNarrowTheTimeAndMayWantNoSamples) {
  read::ReadRequest request;
  read::Query& query = add_query(request, 0, 299'000, "a|c");
  query.mutable_hints()->set_start_ms(10'000);
  query.mutable_hints()->set_end_ms(12'000);
  query.mutable_hints()->set_func("rate");
  query.mutable_hints()->add_grouping("job");
  request.add_accepted_response_types(1);
  http::Response narrow = send(request);
  const auto frames = frames_of(whole(narrow));
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(samples_of(frames[0].chunked_series(0)).timestamps, (std::vector<std::int64_t>{10'000, 11'000, 12'000}));
  query.mutable_hints()->set_func("series");
  http::Response names = send(request);
  const auto named = frames_of(whole(names));
  ASSERT_EQ(named.size(), 2U);
  EXPECT_EQ(labels_of(named[1].chunked_series(0)), "__name__=c;");
  EXPECT_EQ(named[0].chunked_series(0).chunks(0).data(), std::string(2, '\0'));
  EXPECT_EQ(samples_of(named[0].chunked_series(0)).size(), 0U);
}

TEST_F(RemoteRead, EveryKindOfMatcher) {
  const auto found = [&](int type, const std::string& value) {
    read::ReadRequest request;
    add_query(request, 0, 299'000);
    auto& matcher = *request.mutable_queries(0)->add_matchers();
    matcher.set_type(type);
    matcher.set_name("job");
    matcher.set_value(value);
    request.add_accepted_response_types(1);
    http::Response response = send(request);
    std::string names;
    for (const auto& frame : frames_of(whole(response))) names += frame.chunked_series(0).labels(0).value();
    return names;
  };
  EXPECT_EQ(found(0, "x"), "a");
  EXPECT_EQ(found(0, ""), "b");
  EXPECT_EQ(found(1, "x"), "b");
  EXPECT_EQ(found(2, "x|y"), "a");
  EXPECT_EQ(found(3, "x|y"), "b");
}

TEST_F(RemoteRead, RefusalsAreText) {
  const auto refusal = [&](http::Response response) { return fmt::format("{} {}", response.status, response.body); };
  EXPECT_TRUE(refusal(send("no snappy")).starts_with("400 remote read request: ")) << refusal(send("no snappy"));
  EXPECT_EQ(refusal(send(codec::snappy_compress("\x0a\x7f"))),
            "400 remote read request is no valid prometheus.ReadRequest: it ends early or has fields of another type\n");
  EXPECT_TRUE(refusal(send(codec::snappy_compress(std::string(5 << 20, '\0')))).starts_with("413 remote read request: "));
  read::ReadRequest request;
  add_query(request, 0, 1000, "a[");
  EXPECT_TRUE(refusal(send(request)).starts_with("400 "));
  request.mutable_queries(0)->mutable_matchers(0)->set_type(4);
  EXPECT_EQ(refusal(send(request)), "400 invalid matcher type, 0 to 3 are known (=, !=, =~, !~): 4\n");
  request.clear_queries();
  request.add_accepted_response_types(7);
  EXPECT_EQ(refusal(send(request)),
            "400 server does not support any of the requested response types: 7; supported: 0 (SAMPLES), 1 (STREAMED_XOR_CHUNKS)\n");
  request.add_accepted_response_types(1);
  EXPECT_EQ(refusal(send(request)), "200 ") << "nothing was asked";
  EXPECT_EQ(refusal(send("", "/prometheus/api/v1/read", "a/b")).substr(0, 4), "400 ");
}

TEST_F(RemoteRead, SamplesAreLimitedByQuery) {
  limits_.max_samples = 10;
  read::ReadRequest request;
  add_query(request, 0, 9000, "a");
  add_query(request, 0, 9000, "a");
  EXPECT_EQ(send(request).status, 200);
  request.mutable_queries(1)->set_end_timestamp_ms(10'000);
  const http::Response refused = send(request);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.body, "exceeded sample limit (10)\n");
  request.add_accepted_response_types(1);
  EXPECT_EQ(send(request).status, 200) << "chunks are streamed, whatever their number";
}

TEST_F(RemoteRead, TenantsAreThoseOfTheHeader) {
  read::ReadRequest request;
  add_query(request, 0, 1000, "a");
  EXPECT_EQ(send(codec::snappy_compress(request.SerializeAsString()), "/prometheus/api/v1/read", "t2|t1").status, 200);
  EXPECT_EQ(reader_.tenants, (std::vector<std::string>{"t1", "t2"}));
}

TEST(ReadRequestParser, AgreesWithLibprotobuf) {
  read::ReadRequest request;
  read::Query& query = add_query(request, -5, 7);
  query.mutable_hints()->set_step_ms(15'000);
  query.mutable_hints()->set_by(true);
  query.mutable_hints()->set_range_ms(60'000);
  query.mutable_hints()->add_grouping("job");
  query.mutable_hints()->add_grouping("");
  request.add_accepted_response_types(1);
  const std::string body = request.SerializeAsString();
  const auto whole = protobuf::compare_read_request(body);
  EXPECT_TRUE(whole.ours_accepts && whole.reference_accepts);
  EXPECT_EQ(whole.difference, "");
  // Again behind itself, hints come in parts and lists grow; numbers of a list may stand alone.
  EXPECT_EQ(protobuf::compare_read_request(body + body + std::string("\x10\x00\x10\x05", 4)).difference, "");
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(protobuf::compare_read_request(std::string_view(body).substr(0, size)).difference, "") << size;
  }
  std::string damaged = body;
  for (std::size_t at = 0; at < body.size(); ++at) {
    for (const char flip : {'\x01', '\x10', '\x7f'}) {
      damaged[at] = static_cast<char>(body[at] ^ flip);
      EXPECT_EQ(protobuf::compare_read_request(damaged).difference, "") << at;
    }
    damaged[at] = body[at];
  }
}

TEST(ReadRequestParser, HasLimits) {
  read::ReadRequest request;
  for (std::size_t i = 0; i < kMaxReadQueries; ++i) request.add_queries();
  EXPECT_TRUE(parse_read_request(request.SerializeAsString()));
  request.add_queries();
  EXPECT_EQ(parse_read_request(request.SerializeAsString()).error().message,
            "too many queries in one remote read request, at most: 1000");
  request.Clear();
  for (std::size_t i = 0; i <= kMaxReadMatchers; ++i) request.mutable_queries()->Add()->add_matchers()->set_name("a");
  EXPECT_FALSE(parse_read_request(request.SerializeAsString()));
}

}  // namespace
}  // namespace isobar::api
