// Requests in JSON and what becomes of them; each is also sent through the protobuf reader and must give the same.
#include "ingest/protocols/otlp.h"

#include <bit>

#include <fmt/format.h>

#include "model/sample.h"
#include "protobuf/otlp_reference.h"

namespace isobar::ingest {
namespace {

using Lines = std::vector<std::string>;

std::string histogram_text(const model::Histogram& h) {
  if (model::is_stale_nan(h.sum)) return "stale histogram";
  std::string text = fmt::format("{{schema {} count {} sum {} zero {} up to {:g}", h.schema, h.count, h.sum, h.zero_count,
                                 h.zero_threshold);
  const auto side = [&text](std::string_view name, const auto& spans, const auto& counts) {
    if (spans.empty()) return;
    text += fmt::format(" {}", name);
    std::int64_t index = 0;
    std::size_t next = 0;
    for (const model::BucketSpan& span : spans) {
      index += span.offset;
      for (std::uint32_t i = 0; i < span.length; ++i) text += fmt::format(" {}:{}", index++, counts[next++]);
    }
  };
  side("positive", h.positive_spans, h.positive_buckets);
  side("negative", h.negative_spans, h.negative_buckets);
  for (const double bound : h.custom_values) text += fmt::format(" le {}", bound);
  if (h.reset_hint == model::CounterResetHint::kReset) text += " reset";
  return text + "}";
}

Lines describe(const model::WriteBatch& batch, const OtlpNotes& notes) {
  Lines lines;
  const auto name = [&batch](std::uint32_t series) {
    const auto labels = model::Labels::parse_canonical(batch.series.at(series));
    return labels ? labels->to_string() : "not canonical: " + labels.error().message;
  };
  const auto from = [](std::int64_t start) { return start == 0 ? std::string() : fmt::format(" from {}", start); };
  for (const auto& f : batch.floats) {
    const std::string value = model::is_stale_nan(f.value) ? "stale" : fmt::format("{}", f.value);
    lines.push_back(fmt::format("{} {} at {}{}", name(f.series), value, f.timestamp, from(f.start_timestamp)));
  }
  for (const auto& h : batch.histograms) {
    lines.push_back(fmt::format("{} {} at {}{}", name(h.series), histogram_text(*h.histogram), h.timestamp, from(h.start_timestamp)));
  }
  for (const auto& e : batch.exemplars) {
    lines.push_back(fmt::format("exemplar of {}: {} at {} {}", name(e.series), e.exemplar.value, e.exemplar.timestamp.ms,
                                e.exemplar.labels.to_string()));
  }
  for (const auto& m : batch.metadata) {
    lines.push_back(fmt::format("metadata of {}: {} \"{}\" {}", m.metric, model::metric_type_name(m.type), m.unit, m.help));
  }
  for (const std::string& reason : notes.reasons) lines.push_back("note: " + reason);
  if (notes.rejected != 0) lines.push_back(fmt::format("rejected {} of {}", notes.rejected, notes.points));
  EXPECT_EQ(notes.point_of_float.size(), batch.floats.size());
  EXPECT_EQ(notes.point_of_histogram.size(), batch.histograms.size());
  return lines;
}

Lines decode(OtlpEncoding encoding, std::string body, const OtlpSettings& settings) {
  OtlpDecoder decoder;
  model::WriteBatch batch;
  OtlpNotes notes;
  const Result<void> done = decoder.decode(encoding, body, settings, batch, notes);
  return done ? describe(batch, notes) : Lines{"error: " + done.error().message};
}

Lines translate(const std::string& json, const OtlpSettings& settings = {}) {
  const Lines lines = decode(OtlpEncoding::kJson, json, settings);
  std::string error;
  const std::string protobuf = protobuf::otlp_from_json(json, error);
  EXPECT_EQ(error, "");
  EXPECT_EQ(decode(OtlpEncoding::kProtobuf, protobuf, settings), lines);
  return lines;
}

// One metric of a resource that has only a name.
std::string request(std::string_view metric, std::string_view resource = R"({"key":"service.name","value":{"stringValue":"shop"}})",
                    std::string_view scope = "") {
  return fmt::format(R"({{"resourceMetrics":[{{"resource":{{"attributes":[{}]}},"scopeMetrics":[{{"scope":{{{}}},"metrics":[{}]}}]}}]}})",
                     resource, scope, metric);
}

TEST(Otlp, Gauge) {
  EXPECT_EQ(translate(request(R"({"name":"room.temperature","unit":"Cel","description":"Of the room.","gauge":{"dataPoints":[
      {"timeUnixNano":"1700000000123456789","startTimeUnixNano":"1600000000000000000","asDouble":21.5,
       "attributes":[{"key":"room.no","value":{"intValue":"7"}}]},
      {"timeUnixNano":"1700000001000000000","asInt":"-3"},
      {"timeUnixNano":"1700000002000000000","asDouble":"NaN"},
      {"timeUnixNano":"1700000003000000000","flags":1}]}})")),
            (Lines{R"(room_temperature_celsius{job="shop", room_no="7"} 21.5 at 1700000000123)",
                   R"(room_temperature_celsius{job="shop"} -3 at 1700000001000)",
                   R"(room_temperature_celsius{job="shop"} nan at 1700000002000)",
                   R"(room_temperature_celsius{job="shop"} stale at 1700000003000)",
                   R"(metadata of room_temperature_celsius: gauge "celsius" Of the room.)"}));
}

