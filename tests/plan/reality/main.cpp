// Plays failures with real processes and holds the simulator's prediction against what happened.
//
//   reality [--full] [--scale MS] [--table] [--play N]
//
// --scale: real milliseconds of a simulated second. All plays run beside each other, one process each; --play runs one.
// Ends with "N passed, N failed"; the figures are those of decisions/measured.yaml.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include <fmt/format.h>

#include "comparison.h"
#include "observer.h"
#include "plan/simulation/world_file.h"
#include "plays.h"
#include "supervisor.h"

namespace isobar::reality {
namespace {

// The band: two hundredths of the time, and what a busy machine needs to start a process and to answer.
constexpr double kBandShare = 0.02;
constexpr double kBandSlackRealMs = 120;
// A machine that fires the supervisor's own timers this late, or lets its client pause this long, measures itself and not the
// prediction: the play is repeated.
constexpr double kBusyRealMs = 60;
constexpr int kAttempts = 3;
// Errors in percent of the time tell something only once there is time.
constexpr std::int64_t kPercentFrom = 60'000;

struct Options {
  bool full = false;
  bool table = false;
  double scale = 20;
  int play = -1;
  std::string self;
};

struct Played {
  bool holds() const { return problem.empty() && unnoticed == 0 && comparison.holds() && !comparison.pairs.empty(); }

