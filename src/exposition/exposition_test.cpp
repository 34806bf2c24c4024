#include "exposition/exposition.h"

#include <cmath>

#include "base/bytes.h"
#include "codec/number_text.h"
#include "exposition/text_writer.h"

namespace isobar::exposition {
namespace {

// Every event as a line of text, so that a test reads like the page it parses.
class Recorder : public Visitor {
 public:
  explicit Recorder(Format format, std::size_t stop_after = SIZE_MAX) : format_(format), stop_after_(stop_after) {}

  Next on_sample(const SampleEvent& sample) override {
    Arena arena;
    std::vector<model::LabelView> labels;
    const auto decoded = decode_series(format_, sample.series, sample.type, arena, labels);
    std::string line = decoded ? model::Labels::from_pairs(labels).to_string() : "! " + decoded.error().message;
    line += ' ';
    append_float(line, sample.value);
    if (sample.histogram) line += fmt::format(" histogram count={} schema={}", sample.histogram->count, sample.histogram->schema);
    if (sample.timestamp) line += fmt::format(" @{}", *sample.timestamp);
    if (sample.start_timestamp != 0) line += fmt::format(" start={}", sample.start_timestamp);
    for (const ExemplarEvent& exemplar : sample.exemplars) {
      line += fmt::format(" # {} {}", exemplar.labels.to_string(), exemplar.value);
      if (exemplar.timestamp) line += fmt::format(" @{}", *exemplar.timestamp);
    }
    lines.push_back(line);
    return lines.size() == stop_after_ ? Next::kStop : Next::kContinue;
  }
  Next on_metadata(const MetadataEvent& event) override {
    metadata.push_back(event.kind == MetadataKind::kType
                           ? fmt::format("TYPE {} {}", event.metric, model::metric_type_name(event.type))
                           : fmt::format("{} {} {}", event.kind == MetadataKind::kHelp ? "HELP" : "UNIT", event.metric, event.text));
    return Next::kContinue;
  }

  std::vector<std::string> lines;
  std::vector<std::string> metadata;

 private:
  Format format_;
  std::size_t stop_after_;
};

using Lines = std::vector<std::string>;

Lines parse_lines(Format format, std::string_view body) {
  Recorder recorder(format);
  const auto result = parse(format, body, recorder);
  if (!result) recorder.lines.push_back(result.error().message);
  return recorder.lines;
}

TEST(TextFormat, SamplesInAllShapes) {
  EXPECT_EQ(parse_lines(Format::kText,
                        "# HELP http_requests_total The \\\\total\\nnumber\n"
                        "# TYPE http_requests_total counter\n"
                        "http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n"
                        "  http_requests_total { method = \"p\\\"o\\\\s\\nt}\" , } 3\n"
                        "# a comment\n\n"
                        "metric_without_labels\t12.47\n"
                        "nan{} NaN\n"
                        "inf +Inf -3982045\n"
                        "{\"my.metric\",\"a b\"=\"c\"} 1\n"
                        "{a=\"b\",\"x y\"} 2\n"
                        "last{a=\"\"}7"),
            (Lines{R"(http_requests_total{code="200", method="post"} 1027 @1395066363000)",
                   R"(http_requests_total{method="p\"o\\s\nt}"} 3)", "metric_without_labels 12.47", "nan NaN",
                   "inf +Inf @-3982045", R"({"my.metric", "a b"="c"} 1)", R"({"x y", a="b"} 2)", "last 7"}));
}

TEST(TextFormat, Metadata) {
  Recorder recorder(Format::kText);
  ASSERT_TRUE(parse(Format::kText,
                    "# HELP a b \\\\ c\\nd \\\" e\n# TYPE a untyped\n# TYPE \"x y\" gauge\n# UNIT a s\n#TYPE t counter\n",
                    recorder));
  EXPECT_EQ(recorder.metadata,
            (Lines{"HELP a b \\ c\nd \\\" e", "TYPE a unknown", "TYPE x y gauge", "TYPE t counter"}));
}

TEST(TextFormat, BoundsAreNormalised) {
  EXPECT_EQ(parse_lines(Format::kText,
                        "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\n"
                        "# TYPE s summary\ns{quantile=\"0.50\"} 1\ns_sum{le=\"1\"} 3\nother{le=\"1\"} 4\n"),
            (Lines{R"(h_bucket{le="1.0"} 1)", R"(h_bucket{le="+Inf"} 2)", "h_count 2", R"(s{quantile="0.5"} 1)",
                   R"(s_sum{le="1"} 3)", R"(other{le="1"} 4)"}));
}