TEST(Otlp, SumsKeepTheirStart) {
  const auto sum = [](int temporality, bool monotonic) {
    return translate(request(fmt::format(R"({{"name":"jobs","unit":"1","sum":{{"aggregationTemporality":{},"isMonotonic":{},
        "dataPoints":[{{"startTimeUnixNano":1700000000000000000,"timeUnixNano":1700000060000000000,"asInt":5}}]}}}})",
                                         temporality, monotonic)));
  };
  EXPECT_EQ(sum(2, true), (Lines{R"(jobs_total{job="shop"} 5 at 1700000060000 from 1700000000000)",
                                 R"(metadata of jobs_total: counter "" )"}));
  EXPECT_EQ(sum(1, true), (Lines{R"(jobs_total{job="shop"} 5 at 1700000060000 from 1700000000000)",
                                 R"(metadata of jobs_total: counter "" )"}));
  EXPECT_EQ(sum(2, false), (Lines{R"(jobs{job="shop"} 5 at 1700000060000 from 1700000000000)", R"(metadata of jobs: gauge "" )"}));
  EXPECT_EQ(sum(1, false), (Lines{R"(jobs{job="shop"} 5 at 1700000060000 from 1700000000000)", R"(metadata of jobs: unknown "" )"}));
  EXPECT_EQ(sum(0, true), (Lines{R"(note: metric "jobs": aggregation_temporality must be delta (1) or cumulative (2))",
                                 "rejected 1 of 1"}));
}

TEST(Otlp, AStartThatIsNotBeforeTheSampleIsUnknown) {
  EXPECT_EQ(translate(request(R"({"name":"a","sum":{"aggregationTemporality":2,"dataPoints":[
      {"startTimeUnixNano":1700000000000000000,"timeUnixNano":1700000000000000000,"asInt":5},
      {"startTimeUnixNano":1700000009000000000,"timeUnixNano":1700000001000000000,"asInt":6}]}})")),
            (Lines{R"(a{job="shop"} 5 at 1700000000000)", R"(a{job="shop"} 6 at 1700000001000)", R"(metadata of a: gauge "" )"}));
}

constexpr std::string_view kHistogram = R"({"name":"latency","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[
    {"startTimeUnixNano":"1700000000000000000","timeUnixNano":"1700000060000000000","count":"6","sum":2.5,
     "bucketCounts":["0","1","3","2"],"explicitBounds":[0.0000001,0.5,10],
     "exemplars":[{"asDouble":0.3,"timeUnixNano":"1700000059000000000","traceId":"5B8AA5A2D2C872E8321CF37308D69DF2",
                   "spanId":"051581bf3cb55c13","filteredAttributes":[{"key":"user.id","value":{"stringValue":"u1"}}]},
                  {"asInt":"99"}]},
    {"timeUnixNano":"1700000120000000000","flags":1,"explicitBounds":[1],"bucketCounts":[0,0]}]}})";

