// isobar query 'up': asks a running server over HTTP and prints a table, or the server's JSON as it is.
#include <cmath>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>
#include <simdjson.h>

#include "commands.h"
#include "explain_table.h"
#include "flags.h"
#include "http/client.h"
#include "http/form.h"

namespace isobar::app {
namespace {

struct QuerySettings {
  std::string url = "http://127.0.0.1:9009";
  std::string tenant;
  std::string time;
  std::string start;
  std::string end;
  std::string step = "1m";
  bool json = false;
  bool explain = false;
};

int complain(const std::string& message) {
  std::fprintf(stderr, "isobar query: %s\n", message.c_str());
  return 1;
}

std::string labels_text(simdjson::dom::object labels) {
  std::string name;
  std::string body;
  for (const auto [key, value] : labels) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) continue;
    if (key == "__name__") {
      name = text;
      continue;
    }
    if (!body.empty()) body += ", ";
    body += fmt::format("{}=\"{}\"", key, text);
  }
  return body.empty() && !name.empty() ? name : name + "{" + body + "}";
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                     utc.tm_min, utc.tm_sec);
}

// A sample is [seconds, "value"] or, for native histograms, [seconds, {count, sum, …}].
std::string sample_value(simdjson::dom::element value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  std::string_view count, sum;
  if (value["count"].get(count) == simdjson::SUCCESS && value["sum"].get(sum) == simdjson::SUCCESS) {
    return fmt::format("histogram count={} sum={}", count, sum);
  }
  return simdjson::minify(value);
}

void print_vector(simdjson::dom::array result) {
  std::vector<std::pair<std::string, std::string>> rows;
  std::size_t width = 6;
  for (const simdjson::dom::element series : result) {
    simdjson::dom::object metric;
    simdjson::dom::element value;
    if (series["metric"].get(metric) != simdjson::SUCCESS) continue;
    if (series["value"].at(1).get(value) != simdjson::SUCCESS && series["histogram"].at(1).get(value) != simdjson::SUCCESS) continue;
    rows.emplace_back(labels_text(metric), sample_value(value));
    width = std::max(width, std::min<std::size_t>(rows.back().first.size(), 60));
  }
  if (rows.empty()) {
    std::fputs("no series\n", stdout);
    return;
  }
  std::printf("%-*s  %s\n", static_cast<int>(width), "SERIES", "VALUE");
  for (const auto& [labels, value] : rows) std::printf("%-*s  %s\n", static_cast<int>(width), labels.c_str(), value.c_str());
}

void print_matrix(simdjson::dom::array result) {
  bool any = false;
  for (const simdjson::dom::element series : result) {
    simdjson::dom::object metric;
    if (series["metric"].get(metric) != simdjson::SUCCESS) continue;
    std::printf("%s%s\n", any ? "\n" : "", labels_text(metric).c_str());
    any = true;
    for (const char* kind : {"values", "histograms"}) {
      simdjson::dom::array samples;
      if (series[kind].get(samples) != simdjson::SUCCESS) continue;
      for (const simdjson::dom::element sample : samples) {
        double seconds = 0;
        simdjson::dom::element value;
        if (sample.at(0).get(seconds) != simdjson::SUCCESS || sample.at(1).get(value) != simdjson::SUCCESS) continue;
        std::printf("  %s  %s\n", time_text(seconds).c_str(), sample_value(value).c_str());
      }
    }
  }
  if (!any) std::fputs("no series\n", stdout);
}

int print_answer(const std::string& body, bool explain) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(simdjson::padded_string(body)).get(root) != simdjson::SUCCESS) {
    return complain("the server's answer is no JSON; is it an isobar or a Prometheus?");
  }
  std::string_view error;
  if (root["error"].get(error) == simdjson::SUCCESS) return complain(std::string(error));
  for (const char* kind : {"warnings", "infos"}) {
    simdjson::dom::array notes;
    if (root[kind].get(notes) != simdjson::SUCCESS) continue;
    for (const simdjson::dom::element note : notes) {
      std::string_view text;
      if (note.get(text) == simdjson::SUCCESS) std::fprintf(stderr, "note: %s\n", std::string(text).c_str());
    }
  }
  if (explain) {
    simdjson::dom::element plan;
    if (root["data"]["explain"].get(plan) != simdjson::SUCCESS) return complain("the server did not explain; is it an isobar?");
    std::fputs(explain_table(plan).c_str(), stdout);
    return 0;
  }
  std::string_view type;
  simdjson::dom::array result;
  if (root["data"]["resultType"].get(type) != simdjson::SUCCESS || root["data"]["result"].get(result) != simdjson::SUCCESS) {
    return complain("the server's answer has no result");
  }
  if (type == "matrix") {
    print_matrix(result);
  } else if (type == "vector") {
    print_vector(result);
  } else {
    simdjson::dom::element value;
    if (result.at(1).get(value) == simdjson::SUCCESS) std::printf("%s\n", sample_value(value).c_str());
  }
  return 0;
}

}  // namespace

int query_command(const std::vector<std::string>& words) {
  QuerySettings settings;
  Flags flags("isobar query [FLAGS] EXPRESSION",
              "Evaluates a PromQL expression on a running server, now or over a range\n"
              "(--start), and prints a table.");
  flags.text("url", "the server", settings.url)
      .text("tenant", "value of X-Scope-OrgID; several with |", settings.tenant)
      .text("time", "evaluation time: unix seconds or RFC 3339; now if absent", settings.time)
      .text("start", "start of a range query", settings.start)
      .text("end", "end of a range query; now if absent", settings.end)
      .text("step", "step of a range query", settings.step)
      .toggle("explain", "print what each operator did instead of the result", settings.explain)
      .toggle("json", "print the server's JSON", settings.json);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  if (!parsed || arguments.size() != 1) {
    std::fprintf(stderr, "isobar query: %s\n",
                 parsed ? "needs exactly one expression, quoted: isobar query 'up'" : parsed.error().message.c_str());
    return 2;
  }
  const bool range = !settings.start.empty();
  std::string form = "query=" + http::percent_encode(arguments[0]);
  const auto add = [&form](const char* name, const std::string& value) {
    form += fmt::format("&{}={}", name, http::percent_encode(value));
  };
  if (range) {
    add("start", settings.start);
    add("end", settings.end.empty() ? std::to_string(std::time(nullptr)) : settings.end);
    add("step", settings.step);
  } else if (!settings.time.empty()) {
    add("time", settings.time);
  }
  if (settings.explain) add("explain", "1");
  http::ClientRequest request;
  request.method = http::Method::kPost;
  request.url = settings.url + (range ? "/api/v1/query_range" : "/api/v1/query");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  if (!settings.tenant.empty()) request.headers.add("X-Scope-OrgID", settings.tenant);
  request.body = std::move(form);
  request.timeout = Duration::minutes(3);
  request.max_body_bytes = 1ULL << 30;
  http::Client client;
  const Result<http::ClientResponse> response = client.send(request);
  if (!response) return complain(response.error().message);
  if (settings.json) {
    std::printf("%s\n", response->body.c_str());
    return response->status == 200 ? 0 : 1;
  }
  return print_answer(response->body, settings.explain);
}

}  // namespace isobar::app
