// promql_fuzz [--seed N | --seeds N | --seconds N] [--from N] [-v]
//
// Random data and a random query per seed, asked of the engine and of the naive evaluator, as an instant and
// as a range query. --seed prints the samples, the query and both results. Ends with "N passed, N failed".
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "differential.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "random_query.h"

namespace {

using namespace isobar::promqltest;
using Clock = std::chrono::steady_clock;

struct Options {
  std::uint64_t seed = 0;
  bool one = false;
  std::uint64_t seeds = 3000;
  std::int64_t seconds = 0;
  std::uint64_t from = 1;
  bool verbose = false;
};

struct Score {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t undecided = 0;
  std::uint64_t refused = 0;  // by both
  std::uint64_t empty = 0;
  std::uint64_t samples = 0;
};

// What parses, prints to a text that parses to the same.
bool prints_as_it_parses(const std::string& query) {
  const auto features = isobar::promql::Features::all();
  const auto first = isobar::promql::parse(query, features);
  if (!first) return true;
  const std::string printed = isobar::promql::print(**first);
  const auto second = isobar::promql::parse(printed, features);
  return second && isobar::promql::print(**second) == printed &&
         isobar::promql::parse(isobar::promql::format(**first), features).has_value();
}

// Range queries have no use for those.
bool is_range_vector(const std::string& query) {
  const auto expr = isobar::promql::parse(query, isobar::promql::Features::all());
  return expr && (*expr)->type == isobar::promql::ValueType::kMatrix;
}

std::vector<Question> questions_of(Random& random, const DataTimes& times, const std::string& query) {
  const std::int64_t at =
      random.between(times.first, times.last + 60000) / 1000 * 1000 + (random.percent(20) ? 137 : 0);
  const std::int64_t step = random.any_number<std::int64_t>({7000, 15000, 30000, 60000, 150000});
  const std::int64_t start = random.between(times.first - 30000, times.last) / 1000 * 1000;
  return {{query, {at, at, 0}}, {query, {start, start + step * random.between(0, 9), step}}};
}

bool run_seed(std::uint64_t seed, bool print, Score& score) {
  Random random(seed);
  MemoryReader reader;
  const DataTimes times = fill_with_random_data(random, reader);
  const std::string query = random_query(random, times);
  Differential differential(reader, seed % 2 == 1);
  if (!prints_as_it_parses(query)) {
    ++score.failed;
    fmt::print("seed {}: print(parse(x)) is no fixpoint: {}\n", seed, query);
    return false;
  }
  bool ok = true;
  for (const Question& question : questions_of(random, times, query)) {
    const bool instant = question.times.step == 0;
    if (!instant && is_range_vector(query)) continue;
    const Verdict verdict = differential.ask(question);
    score.undecided += verdict.kind == Verdict::Kind::kUndecided ? 1 : 0;
    score.refused += verdict.failed ? 1 : 0;
    score.empty += !verdict.failed && verdict.samples == 0 ? 1 : 0;
    score.samples += verdict.samples;
    const bool differs = verdict.kind == Verdict::Kind::kDiffer;
    if (differs || print) {
      fmt::print("seed {}: {} at {}{}\n", seed, query, question.times.start,
                 instant ? "" : fmt::format(" to {} step {}", question.times.end, question.times.step));
    }
    if (print) fmt::print("{}{}", differential.samples_of(query), differential.explain(question));
    if (!differs) continue;
    ok = false;
    fmt::print("  {}\n", verdict.reason);
    const Question smaller{differential.smallest_part(question), question.times};
    if (smaller.query != query) {
      fmt::print("  already: {}\n  {}\n", smaller.query, differential.ask(smaller).reason);
      if (print) fmt::print("{}", differential.explain(smaller));
    }
  }
  ++(ok ? score.passed : score.failed);
  return ok;
}

bool parse_options(int argc, char** argv, Options& options) {
  const auto number = [](std::string_view text, auto& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "-v") {
      options.verbose = true;
      continue;
    }
    const std::string_view value = i + 1 < argc ? argv[++i] : "";
    bool ok = false;
    if (name == "--seed") ok = options.one = number(value, options.seed);
    if (name == "--seeds") ok = number(value, options.seeds);
    if (name == "--seconds") ok = number(value, options.seconds);
    if (name == "--from") ok = number(value, options.from);
    if (ok) continue;
    fmt::print(stderr, "usage: promql_fuzz [--seed N | --seeds N | --seconds N] [--from N]\n");
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_options(argc, argv, options)) return 2;
  Score score;
  if (options.one) return run_seed(options.seed, true, score) ? 0 : 1;
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  for (std::uint64_t seed = options.from;
       options.seconds > 0 ? Clock::now() < end : seed < options.from + options.seeds; ++seed) {
    run_seed(seed, false, score);
  }
  fmt::print(
      "{} samples compared; of the queries {} were undecided, {} refused by both, {} without a result\n",
      score.samples, score.undecided, score.refused, score.empty);
  fmt::print("{} passed, {} failed\n", score.passed, score.failed);
  return score.failed == 0 ? 0 : 1;
}
