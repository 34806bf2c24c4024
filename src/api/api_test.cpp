// The parts of the API below its routes; the routes themselves are tested by tests/api/*.yaml.
#include <atomic>
#include <cmath>
#include <latch>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

#include "api/envelope.h"
#include "api/error_table.h"
#include "api/parameters.h"
#include "api/prometheus/query.h"
#include "api/prometheus/query_answer.h"
#include "api/prometheus/result_json.h"
#include "api/prometheus/syntax_json.h"
#include "api/query_scope.h"
#include "api/query_usage.h"
#include "api/time_text.h"
#include "promql/parser.h"
#include "sim/sim_clock.h"

namespace isobar::api {
namespace {

TEST(ErrorTable, EveryCodeHasAStatus) {
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    EXPECT_GE(error_row(static_cast<Code>(code)).status, 400) << code;
  }
  EXPECT_EQ(error_row(Code::kTimeout).type, "timeout");
  EXPECT_EQ(error_row(Code::kCancelled).status, 499);
}

TEST(TimeText, ReadsWhatClientsSend) {
  const auto ms = [](std::string_view text) { return parse_time(text).value_or(Timestamp{-77}).ms; };
  EXPECT_EQ(ms("0"), 0);
  EXPECT_EQ(ms("1435781451.781"), 1435781451781);
  EXPECT_EQ(ms("-1.5"), -1500);
  EXPECT_EQ(ms("1.4357814e9"), 1435781400000);
  EXPECT_EQ(ms("2015-07-01T20:10:51.781Z"), 1435781451781);
  EXPECT_EQ(ms("2015-07-01t22:10:51.7814+02:00"), 1435781451781);
  EXPECT_EQ(ms("2015-07-01T20:10:51.9996Z"), 1435781452000);
  EXPECT_EQ(ms("1969-12-31T23:59:59Z"), -1000);
  EXPECT_EQ(ms("292277025-08-18T07:12:54.999999999Z"), INT64_MAX);
  EXPECT_EQ(ms("-292273086-05-16T16:47:06Z"), INT64_MIN);
  for (const char* bad : {"", "NaN", "Inf", "1e300", "2015-07-01", "2015-07-01T20:10:51", "2015-07-01T20:10:51.Z",
                          "2015-07-01T24:10:51Z", "2015-02-29T00:00:00Z", "2015-07-01T20:10:51+0200", "now"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(TimeText, WritesSecondsAsNumbers) {
  const auto text = [](std::int64_t ms) {
    std::string out;
    append_seconds(out, ms);
    return out;
  };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(1435781451007), "1435781451.007");
  EXPECT_EQ(text(-1500), "-1.500");
  EXPECT_EQ(text(INT64_MIN), "-9223372036854775.808");
  EXPECT_EQ(format_rfc3339(Timestamp{-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(Timestamp{951782400000}), "2000-02-29T00:00:00Z");
}

TEST(TimeText, ReadsDurations) {
  EXPECT_EQ(parse_seconds_or_duration("0.25")->ms, 250);
  EXPECT_EQ(parse_seconds_or_duration("1h30m")->ms, 5'400'000);
  EXPECT_EQ(parse_seconds_or_duration("-5m")->ms, -300'000);
  EXPECT_FALSE(parse_seconds_or_duration("5 minutes"));
  EXPECT_FALSE(parse_seconds_or_duration(""));
}

TEST(Parameters, NamesAreUnescaped) {
  EXPECT_EQ(unescape_name("job"), "job");
  EXPECT_EQ(unescape_name("U__foo_2e_bar"), "foo.bar");
  EXPECT_EQ(unescape_name("U__a__b"), "a_b");
  EXPECT_EQ(unescape_name("U___1f600_"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(unescape_name("U___d800_"), "U___d800_");
  EXPECT_EQ(unescape_name("U__open_2e"), "U__open_2e");
  EXPECT_EQ(unescape_name("U__bad_zz_"), "U__bad_zz_");
}

TEST(Parameters, AnOverlongQueryIsRefused) {
  http::Params params;
  params.add("query", std::string(kMaxQueryBytes + 1, 'a'));
  const auto query = query_parameter(params);
  ASSERT_FALSE(query);
  EXPECT_EQ(query.error().code, Code::kInvalid);
  EXPECT_EQ(query.error().message, "invalid parameter \"query\": is longer than 1048576 bytes: 1048577 bytes");
}

TEST(Envelope, ShowsTenRemarksOfAKind) {
  Remarks remarks;
  for (int i = 0; i < 13; ++i) remarks.warnings.push_back("w" + std::to_string(i));
  remarks.infos = {"i"};
  EXPECT_EQ(success("1", remarks).body,
            R"({"status":"success","data":1,"warnings":["w0","w1","w2","w3","w4","w5","w6","w7","w8","w9",)"
            R"("3 more warning annotations omitted"],"infos":["i"]})");
}

TEST(Envelope, ErrorsSayWhenToComeBack) {
  const http::Response busy = failure({Code::kUnavailable, "full"});
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.body, R"({"status":"error","errorType":"unavailable","error":"full"})");
  EXPECT_EQ(busy.headers.get("Retry-After"), "5");
  EXPECT_FALSE(failure({Code::kInvalid, "no"}).headers.has("Retry-After"));
}

// Lets the deadline pass in the middle of a read.
class SlowReader final : public model::SeriesReader {
 public:
  SlowReader(QueryDeadlines& deadlines, Monotonic at) : deadlines_(deadlines), at_(at) {}
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest&, const model::ReadContext& c) override {
    deadlines_.run_once(at_);
    TRYV(c.cancellation.check());
    return fail(Code::kInternal, "the deadline did not hold");
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&, const model::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&,
                                                const model::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&,
                                                        const model::ReadContext&) override {
    return std::vector<model::SeriesExemplars>();
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&,
                                                const model::ReadContext&) override {
    return std::vector<model::Metadata>();
  }

 private:
  QueryDeadlines& deadlines_;
  Monotonic at_;
};

class NoStatus final : public StatusSource {
 public:
  BuildInfo build() const override { return {}; }
  RuntimeInfo runtime() const override { return {}; }
  bool ready() const override { return true; }
};

Error timeout_of(const http::Params& params, Duration passes) {
  const sim::SimClock clock(Timestamp{0});
  QueryDeadlines deadlines;
  telemetry::MemoryBudget memory("queries", 0, "");
  SlowReader reader(deadlines, Monotonic{} + passes);
  const promql::Engine engine{promql::EngineOptions{}};
  const NoStatus status;
  const QueryParts parts{{reader, clock, deadlines, memory}, engine, status};
  Cancellation cancellation;
  const http::Request request;
  const auto answer = instant_query(parts, {request, params, {"anonymous"}, cancellation});
  EXPECT_EQ(deadlines.watched(), 0U);
  EXPECT_EQ(memory.used_bytes(), 0U);
  return answer ? Error{} : answer.error();
}

TEST(Query, DeadlinesEndQueries) {
  http::Params params;
  params.add("query", "up");
  EXPECT_EQ(timeout_of(params, Duration::minutes(2)).code, Code::kTimeout);
  EXPECT_EQ(timeout_of(params, Duration::seconds(119)).code, Code::kInternal);
  params.add("timeout", "10s");
  EXPECT_EQ(timeout_of(params, Duration::seconds(10)).code, Code::kTimeout);
  http::Params longer;
  longer.add("query", "up");
  longer.add("timeout", "1h");
  EXPECT_EQ(timeout_of(longer, Duration::minutes(2)).code, Code::kTimeout);
}

// Counts selects, and is busy with the first until told.
class BusyReader final : public model::SeriesReader {
 public:
  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest&, const model::ReadContext&) override {
    if (selects++ == 0) {
      begun.count_down();
      end.wait();
    }
    return fail(Code::kUnprocessable, "there is nothing");
  }
  Result<std::vector<std::string>> label_names(const model::SelectRequest&, const model::ReadContext&) override { return std::vector<std::string>(); }
  Result<std::vector<std::string>> label_values(const std::string&, const model::SelectRequest&, const model::ReadContext&) override {
    return std::vector<std::string>();
  }
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest&, const model::ReadContext&) override {
    return std::vector<model::SeriesExemplars>();
  }
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>&, const std::string&, const model::ReadContext&) override {
    return std::vector<model::Metadata>();
  }
  std::atomic<int> selects{0};
  std::latch begun{1};
  std::latch end{1};
};

struct BusyFixture {
  explicit BusyFixture(std::function<std::uint64_t()> written = {}) { parts.resources.written = std::move(written); }
  // The error: what BusyReader answers.
  std::string ask(const char* query, const char* tenant) {
    http::Params params;
    params.add("query", query);
    params.add("time", "0");
    Cancellation cancellation;
    const http::Request request;
    const auto answer = instant_query(parts, {request, params, {tenant}, cancellation});
    EXPECT_FALSE(answer);
    return answer ? std::string() : answer.error().message;
  }

  const sim::SimClock clock{Timestamp{0}};
  QueryDeadlines deadlines;
  telemetry::MemoryBudget memory{"queries", 0, ""};
  BusyReader reader;
  const promql::Engine engine{promql::EngineOptions{}};
  const NoStatus status;
  QueryParts parts{{reader, clock, deadlines, memory}, engine, status};
};

TEST(Query, TheSameQueryIsEvaluatedOnceAtATime) {
  BusyFixture busy;
  std::thread first([&] { EXPECT_EQ(busy.ask("up", "a"), "there is nothing"); });
  busy.reader.begun.wait();
  std::thread second([&] { EXPECT_EQ(busy.ask("up", "a"), "there is nothing"); });
  // What differs in anything does not wait.
  EXPECT_EQ(busy.ask("up ", "a"), "there is nothing");
  EXPECT_EQ(busy.ask("up", "b"), "there is nothing");
  busy.reader.end.count_down();
  first.join();
  second.join();
  // The second may have come when the first was through.
  EXPECT_EQ(busy.reader.selects, busy.parts.flights->shared() == 1 ? 3 : 4);
}

TEST(Query, OneThatComesAfterAWriteDoesNotWaitForOneThatBeganBefore) {
  std::atomic<std::uint64_t> written{7};
  BusyFixture busy([&] { return written.load(); });
  std::thread first([&] { EXPECT_EQ(busy.ask("up", "a"), "there is nothing"); });
  busy.reader.begun.wait();
  written = 8;
  EXPECT_EQ(busy.ask("up", "a"), "there is nothing");  // or would wait for ever
  EXPECT_EQ(busy.reader.selects, 2);
  busy.reader.end.count_down();
  first.join();
  EXPECT_EQ(busy.parts.flights->shared(), 0u);
}

struct AnswerFixture {
  explicit AnswerFixture(std::uint64_t max_bytes) : reader(deadlines, {}) { resources.max_bytes_per_query = max_bytes; }

  Result<http::Response> answer(promql::QueryResult result) {
    auto scope = std::make_unique<QueryScope>(resources, cancellation, Duration::seconds(1));
    scope->end_deadline();
    TRY(FoundPtr found, hold_result(std::move(result), *scope));
    return query_answer(std::move(found), {.time = Timestamp{0}, .stats = Statistics::kTotals}, std::move(scope));
  }

  const sim::SimClock clock{Timestamp{0}};
  QueryDeadlines deadlines;
  telemetry::MemoryBudget memory{"queries", 0, ""};
  SlowReader reader;
  Cancellation cancellation;
  QueryResources resources{reader, clock, deadlines, memory};
};

promql::QueryResult matrix(std::size_t series, std::size_t samples) {
  promql::QueryResult result;
  result.type = promql::ValueType::kMatrix;
  for (std::size_t s = 0; s < series; ++s) {
    promql::ResultSeries out;
    out.labels = model::Labels{{"n", std::to_string(s)}};
    for (std::size_t i = 0; i < samples; ++i) {
      out.timestamps.push_back(static_cast<std::int64_t>(i) * 15'000);
      out.values.push_back(0.1 * static_cast<double>(i));
    }
    result.series.push_back(std::move(out));
  }
  result.warnings = {"w"};
  return result;
}

// The quick way of writing samples must not be seen in the bytes.
TEST(Query, SamplesAreWrittenAsTheNumbersAre) {
  std::vector<double> values{0, -0.0, 1, -1, 1e-6, 9.99e-7, 1e15, 999999999999999.9, 1e20, 1e21, 0.1, 1e14 + 0.5,
                             123456789012345680000.0, -2.5, 5e-324, std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::infinity(), std::nan("")};
  std::uint64_t bits = 1;
  for (int i = 0; i < 20'000; ++i) {
    bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
    const double scaled = static_cast<double>(bits >> 11) * std::pow(10.0, static_cast<double>(bits % 50) - 30);
    values.push_back(i % 2 == 0 ? scaled : -scaled);
  }
  promql::QueryResult result;
  result.type = promql::ValueType::kVector;
  std::string expected = R"({"resultType":"vector","result":[)";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto time = static_cast<std::int64_t>(i) * 1001 - 3000;
    result.series.push_back({{}, {time}, {values[i]}, {}});
    if (i != 0) expected += ",";
    expected += R"({"metric":{},"value":[)";
    append_seconds(expected, time);
    expected += ",";
    append_quoted_float(expected, values[i]);
    expected += "]}";
  }
  expected += "]";
  ResultWriter writer(result, Timestamp{0}, SIZE_MAX);
  std::string written;
  while (!writer.done()) writer.append_some(written);
  EXPECT_EQ(written, expected);
}

TEST(Query, LargeAnswersAreStreamedAndCounted) {
  AnswerFixture fixture(64 << 20);
  auto small = fixture.answer(matrix(2, 3));
  ASSERT_TRUE(small);
  EXPECT_FALSE(small->stream);
  EXPECT_EQ(small->body,
            R"({"status":"success","data":{"resultType":"matrix","result":[)"
            R"({"metric":{"n":"0"},"values":[[0,"0"],[15,"0.1"],[30,"0.2"]]},)"
            R"({"metric":{"n":"1"},"values":[[0,"0"],[15,"0.1"],[30,"0.2"]]}],)"
            R"("stats":{"timings":{"evalTotalTime":0,"resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":0,)"
            R"("execQueueTime":0,"execTotalTime":0},"samples":{"totalQueryableSamples":0,"samplesRead":0,"peakSamples":0}}},)"
            R"("warnings":["w"]})");
  EXPECT_EQ(fixture.memory.used_bytes(), 0U);

  auto large = fixture.answer(matrix(30, 11'000));
  ASSERT_TRUE(large);
  ASSERT_TRUE(large->stream);
  std::string whole;
  std::size_t pieces = 0;
  while (true) {
    EXPECT_GT(fixture.memory.used_bytes(), 30U * 11'000 * 16);
    const auto piece = large->stream();
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    EXPECT_LT(piece->size(), (pieces == 0 ? kMaxBufferedBytes : 0) + 2 * kPieceBytes);
    ++pieces;
    whole += *piece;
  }
  EXPECT_GT(pieces, 5U);
  EXPECT_TRUE(whole.ends_with(R"("warnings":["w"]})"));
  EXPECT_NE(whole.find(R"({"metric":{"n":"29"},"values":[[0,"0"],[15,"0.1"])"), std::string::npos);
  large->stream = nullptr;
  EXPECT_EQ(fixture.memory.used_bytes(), 0U);
}

// What only optional parts of the language write; the rest is in tests/api/parse_query.yaml.
std::string syntax_of(std::string_view query) {
  const auto expr = promql::parse(query, promql::Features::all());
  return expr ? syntax_json(**expr, query) : expr.error().message;
}

TEST(SyntaxJson, OptionalParts) {
  EXPECT_NE(syntax_of("a + fill_left (0.5) b").find(R"("fillValues":{"lhs":0.5,"rhs":null})"), std::string::npos);
  EXPECT_NE(syntax_of("a + fill (2) b").find(R"("fillValues":{"lhs":2,"rhs":2})"), std::string::npos);
  EXPECT_TRUE(syntax_of("a smoothed").starts_with(R"({"anchored":false,)"));
  EXPECT_NE(syntax_of("a smoothed").find(R"("smoothed":true)"), std::string::npos);
  EXPECT_TRUE(syntax_of("rate(a[5m] anchored)").starts_with(R"({"args":[{"anchored":true,)"));
}

TEST(SyntaxJson, SignaturesAreThoseOfPrometheus) {
  const auto has = [](std::string_view query, std::string_view function) {
    return syntax_of(query).find(function) != std::string::npos;
  };
  EXPECT_TRUE(has("day_of_month()", R"({"argTypes":["vector"],"name":"day_of_month","returnType":"vector","variadic":1})"));
  EXPECT_TRUE(has("info(a)", R"({"argTypes":["vector","vector"],"name":"info","returnType":"vector","variadic":1})"));
  EXPECT_TRUE(has("sort_by_label(a, \"b\")", R"("argTypes":["vector","string"],"name":"sort_by_label","returnType":"vector","variadic":-1)"));
  EXPECT_TRUE(has("histogram_quantiles(a, \"q\", 0.5)",
                  R"("argTypes":["vector","string","scalar","scalar"],"name":"histogram_quantiles","returnType":"vector","variadic":9)"));
}

TEST(QueryUsage, CountsWithinItsBounds) {
  const sim::SimClock clock{Timestamp{7000}};
  QueryUsage usage(clock);
  QueryUsage::Asked many;
  for (int i = 0; i < 20'001; ++i) many.metrics.insert(fmt::format("m{:05}", i));
  usage.add({"t", "u"}, many);
  usage.add({"t"}, {{"m00000", "m20000", std::string(1025, 'x')}, true});
  const QueryUsage::Tenant t = usage.of("t");
  EXPECT_EQ(t.metrics.size(), 20'000U);
  EXPECT_EQ(t.metrics.at("m00000").queries, 2U);
  EXPECT_EQ(t.metrics.at("m00001").queries, 1U);
  EXPECT_EQ(t.metrics.at("m00001").last, Timestamp{7000});
  EXPECT_EQ(t.left_out, 3U);
  EXPECT_EQ(t.open_names.queries, 1U);
  EXPECT_EQ(usage.of("u").open_names.queries, 0U);
  for (int i = 0; i < 1000; ++i) usage.add({std::to_string(i)}, {{"m"}, false});
  EXPECT_EQ(usage.of("997").metrics.size(), 1U);
  EXPECT_EQ(usage.of("998").metrics.size(), 0U) << "two tenants were there before";
}

TEST(Query, AnswersAreBounded) {
  AnswerFixture fixture(1 << 20);
  const auto answer = fixture.answer(matrix(30, 11'000));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnprocessable);
  EXPECT_EQ(fixture.memory.used_bytes(), 0U);
}

}  // namespace
}  // namespace isobar::api