TEST(Otlp, ClassicHistogram) {
  EXPECT_EQ(translate(request(kHistogram)),
            (Lines{R"(latency_seconds_sum{job="shop"} 2.5 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_count{job="shop"} 6 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_bucket{job="shop", le="0.0000001"} 0 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_bucket{job="shop", le="0.5"} 1 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_bucket{job="shop", le="10"} 4 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_bucket{job="shop", le="+Inf"} 6 at 1700000060000 from 1700000000000)",
                   R"(latency_seconds_count{job="shop"} stale at 1700000120000)",
                   R"(latency_seconds_bucket{job="shop", le="1"} stale at 1700000120000)",
                   R"(latency_seconds_bucket{job="shop", le="+Inf"} stale at 1700000120000)",
                   R"(exemplar of latency_seconds_bucket{job="shop", le="0.5"}: 0.3 at 1700000059000 )"
                   R"({span_id="051581bf3cb55c13", trace_id="5b8aa5a2d2c872e8321cf37308d69df2", "user.id"="u1"})",
                   R"(exemplar of latency_seconds_bucket{job="shop", le="+Inf"}: 99 at 1700000060000 {})",
                   R"(metadata of latency_seconds: histogram "seconds" )"}));
}

TEST(Otlp, ExplicitBoundsAsNativeHistogram) {
  EXPECT_EQ(translate(request(kHistogram), {.convert_histograms_to_nhcb = true}),
            (Lines{R"(latency_seconds{job="shop"} {schema -53 count 6 sum 2.5 zero 0 up to 0 positive 1:1 2:3 3:2 )"
                   R"(le 1e-07 le 0.5 le 10} at 1700000060000 from 1700000000000)",
                   R"(latency_seconds{job="shop"} stale histogram at 1700000120000)",
                   R"(exemplar of latency_seconds{job="shop"}: 0.3 at 1700000059000 )"
                   R"({span_id="051581bf3cb55c13", trace_id="5b8aa5a2d2c872e8321cf37308d69df2", "user.id"="u1"})",
                   R"(exemplar of latency_seconds{job="shop"}: 99 at 1700000060000 {})",
                   R"(metadata of latency_seconds: histogram "seconds" )"}));
}

TEST(Otlp, HistogramsThatContradictThemselves) {
  const auto point = [](std::string_view fields, bool native = false) {
    return translate(request(fmt::format(
        R"({{"name":"h","histogram":{{"aggregationTemporality":2,"dataPoints":[{{"timeUnixNano":"1700000000000000000",{}}}]}}}})", fields)),
                     {.convert_histograms_to_nhcb = native});
  };
  EXPECT_EQ(point(R"("count":1,"bucketCounts":[1],"explicitBounds":[1])"),
            (Lines{R"(note: metric "h": a histogram with 1 explicit bounds needs 2 bucket counts, or none: 1)", "rejected 1 of 1"}));
  EXPECT_EQ(point(R"("count":1,"bucketCounts":[1,0,0],"explicitBounds":[1,"Infinity"])"),
            (Lines{R"(note: metric "h": explicit bounds must be finite and ascending, without +Inf at the end: inf)", "rejected 1 of 1"}));
  EXPECT_EQ(point(R"("count":3,"bucketCounts":[1,0],"explicitBounds":[1])", true),
            (Lines{R"(note: metric "h": 1 observations found in buckets, but the Count field is 3)", "rejected 1 of 1"}));
  EXPECT_EQ(point(R"("count":3)"),
            (Lines{R"(h_count{job="shop"} 3 at 1700000000000)", R"(h_bucket{job="shop", le="+Inf"} 3 at 1700000000000)",
                   R"(metadata of h: histogram "" )"}));
  EXPECT_EQ(point(R"("count":3,"sum":1)", true),
            (Lines{R"(h{job="shop"} {schema -53 count 3 sum 1 zero 0 up to 0 positive 0:3} at 1700000000000)",
                   R"(metadata of h: histogram "" )"}));
}

std::string exponential(std::string_view fields, int temporality = 2) {
  return request(fmt::format(R"({{"name":"e","exponentialHistogram":{{"aggregationTemporality":{},"dataPoints":[
      {{"startTimeUnixNano":1700000000000000000,"timeUnixNano":1700000060000000000,{}}}]}}}})", temporality, fields));
}

