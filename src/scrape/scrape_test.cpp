#include <fstream>
#include <thread>

#include "http/server.h"
#include "model/sample.h"
#include "scrape/fetcher.h"
#include "scrape/scraper.h"

namespace isobar::scrape {
namespace {

using Lines = std::vector<std::string>;

// Writes each sample as a line: labels value @timestamp.
class RecordingSink : public model::SampleSink {
 public:
  Result<void> write(std::string_view tenant, const model::WriteBatch& batch) override {
    const std::lock_guard lock(mutex_);
    ++writes;
    if (failure) return fail(*failure);
    EXPECT_EQ(tenant, "t1");
    const auto text = [&](std::uint32_t series) { return model::Labels::parse_canonical(batch.series.at(series))->to_string(); };
    for (const auto& sample : batch.floats) {
      std::string value = model::is_stale_nan(sample.value) ? "stale" : fmt::format("{}", sample.value);
      std::string line = fmt::format("{} {} @{}", text(sample.series), value, sample.timestamp);
      if (sample.start_timestamp != 0) line += fmt::format(" start={}", sample.start_timestamp);
      lines.push_back(line);
    }
    for (const auto& sample : batch.histograms) {
      const bool stale = model::is_stale_nan(sample.histogram->sum);
      lines.push_back(fmt::format("{} histogram {} @{}", text(sample.series),
                                  stale ? "stale" : fmt::format("{}", sample.histogram->count), sample.timestamp));
    }
    for (const auto& sample : batch.exemplars) {
      lines.push_back(fmt::format("{} # {} {} @{}", text(sample.series), sample.exemplar.labels.to_string(),
                                  sample.exemplar.value, sample.exemplar.timestamp.ms));
    }
    for (const auto& family : batch.metadata) {
      lines.push_back(fmt::format("META {} {} {}", family.metric, model::metric_type_name(family.type), family.help));
    }
    return {};
  }
  // What came since the last call; the report series, which every scrape has, apart.
  Lines take(bool with_report = false) {
    const std::lock_guard lock(mutex_);
    Lines out;
    for (std::string& line : lines) {
      const bool report = line.starts_with("scrape_") || line.starts_with("up{");
      if (!report || with_report) out.push_back(std::move(line));
    }
    lines.clear();
    return out;
  }

  std::optional<Error> failure;
  int writes = 0;
  Lines lines;

 private:
  std::mutex mutex_;
};

class FakeFetcher : public Fetcher {
 public:
  Result<Page> fetch(const Target& target, const ScrapeConfig&, const Cancellation&, std::string) override {
    ++fetches;
    urls.push_back(target.url);
    if (failure) return fail(*failure);
    return Page{body, format};
  }
  std::string body;
  exposition::Format format = exposition::Format::kText;
  std::optional<Error> failure;
  int fetches = 0;
  Lines urls;
};

class ScrapeTest : public testing::Test {
 protected:
  ScrapeTest() {
    auto owned = std::make_unique<FakeFetcher>();
    fetcher_ = owned.get();
    Scraper::Outside outside;
    outside.fetcher = std::move(owned);
    scraper_ = std::make_unique<Scraper>(
        ScraperOptions{.tenant = "t1",
                       .retry_bytes = 20'000,
                       .now = [this] { return now_; },
                       .monotonic = [this] { return Monotonic{now_.ms * 1'000'000}; }},
        sink_, registry_, std::move(outside));
    config_.job_name = "j";
    config_.interval = Duration::seconds(10);
    config_.timeout = Duration::seconds(5);
    config_.discovery.static_groups = {{.targets = {model::Labels{{"__address__", "h:1"}}}}};
  }
  void apply() { ASSERT_TRUE(scraper_->apply({config_})); }
  // Goes to the next scrape and does it; gives its time.
  std::int64_t scrape(std::string body) {
    fetcher_->body = std::move(body);
    scraper_->run_due();
    for (int i = 0; i < 100; ++i) {
      now_ = scraper_->next_due();
      if (scraper_->run_due() > 0) return now_.ms;
    }
    ADD_FAILURE() << "nothing to scrape";
    return 0;
  }
  static std::string at(std::string_view line, std::int64_t time) { return fmt::format("{} @{}", line, time); }

