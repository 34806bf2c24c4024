// The metrics spine under faults. One seed is one history of a process that writes, flushes, dies and comes back on a
// disk that loses, tears and reorders what was not synced, fails syncs and fills up. After every start and now and
// then between, the whole content is held against what the writers were told:
//
//   an acknowledged sample is there, exactly once;
//   of several values for one timestamp the first acknowledged one is seen, or one whose outcome was unknown before it;
//   what a query has once seen, every later query sees;
//   what an acknowledged delete means is gone for ever, and what was written later is not;
//   numbers and sums of samples that are read downsampled are those of all samples;
//   by retention only goes what is old enough by its rule, or in the oldest blocks when there are too many bytes.
//
//   metrics_sim --seeds 300          seeds 1 to 300
//   metrics_sim --seed 8412          one seed, with its story on stderr
#include <cstdio>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "blocks/companions.h"
#include "sim/metrics_node.h"
#include "sys/random.h"
#include "telemetry/log.h"

namespace isobar::sim {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};

// What the writers know of one (series, timestamp).
struct Truth {
  std::vector<double> possible;  // in order of attempts, up to and including the first acknowledged one
  bool acknowledged = false;
  std::optional<double> seen;
  // All values tried since the last acknowledged delete.
  std::set<double> attempted;
  bool unsure = false;  // a delete whose outcome is unknown meant it; the next start decides
  bool loose = false;   // retention may have taken it, or a part of its copies
};

class History {
 public:
  History(std::uint64_t seed, bool tell) : random_(seed), files_(seed * 7919 + 1), clock_(kStart), tell_(tell) { choose_retention(); }

  // Empty when all held, else what did not.
  std::string run() {
    const int lives = 3 + static_cast<int>(random_.below(4));
    for (int life = 0; life < lives && fault_.empty(); ++life) live(life + 1 == lives);
    return fault_;
  }

 private:
  void say(const std::string& text) const {
    if (tell_) std::fprintf(stderr, "%s\n", text.c_str());
  }

  void live(bool last) {
    auto node = MetricsNode::start(files_, clock_, options_);
    if (!node) {
      // Only the disk may be the reason, and it works now.
      fault_ = "start failed: " + node.error().message;
      return;
    }
    say("start");
    (*node)->store().set_retention_rules(rules_);
    check(**node);
    decide();
    if (!last) plant_faults();
    const int operations = 10 + static_cast<int>(random_.below(60));
    for (int i = 0; i < operations && fault_.empty() && !files_.crashed(); ++i) operate(**node);
    files_.set_sync_failures(0);
    files_.set_write_failures(0);
    files_.set_capacity(0);
    if (last && !files_.crashed()) check(**node);
    files_.crash_now();
    node->reset();
    const bool keep = random_.chance(1, 2);
    say(keep ? "crash, some unsynced bytes kept" : "crash, unsynced bytes lost");
    files_.recover(keep ? SimFileSystem::CrashMode::kKeepSome : SimFileSystem::CrashMode::kLoseAllUnsynced);
  }