TEST(Otlp, ExponentialHistogram) {
  // Bucket i of OTLP is (base^i, base^(i+1)], which Prometheus counts as i+1.
  EXPECT_EQ(translate(exponential(R"("count":10,"sum":12.5,"scale":3,"zeroCount":1,"zeroThreshold":0.01,
                                     "positive":{"offset":-2,"bucketCounts":[1,0,2,0,0,0,3]},"negative":{"bucketCounts":[3]})")),
            (Lines{R"(e{job="shop"} {schema 3 count 10 sum 12.5 zero 1 up to 0.01 positive -1:1 0:0 1:2 5:3 negative 1:3} )"
                   R"(at 1700000060000 from 1700000000000)",
                   R"(metadata of e: histogram "" )"}));
  // A delta says that the counter began anew.
  EXPECT_EQ(translate(exponential(R"("count":2,"scale":0,"positive":{"offset":0,"bucketCounts":[2]})", 1))[0],
            R"(e{job="shop"} {schema 0 count 2 sum 0 zero 0 up to 1e-128 positive 1:2 reset} at 1700000060000 from 1700000000000)");
}

TEST(Otlp, FineScalesAreMergedDown) {
  // Scale 10 to 8: four buckets become one; -5 and -4 are in -2 and -1 of the coarser ones, (b^-5, b^-4] ends bucket -1.
  EXPECT_EQ(translate(exponential(R"("count":21,"scale":10,"positive":{"offset":-5,"bucketCounts":[1,2,3,4,5,6]})"))[0],
            R"(e{job="shop"} {schema 8 count 21 sum 0 zero 0 up to 1e-128 positive -1:1 0:14 1:6} at 1700000060000 from 1700000000000)");
  EXPECT_EQ(translate(exponential(R"("count":3,"scale":2147483647,"positive":{"offset":-2147483648,"bucketCounts":[1,2]})"))[0],
            R"(e{job="shop"} {schema 8 count 3 sum 0 zero 0 up to 1e-128 positive 0:3} at 1700000060000 from 1700000000000)");
  EXPECT_EQ(translate(exponential(R"("count":0,"scale":-5)")),
            (Lines{R"(note: metric "e": scale of an exponential histogram must be -4 or more, send it with more buckets: -5)",
                   "rejected 1 of 1"}));
  EXPECT_EQ(translate(exponential(R"("count":1,"scale":0,"positive":{"offset":2147483647,"bucketCounts":[1]})")),
            (Lines{R"(note: metric "e": positive side: span number 1 lies outside of the buckets that there are)", "rejected 1 of 1"}));
}

TEST(Otlp, Summary) {
  EXPECT_EQ(translate(request(R"({"name":"s","unit":"By","summary":{"dataPoints":[
      {"startTimeUnixNano":1700000000000000000,"timeUnixNano":1700000060000000000,"count":4,"sum":10,
       "quantileValues":[{"quantile":0.5,"value":2},{"quantile":1,"value":4}]}]}})")),
            (Lines{R"(s_bytes_sum{job="shop"} 10 at 1700000060000 from 1700000000000)",
                   R"(s_bytes_count{job="shop"} 4 at 1700000060000 from 1700000000000)",
                   R"(s_bytes{job="shop", quantile="0.5"} 2 at 1700000060000)",
                   R"(s_bytes{job="shop", quantile="1"} 4 at 1700000060000)",
                   R"(metadata of s_bytes: summary "bytes" )"}));
}

constexpr std::string_view kPoint = R"({"name":"m","gauge":{"dataPoints":[{"timeUnixNano":"1700000000000000000","asInt":1}]}})";
constexpr std::string_view kResource = R"({"key":"service.name","value":{"stringValue":"cart"}},
    {"key":"service.namespace","value":{"stringValue":"shop"}},{"key":"service.instance.id","value":{"stringValue":"i-1"}},
    {"key":"host.name","value":{"stringValue":"h1"}},{"key":"cpus","value":{"intValue":8}})";

TEST(Otlp, ResourcesBecomeTargetInfo) {
  const std::string meta = R"(metadata of target_info: gauge "" Attributes of a resource that sends metrics by OTLP.)";
  EXPECT_EQ(translate(request(kPoint, kResource)),
            (Lines{R"(m{instance="i-1", job="shop/cart"} 1 at 1700000000000)",
                   R"(target_info{cpus="8", host_name="h1", instance="i-1", job="shop/cart"} 1 at 1700000000000)",
                   R"(metadata of m: gauge "" )", meta}));
  EXPECT_EQ(translate(request(kPoint, kResource), {.promote_resource_attributes = {"host.name", "none"},
                                                   .keep_identifying_resource_attributes = true}),
            (Lines{R"(m{host_name="h1", instance="i-1", job="shop/cart"} 1 at 1700000000000)",
                   R"(target_info{cpus="8", host_name="h1", instance="i-1", job="shop/cart", service_instance_id="i-1", )"
                   R"(service_name="cart", service_namespace="shop"} 1 at 1700000000000)",
                   R"(metadata of m: gauge "" )", meta}));
  EXPECT_EQ(translate(request(kPoint, kResource),
                      {.translation = OtlpTranslation::kNoTranslation,
                       .promote_all_resource_attributes = true,
                       .ignore_resource_attributes = {"service.name", "service.namespace", "service.instance.id"}})[0],
            R"(m{cpus="8", "host.name"="h1", instance="i-1", job="shop/cart"} 1 at 1700000000000)");
  // Nothing that job and instance do not say, or neither of them.
  EXPECT_EQ(translate(request(kPoint, R"({"key":"service.name","value":{"stringValue":"a"}})")).size(), 2u);
  EXPECT_EQ(translate(request(kPoint, R"({"key":"host.name","value":{"stringValue":"a"}})")).size(), 2u);
}