TEST(TextFormat, ErrorsNameTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"a 1\nb x\n", "line 2: expected a number as value: \"b x\""},
      {"a 1 1.5\n", "line 1: expected an integer of milliseconds as timestamp: \"a 1 1.5\""},
      {"a 1 1 1\n", "line 1: unexpected text after the sample: \"a 1 1 1\""},
      {"a{b=\"c} 1\n", "line 1: label set is not closed: \"a{b=\"c} 1\""},
      {"a{b=\"c\" 1\n", "line 1: label set is not closed: \"a{b=\"c\" 1\""},
      {"\n\n=\n", "line 3: expected a metric name: \"=\""},
      {"1a 1\n", "line 1: expected a metric name: \"1a 1\""},
      {"a\n", "line 1: expected a value after the series: \"a\""},
      {"a 0x1p3\n", "line 1: expected a number as value: \"a 0x1p3\""},
      {"a 1 # {x=\"y\"} 1\n", "line 1: unexpected text after the sample: \"a 1 # {x=\"y\"} 1\""},
      {"# TYPE a thing\n",
       "line 1: unknown metric type (write counter, gauge, histogram, summary or untyped): \"# TYPE a thing\""},
      {"a 1\r\n", "line 1: expected a number as value: \"a 1?\""},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(parse_lines(Format::kText, body).back(), message) << body;
}

TEST(TextFormat, BadSeriesAreFoundWhenDecoded) {
  const std::pair<const char*, const char*> cases[] = {
      {"a{b=\"1\",b=\"2\"} 1\n", "! label name is given twice: b 1"},
      {"a{b 1\"} 1\n\"} 1\n", "! expected = after label name b 1"},
      {"{b=\"c\"} 1\n", "! metric name is missing 1"},
      {"a{\"b\"} 1\n", "! metric name is given twice 1"},
      {"a{b=\"\xff\"} 1\n", "! invalid UTF-8 in a label 1"},
      {"a{1b=\"1\"} 1\n", "! bad label name (quote names that are no identifiers) 1"},
      {"a{b=\"1\" c=\"2\"} 1\n", "! expected , or } after a label 1"},
  };
  for (const auto& [body, line] : cases) EXPECT_EQ(parse_lines(Format::kText, body).front(), line) << body;
}

TEST(TextFormat, StopsWhenAsked) {
  Recorder recorder(Format::kText, 2);
  EXPECT_TRUE(parse(Format::kText, "a 1\nb 2\nc 3\n!!!\n", recorder));
  EXPECT_EQ(recorder.lines, (Lines{"a 1", "b 2"}));
}

TEST(OpenMetrics, ExemplarsTimestampsAndStarts) {
  EXPECT_EQ(parse_lines(Format::kOpenMetrics,
                        "# HELP foo A \\\"counter\\\"\n"
                        "# TYPE foo counter\n"
                        "# UNIT foo s\n"
                        "foo_total{a=\"1\"} 17.0 1520879607.789 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879607.5\n"
                        "foo_created{a=\"1\"} 1520872607.123\n"
                        "foo_total{a=\"2\"} 1 # {} 2\n"
                        "# TYPE h histogram\n"
                        "h_bucket{le=\"+Inf\"} 2\n"
                        "h_count 2\n"
                        "h_created 1520872608\n"
                        "# EOF\n"),
            (Lines{R"(foo_total{a="1"} 17 @1520879607789 start=1520872607123 # {trace_id="KOO5S4vxi0o"} 0.67 @1520879607500)",
                   R"(foo_created{a="1"} 1.520872607123e+09 start=1520872607123)", R"(foo_total{a="2"} 1 # {} 2)",
                   R"(h_bucket{le="+Inf"} 2 start=1520872608000)", "h_count 2 start=1520872608000",
                   "h_created 1.520872608e+09 start=1520872608000"}));
  Recorder recorder(Format::kOpenMetrics);
  ASSERT_TRUE(parse(Format::kOpenMetrics, "# HELP a \\\"q\\\"\n# TYPE a info\n# UNIT a seconds\n# EOF", recorder));
  EXPECT_EQ(recorder.metadata, (Lines{"HELP a \"q\"", "TYPE a info", "UNIT a seconds"}));
}

