#include "case_file.h"

#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "codec/number_text.h"
#include "model/sample.h"
#include "promql/parser.h"

namespace isobar::api_test {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs pairs_of(const YAML::Node& map) {
  Pairs pairs;
  for (const auto& entry : map) pairs.emplace_back(entry.first.as<std::string>(), entry.second.as<std::string>());
  return pairs;
}

std::int64_t ms_of(const YAML::Node& seconds) { return static_cast<std::int64_t>(seconds.as<double>() * 1000 + 0.5); }

// up{job="a"}, or a list of [name, value] for labels that no parser would take.
Result<Pairs> labels_of(const YAML::Node& node) {
  Pairs labels;
  if (node.IsSequence()) {
    for (const YAML::Node& pair : node) labels.emplace_back(pair[0].as<std::string>(), pair[1].as<std::string>());
    return labels;
  }
  TRY(const auto matchers, promql::parse_series_selector(node.as<std::string>()));
  for (const model::Matcher& matcher : matchers) labels.emplace_back(matcher.name(), matcher.value());
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::vector<model::BucketSpan> spans_of(const YAML::Node& side) {
  return {{side["offset"].as<std::int32_t>(0), static_cast<std::uint32_t>(side["buckets"].size())}};
}

std::shared_ptr<const model::Histogram> histogram_of(const YAML::Node& node) {
  model::Histogram h;
  h.is_integer = true;
  h.schema = static_cast<std::int8_t>(node["schema"].as<int>(0));
  h.count = node["count"].as<double>();
  h.sum = node["sum"].as<double>();
  h.zero_count = node["zero_count"].as<double>(0);
  h.zero_threshold = node["zero_threshold"].as<double>(0);
  if (const YAML::Node side = node["positive"]; side.IsDefined()) {
    h.positive_spans = spans_of(side);
    h.positive_buckets = side["buckets"].as<std::vector<double>>();
  }
  if (const YAML::Node side = node["negative"]; side.IsDefined()) {
    h.negative_spans = spans_of(side);
    h.negative_buckets = side["buckets"].as<std::vector<double>>();
  }
  if (node["custom_values"].IsDefined()) h.custom_values = node["custom_values"].as<std::vector<double>>();
  return std::make_shared<const model::Histogram>(std::move(h));
}

Result<SeriesData> series_of(const YAML::Node& node, std::int64_t now_ms) {
  SeriesData series;
  TRY(series.labels, labels_of(node["series"]));
  std::int64_t time = node["start"].IsDefined() ? ms_of(node["start"]) : now_ms;
  const std::int64_t step = node["step"].IsDefined() ? ms_of(node["step"]) : 15'000;
  std::stringstream words(node["values"].IsDefined() ? node["values"].as<std::string>() : "");
  for (std::string word; words >> word; time += step) {
    if (word == "_") continue;
    const std::optional<double> value = word == "stale" ? model::stale_nan() : parse_float(word);
    if (!value) return fail(Code::kInvalid, "not a value: " + word);
    series.floats.emplace_back(time, *value);
  }
  if (const YAML::Node h = node["histogram"]; h.IsDefined()) series.histograms.emplace_back(time, histogram_of(h));
  for (const YAML::Node& exemplar : node["exemplars"]) {
    series.exemplars.push_back({model::Labels{{"trace_id", exemplar["trace_id"].as<std::string>()}},
                                exemplar["value"].as<double>(), Timestamp{ms_of(exemplar["time"])}});
  }
  return series;
}

Result<std::vector<SeriesData>> all_series_of(const YAML::Node& list, std::int64_t now_ms) {
  std::vector<SeriesData> all;
  for (const YAML::Node& node : list) {
    TRY(SeriesData series, series_of(node, now_ms));
    all.push_back(std::move(series));
  }
  return all;
}

Result<Case> case_of(const YAML::Node& node, std::int64_t now_ms) {
  Case c;
  c.name = node["name"].as<std::string>();
  const auto request = node["request"].as<std::string>();
  c.method = request.substr(0, request.find(' '));
  c.target = request.substr(request.find(' ') + 1);
  c.headers = pairs_of(node["headers"]);
  c.body = node["body"].as<std::string>("");
  if (node["form"].IsDefined()) {
    c.body = node["form"].as<std::string>();
    c.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  }
  if (const YAML::Node write = node["write"]; write.IsDefined()) {
    c.write.emplace();
    c.write->version = write["version"].as<int>(1);
    TRY(c.write->series, all_series_of(write["series"], now_ms));
  }
  c.status = node["status"].as<int>(0);
  c.answer = node["answer"].as<std::string>("");
  while (c.answer.ends_with('\n')) c.answer.pop_back();
  c.contains = node["contains"].as<std::vector<std::string>>(std::vector<std::string>());
  c.answer_headers = pairs_of(node["answer_headers"]);
  c.openapi = node["openapi"].as<std::string>("on") != "off";
  return c;
}

limits::TenantLimits limits_of(const YAML::Node& node) {
  limits::TenantLimits limits;
  limits.max_label_names = node["max_label_names"].as<std::uint64_t>(limits.max_label_names);
  limits.max_body_bytes = node["max_body_bytes"].as<std::uint64_t>(limits.max_body_bytes);
  limits.max_samples_per_second = node["max_samples_per_second"].as<std::uint64_t>(limits.max_samples_per_second);
  return limits;
}

Result<CaseFile> file_of(const std::string& path, const YAML::Node& root) {
  CaseFile file;
  file.path = path;
  file.now_ms = ms_of(root["now"]);
  file.tenant = root["tenant"].as<std::string>("anonymous");
  if (root["limits"].IsDefined()) file.limits = limits_of(root["limits"]);
  file.query_bytes = root["query_bytes"].as<std::uint64_t>(file.query_bytes);
  file.decode_bytes = root["decode_bytes"].as<std::uint64_t>(file.decode_bytes);
  file.ready = root["ready"].as<bool>(true);
  file.admin_api = root["admin_api"].as<bool>(true);
  file.disk_fails = root["disk_fails"].as<bool>(false);
  TRY(file.data, all_series_of(root["data"], file.now_ms));
  for (const YAML::Node& m : root["metadata"]) {
    file.metadata.push_back({m["metric"].as<std::string>(), model::parse_metric_type(m["type"].as<std::string>()),
                             m["help"].as<std::string>(""), m["unit"].as<std::string>("")});
  }
  for (const YAML::Node& node : root["cases"]) {
    Result<Case> c = case_of(node, file.now_ms);
    if (!c) return fail(std::move(c).error().with_context(path));
    file.cases.push_back(*std::move(c));
  }
  return file;
}

bool begins_key(const std::string& line, std::string_view key) { return line.starts_with("    " + std::string(key) + ":"); }
bool belongs_to_key(const std::string& line) { return line.empty() || line.starts_with("     "); }

void append_outcome(std::string& out, const Outcome& outcome, bool with_answer) {
  out += fmt::format("    status: {}\n", outcome.status);
  if (!with_answer || outcome.answer.empty()) return;
  out += "    answer: |\n";
  std::stringstream lines(outcome.answer);
  for (std::string line; std::getline(lines, line);) out += line.empty() ? "\n" : "      " + line + "\n";
}

}  // namespace

Result<CaseFile> read_case_file(const std::string& path) {
  try {
    return file_of(path, YAML::LoadFile(path));
  } catch (const YAML::Exception& error) {
    return fail(Code::kInvalid, path + ": " + error.what());
  }
}

void update_case_file(const CaseFile& file, const std::vector<Outcome>& outcomes) {
  std::vector<std::string> lines;
  std::ifstream in(file.path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string out;
  std::size_t next = 0;
  bool open = false;  // a case whose outcome is not written yet
  const auto close = [&] {
    if (!open) return;
    while (out.ends_with("\n\n")) out.pop_back();
    append_outcome(out, outcomes[next], file.cases[next].contains.empty());
    out += "\n";
    ++next;
    open = false;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("  #")) close();  // it speaks of the next case
    if (lines[i].starts_with("  - name:")) {
      close();
      open = true;
    }
    if (open && begins_key(lines[i], "status")) continue;
    if (open && begins_key(lines[i], "answer")) {
      while (i + 1 < lines.size() && belongs_to_key(lines[i + 1])) ++i;
      continue;
    }
    out += lines[i] + "\n";
  }
  close();
  while (out.ends_with("\n\n")) out.pop_back();
  std::ofstream(file.path) << out;
}

}  // namespace isobar::api_test