TEST(Otlp, TargetInfoStandsWhereTheResourceHasSamples) {
  std::string points;
  for (const int second : {0, 50, 100, 140, 200, 1000, 1001}) {
    points += fmt::format(R"({}{{"timeUnixNano":"{}000000000","asInt":1}})", points.empty() ? "" : ",", 1'700'000'000 + second);
  }
  Lines info;
  for (const std::string& line : translate(request(fmt::format(R"({{"name":"m","gauge":{{"dataPoints":[{}]}}}})", points), kResource))) {
    if (line.starts_with("target_info")) info.push_back(line.substr(line.rfind(' ') + 1));
  }
  EXPECT_EQ(info, (Lines{"1700000000000", "1700000140000", "1700000200000", "1700001000000", "1700001001000"}));
}

TEST(Otlp, ScopesBecomeLabelsIfWanted) {
  constexpr std::string_view kScope = R"("name":"lib","version":"1.2","attributes":[{"key":"name","value":{"stringValue":"x"}},
      {"key":"team","value":{"stringValue":"a"}}])";
  const std::string body = request(kPoint, "", kScope);
  EXPECT_EQ(translate(body)[0], "m 1 at 1700000000000");
  EXPECT_EQ(translate(body, {.promote_scope_metadata = true})[0],
            R"(m{otel_scope_name="lib", otel_scope_team="a", otel_scope_version="1.2"} 1 at 1700000000000)");
}

TEST(Otlp, AttributesBecomeLabels) {
  const auto labels = [](std::string_view attributes, const OtlpSettings& settings = {}) {
    return translate(request(fmt::format(
        R"({{"name":"m","gauge":{{"dataPoints":[{{"timeUnixNano":"1700000000000000000","asInt":1,"attributes":[{}]}}]}}}})", attributes)),
                     settings)[0];
  };
  EXPECT_EQ(labels(R"({"key":"bool","value":{"boolValue":true}},{"key":"double","value":{"doubleValue":2.50}},
                      {"key":"bytes","value":{"bytesValue":"//4="}},{"key":"none"},{"key":"empty","value":{"stringValue":""}},
                      {"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"a\"b"},{}]}}},
                      {"key":"map","value":{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":1e21}}]}}})"),
            R"(m{bool="true", bytes="//4=", double="2.5", job="shop", list="[1,\"a\\\"b\",null]", map="{\"k\":1e+21}"} 1 at 1700000000000)");
  // Several keys for one name: joined, in the order of the keys.
  EXPECT_EQ(labels(R"({"key":"a_b","value":{"stringValue":"2"}},{"key":"a.b","value":{"stringValue":"1"}})"),
            R"(m{a_b="1;2", job="shop"} 1 at 1700000000000)");
  // What names the target outweighs attributes.
  EXPECT_EQ(labels(R"({"key":"job","value":{"stringValue":"x"}},{"key":"__name__","value":{"stringValue":"x"}})"),
            R"(m{job="shop"} 1 at 1700000000000)");
  EXPECT_EQ(labels(R"({"key":"..","value":{"stringValue":"x"}})"),
            R"(note: metric "m": nothing but underscores is left of the attribute key, choose one with letters or set )"
            R"(translation_strategy: NoTranslation: ..)");
}

TEST(Otlp, PointsThatSayTooLittle) {
  EXPECT_EQ(translate(request(R"({"name":"m","gauge":{"dataPoints":[{"asInt":1},{"timeUnixNano":"1700000000000000000"},
                                 {"timeUnixNano":"1700000000000000000","asInt":1}]}},{"name":"n"},
                                 {"name":"","gauge":{"dataPoints":[{"timeUnixNano":"1700000000000000000","asInt":1}]}})")),
            (Lines{R"(m{job="shop"} 1 at 1700000000000)", R"(metadata of m: gauge "" )",
                   R"(note: metric "m": a data point has no time_unix_nano)",
                   R"(note: metric "m": a data point has neither as_double nor as_int)",
                   R"(note: metric "n": has no data, or data of a type that is not known; send gauge, sum, histogram, )"
                   R"(exponential_histogram or summary)",
                   R"(note: metric "": a metric has no name)", "rejected 3 of 4"}));
}