TEST(OpenMetrics, IsStrict) {
  const std::pair<const char*, const char*> cases[] = {
      {"a 1\n", "line 2: data does not end with # EOF: \"\""},
      {"a 1\n# EOF\nb 1\n", "line 3: data after # EOF: \"b 1\""},
      {"a 1\n\n# EOF\n", "line 2: empty lines are not allowed in OpenMetrics: \"\""},
      {"# comment\n# EOF\n", "line 1: only HELP, TYPE, UNIT and EOF may follow # in OpenMetrics: \"# comment\""},
      {"a 1 1e300\n# EOF\n", "line 1: timestamp is out of range: \"a 1 1e300\""},
      {"a 1 # {b} 1\n# EOF\n", "line 1: expected = after label name b: \"a 1 # {b} 1\""},
  };
  for (const auto& [body, message] : cases) EXPECT_EQ(parse_lines(Format::kOpenMetrics, body).back(), message) << body;
}

// A tiny encoder for the wire format.
struct Proto {
  std::string bytes;
  Proto& tag(int field, unsigned wire) {
    put_varint(bytes, static_cast<std::uint64_t>(field) << 3 | wire);
    return *this;
  }
  Proto& varint(int field, std::uint64_t value) {
    tag(field, 0);
    put_varint(bytes, value);
    return *this;
  }
  Proto& f64(int field, double value) {
    tag(field, 1);
    put_f64(bytes, value);
    return *this;
  }
  Proto& text(int field, std::string_view value) {
    tag(field, 2);
    put_bytes(bytes, value);
    return *this;
  }
  Proto& sub(int field, const Proto& value) { return text(field, value.bytes); }
};

Proto label(std::string_view name, std::string_view value) { return Proto().text(1, name).text(2, value); }
std::string framed(const Proto& family) {
  std::string out;
  put_bytes(out, family.bytes);
  return out;
}

TEST(ProtobufFormat, CountersGaugesAndSummaries) {
  const Proto exemplar = Proto().sub(1, label("trace_id", "x")).f64(2, 0.5).sub(3, Proto().varint(1, 10).varint(2, 5'000'000));
  const Proto counter = Proto().text(1, "c_total").text(2, "help").varint(3, 0).sub(
      4, Proto().sub(1, label("a", "b")).sub(3, Proto().f64(1, 7).sub(2, exemplar).sub(3, Proto().varint(1, 9))).varint(6, 1234));
  const Proto gauge = Proto().text(1, "g").varint(3, 1).sub(4, Proto().sub(2, Proto().f64(1, -2)));
  const Proto summary = Proto().text(1, "s").varint(3, 2).text(5, "s").sub(
      4, Proto().sub(4, Proto().varint(1, 3).f64(2, 1.5).sub(3, Proto().f64(1, 1).f64(2, 0.25))));
  EXPECT_EQ(parse_lines(Format::kProtobuf, framed(counter) + framed(gauge) + framed(summary)),
            (Lines{R"(c_total{a="b"} 7 @1234 start=9000 # {trace_id="x"} 0.5 @10005)", "g -2", "s_count 3", "s_sum 1.5",
                   R"(s{quantile="1.0"} 0.25)"}));
}

Proto native_histogram(bool packed) {
  Proto histogram;
  histogram.varint(1, 6).f64(2, 18.4).varint(5, zigzag(1)).f64(6, 0.001).varint(7, 1);
  histogram.sub(12, Proto().varint(1, zigzag(0)).varint(2, 2)).sub(12, Proto().varint(1, zigzag(1)).varint(2, 1));
  if (packed) {
    std::string deltas;
    for (const int delta : {1, 1, 0}) put_zigzag(deltas, delta);
    histogram.text(13, deltas);
  } else {
    for (const int delta : {1, 1, 0}) histogram.varint(13, zigzag(delta));
  }
  histogram.sub(3, Proto().varint(1, 2).f64(2, 1)).sub(15, Proto().varint(1, 100));
  return Proto().text(1, "h").varint(3, 4).sub(4, Proto().sub(7, histogram));
}

TEST(ProtobufFormat, NativeAndClassicHistograms) {
  const Lines native{"h 18.4 histogram count=6 schema=1 start=100000"};
  EXPECT_EQ(parse_lines(Format::kProtobuf, framed(native_histogram(true))), native);
  EXPECT_EQ(parse_lines(Format::kProtobuf, framed(native_histogram(false))), native);
  Recorder both(Format::kProtobuf);
  ASSERT_TRUE(parse(Format::kProtobuf, framed(native_histogram(true)), both, {.always_classic_histograms = true}));
  EXPECT_EQ(both.lines, (Lines{native[0], "h_count 6 start=100000", "h_sum 18.4 start=100000",
                               R"(h_bucket{le="1.0"} 2 start=100000)", R"(h_bucket{le="+Inf"} 6 start=100000)"}));
}

