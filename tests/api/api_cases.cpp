// Runs tests/api/*.yaml; README.md says how they are written.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "api_world.h"
#include "case_file.h"
#include "json_text.h"
#include "openapi.h"

namespace isobar::api_test {
namespace {

struct Run {
  bool update = false;
  std::string filter;
  std::unique_ptr<OpenApi> openapi;
  std::size_t passed = 0;
  std::size_t failed = 0;
};

bool is_json(const http::ClientResponse& response) {
  return response.headers.get("Content-Type").starts_with("application/json");
}

Outcome outcome_of(const http::ClientResponse& response) {
  Outcome outcome{response.status, response.body};
  if (is_json(response)) outcome.answer = lay_out_json(response.body).value_or("not JSON: " + response.body);
  while (outcome.answer.ends_with('\n')) outcome.answer.pop_back();
  return outcome;
}

// What is wrong beside status and answer, which --update may rewrite.
std::vector<std::string> faults_of(const Case& c, const http::ClientResponse& response, Run& run) {
  std::vector<std::string> faults;
  for (const auto& [name, value] : c.answer_headers) {
    const std::string_view actual = response.headers.get(name);
    if (actual != value) faults.push_back(fmt::format("header {} is \"{}\", not \"{}\"", name, actual, value));
  }
  for (const std::string& text : c.contains) {
    if (response.body.find(text) == std::string::npos) faults.push_back("answer does not contain: " + text);
  }
  if (is_json(response) && !lay_out_json(response.body)) faults.push_back("answer is not valid JSON");
  if (c.openapi && run.openapi && is_json(response)) {
    const std::string fault = run.openapi->check(c.method, c.target, response.status, response.body);
    if (!fault.empty()) faults.push_back("OpenAPI: " + fault);
  }
  return faults;
}

std::vector<std::string> differences(const Case& c, const Outcome& outcome) {
  std::vector<std::string> faults;
  if (c.status != outcome.status) faults.push_back(fmt::format("status is {}, not {}", outcome.status, c.status));
  if (c.contains.empty() && c.answer != outcome.answer) {
    faults.push_back("answer differs\n--- expected\n" + c.answer + "\n--- actual\n" + outcome.answer);
  }
  return faults;
}

void run_file(const std::string& path, Run& run) {
  const Result<CaseFile> file = read_case_file(path);
  if (!file) {
    std::cout << "FAILED " << file.error().message << "\n";
    ++run.failed;
    return;
  }
  const auto world = ApiWorld::start(*file);
  if (!world) {
    std::cout << "FAILED " << path << ": " << world.error().message << "\n";
    ++run.failed;
    return;
  }
  std::vector<Outcome> outcomes;
  for (const Case& c : file->cases) {
    const auto response = (*world)->send(c);
    outcomes.push_back(response ? outcome_of(*response) : Outcome{0, response.error().message});
    std::vector<std::string> faults;
    if (response) faults = faults_of(c, *response, run);
    if (!run.update) {
      for (std::string& fault : differences(c, outcomes.back())) faults.push_back(std::move(fault));
    }
    faults.empty() ? ++run.passed : ++run.failed;
    for (const std::string& fault : faults) {
      std::cout << "FAILED " << std::filesystem::path(path).filename().string() << ": " << c.name << ": " << fault << "\n";
    }
  }
  if (run.update) update_case_file(*file, outcomes);
}

int run_all(int argc, char** argv) {
  Run run;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--update") {
      run.update = true;
    } else {
      run.filter = argument;
    }
  }
  const std::string root = ISOBAR_SOURCE_DIR;
  run.openapi = OpenApi::load(root + "/../shared/conformance/openapi/prometheus_openapi_3.1_golden.yaml");
  if (!run.openapi) std::cout << "skipped: answers are not held against OpenAPI, ../shared/conformance is missing\n";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/tests/api")) {
    if (entry.path().extension() == ".yaml" && entry.path().filename().string().find(run.filter) != std::string::npos) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) run_file(file, run);
  if (run.openapi) std::cout << run.openapi->checked() << " answers held against OpenAPI\n";
  std::cout << run.passed << " passed, " << run.failed << " failed\n";
  return run.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace isobar::api_test

int main(int argc, char** argv) { return isobar::api_test::run_all(argc, argv); }