TEST(Otlp, ExemplarsThatAreTooLongLoseTheirAttributes) {
  const std::string lines = translate(request(fmt::format(R"({{"name":"m","sum":{{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
      {{"timeUnixNano":"1700000000000000000","asInt":1,"exemplars":[
        {{"asInt":1,"spanId":"051581bf3cb55c13","filteredAttributes":[{{"key":"k","value":{{"stringValue":"{}"}}}}]}},
        {{"asInt":2,"traceId":"0515"}},{{"traceId":""}}]}}]}}}})", std::string(110, 'x'))))[1];
  EXPECT_EQ(lines, R"(exemplar of m_total{job="shop"}: 1 at 1700000000000 {span_id="051581bf3cb55c13"})");
}

TEST(Otlp, PointsOfRefusedSamples) {
  std::string body = request(kHistogram, kResource);
  OtlpDecoder decoder;
  model::WriteBatch batch;
  OtlpNotes notes;
  ASSERT_TRUE(decoder.decode(OtlpEncoding::kJson, body, {}, batch, notes));
  EXPECT_EQ(otlp_points_of(notes, {}, {}), 0u);
  EXPECT_EQ(otlp_points_of(notes, {0, 1, 5}, {}), 1u);
  EXPECT_EQ(otlp_points_of(notes, {0, 1, 6, 7}, {}), 2u);
  EXPECT_EQ(otlp_points_of(notes, {static_cast<std::uint32_t>(batch.floats.size() - 1)}, {}), 0u);  // target_info
}

TEST(Otlp, WhatPointsBecomeIsHeldAgainstTheBudget) {
  std::string points;
  for (int i = 0; i < 100; ++i) points += R"({"timeUnixNano":"1700000000000000000","asInt":1},)";
  points.pop_back();
  const std::string label = fmt::format(R"({{"key":"big","value":{{"stringValue":"{}"}}}})", std::string(50'000, 'x'));
  const std::string json = request(fmt::format(R"({{"name":"m","gauge":{{"dataPoints":[{}]}}}})", points), label);
  const auto decoded = [&](std::uint64_t limit) {
    telemetry::MemoryBudget budget("decoding", limit, "--memory.bodies");
    telemetry::Reservation held(budget);
    OtlpDecoder decoder;
    model::WriteBatch batch;
    OtlpNotes notes;
    std::string body = json;
    const auto done = decoder.decode(OtlpEncoding::kJson, body, {.promote_resource_attributes = {"big"}}, batch, notes, &held);
    return done ? fmt::format("{} bytes", budget.used_bytes()) : done.error().message;
  };
  EXPECT_EQ(decoded(6 << 20), fmt::format("{} bytes", 5 << 20));  // 5,000,000 bytes of labels
  EXPECT_EQ(decoded(4 << 20), "too many write requests are being decoded, send it again");
}

TEST(Otlp, ContentTypes) {
  EXPECT_EQ(*otlp_encoding("application/x-protobuf"), OtlpEncoding::kProtobuf);
  EXPECT_EQ(*otlp_encoding("Application/JSON; charset=utf-8"), OtlpEncoding::kJson);
  EXPECT_EQ(otlp_encoding("text/plain").error().message,
            "OTLP needs Content-Type application/x-protobuf or application/json, not \"text/plain\"");
}

TEST(Otlp, InvalidUtf8RefusesThePoint) {
  std::string error;
  std::string body = protobuf::otlp_from_json(request(R"({"name":"m","gauge":{"dataPoints":[
      {"timeUnixNano":"1700000000000000000","asInt":1,"attributes":[{"key":"a","value":{"stringValue":"XX"}}]},
      {"timeUnixNano":"1700000000000000000","asInt":1}]}})"), error);
  body.replace(body.find("XX"), 2, "\xff\xfe");
  EXPECT_EQ(decode(OtlpEncoding::kProtobuf, body, {}),
            (Lines{R"(m{job="shop"} 1 at 1700000000000)", R"(metadata of m: gauge "" )",
                   R"(note: metric "m": a key or value of an attribute is not valid UTF-8)", "rejected 1 of 2"}));
}

}  // namespace
}  // namespace isobar::ingest