  void plant_faults() {
    if (random_.chance(2, 3)) files_.crash_after(random_.below(150));
    if (random_.chance(1, 4)) files_.set_sync_failures(100);
    if (random_.chance(1, 4)) files_.set_write_failures(50);
    if (random_.chance(1, 6)) files_.set_capacity(files_.used_bytes() + random_.below(60'000));
  }

  void operate(MetricsNode& node) {
    clock_.advance(Duration{static_cast<std::int64_t>(random_.below(20'000))});
    if (random_.chance(1, 50)) clock_.jump(Duration::hours(random_.between(-30, 30)));
    const std::uint64_t dice = random_.below(100);
    if (dice < 60) {
      write(node);
    } else if (dice < 70) {
      shorten(node);
    } else if (dice < 82) {
      say("flush");
      (void)node.store().run_once(random_.chance(1, 2));
      if (!random_.chance(1, 2)) return;
      for (int job = 0; job < 20; ++job) {
        const auto merged = node.store().compact_once();
        if (!merged || !*merged) break;
        say("merge");
      }
      downsample(node);
    } else {
      check(node);
    }
  }

  struct Key {
    std::string series;
    std::int64_t timestamp;
    auto operator<=>(const Key&) const = default;
  };

  void write(MetricsNode& node) {
    std::vector<model::Labels> labels;
    model::WriteBatch batch;
    std::vector<std::pair<Key, double>> attempts;
    const std::uint64_t series = 1 + random_.below(5);
    std::set<std::string> used;
    for (std::uint64_t s = 0; s < series; ++s) {
      const std::uint64_t n = random_.below(12);
      model::Labels one{{"__name__", "m" + std::to_string(n % 3)}, {"job", "j" + std::to_string(n % 5)}, {"n", std::to_string(n)}};
      if (used.insert(one.to_string()).second) labels.push_back(std::move(one));
    }
    for (const model::Labels& one : labels) {
      labels_.try_emplace(one.to_string(), one);
      const std::uint32_t index = batch.add_series(one.encoded());
      const std::uint64_t samples = 1 + random_.below(4);
      for (std::uint64_t i = 0; i < samples; ++i) add_sample(batch, index, one, attempts);
    }
    // A writer that got no answer sends the same again, at most a few times.
    for (int attempt = 0; attempt < 3; ++attempt) {
      ++writes_;
      const bool acknowledged = node.write("anonymous", batch).has_value();
      say(fmt::format("write of {} samples: {}", attempts.size(), acknowledged ? "acknowledged" : "unknown"));
      for (const auto& [key, value] : attempts) record(key, value, acknowledged);
      if (acknowledged || random_.chance(1, 2)) break;
    }
  }

  void add_sample(model::WriteBatch& batch, std::uint32_t index, const model::Labels& labels,
                  std::vector<std::pair<Key, double>>& attempts) {
    std::int64_t t = clock_.now().ms - static_cast<std::int64_t>(random_.below(5000));
    if (random_.chance(1, 5)) t -= static_cast<std::int64_t>(random_.below(200'000'000));  // days late
    if (random_.chance(1, 5)) t = t / 10'000 * 10'000;                                     // provokes equal timestamps
    // Neighbours get the same value now and then: true duplicates.
    const double value = random_.chance(1, 10) ? 7 : static_cast<double>(++values_);
    if (random_.chance(1, 8)) {
      auto histogram = std::make_shared<model::Histogram>();
      histogram->count = 3;
      histogram->sum = value;
      histogram->positive_spans = {{0, 1}};
      histogram->positive_buckets = {3};
      batch.histograms.push_back({index, t, std::move(histogram), 0});
    } else {
      batch.floats.push_back({index, t, value, random_.chance(1, 6) ? t - 1000 : 0});
    }
    attempts.emplace_back(Key{labels.to_string(), t}, value);
  }

  // Within one batch floats are folded before histograms; two samples of one key in a batch make the first ambiguous, so
  // every value of the batch stays possible.
  void record(const Key& key, double value, bool acknowledged) {
    Truth& truth = truths_[key];
    if (truth.acknowledged && !batch_open(key)) {
      truth.attempted.insert(value);
      return;
    }
    truth.possible.push_back(value);
    truth.attempted.insert(value);
    if (acknowledged) {
      truth.acknowledged = true;
      acknowledged_at_[key] = writes_;
    }
  }
  bool batch_open(const Key& key) const {
    const auto at = acknowledged_at_.find(key);
    return at != acknowledged_at_.end() && at->second == writes_;
  }

  void check(MetricsNode& node) {
    const auto content = node.read_all("anonymous");
    if (!content) {
      if (!files_.crashed()) fault_ = "read failed: " + content.error().message;
      return;
    }
    if (files_.crashed()) return;
    std::set<Key> found;
    for (const auto& [series, samples] : *content) {
      if (samples.size() == 0) return blame({series, 0}, "is found without samples");
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const Key key{series, samples.timestamps[i]};
        if (!found.insert(key).second) return blame(key, "is there twice");
        const auto at = truths_.find(key);
        if (at == truths_.end()) return blame(key, "was never written");
        Truth& truth = at->second;
        const double value = samples.values[i];
        if (truth.loose && truth.attempted.contains(value)) continue;
        if (std::find(truth.possible.begin(), truth.possible.end(), value) == truth.possible.end()) {
          return blame(key, fmt::format("has value {}, which did not come first", value));
        }
        if (truth.seen && *truth.seen != value) {
          return blame(key, fmt::format("changed from {} to {}", *truth.seen, value));
        }
        if (!truth.unsure) truth.seen = value;
      }
    }
    for (const auto& [key, truth] : truths_) {
      if (found.contains(key) || truth.loose) continue;
      if (truth.acknowledged) return blame(key, "is lost, though it was acknowledged");
      if (truth.seen) return blame(key, "was seen and is gone");
    }
    last_found_ = std::move(found);
    check_names(node, *content);
    check_downsampled(node, *content);
    say(fmt::format("checked {} samples", last_found_.size()));
  }

  // --- downsampling ---

  void downsample(MetricsNode& node) {
    if (random_.chance(1, 2)) clock_.jump(Duration::hours(28));  // the day is over
    for (int job = 0; job < 10; ++job) {
      const auto made = node.store().downsample_once();
      if (!made || !*made) break;
      say("downsample");
    }
  }

  void check_downsampled(MetricsNode& node, const MetricsNode::Content& content) {
    const auto entries = node.store().block_entries();
    for (const blocks::BlockEntry& entry : entries) {
      const auto is_block = [&](const blocks::BlockEntry& other) { return blocks::companion_of(entry, other) && other.resolution.ms == 0; };
      if (!options_.retention_by_resolution.empty()) return;  // then a companion may be all that is left
      if (entry.resolution.ms != 0 && std::none_of(entries.begin(), entries.end(), is_block)) fault_ = "a companion is left without its block: " + entry.id;
    }
    const auto hours = node.read_hours("anonymous");
    if (files_.crashed() || !fault_.empty()) return;
    if (!hours || hours->size() != content.size()) fault_ = "downsampled series are not those of all samples";
    for (auto all = content.begin(); fault_.empty() && all != content.end(); ++all) {
      const auto of = [](const model::SampleColumns& samples) {
        std::pair<std::uint64_t, double> sum{0, 0};
        for (std::size_t i = 0; i < samples.size(); ++i) {
          sum.first += samples.weight(i);
          sum.second += samples.sum(i);  // whole numbers: exact
        }
        return sum;
      };
      const auto found = hours->find(all->first);
      if (found == hours->end() || of(found->second) != of(all->second)) fault_ = "numbers or sums read downsampled are wrong: " + all->first;
      else if (found->second.size() < all->second.size()) say(fmt::format("{} samples stand for {}", found->second.size(), all->second.size()));
    }
  }

  // --- deletes and retention ---

  void choose_retention() {
    if (random_.chance(1, 3)) options_.retention = Duration::hours(40);
    if (random_.chance(1, 6)) options_.retention_bytes = 2000 + random_.below(40'000);
    if (options_.retention.ms != 0 && random_.chance(1, 3)) options_.retention_by_resolution[Duration::hours(1)] = Duration::hours(100);
    options_.delete_delay = Duration::seconds(static_cast<std::int64_t>(random_.below(60)));
    if (!random_.chance(1, 3)) return;
    rules_.push_back({{model::Matcher::equal("job", "j1")}, Duration::hours(30)});
    rules_.push_back({{model::Matcher::equal("__name__", "m2")}, Duration{}});
    rules_.push_back({{model::Matcher::equal("job", "j2")}, Duration::hours(60)});
  }

  void shorten(MetricsNode& node) {
    const std::uint64_t dice = random_.below(10);
    if (dice < 5) return delete_some(node);
    if (dice < 7) return clean(node);
    if (dice < 8) return apply_some(node);
    retain(node);
  }

  model::SeriesDeletion some_deletion() {
    model::SeriesDeletion deletion{"anonymous", {}, Timestamp::min(), Timestamp::max()};
    for (std::uint64_t n = 1 + random_.below(2); n > 0; --n) {
      const std::string digit = std::to_string(random_.below(5));
      if (random_.chance(1, 2)) {
        deletion.selectors.push_back({model::Matcher::equal("job", "j" + digit)});
      } else {
        deletion.selectors.push_back({*model::Matcher::create(model::MatchType::kRegex, "n", ".?[" + digit + "-9]"),
                                      *model::Matcher::create(model::MatchType::kNotEqual, "__name__", "m" + digit)});
      }
    }
    if (random_.chance(1, 3)) return deletion;
    deletion.min = clock_.now() - Duration{static_cast<std::int64_t>(random_.below(100'000))};
    if (random_.chance(1, 3)) deletion.min = deletion.min - Duration::hours(30);
    deletion.max = deletion.min + Duration{static_cast<std::int64_t>(random_.below(200'000))};
    return deletion;
  }

  void delete_some(MetricsNode& node) {
    const model::SeriesDeletion deletion = some_deletion();
    const bool acknowledged = node.store().delete_series(deletion).has_value();
    std::size_t meant = 0;
    for (auto& [key, truth] : truths_) {
      if (key.timestamp < deletion.min.ms || key.timestamp > deletion.max.ms || !deletion.matches(labels_.at(key.series))) continue;
      ++meant;
      acknowledged_at_.erase(key);
      truth.acknowledged = false;
      truth.seen.reset();
      if (acknowledged) {
        truth.possible.clear();
        truth.attempted.clear();
        truth.unsure = false;
      } else {
        truth.unsure = true;
      }
    }
    say(fmt::format("delete that means {} samples: {}", meant, acknowledged ? "acknowledged" : "unknown"));
  }

  // After a start every delete is in the log or not, and what the check found is so.
  void decide() {
    for (auto at = truths_.begin(); at != truths_.end();) {
      const bool gone = at->second.unsure && !at->second.loose && !at->second.acknowledged && !last_found_.contains(at->first);
      at->second.unsure = false;
      at = gone ? truths_.erase(at) : std::next(at);
    }
  }

  void clean(MetricsNode& node) {
    const auto cleaned = node.store().clean_tombstones();
    say(cleaned ? "clean" : "clean failed: " + cleaned.error().message);
    if (cleaned && !files_.crashed() && node.store().stats().tombstones != 0) fault_ = "tombstones are left after cleaning";
  }

  void apply_some(MetricsNode& node) {
    for (int job = 0; job < 5; ++job) {
      const auto applied = node.store().apply_deletes_once();
      if (!applied || !*applied) break;
      say("rewrite without what is deleted");
    }
  }

  Duration keep_of(const model::Labels& labels) const {
    for (const follower::RetentionRule& rule : rules_) {
      if (rule.selector[0].matches(labels)) return rule.keep;
    }
    return options_.retention;
  }

  void retain(MetricsNode& node) {
    for (auto& [key, truth] : truths_) {
      const Duration keep = keep_of(labels_.at(key.series));
      if (keep.ms != 0 && clock_.now() - Timestamp{key.timestamp} > keep) truth.loose = true;
    }
    loosen_oldest_blocks(node.store().block_entries());
    const bool dropped = node.store().drop_expired().has_value();
    const auto rewritten = node.store().expire_series_once();
    say(fmt::format("retention: {}{}", dropped ? "done" : "failed", rewritten && *rewritten ? ", a block rewritten" : ""));
  }

  void loosen_oldest_blocks(std::vector<blocks::BlockEntry> entries) {
    std::uint64_t bytes = 0;
    for (const blocks::BlockEntry& entry : entries) bytes += entry.size_bytes;
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.max_time < b.max_time; });
    for (const blocks::BlockEntry& entry : entries) {
      if (options_.retention_bytes == 0 || bytes <= options_.retention_bytes) return;
      bytes -= entry.size_bytes;
      for (auto& [key, truth] : truths_) {
        if (key.timestamp >= entry.min_time.ms && key.timestamp <= entry.max_time.ms) truth.loose = true;
      }
    }
  }

  // Names of metrics as the index has them, of what is not deleted.
  void check_names(MetricsNode& node, const MetricsNode::Content& content) {
    std::set<std::string> expected;
    for (const auto& [series, samples] : content) expected.emplace(labels_.at(series).get("__name__"));
    const auto names = node.store().label_values("__name__", {{"anonymous"}, {}, Timestamp::min(), Timestamp::max()}, node.context());
    if (files_.crashed()) return;
    if (!names || std::set<std::string>(names->begin(), names->end()) != expected) fault_ = "names of metrics are not those of the series";
  }

  // --- ---

  void blame(const Key& key, const std::string& what) {
    fault_ = fmt::format("{} at {} {}", key.series, key.timestamp, what);
  }

  sys::Random random_;
  SimFileSystem files_;
  SimClock clock_;
  bool tell_;
  MetricsNodeOptions options_{.partitions = 3, .flush_bytes = 40'000, .downsampling = true};
  std::vector<follower::RetentionRule> rules_;
  std::map<std::string, model::Labels> labels_;  // by their text
  std::set<Key> last_found_;
  std::map<Key, Truth> truths_;
  std::map<Key, std::uint64_t> acknowledged_at_;
  std::uint64_t values_ = 1000;
  std::uint64_t writes_ = 0;
  std::string fault_;
};

}  // namespace
}  // namespace isobar::sim

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t last = 300;
  bool tell = false;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (flag == "--seeds") last = value;
    if (flag == "--seed") {
      first = last = value;
      tell = true;
    }
  }
  isobar::telemetry::set_log_level(tell ? isobar::telemetry::LogLevel::kDebug : isobar::telemetry::LogLevel::kError);
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const std::string fault = isobar::sim::History(seed, tell).run();
    if (fault.empty()) {
      ++passed;
      continue;
    }
    ++failed;
    std::printf("seed %llu: %s\n  replay with: ./dev sim --seed %llu\n", static_cast<unsigned long long>(seed),
                fault.c_str(), static_cast<unsigned long long>(seed));
  }
  std::printf("metrics_sim: %llu passed, %llu failed\n", static_cast<unsigned long long>(passed),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}