  Comparison comparison;
  std::int64_t lateness = 0;  // the longest pause of the machine
  std::string problem;  // it could not be played
  int unnoticed = 0;    // rules whose absence would not show
};

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The supervisor has no autoscaler, so the world that both get has none.
simulation::World world_of(const Play& play) {
  auto world = simulation::load_world(read_file(fmt::format("{}/{}", ISOBAR_SOURCE_DIR, play.world)), play.world);
  if (!world) {
    fmt::print(stderr, "{}\n", world.error().message);
    std::exit(2);
  }
  for (simulation::NodeGroup& group : world->groups) group.autoscaling = simulation::Autoscaling::kNone;
  return *std::move(world);
}

Band band_for(double scale) { return {kBandShare, static_cast<std::int64_t>(kBandSlackRealMs / scale * 1000)}; }

Played play_once(const Play& play, const Options& options) {
  const simulation::World world = world_of(play);
  const Duration horizon = options.full ? play.full : play.brief;
  const Band band = band_for(options.scale);
  const auto predict = [&](simulation::Mutation mutation) {
    return observable(world, simulation::Simulator::create(world, mutation).value().run(play.scenario, horizon + Duration::millis(band.at(horizon.ms))).value());
  };

  char folder[] = "/tmp/isobar-reality-XXXXXX";
  if (mkdtemp(folder) == nullptr) return {{}, 0, "no temporary folder", 0};
  ScaledClock clock(options.scale);
  Recorder recorder;
  Played out;
  {
    const std::string program = std::filesystem::path(options.self).parent_path() / "reality_workload";
    Supervisor supervisor(world, program, folder, clock, recorder);
    Observer observer(world, [&supervisor] { return supervisor.endpoints(); }, clock, recorder);
    if (!supervisor.settle()) {
      out.problem = "not all pods became Ready before anything happened";
    } else {
      observer.begin();
      if (!supervisor.play(play.scenario, horizon.ms)) out.problem = "the supervisor does not know this kind of event";
      observer.end();
    }
    out.lateness = std::max(supervisor.worst_lateness(), observer.worst_gap());
  }
  std::filesystem::remove_all(folder);
  if (!out.problem.empty()) return out;
  const std::vector<Happening> observed = recorder.take();
  out.comparison = compare(predict(simulation::Mutation::kNone), observed, band, horizon.ms);
  for (const simulation::Mutation mutation : play.notices) out.unnoticed += compare(predict(mutation), observed, band, horizon.ms).holds();
  return out;
}

// One line for people, and one for the process that adds up all plays.
void report(const Play& play, const Played& played, const Options& options, int attempt) {
  const Comparison& c = played.comparison;
  const std::vector<std::int64_t> all = errors(c);
  double percent = 0;
  for (const Pair& pair : c.pairs) {
    if (pair.predicted >= kPercentFrom) percent = std::max(percent, 100.0 * static_cast<double>(std::abs(pair.error())) / static_cast<double>(pair.predicted));
  }
  const bool good = played.holds();
  fmt::print("{} {}\n", good ? "ok    " : "FAILED", play.name);
  if (!played.problem.empty()) fmt::print("  {}\n", played.problem);
  if (played.unnoticed > 0) fmt::print("  a prediction without a rule of the simulator holds just as well\n");
  if (options.table || !good) fmt::print("{}", table(c));
  fmt::print("  {} events, {} out of order; largest error {:.1f} s, {:.1f} % after the first minute; the machine paused for at most {:.1f} s{}\n", c.pairs.size(),
             c.disorder.size(), all.empty() ? 0.0 : static_cast<double>(all.back()) / 1000, percent, static_cast<double>(played.lateness) / 1000,
             attempt > 1 ? fmt::format("; attempt {}", attempt) : "");
  fmt::print("#result {} {} {} {:.2f} {}\n", good ? 1 : 0, c.pairs.size(), c.disorder.size() + c.missing.size() + c.unforeseen.size(), percent,
             fmt::join(all, " "));
}

int run_play(const Play& play, const Options& options) {
  for (int attempt = 1;; ++attempt) {
    const Played played = play_once(play, options);
    const bool busy = static_cast<double>(played.lateness) / 1000 * options.scale > kBusyRealMs;
    if (!played.holds() && busy && attempt < kAttempts) continue;
    if (!played.holds() && busy) {  // what the machine did to the clock says nothing of the simulator
      fmt::print("skipped {}\n  the machine paused for {:.0f} ms in each of {} attempts\n#skipped\n", play.name,
                 static_cast<double>(played.lateness) / 1000 * options.scale, kAttempts);
      return 0;
    }
    report(play, played, options, attempt);
    return played.holds() ? 0 : 1;
  }
}

// Each play is a process of its own, because a supervisor waits for its children.
std::vector<std::string> run_all(const Options& options, std::size_t count) {
  std::vector<FILE*> pipes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string command = fmt::format("exec '{}' --play {} --scale {}{}{}", options.self, i, options.scale, options.full ? " --full" : "", options.table ? " --table" : "");
    pipes.push_back(popen(command.c_str(), "r"));
  }
  std::vector<std::string> outputs;
  for (FILE* pipe : pipes) {
    std::string text;
    char buffer[4096];
    while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
    pclose(pipe);
    outputs.push_back(std::move(text));
  }
  return outputs;
}

int summarise(const Options& options) {
  const std::vector<std::string> outputs = run_all(options, plays().size());
  int passed = 0;
  int skipped = 0;
  std::size_t events = 0;
  std::size_t misplaced = 0;
  double percent = 0;
  std::vector<std::int64_t> all;
  for (const std::string& output : outputs) {
    const std::size_t mark = output.find("#result ");
    const std::size_t skip = output.find("#skipped");
    fmt::print("{}", output.substr(0, std::min(mark, skip)));
    skipped += skip != std::string::npos;
    if (mark == std::string::npos) continue;
    std::stringstream line(output.substr(mark + std::strlen("#result ")));
    int good = 0;
    std::size_t pairs = 0;
    std::size_t wrong = 0;
    double worst = 0;
    line >> good >> pairs >> wrong >> worst;
    for (std::int64_t error = 0; line >> error;) all.push_back(error);
    passed += good;
    events += pairs;
    misplaced += wrong;
    percent = std::max(percent, worst);
  }
  std::ranges::sort(all);
  const auto at = [&all](double share) { return all.empty() ? 0.0 : static_cast<double>(all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]) / 1000; };
  const Band band = band_for(options.scale);
  fmt::print("figure: simulator against real processes: {} of {} events in the predicted order\n", events - std::min(events, misplaced), events);
  fmt::print("figure: error of an event's time: median {:.1f} s, p95 {:.1f} s, largest {:.1f} s; {:.1f} % after the first minute\n", at(0.5), at(0.95), at(1), percent);
  fmt::print("figure: the band that was held: {:.0f} % of the time since the failure and {:.1f} s ({} real ms at {} ms a second)\n", band.share * 100,
             static_cast<double>(band.slack) / 1000, kBandSlackRealMs, options.scale);
  const int failed = static_cast<int>(outputs.size()) - passed - skipped;
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

Options parse(int count, char** words) {
  Options out;
  out.self = std::filesystem::read_symlink("/proc/self/exe");
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--full") out.full = true;
    else if (word == "--table") out.table = true;
    else if (word == "--scale" && i + 1 < count) out.scale = std::atof(words[++i]);
    else if (word == "--play" && i + 1 < count) out.play = std::atoi(words[++i]);
    else out.scale = 0;
  }
  if (out.scale > 0 && out.play < static_cast<int>(plays().size())) return out;
  fmt::print(stderr, "usage: reality [--full] [--scale REAL_MS_OF_A_SECOND] [--table] [--play N]\n");
  std::exit(2);
}

}  // namespace
}  // namespace isobar::reality

int main(int count, char** words) {
  using namespace isobar::reality;
  const Options options = parse(count, words);
  setpriority(PRIO_PROCESS, 0, -10);  // where it is allowed: what is measured are timers
  if (options.play >= 0) return run_play(plays()[static_cast<std::size_t>(options.play)], options);
  return summarise(options);
}
