// promqltest [-v] [--reruns] [--coverage] [--at-least FILE] [--write-scores FILE] [DIR|FILE …]
//
// Runs test scripts in Prometheus' language and prints the score of each file. Without paths: our own
// scripts, which must all pass, and the conformance scripts beside the checkout if they are there, which must
// reach their scores. --coverage runs nothing and names what of the language no evaluation uses.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "coverage.h"
#include "runner.h"

namespace {

namespace fs = std::filesystem;
using Scores = std::map<std::string, int>;

struct Options {
  bool verbose = false;
  bool reruns = false;
  bool coverage = false;
  std::string at_least;
  std::string write_scores;
  std::vector<fs::path> paths;
};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> scripts_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> scripts;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".test") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

// Lines "file passed"; lines that begin with # are comments.
Scores read_scores(const std::string& file) {
  Scores scores;
  std::istringstream in(read_file(file));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string name;
    int passed = 0;
    if (fields >> name >> passed) scores[name] = passed;
  }
  return scores;
}

struct Total {
  int passed = 0;
  int failed = 0;
  Scores scores;
  bool broken = false;
};

void run_file(const fs::path& path, bool verbose, bool reruns, Total& total) {
  const auto result = isobar::promqltest::run_script(read_file(path), reruns);
  const std::string name = path.filename().string();
  if (!result) {
    fmt::print("{}: {}\n", name, result.error().message);
    total.broken = true;
    return;
  }
  const int failed = static_cast<int>(result->failures.size());
  fmt::print("{}: passed {} failed {}\n", name, result->passed, failed);
  total.passed += result->passed;
  total.failed += failed;
  total.scores[name] = result->passed;
  if (!verbose) return;
  for (const auto& f : result->failures)
    fmt::print("  {}:{}: {}\n    {}\n", path.string(), f.line, f.query, f.reason);
}

Total run_paths(const std::vector<fs::path>& paths, bool verbose, bool reruns) {
  Total total;
  for (const fs::path& path : paths) {
    for (const fs::path& script : scripts_of(path)) run_file(script, verbose, reruns, total);
  }
  return total;
}

bool reaches(const Scores& actual, const Scores& expected) {
  bool ok = true;
  for (const auto& [name, passed] : expected) {
    const auto at = actual.find(name);
    const int got = at == actual.end() ? 0 : at->second;
    if (got >= passed) continue;
    fmt::print("{}: score fell from {} to {}\n", name, passed, got);
    ok = false;
  }
  return ok;
}

void write_scores(const std::string& file, const Scores& scores) {
  std::ofstream out(file);
  out << "# Evaluations of the conformance scripts that pass. `promqltest --write-scores` rewrites this "
         "file;\n"
         "# it may only grow.\n";
  for (const auto& [name, passed] : scores) out << name << ' ' << passed << '\n';
}

bool parse_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "-v") {
      options.verbose = true;
    } else if (argument == "--reruns") {
      options.reruns = true;
    } else if (argument == "--coverage") {
      options.coverage = true;
    } else if ((argument == "--at-least" || argument == "--write-scores") && i + 1 < argc) {
      (argument == "--at-least" ? options.at_least : options.write_scores) = argv[++i];
    } else if (argument.starts_with("-")) {
      fmt::print(
          stderr,
          "usage: promqltest [-v] [--reruns] [--coverage] [--at-least FILE] [--write-scores FILE] [DIR|FILE ...]\n");
      return false;
    } else {
      options.paths.emplace_back(argument);
    }
  }
  return true;
}

// Whether evaluations of the scripts use everything that the language has; names what they do not.
bool covers_everything(const std::vector<fs::path>& paths) {
  std::vector<std::string> texts;
  for (const fs::path& path : paths) {
    for (const fs::path& script : scripts_of(path)) texts.push_back(read_file(script));
  }
  const auto unused = isobar::promqltest::unused_in(texts);
  if (!unused) {
    fmt::print("{}\n", unused.error().message);
    return false;
  }
  for (const std::string& name : *unused) fmt::print("no evaluation uses: {}\n", name);
  return unused->empty();
}

int run_all(bool verbose) {
  const fs::path source = ISOBAR_SOURCE_DIR;
  const fs::path conformance = source / "../shared/conformance/promqltest";
  bool ok = true;
  if (fs::exists(conformance)) {
    const Total total = run_paths({conformance}, verbose, false);
    ok = reaches(total.scores, read_scores((source / "tests/promql/expected_scores.txt").string()));
    fmt::print("conformance: {} passed, {} failed\n", total.passed, total.failed);
  } else {
    fmt::print("skipped: no conformance scripts at {}\n", conformance.string());
  }
  ok = covers_everything({source / "tests/promql"}) && ok;
  const Total own = run_paths({source / "tests/promql"}, true, true);
  fmt::print("{} passed, {} failed\n", own.passed, own.failed);
  return ok && own.failed == 0 && !own.broken ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_options(argc, argv, options)) return 2;
  if (options.coverage) {
    const bool ok = covers_everything(options.paths);
    fmt::print("{} passed, {} failed\n", ok ? 1 : 0, ok ? 0 : 1);
    return ok ? 0 : 1;
  }
  if (options.paths.empty()) return run_all(options.verbose);
  const Total total = run_paths(options.paths, options.verbose, options.reruns);
  fmt::print("{} passed, {} failed\n", total.passed, total.failed);
  if (!options.write_scores.empty()) write_scores(options.write_scores, total.scores);
  if (!options.at_least.empty())
    return reaches(total.scores, read_scores(options.at_least)) && !total.broken ? 0 : 1;
  return total.failed == 0 && !total.broken ? 0 : 1;
}