  Timestamp now_{1'700'000'000'000};
  RecordingSink sink_;
  telemetry::Registry registry_;
  FakeFetcher* fetcher_;
  std::unique_ptr<Scraper> scraper_;
  ScrapeConfig config_;
};

TEST_F(ScrapeTest, SamplesAndReport) {
  apply();
  const std::int64_t t = scrape("# HELP a help\n# TYPE a counter\na{x=\"1\"} 5\nb 6 1699999999000\n");
  EXPECT_EQ(sink_.take(true),
            (Lines{at(R"(a{instance="h:1", job="j", x="1"} 5)", t), R"(b{instance="h:1", job="j"} 6 @1699999999000)",
                   at(R"(up{instance="h:1", job="j"} 1)", t), at(R"(scrape_duration_seconds{instance="h:1", job="j"} 0)", t),
                   at(R"(scrape_samples_scraped{instance="h:1", job="j"} 2)", t),
                   at(R"(scrape_samples_post_metric_relabeling{instance="h:1", job="j"} 2)", t),
                   at(R"(scrape_series_added{instance="h:1", job="j"} 2)", t), "META a counter help"}));
  const std::int64_t next = scrape("# HELP a help\n# TYPE a counter\na{x=\"1\"} 7\n");
  EXPECT_EQ(next, t + 10'000);
  // b brought its own timestamp, so nothing ends it; known metadata is not sent again.
  EXPECT_EQ(sink_.take(), Lines{at(R"(a{instance="h:1", job="j", x="1"} 7)", next)});
  EXPECT_EQ(fetcher_->urls[0], "http://h:1/metrics");
  const TargetsStatus status = scraper_->targets();
  ASSERT_EQ(status.active.size(), 1u);
  EXPECT_EQ(status.active[0].health, TargetHealth::kUp);
  EXPECT_EQ(status.active[0].last_scrape.ms, next);
  EXPECT_EQ(status.active[0].labels.to_string(), R"({instance="h:1", job="j"})");
  EXPECT_EQ(status.active[0].discovered_labels.get("__address__"), "h:1");
  EXPECT_EQ(scraper_->metadata()[0].families[0].help, "help");
}

TEST_F(ScrapeTest, SeriesThatGoAreMarked) {
  apply();
  scrape("a 1\nb 2\nc{x=\"1\",y=\"2\"} 3\n");
  sink_.take();
  const std::int64_t t = scrape("a 1\nc{y=\"2\",x=\"1\"} 4\n");  // the same series in another spelling is not gone
  EXPECT_EQ(sink_.take(), (Lines{at(R"(a{instance="h:1", job="j"} 1)", t), at(R"(c{instance="h:1", job="j", x="1", y="2"} 4)", t),
                                 at(R"(b{instance="h:1", job="j"} stale)", t)}));
  const std::int64_t again = scrape("a 1\nb 2\nc{y=\"2\",x=\"1\"} 4\n");
  EXPECT_EQ(sink_.take().size(), 3u);
  fetcher_->failure = Error{Code::kUnavailable, "Couldn't connect to server: http://h:1"};
  const std::int64_t failed = scrape("");
  EXPECT_EQ(failed, again + 10'000);
  Lines lines = sink_.take(true);
  std::sort(lines.begin(), lines.end());
  EXPECT_EQ(lines, (Lines{at(R"(a{instance="h:1", job="j"} stale)", failed), at(R"(b{instance="h:1", job="j"} stale)", failed),
                          at(R"(c{instance="h:1", job="j", x="1", y="2"} stale)", failed),
                          at(R"(scrape_duration_seconds{instance="h:1", job="j"} 0)", failed),
                          at(R"(scrape_samples_post_metric_relabeling{instance="h:1", job="j"} 0)", failed),
                          at(R"(scrape_samples_scraped{instance="h:1", job="j"} 0)", failed),
                          at(R"(scrape_series_added{instance="h:1", job="j"} 0)", failed),
                          at(R"(up{instance="h:1", job="j"} 0)", failed)}));
  EXPECT_EQ(scraper_->targets().active[0].last_error, "Couldn't connect to server: http://h:1");
  scrape("");
  EXPECT_EQ(sink_.take(), Lines{});  // marked once
  fetcher_->failure.reset();
  const std::int64_t back = scrape("a 1\n");
  EXPECT_EQ(sink_.take(), Lines{at(R"(a{instance="h:1", job="j"} 1)", back)});
}

TEST_F(ScrapeTest, LabelsOfTargetAndMetricMeet) {
  config_.discovery.static_groups[0].labels = model::Labels{{"env", "dev"}};
  apply();
  scrape("a{job=\"x\",exported_job=\"y\",env=\"\"} 1\n");
  EXPECT_EQ(sink_.take()[0].substr(0, 90).starts_with(
                R"(a{env="dev", exported_exported_job="x", exported_job="y", instance="h:1", job="j"} 1)"), true);
  config_.honor_labels = true;
  apply();
  const std::int64_t t = scrape("a{job=\"x\",env=\"\"} 1\n");
  Lines lines = sink_.take();
  EXPECT_EQ(lines[0], at(R"(a{instance="h:1", job="x"} 1)", t));
  // The rules changed, so the series they made before has ended.
  EXPECT_EQ(lines[1], at(R"(a{env="dev", exported_exported_job="x", exported_job="y", instance="h:1", job="j"} stale)", t));
}

TEST_F(ScrapeTest, MetricRelabelling) {
  config_.metric_relabel = {{.source_labels = {"__name__"}, .regex = "go_.*", .action = model::RelabelAction::kDrop},
                            {.regex = "x", .action = model::RelabelAction::kLabelDrop}};
  apply();
  const std::int64_t t = scrape("go_a 1\nb{x=\"1\"} 2\n");
  const Lines lines = sink_.take(true);
  EXPECT_EQ(lines[0], at(R"(b{instance="h:1", job="j"} 2)", t));
  EXPECT_EQ(lines[3], at(R"(scrape_samples_scraped{instance="h:1", job="j"} 2)", t));
  EXPECT_EQ(lines[4], at(R"(scrape_samples_post_metric_relabeling{instance="h:1", job="j"} 1)", t));
  EXPECT_EQ(lines[5], at(R"(scrape_series_added{instance="h:1", job="j"} 1)", t));
}

TEST_F(ScrapeTest, LimitsFailTheScrape) {
  config_.limits.samples = 3;
  config_.limits.labels = 4;
  config_.limits.label_name_length = 10;
  config_.limits.label_value_length = 10;
  apply();
  const auto error_of = [&](const std::string& body) {
    scrape(body);
    EXPECT_EQ(sink_.take(), Lines{});
    return scraper_->targets().active[0].last_error;
  };
  EXPECT_EQ(error_of("a 1\nb 1\nc 1\nd 1\n"), "sample_limit: the page has more samples than 3");
  EXPECT_EQ(error_of("a{b=\"1\",c=\"2\"} 1\n"), "label_limit: 5 labels, at most 4 are allowed: a");
  EXPECT_EQ(error_of("a{bbbbbbbbbbbb=\"1\"} 1\n"), "label_name_length_limit: a label name of 12 bytes, at most 10 are allowed: a");
  EXPECT_EQ(error_of("a{b=\"11111111111\"} 1\n"), "label_value_length_limit: a label value of 11 bytes, at most 10 are allowed: a");
  EXPECT_EQ(error_of("a 1\nb x\n"), "line 2: expected a number as value: \"b x\"");
  scrape("a 1\n");
  EXPECT_EQ(sink_.take().size(), 1u);
}

TEST_F(ScrapeTest, AMillionSeriesOverTheLimitLeaveNothingBehind) {
  config_.limits.samples = 1000;
  apply();
  std::string body;
  for (int i = 0; i < 1'000'000; ++i) body += fmt::format("m{{i=\"{}\"}} 1\n", i);
  scrape(std::move(body));
  const Lines lines = sink_.take(true);
  EXPECT_EQ(lines.size(), 5u);  // the report alone: no sample, and no marker for what was never written
  EXPECT_TRUE(lines[2].starts_with(R"(scrape_samples_scraped{instance="h:1", job="j"} 1001)"));
}

TEST_F(ScrapeTest, HistogramsExemplarsAndStarts) {
  fetcher_->format = exposition::Format::kOpenMetrics;
  apply();
  const std::string body = "# TYPE a counter\na_total 1 # {trace_id=\"x\"} 0.5\na_created 100\n# EOF\n";
  const std::int64_t t = scrape(body);
  EXPECT_EQ(sink_.take(), (Lines{at(R"(a_total{instance="h:1", job="j"} 1)", t) + " start=100000",
                                 at(R"(a_created{instance="h:1", job="j"} 100)", t) + " start=100000",
                                 at(R"(a_total{instance="h:1", job="j"} # {trace_id="x"} 0.5)", t), "META a counter "}));
  scrape(body);
  for (const std::string& line : sink_.take()) EXPECT_EQ(line.find(" # "), std::string::npos) << line;
}

TEST_F(ScrapeTest, WhatTheSinkCannotTakeIsWrittenLater) {
  apply();
  sink_.failure = Error{Code::kUnavailable, "log is away"};
  const std::int64_t first = scrape("a 1\n");
  const std::int64_t second = scrape("a 2\n");
  EXPECT_EQ(sink_.take(), Lines{});
  EXPECT_GT(sink_.writes, 5);  // it tries again between the scrapes
  sink_.failure.reset();
  now_ = now_ + Duration::seconds(1);
  scraper_->run_due();
  EXPECT_EQ(sink_.take(), (Lines{at(R"(a{instance="h:1", job="j"} 1)", first), at(R"(a{instance="h:1", job="j"} 2)", second)}));
  EXPECT_EQ(registry_.counter("isobar_scrape_samples_lost_total", "").value(), 0u);
  sink_.failure = Error{Code::kUnavailable, "log is away"};
  for (int i = 0; i < 40; ++i) scrape("a 1\n");
  EXPECT_GT(registry_.counter("isobar_scrape_samples_lost_total", "").value(), 0u);
  sink_.failure.reset();
  scrape("a 1\n");
  EXPECT_LT(sink_.take().size(), 40u);
}

TEST_F(ScrapeTest, RelabellingMakesAndDropsTargets) {
  config_.params = {{"module", {"a", "b"}}};
  config_.discovery.static_groups = {{.targets = {model::Labels{{"__address__", "keep:1"}}, model::Labels{{"__address__", "drop:1"}}},
                                      .labels = model::Labels{{"__meta_zone", "b"}}}};
  config_.relabel = {{.source_labels = {"__address__"}, .regex = "drop.*", .action = model::RelabelAction::kDrop},
                     {.source_labels = {"__address__"}, .target_label = "__param_target"},
                     {.source_labels = {"__meta_zone"}, .target_label = "zone"},
                     {.target_label = "__address__", .replacement = "proxy:80"},
                     {.target_label = "__metrics_path__", .replacement = "/probe"},
                     {.target_label = "__scheme__", .replacement = "https"},
                     {.target_label = "__scrape_interval__", .replacement = "30s"}};
  apply();
  scraper_->run_due();
  const TargetsStatus status = scraper_->targets();
  ASSERT_EQ(status.active.size(), 1u);
  EXPECT_EQ(status.active[0].scrape_url, "https://proxy:80/probe?module=a&module=b&target=keep%3A1");
  EXPECT_EQ(status.active[0].labels.to_string(), R"({instance="proxy:80", job="j", zone="b"})");
  EXPECT_EQ(status.active[0].scrape_interval, Duration::seconds(30));
  EXPECT_EQ(status.dropped_counts.at("j"), 1u);
  EXPECT_EQ(status.dropped.at(0).discovered_labels.get("__address__"), "drop:1");
  EXPECT_EQ(status.dropped.at(0).discovered_labels.get("job"), "j");
}

TEST_F(ScrapeTest, TargetsThatGoEndWithMarkersUnlessTheyReturn) {
  apply();
  std::int64_t t = scrape("a 1\n");
  sink_.take();
  ASSERT_TRUE(scraper_->apply({}));
  apply();  // back before its markers were due: nothing has ended
  t = scrape("a 2\n");
  EXPECT_EQ(sink_.take(), Lines{at(R"(a{instance="h:1", job="j"} 2)", t)});
  ASSERT_TRUE(scraper_->apply({}));
  EXPECT_TRUE(scraper_->targets().active.empty());
  now_ = now_ + Duration::seconds(10);
  scraper_->run_due();
  EXPECT_EQ(sink_.take(true), (Lines{at(R"(a{instance="h:1", job="j"} stale)", t + 10'000), at(R"(up{instance="h:1", job="j"} stale)", t + 10'000),
                                     at(R"(scrape_duration_seconds{instance="h:1", job="j"} stale)", t + 10'000),
                                     at(R"(scrape_samples_scraped{instance="h:1", job="j"} stale)", t + 10'000),
                                     at(R"(scrape_samples_post_metric_relabeling{instance="h:1", job="j"} stale)", t + 10'000),
                                     at(R"(scrape_series_added{instance="h:1", job="j"} stale)", t + 10'000)}));
  EXPECT_EQ(scraper_->next_due(), Timestamp::max());
}

TEST_F(ScrapeTest, TargetLimitRefusesAllTargets) {
  config_.limits.targets = 1;
  config_.discovery.static_groups[0].targets.push_back(model::Labels{{"__address__", "h:2"}});
  apply();
  scrape("a 1\n");
  EXPECT_EQ(fetcher_->fetches, 0);
  const std::string error = scraper_->targets().active[0].last_error + scraper_->targets().active[1].last_error;
  EXPECT_EQ(error, "target_limit: 2 targets, at most 1 are allowed");
}

TEST(AcceptHeader, IsThatOfPrometheus) {
  EXPECT_EQ(accept_header(default_protocols(false)),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
  EXPECT_TRUE(accept_header(default_protocols(true)).starts_with("application/vnd.google.protobuf;"));
}

// Threads, HTTP and files together: what the fakes above leave out.
TEST(ScraperEndToEnd, ScrapesOverHttp) {
  http::Router router;
  std::atomic<bool> typed{true};
  router.get("/metrics", [&](const http::Request& request, Cancellation&) {
    EXPECT_TRUE(request.headers.has("x-prometheus-scrape-timeout-seconds"));
    return http::Response{.content_type = typed ? "text/plain; version=0.0.4" : "", .body = "a 1\n" + std::string(2000, '\n')};
  });
  const auto server = *http::Server::start({}, std::move(router));
  class Sink : public model::SampleSink {
   public:
    Result<void> write(std::string_view, const model::WriteBatch& batch) override {
      const std::lock_guard lock(mutex);
      for (const auto& sample : batch.floats) {
        const auto labels = *model::Labels::parse_canonical(batch.series[sample.series]);
        values[std::string(labels.get("__name__"))] = sample.value;
      }
      arrived.notify_all();
      return {};
    }
    std::mutex mutex;
    std::condition_variable arrived;
    std::map<std::string, double> values;
  } sink;
  telemetry::Registry registry;
  Scraper scraper({.threads = 2}, sink, registry);
  ScrapeConfig config;
  config.job_name = "j";
  config.interval = Duration::millis(20);
  config.timeout = Duration::millis(20);
  const std::string address = fmt::format("127.0.0.1:{}", server->bound_port());
  config.discovery.static_groups = {{.targets = {model::Labels{{"__address__", address}}}}};
  ASSERT_TRUE(scraper.apply({config}));
  scraper.start();
  const auto wait_for_up = [&](double up) {
    std::unique_lock lock(sink.mutex);
    return sink.arrived.wait_for(lock, std::chrono::seconds(20), [&] { return sink.values.contains("up") && sink.values["up"] == up; });
  };
  EXPECT_TRUE(wait_for_up(1));
  EXPECT_EQ(sink.values["a"], 1);
  typed = false;
  EXPECT_TRUE(wait_for_up(0));
  scraper.stop();
  EXPECT_TRUE(scraper.targets().active[0].last_error.starts_with("the target sent no known Content-Type"))
      << scraper.targets().active[0].last_error;
}

}  // namespace
}  // namespace isobar::scrape