TEST(ProtobufFormat, NativeBucketsAreAbsolute) {
  struct Keep : Visitor {
    Next on_sample(const SampleEvent& sample) override {
      histogram = sample.histogram;
      return Next::kContinue;
    }
    std::shared_ptr<const model::Histogram> histogram;
  } keep;
  ASSERT_TRUE(parse(Format::kProtobuf, framed(native_histogram(true)), keep));
  EXPECT_EQ(keep.histogram->positive_buckets, (std::vector<double>{1, 2, 2}));
  EXPECT_EQ(keep.histogram->positive_spans, (std::vector<model::BucketSpan>{{0, 2}, {1, 1}}));
  EXPECT_EQ(keep.histogram->zero_count, 1);
  EXPECT_TRUE(keep.histogram->is_integer);
}

TEST(ProtobufFormat, CountsThatADoubleDoesNotHoldAreRefused) {
  const auto page = [](std::uint64_t count) {
    const std::uint64_t delta = zigzag(static_cast<std::int64_t>(count));
    const Proto native = Proto().varint(1, count).varint(5, 0).sub(12, Proto().varint(2, 1)).varint(13, delta);
    const Proto classic = Proto().varint(1, count).sub(3, Proto().varint(1, count).f64(2, 1));
    return std::pair(framed(Proto().text(1, "h").varint(3, 4).sub(4, Proto().sub(7, native))),
                     framed(Proto().text(1, "c").varint(3, 4).sub(4, Proto().sub(7, classic))));
  };
  EXPECT_EQ(parse_lines(Format::kProtobuf, page(1ULL << 53).first), (Lines{"h 0 histogram count=9007199254740992 schema=0"}));
  for (const std::uint64_t count : {(1ULL << 53) + 2, (1ULL << 63) - 1}) {
    EXPECT_EQ(parse_lines(Format::kProtobuf, page(count).first), (Lines{"message 1: histogram has an integer count above 2^53"}));
  }
  // Floats of classic series take any count.
  EXPECT_EQ(parse_lines(Format::kProtobuf, page(1ULL << 63).second).at(0), "c_count 9.223372036854776e+18");
}

TEST(ProtobufFormat, DamageIsAnError) {
  const std::string good = framed(native_histogram(true));
  EXPECT_EQ(parse_lines(Format::kProtobuf, good.substr(0, good.size() - 1)).back(), "message 1: message is cut off");
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    parse_lines(Format::kProtobuf, bad);  // an error or other values, never a crash
  }
}

TEST(Formats, AreFoundByMediaType) {
  EXPECT_EQ(format_of("text/plain; version=0.0.4"), Format::kText);
  EXPECT_EQ(format_of("application/openmetrics-text; version=1.0.0; charset=utf-8"), Format::kOpenMetrics);
  EXPECT_EQ(format_of("Application/vnd.google.protobuf;proto=x"), Format::kProtobuf);
  EXPECT_EQ(format_of("text/html"), std::nullopt);
  EXPECT_EQ(format_of(""), std::nullopt);
}

TEST(TextWriter, WritesWhatTheParserReads) {
  telemetry::Registry registry;
  registry.counter("a_total", "Help with \\ and \n.", {{"x", "q\"\\\n"}}).add(3);
  registry.gauge("b", "", {}).set(0.5);
  const std::string page = write_text(registry.snapshot());
  EXPECT_EQ(page,
            "# HELP a_total Help with \\\\ and \\n.\n# TYPE a_total counter\na_total{x=\"q\\\"\\\\\\n\"} 3\n"
            "# TYPE b gauge\nb 0.5\n");
  EXPECT_EQ(parse_lines(Format::kText, page), (Lines{R"(a_total{x="q\"\\\n"} 3)", "b 0.5"}));
  TextWriter writer;
  writer.sample(model::Labels{{"__name__", "my.name"}, {"a b", "c"}}, 1, 5);
  EXPECT_EQ(writer.take(), "{\"my.name\",\"a b\"=\"c\"} 1 5\n");
}

}  // namespace
}  // namespace isobar::exposition
