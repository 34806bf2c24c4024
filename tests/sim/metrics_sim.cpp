// The metrics spine under faults. After every start and now and then between, the whole content is held against what the
// writers were told (truth.h), and the blocks against the manifest (block_audit.h).
//
//   metrics_sim --seeds 300                       random histories of seeds 1 to 300, then every write of a few scripts
//   metrics_sim --bucket --seeds 300              on a bucket instead of a disk, random histories only
//   metrics_sim --seed 8412                       one seed, with its story on stderr
//   metrics_sim --every-write 20                  a fault at every place of 20 fixed scripts; with --seeds both
//   metrics_sim --script 1 --fault fail --at 17   one of those places, with its story
//   --stop: end at the first fault
#include <cstdio>
#include <cstdlib>
#include <map>

#include "every_write.h"
#include "random_history.h"
#include "telemetry/log.h"

namespace isobar::sim {
namespace {

constexpr std::uint64_t kScriptsByDefault = 2;

struct Arguments {
  std::optional<std::uint64_t> seeds;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> scripts;  // every write of so many
  std::optional<Place> place;
  World::Ground ground = World::Ground::kDisk;
  bool stop = false;
  bool help = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  Place place;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--stop") {
      arguments.stop = true;
      continue;
    }
    if (flag == "--bucket") {
      arguments.ground = World::Ground::kBucket;
      continue;
    }
    const std::string value = i + 1 < argc ? argv[++i] : "";
    const std::uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
    if (flag == "--seeds") {
      arguments.seeds = number;
    } else if (flag == "--seed") {
      arguments.seed = number;
    } else if (flag == "--every-write") {
      arguments.scripts = number;
    } else if (flag == "--script") {
      place.script = number;
      arguments.place = place;
    } else if (flag == "--fault" && fault_of(value)) {
      place.fault = *fault_of(value);
    } else if (flag == "--at") {
      place.at = number;
    } else {
      arguments.help = true;
    }
  }
  if (arguments.place) arguments.place = place;
  return arguments;
}

class Run {
 public:
  explicit Run(const Arguments& arguments) : arguments_(arguments) {}

  int run() {
    const bool tell = arguments_.seed || arguments_.place;
    // What the disk does on purpose is no news: nothing is logged unless a story is told.
    telemetry::set_log_level(tell ? telemetry::LogLevel::kDebug : static_cast<telemetry::LogLevel>(INT32_MAX));
    if (arguments_.place) {
      one_place(*arguments_.place, true);
    } else if (arguments_.seed) {
      random(*arguments_.seed, *arguments_.seed, true);
    } else {
      if (arguments_.seeds || !arguments_.scripts) random(1, arguments_.seeds.value_or(300), false);
      if (!on_bucket()) every_write(arguments_.scripts.value_or(kScriptsByDefault));
    }
    std::printf("metrics_sim: %llu passed, %llu failed\n", passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  bool on_bucket() const { return arguments_.ground == World::Ground::kBucket; }
  bool over() const { return arguments_.stop && failed_ != 0; }

  void judge(const std::string& what, const std::string& replay, const std::string& fault) {
    if (fault.empty()) {
      ++passed_;
      return;
    }
    ++failed_;
    std::printf("%s: %s\n  replay with: ./dev sim %s\n", what.c_str(), fault.c_str(), replay.c_str());
    std::fflush(stdout);
  }

  void random(std::uint64_t first, std::uint64_t last, bool tell) {
    FaultCounts counts;
    BucketCounts bucket_counts;
    for (std::uint64_t seed = first; seed <= last && !over(); ++seed) {
      const std::string fault = run_random_history(seed, tell, arguments_.ground, counts, bucket_counts);
      judge("seed " + std::to_string(seed), (on_bucket() ? "--bucket --seed " : "--seed ") + std::to_string(seed), fault);
    }
    std::printf("figure: faults in %llu seeds: %s\n", static_cast<unsigned long long>(last - first + 1),
                on_bucket() ? bucket_counts.to_string().c_str() : counts.to_string().c_str());
  }

  bool one_place(const Place& place, bool tell) {
    bool reached = false;
    const std::string fault = run_at(place, tell, reached, counts_of_places_);
    judge(arguments_of(place), arguments_of(place), fault);
    places_ += reached ? 1 : 0;
    return reached;
  }

  void every_write(std::uint64_t scripts) {
    for (std::uint64_t script = 1; script <= scripts; ++script) {
      for (const FaultAt fault : {FaultAt::kCrashLose, FaultAt::kCrashKeep, FaultAt::kKill, FaultAt::kFail, FaultAt::kFailLose,
                                   FaultAt::kBucketKill, FaultAt::kBucketRefuse, FaultAt::kBucketLoseAnswer}) {
        for (std::uint64_t at = 0; !over() && one_place({script, fault, at}, false);) ++at;
      }
    }
    if (scripts == 0) return;
    std::printf("figure: a crash at every write, a failure at every call, on a disk and on a bucket, of %llu scripts: %llu places, %s\n",
                static_cast<unsigned long long>(scripts), places_, counts_of_places_.to_string().c_str());
  }

  Arguments arguments_;
  unsigned long long passed_ = 0;
  unsigned long long failed_ = 0;
  unsigned long long places_ = 0;
  FaultCounts counts_of_places_;
};

}  // namespace
}  // namespace isobar::sim

int main(int argc, char** argv) {
  const isobar::sim::Arguments arguments = isobar::sim::parse(argc, argv);
  if (arguments.help) {
    std::fprintf(stderr, "usage: metrics_sim [--bucket] [--seeds N | --seed N | --every-write SCRIPTS | --script N --fault crash-lose|crash-keep|kill|fail|fail-lose|bucket-kill|bucket-refuse|bucket-lose --at N] [--stop]\n");
    return 2;
  }
  return isobar::sim::Run(arguments).run();
}
