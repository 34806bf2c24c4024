#include "ingest/protocols/otlp_json.h"

#include <fmt/format.h>

#include "protobuf/otlp_reference.h"

namespace isobar::ingest {
namespace {

using Lines = std::vector<std::string>;

Lines read(std::string json) {
  protobuf::OtlpRecorder recorder;
  OtlpJsonReader reader;
  const Result<void> done = reader.read(json, recorder);
  return done ? recorder.lines : Lines{"error: " + done.error().message};
}

// A gauge with one point of these fields.
std::string point(std::string_view fields) {
  return fmt::format(R"({{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","gauge":{{"dataPoints":[{{{}}}]}}}}]}}]}}]}})", fields);
}
std::string sum(std::string_view fields) {
  return fmt::format(R"({{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","sum":{{{}}}}}]}}]}}]}})", fields);
}

TEST(OtlpJson, OrderOfFieldsDoesNotMatter) {
  EXPECT_EQ(read(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[],"isMonotonic":true,
      "aggregationTemporality":2},"unit":"s","name":"m"}],"schemaUrl":"u","scope":{"version":"1","name":"n"}}],
      "resource":{"attributes":[{"value":{"stringValue":"b"},"key":"a"}]}}]})"),
            (Lines{"resource 1:a=1:b", "scope n 1 u", "metric m unit s type 2 temporality 2 monotonic true: ", "end of resource"}));
}

TEST(OtlpJson, SnakeCaseNullsAndUnknownFields) {
  const Lines camel = read(point(R"("timeUnixNano":"5","startTimeUnixNano":"4","asInt":"7")"));
  EXPECT_EQ(read(point(R"("time_unix_nano":5,"start_time_unix_nano":4.0,"as_int":7,"attributes":null,"later":{"x":[1]})")), camel);
  EXPECT_EQ(read(R"({"resource_metrics":[{"scope_metrics":[{"metrics":[{"name":"m","gauge":{"data_points":[
      {"timeUnixNano":5,"startTimeUnixNano":4,"asInt":7}]}}]}]}]})"), camel);
  EXPECT_EQ(read("{}"), Lines{});
  EXPECT_EQ(read(R"({"resourceMetrics":null})"), Lines{});
}

TEST(OtlpJson, EnumsByNumberOrName) {
  for (const char* delta : {"1", R"("AGGREGATION_TEMPORALITY_DELTA")"}) {
    EXPECT_EQ(read(sum(fmt::format(R"("aggregationTemporality":{})", delta)))[2],
              "metric m unit  type 2 temporality 1 monotonic false: ");
  }
  EXPECT_EQ(read(sum(R"("aggregationTemporality":7)"))[2], "metric m unit  type 2 temporality 0 monotonic false: ");
  EXPECT_EQ(read(sum(R"("aggregationTemporality":"DELTA")"))[0],
            "error: field must be 1 (AGGREGATION_TEMPORALITY_DELTA) or 2 (AGGREGATION_TEMPORALITY_CUMULATIVE): aggregationTemporality");
}

TEST(OtlpJson, NumbersInEveryForm) {
  const auto value = [](std::string_view field) {
    const Lines lines = read(point(field));
    if (lines.size() == 1) return lines[0];
    const std::size_t at = lines[3].find("value true ");
    return lines[3].substr(at + 11, 16);
  };
  EXPECT_EQ(value(R"("asDouble":0.5)"), "3fe0000000000000");
  EXPECT_EQ(value(R"("asDouble":2)"), "4000000000000000");
  EXPECT_EQ(value(R"("asDouble":"2.0")"), "4000000000000000");
  EXPECT_EQ(value(R"("asDouble":"-Infinity")"), "fff0000000000000");
  EXPECT_EQ(value(R"("asInt":"-9223372036854775808")"), "c3e0000000000000");
  EXPECT_EQ(value(R"("asInt":1e3)"), "408f400000000000");
  EXPECT_EQ(value(R"("asInt":1.5)"), "error: field must be a whole number of 64 bits, as a number or a string of digits: asInt");
  EXPECT_EQ(value(R"("asInt":"9223372036854775808")"),
            "error: field must be a whole number of 64 bits, as a number or a string of digits: asInt");
  EXPECT_EQ(value(R"("asInt":"")"), "error: field must be a whole number of 64 bits, as a number or a string of digits: asInt");
  EXPECT_EQ(value(R"("asDouble":"two")"), "error: field must be a number, or one of the strings NaN, Infinity and -Infinity: asDouble");
  EXPECT_EQ(value(R"("timeUnixNano":-1)"),
            "error: field must be a whole number of 64 bits from 0 on, as a number or a string of digits: timeUnixNano");
  EXPECT_TRUE(read(point(R"("timeUnixNano":18446744073709551615)"))[3].starts_with("point at 18446744073709551615"));
}

TEST(OtlpJson, SaysWhatIsOfAnotherForm) {
  EXPECT_EQ(read("[]"), Lines{"error: body must be an object with the array resourceMetrics"});
  EXPECT_EQ(read(R"({"resourceMetrics":{}})"), Lines{"error: field must be an array: resourceMetrics"});
  EXPECT_EQ(read(R"({"resourceMetrics":[1]})"), Lines{"error: field must be an object: resourceMetrics"});
  EXPECT_EQ(read(R"({"resourceMetrics":[{"resource":{"attributes":{"a":"b"}}}]})"), Lines{"error: field must be an array: attributes"});
  EXPECT_EQ(read(R"({"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":"b"}]}}]})"),
            Lines{"error: field must be an object: value"});
  EXPECT_EQ(read(point(R"("attributes":[{"key":"a","value":{"boolValue":"true"}}])")), Lines{"error: field must be true or false: value"});
  EXPECT_TRUE(read(R"({"resourceMetrics":)")[0].starts_with("error: body is not valid JSON: "));
  EXPECT_TRUE(read("")[0].starts_with("error: body is not valid JSON: "));
}

TEST(OtlpJson, DeepAttributesAreRefused) {
  const auto nested = [](int depth) {
    std::string value = R"({"intValue":1})";
    for (int i = 0; i < depth; ++i) value = fmt::format(R"({{"arrayValue":{{"values":[{}]}}}})", value);
    return read(fmt::format(R"({{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"a","value":{}}}]}}}}]}})", value))[0];
  };
  EXPECT_EQ(nested(kMaxOtlpDepth), "resource 1:a=33:[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
  EXPECT_EQ(nested(kMaxOtlpDepth + 1), "error: an attribute nests deeper than 16: value");
}

TEST(OtlpJson, MemoryIsBoundedBeforeItIsTaken) {
  EXPECT_EQ(otlp_json_memory("{}"), 2u + 2 * 32);
  EXPECT_EQ(otlp_json_memory("[1,2]"), 5u + 3 * 32);
}

}  // namespace
}  // namespace isobar::ingest
