#include "config/config.h"

#include <glob.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/bind.h"

namespace isobar::config {
namespace {

constexpr std::size_t kShownProblems = 10;
constexpr std::string_view kNotUsed = "accepted, not used yet";

std::string folder_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path)) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

// $NAME, ${NAME} and $$; a variable that is not set is empty, as Prometheus has it.
std::string expand_environment(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    if (text[i + 1] == '$') {
      out.push_back('$');
      ++i;
      continue;
    }
    const bool braced = text[i + 1] == '{';
    std::size_t end = i + (braced ? 2 : 1);
    const std::size_t begin = end;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    if (end == begin || (braced && (end == text.size() || text[end] != '}'))) {
      out.push_back('$');
      continue;
    }
    if (const char* value = std::getenv(text.substr(begin, end - begin).c_str())) out += value;
    i = braced ? end : end - 1;
  }
  return out;
}

class Loader {
 public:
  explicit Loader(std::string path) : problems_(path) { config_.path = std::move(path); }

  CheckedConfig load(const std::string& text) {
    const YamlNode root = parse_yaml(text, problems_);
    if (problems_.empty()) bind_root(root);
    CheckedConfig checked{.problems = problems_.problems(), .warnings = problems_.warnings()};
    if (problems_.empty()) {
      config_.text = write_yaml(root);
      config_.warnings = problems_.warnings();
      checked.config = std::move(config_);
    }
    return checked;
  }

 private:
  void bind_root(const YamlNode& root) {
    YamlMap map(root, "the configuration", problems_);
    if (const YamlNode* global = map.get("global")) bind_global(*global);
    if (const YamlNode* scrapes = map.get("scrape_configs")) bind_scrapes(*scrapes, folder_of(config_.path), problems_);
    if (map.field("rule_files", config_.rule_files)) {
      for (std::string& file : config_.rule_files) file = resolve_path(folder_of(config_.path), file);
    }
    if (const YamlNode* otlp = map.get("otlp")) bind_otlp(*otlp, config_.otlp, problems_);
    if (const YamlNode* storage = map.get("storage")) bind_storage(*storage, config_.storage, kNotUsed, problems_);
    bind_tenant_rules(map.get("limits"), map.get("overrides"), config_.tenant_rules, problems_);
    std::vector<std::string> scrape_files;
    const YamlNode* files = map.get("scrape_config_files");
    if (files != nullptr) {
      bind(*files, scrape_files, problems_);
      for (const std::string& pattern : scrape_files) include(*files, resolve_path(folder_of(config_.path), pattern));
    }
    for (const char* key : {"alerting", "remote_write", "remote_read", "tracing", "runtime"}) {
      map.unused(key, kNotUsed);
    }
    map.finish();
  }

  void bind_global(const YamlNode& node) {
    YamlMap map(node, "global", problems_);
    GlobalConfig& global = config_.global;
    bind_scrape_defaults(map, global.scrape_defaults);
    map.field("evaluation_interval", global.evaluation_interval);
    map.field("rule_query_offset", global.rule_query_offset);
    map.field("external_labels", global.external_labels);
    map.field("query_log_file", global.query_log_file);
    global.query_log_file = resolve_path(folder_of(config_.path), global.query_log_file);
    if (!global.query_log_file.empty()) map.unused("query_log_file", kNotUsed);
    map.finish();
    for (auto& [name, value] : global.external_labels) value = expand_environment(value);
    scrape::ScrapeConfig& defaults = global.scrape_defaults;
    if (defaults.interval <= Duration{0}) problems_.add(node, "scrape_interval must be longer than 0s");
    if (global.evaluation_interval <= Duration{0}) problems_.add(node, "evaluation_interval must be longer than 0s");
    if (defaults.timeout > defaults.interval) {
      if (node.find("scrape_timeout") != nullptr) problems_.add(node, "scrape_timeout is longer than scrape_interval in global");
      defaults.timeout = defaults.interval;
    }
  }

  void bind_scrapes(const YamlNode& list, const std::string& folder, YamlProblems& problems) {
    if (!expect_sequence(list, problems)) return;
    for (const YamlNode& node : list.items) {
      scrape::ScrapeConfig config = config_.global.scrape_defaults;
      bind_scrape(node, config, problems);
      resolve_paths(folder, config);
      if (!config.job_name.empty() && !jobs_.insert(config.job_name).second) {
        problems.add(node, "job_name is used twice: " + config.job_name);
      }
      config_.scrape_configs.push_back(std::move(config));
    }
  }

  // scrape_config_files: each holds a list under scrape_configs.
  void include(const YamlNode& node, const std::string& pattern) {
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) include_file(node, found.gl_pathv[i]);
    }
    ::globfree(&found);
  }

  void include_file(const YamlNode& node, const std::string& path) {
    const auto text = read_file(path);
    if (!text) return problems_.add(node, "cannot read the file: " + path);
    YamlProblems problems(path);
    const YamlNode root = parse_yaml(*text, problems);
    YamlMap map(root, "a file of scrape configurations", problems);
    if (const YamlNode* scrapes = map.get("scrape_configs")) bind_scrapes(*scrapes, folder_of(path), problems);
    map.finish();
    for (const YamlProblem& problem : problems.problems()) problems_.add(problem);
  }

  Config config_;
  YamlProblems problems_;
  std::set<std::string> jobs_;
};

}  // namespace

CheckedConfig check_config_text(const std::string& text, const std::string& path) { return Loader(path).load(text); }

CheckedConfig check_config(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return {.problems = {{path, 0, "cannot read the configuration file"}}};
  return check_config_text(*text, path);
}

Result<Config> load_config(const std::string& path) {
  CheckedConfig checked = check_config(path);
  if (checked.config) return *std::move(checked.config);
  std::string message;
  for (std::size_t i = 0; i < checked.problems.size() && i < kShownProblems; ++i) {
    if (i != 0) message += '\n';
    message += checked.problems[i].to_string();
  }
  if (checked.problems.size() > kShownProblems) {
    message += fmt::format("\nand {} more", checked.problems.size() - kShownProblems);
  }
  return fail(Code::kInvalid, std::move(message));
}

}  // namespace isobar::config
