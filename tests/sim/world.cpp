#include "world.h"

#include <cstdio>

#include <fmt/format.h>

#include "block_audit.h"
#include "blocks/companions.h"

namespace isobar::sim {
namespace {

constexpr Timestamp kStart{1'700'000'000'000};
const std::vector<std::string> kTenants{"anonymous", "other"};

}  // namespace

World::World(std::uint64_t seed, bool tell, Ground ground)
    : random_(seed), ground_(ground), files_(seed * 7919 + 1), bucket_(seed * 6007 + 3), clock_(kStart), tell_(tell) {}

void World::say(const std::string& text) const {
  if (tell_) std::fprintf(stderr, "%s\n", text.c_str());
}

bool World::blame(const std::string& fault) {
  if (fault.empty()) return false;
  if (fault_.empty()) fault_ = fault;
  return true;
}

void World::blame_error(const std::string& what, const Error& error) {
  if (crashed() || (trouble_ && error.code == Code::kUnavailable)) return say(what + ": " + error.message);
  blame(what + ": " + error.message);
}

FaultCounts World::counts() const {
  FaultCounts counts = files_.counts();
  counts.clock_jumps = clock_jumps_;
  return counts;
}

void World::jump_clock() {
  clock_.jump(Duration::hours(random_.between(-30, 30)));
  ++clock_jumps_;
}

// --- processes ---

std::unique_ptr<MetricsNode> World::try_start() {
  ++options_.writer;
  auto node = on_bucket() ? MetricsNode::start(bucket_, files_, clock_, options_) : MetricsNode::start(files_, clock_, options_);
  if (node) return std::move(*node);
  // Only the disk may be the reason.
  if (!crashed() && node.error().code != Code::kUnavailable) blame("start failed: " + node.error().message);
  say("start failed: " + node.error().message);
  return nullptr;
}

void World::heal() {
  files_.heal();
  bucket_.heal();
}

void World::start() {
  heal();
  trouble_ = false;
  node_ = try_start();
  if (!node_) {
    blame("start failed on a disk that works");
    return;
  }
  say("start");
  after_start(true);
}

void World::start_as_it_is() {
  node_ = try_start();
  if (node_) node_->store().set_retention_rules(rules_);
}

void World::start_on_a_full_disk() {
  if (on_bucket()) return start();
  files_.heal();
  files_.set_capacity(std::max<std::uint64_t>(files_.used_bytes(), 1));
  trouble_ = true;
  const bool first = files_.operations() == 0;
  node_ = try_start();
  files_.heal();
  if (first || !fault_.empty()) return start();
  if (!node_) return (void)blame("start failed on a full disk");
  say("start on a full disk");
  after_start(false);
}

void World::start_a_bucket_in_trouble() {
  if (random_.chance(1, 2)) bucket_.kill_after(random_.below(10));
  if (random_.chance(1, 2)) bucket_.set_failures(100);
  if (random_.chance(1, 2)) bucket_.set_late_puts(500);
  if (random_.chance(1, 4)) bucket_.set_slowness(&clock_, 100);
  trouble_ = true;
  node_ = try_start();
  if (node_ && !crashed()) check();
  const bool died = crashed();
  heal();
  if (!fault_.empty()) return;
  if (died) crash(some_crash());
  if (!node_) return start();
  say("start in trouble");
  after_start(false);
}

void World::start_in_trouble() {
  if (on_bucket()) return start_a_bucket_in_trouble();
  if (random_.chance(1, 2)) files_.crash_after(random_.below(40));
  if (random_.chance(1, 2)) files_.set_read_failures(50);
  if (random_.chance(1, 2)) files_.set_name_failures(50);
  if (random_.chance(1, 4)) files_.set_sync_failures(100);
  if (random_.chance(1, 4)) files_.set_slowness(&clock_, 100);
  trouble_ = true;
  node_ = try_start();
  // While the disk still fails a read says so, or it finds all.
  if (node_ && !crashed()) check();
  files_.heal();
  if (crashed()) {
    node_.reset();
    crash(some_crash());
  }
  if (!fault_.empty()) return;
  if (!node_) return start();
  say("start in trouble");
  after_start(false);
}

void World::after_start(bool without_trouble) {
  node_->store().set_retention_rules(rules_);
  if (on_bucket()) node_->store().remove_left_blocks();
  if (without_trouble && blame(audit_objects(*node_))) return;
  // Now and then most partitions have nothing to do.
  series_in_use_ = random_.chance(1, 3) ? 1 + random_.below(3) : 12;
  // What could not be read at the start is tried again by the first round.
  if (!without_trouble) flush(false);
  trouble_ = false;
  check();
  truth_.decide();
}

SimFileSystem::CrashMode World::some_crash() {
  constexpr SimFileSystem::CrashMode kAll[] = {SimFileSystem::CrashMode::kLoseAllUnsynced, SimFileSystem::CrashMode::kKeepSome,
                                               SimFileSystem::CrashMode::kKeepCache};
  return kAll[random_.below(std::size(kAll))];
}

// What it had sent may still arrive.
void World::replace_by_mistake() {
  heal();
  replaced_ = std::move(node_);
  move_to_another_disk();
  say("replaced, and alive");
}

// The other one may still be used by a process that was replaced.
void World::move_to_another_disk() { options_.cache_directory = fmt::format("/cache-{}", options_.writer); }

void World::stir_the_replaced() {
  if (!replaced_) return;
  const std::uint64_t dice = random_.below(8);
  if (dice < 3) {
    say(send(*replaced_, *some_request()) ? "  by the one replaced" : "  by the one replaced, in vain");
  } else if (dice < 5) {
    say(replaced_->store().run_once(random_.chance(1, 2)) ? "the one replaced flushed" : "the one replaced could not flush");
  } else if (dice < 6) {
    (void)replaced_->store().compact_once();
    (void)replaced_->store().apply_deletes_once();
    (void)replaced_->store().downsample_once();
  } else if (dice < 7) {
    (void)replaced_->object_log()->pack_once();
  } else {
    (void)replaced_->store().drop_expired();
    (void)replaced_->store().expire_series_once();
  }
}

void World::look_after_the_log() {
  if (!on_bucket()) return;
  const auto packed = node_->object_log()->pack_once();
  if (!packed) return blame_error("packing failed", packed.error());
  if (*packed) say("packed the log");
  if (const auto owner = node_->object_log()->check_owner(); !owner) blame_error("not the owner", owner.error());
}

void World::crash(SimFileSystem::CrashMode mode) {
  if (on_bucket()) {
    heal();
    node_.reset();
    if (random_.chance(1, 2)) {
      files_.crash_now();
      files_.recover(mode);
      say("the process is gone; what the disk kept of its cache stays");
    } else {
      move_to_another_disk();
      say("the process is gone, and so is its disk");
    }
    return;
  }
  files_.heal();
  files_.crash_now();
  node_.reset();
  switch (mode) {
    case SimFileSystem::CrashMode::kLoseAllUnsynced: say("crash, unsynced bytes lost"); break;
    case SimFileSystem::CrashMode::kKeepSome: say("crash, some unsynced bytes kept"); break;
    case SimFileSystem::CrashMode::kKeepCache: say("the process is killed"); break;
  }
  files_.recover(mode);
}

// --- writes ---

std::vector<model::Labels> World::some_series() {
  std::vector<model::Labels> labels;
  std::set<std::uint64_t> used;
  for (std::uint64_t s = 1 + random_.below(5); s > 0; --s) {
    const std::uint64_t n = random_.below(series_in_use_);
    if (!used.insert(n).second) continue;
    labels.push_back({{"__name__", "m" + std::to_string(n % 3)}, {"job", "j" + std::to_string(n % 5)}, {"n", std::to_string(n)}});
  }
  return labels;
}

std::shared_ptr<const World::Request> World::some_request() {
  // What was sent days ago comes again: a sender with a disk of its own starts over.
  constexpr std::size_t kRemembered = 40;
  if (!requests_.empty() && random_.chance(1, 8)) {
    const std::shared_ptr<const Request> before = requests_[random_.below(requests_.size())];
    // The clock may have gone back; a limit refuses what is of the future.
    const auto future = [this](const Truth::Attempt& one) { return one.timestamp > clock_.now().ms; };
    if (std::none_of(before->attempts.begin(), before->attempts.end(), future)) return before;
  }
  auto request = std::make_shared<Request>();
  request->tenant = kTenants[random_.chance(1, 6) ? 1 : 0];
  request->series = some_series();
  for (const model::Labels& labels : request->series) {
    const std::string series = truth_.know(request->tenant, labels);
    const std::uint32_t index = request->batch.add_series(labels.encoded());
    // A large request among small ones needs a new segment where the next ones do not.
    const std::uint64_t most = random_.chance(1, 20) ? 80 : 4;
    for (std::uint64_t samples = 1 + random_.below(most); samples > 0; --samples) add_sample(request->batch, index, series, request->attempts);
  }
  if (requests_.size() == kRemembered) requests_.erase(requests_.begin());
  requests_.push_back(request);
  return request;
}

void World::write() {
  send(*some_request());
}

bool World::send(MetricsNode& node, const Request& request) {
  for (const Truth::Attempt& one : request.attempts) say(fmt::format("  {} at {}: {}", one.series, one.timestamp, one.value));
  const bool acknowledged = node.write(request.tenant, request.batch).has_value();
  say(fmt::format("write of {} samples: {}", request.attempts.size(), acknowledged ? "acknowledged" : "unknown"));
  truth_.wrote(request.attempts, acknowledged);
  return acknowledged;
}

void World::send(const Request& request) {
  // A writer that got no answer sends the same again, at most a few times.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (send(*node_, request) || random_.chance(1, 2)) break;
  }
}

void World::add_sample(model::WriteBatch& batch, std::uint32_t index, const std::string& series, std::vector<Truth::Attempt>& attempts) {
  std::int64_t t = clock_.now().ms - static_cast<std::int64_t>(random_.below(5000));
  if (random_.chance(1, 5)) t -= static_cast<std::int64_t>(random_.below(200'000'000));  // days late
  if (random_.chance(1, 5)) t = t / 10'000 * 10'000;                                     // provokes equal timestamps
  if (random_.chance(1, 12)) t = t / 86'400'000 * 86'400'000 - static_cast<std::int64_t>(random_.below(2));  // the edge of a day
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
  attempts.push_back({series, t, value});
}

// --- background work ---

void World::flush(bool cut_all) {
  const auto done = node_->store().run_once(cut_all);
  say(done ? "flush" : "flush failed: " + done.error().message);
}

void World::merge() {
  for (int job = 0; job < 20; ++job) {
    const auto merged = node_->store().compact_once();
    if (!merged || !*merged) return;
    say("merge");
  }
}

void World::downsample() {
  if (random_.chance(1, 2)) clock_.advance(Duration::hours(28));
  for (int job = 0; job < 10; ++job) {
    const auto made = node_->store().downsample_once();
    if (!made || !*made) return;
    say("downsample");
  }
}

void World::settle() {
  heal();
  say("the disk works");
  if (const auto done = node_->store().run_once(random_.chance(1, 2)); !done) {
    blame("blocks are not written on a disk that works: " + done.error().message);
    return;
  }
  trouble_ = false;
  check();
  if (running()) merge();
  if (running()) downsample();
  if (running()) retain();
  if (running()) check();
  if (running()) blame(audit_blocks(*node_));
  if (running()) check_log_is_short();
  if (running()) check_not_degraded();
}

// --- deletes ---

model::SeriesDeletion World::some_deletion() {
  model::SeriesDeletion deletion{kTenants[random_.chance(1, 6) ? 1 : 0], {}, Timestamp::min(), Timestamp::max()};
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

void World::delete_some() {
  const model::SeriesDeletion deletion = some_deletion();
  const bool acknowledged = node_->store().delete_series(deletion).has_value();
  const std::size_t meant = truth_.deleted(deletion, acknowledged);
  say(fmt::format("delete from {} to {} that means {} samples: {}", deletion.min.ms, deletion.max.ms, meant,
                  acknowledged ? "acknowledged" : "unknown"));
}

void World::apply_deletes() {
  for (int job = 0; job < 5; ++job) {
    const auto applied = node_->store().apply_deletes_once();
    if (!applied || !*applied) return;
    say("rewrite without what is deleted");
  }
}

void World::clean() {
  const auto cleaned = node_->store().clean_tombstones();
  say(cleaned ? "clean" : "clean failed: " + cleaned.error().message);
  if (!cleaned || crashed()) return;
  if (node_->store().stats().tombstones != 0) return (void)blame("tombstones are left after cleaning");
  if (trouble_) return;
  blame(audit_blocks(*node_, [this](const blocks::BlockEntry&, const std::string& tenant, const model::Labels& labels,
                                    const model::SampleColumns& samples) {
    return truth_.check_cleaned(Truth::series_name(tenant, labels), samples);
  }));
}

// --- retention ---

void World::choose_options() {
  if (random_.chance(1, 2)) options_.segment_bytes = 4096;
  if (random_.chance(1, 2)) options_.tail_bytes = 1024;
  if (on_bucket() && random_.chance(1, 2)) options_.cache_bytes = 4000 + random_.below(40'000);
  if (random_.chance(1, 3)) options_.idle_log_bytes = 300;
  if (random_.chance(1, 3)) options_.retention = Duration::hours(40);
  if (random_.chance(1, 6)) options_.retention_bytes = 2000 + random_.below(40'000);
  if (options_.retention.ms != 0 && random_.chance(1, 3)) options_.retention_by_resolution[Duration::hours(1)] = Duration::hours(100);
  options_.delete_delay = Duration::seconds(static_cast<std::int64_t>(random_.below(60)));
  if (random_.chance(1, 3)) options_.flush_age = Duration::minutes(5);
  if (!random_.chance(1, 3)) return;
  rules_.push_back({{model::Matcher::equal("job", "j1")}, Duration::hours(30)});
  if (random_.chance(1, 2)) rules_.push_back({{model::Matcher::equal("__name__", "m2")}, Duration{}});
  rules_.push_back({{model::Matcher::equal("job", "j2")}, Duration::hours(60)});
}

Duration World::keep_of(const model::Labels& labels) const {
  for (const follower::RetentionRule& rule : rules_) {
    if (rule.selector[0].matches(labels)) return rule.keep;
  }
  return options_.retention;
}

// Zero: for ever.
Duration World::longest_keep() const {
  Duration longest = options_.retention;
  for (const follower::RetentionRule& rule : rules_) {
    if (longest.ms != 0) longest = rule.keep.ms == 0 ? Duration{} : std::max(longest, rule.keep);
  }
  return longest;
}

void World::retain() {
  const Timestamp asked = clock_.now();
  loosen_oldest_blocks(node_->store().block_entries());
  const bool dropped = node_->store().drop_expired().has_value();
  auto rewritten = node_->store().expire_series_once();
  for (int job = 0; job < 5 && rewritten && *rewritten; ++job) rewritten = node_->store().expire_series_once();
  // A slow disk may have let more of it become too old.
  truth_.may_expire([&](const model::Labels& labels, Timestamp time) {
    const Duration keep = keep_of(labels);
    return keep.ms != 0 && clock_.now() - time > keep;
  });
  say(dropped ? "retention" : "retention failed");
  if (!trouble_ && !crashed()) check_retained(asked, dropped, rewritten && !*rewritten);
}

// What was too old when retention began is gone.
void World::check_retained(Timestamp asked, bool dropped, bool rewritten) {
  std::uint64_t bytes = 0;
  for (const blocks::BlockEntry& entry : node_->store().block_entries()) {
    bytes += entry.size_bytes;
    // With a retention of its own a companion stays longer, and its block until it is made.
    const bool too_old = options_.retention_by_resolution.empty() && longest_keep().ms != 0 && asked - entry.max_time > longest_keep();
    if (dropped && too_old) return (void)blame("block " + entry.id + " is kept past the retention");
  }
  if (dropped && options_.retention_bytes != 0 && bytes > options_.retention_bytes) {
    return (void)blame(fmt::format("blocks of {} bytes are kept, of {}", bytes, options_.retention_bytes));
  }
  if (!rewritten || rules_.empty() || !options_.retention_by_resolution.empty()) return;
  blame(audit_blocks(*node_, [&](const blocks::BlockEntry& entry, const std::string&, const model::Labels& labels,
                                 const model::SampleColumns&) -> std::string {
    const Duration keep = keep_of(labels);
    if (keep.ms == 0 || asked - entry.max_time <= keep) return {};
    return fmt::format("block {} keeps {} past its rule", entry.id, labels.to_string());
  }));
}

void World::loosen_oldest_blocks(std::vector<blocks::BlockEntry> entries) {
  std::uint64_t bytes = 0;
  for (const blocks::BlockEntry& entry : entries) bytes += entry.size_bytes;
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return std::tie(a.max_time, a.id) < std::tie(b.max_time, b.id); });
  for (const blocks::BlockEntry& entry : entries) {
    if (options_.retention_bytes == 0 || bytes <= options_.retention_bytes) return;
    bytes -= entry.size_bytes;
    truth_.may_expire([&](const model::Labels&, Timestamp time) { return time >= entry.min_time && time <= entry.max_time; });
  }
}

// --- checks ---

std::optional<Truth::Content> World::read(Timestamp min, Timestamp max, bool& whole) {
  Truth::Content content;
  std::vector<std::string> warnings;
  for (const std::string& tenant : kTenants) {
    auto part = node_->read_all(tenant, &warnings, min, max);
    if (!part) {
      blame_error("read failed", part.error());
      return std::nullopt;
    }
    for (auto& [labels, samples] : *part) content.emplace(tenant + " " + labels, std::move(samples));
  }
  if (crashed()) return std::nullopt;
  // After retention only what stands for the samples may be left, and a read says so.
  std::erase_if(warnings, [](const std::string& warning) { return warning.find("downsampled") != std::string::npos; });
  whole = warnings.empty();
  if (!whole && !trouble_) blame("a read warns on a disk that works: " + warnings.front());
  return content;
}

void World::check() {
  bool whole = false;
  const std::optional<Truth::Content> content = read(Timestamp::min(), Timestamp::max(), whole);
  if (!content || blame(truth_.check(*content, whole))) return;
  say(fmt::format("checked {} series{}", content->size(), whole ? "" : ", some blocks left out"));
  if (!whole || trouble_) return;
  check_names(*content);
  if (running() && random_.chance(1, 2)) check_downsampled(*content);
  if (running() && random_.chance(1, 3)) check_parts(*content);
  if (running() && random_.chance(1, 3)) blame(audit_blocks(*node_));
}

// Two reads that meet at an instant give together what one read gives, sample for sample: nothing counts twice.
void World::check_parts(const Truth::Content& content) {
  if (content.empty()) return;
  const auto one = std::next(content.begin(), static_cast<std::ptrdiff_t>(random_.below(content.size())));
  Timestamp at{one->second.timestamps[random_.below(one->second.size())]};
  // Or just before the last sample of a block.
  const auto entries = node_->store().block_entries();
  if (!entries.empty() && random_.chance(1, 2)) at = entries[random_.below(entries.size())].max_time - Duration{1};
  bool whole = false;
  const auto early = read(Timestamp::min(), at, whole);
  const auto late = read(at + Duration{1}, Timestamp::max(), whole);
  if (!early || !late) return;
  for (const auto& [series, samples] : content) {
    std::vector<double> values;
    for (const auto& part : {early, late}) {
      const auto found = part->find(series);
      if (found != part->end()) values.insert(values.end(), found->second.values.begin(), found->second.values.end());
    }
    if (values == samples.values) continue;
    blame(fmt::format("{} has {} samples, read in two parts at {} it has {}", series, samples.size(), at.ms, values.size()));
    return;
  }
}

// Names of metrics as the index has them, of what is not deleted.
void World::check_names(const Truth::Content& content) {
  std::set<std::string> expected;
  for (const auto& [series, samples] : content) expected.emplace(truth_.labels_of(series).get("__name__"));
  std::set<std::string> found;
  for (const std::string& tenant : kTenants) {
    const auto names = node_->store().label_values("__name__", {{tenant}, {}, Timestamp::min(), Timestamp::max()}, node_->context());
    if (!names) return blame_error("names cannot be read", names.error());
    found.insert(names->begin(), names->end());
  }
  if (!crashed() && found != expected) blame("names of metrics are not those of the series");
}

// Numbers and sums of whole hours are those of all samples, and no companion outlives what it was made of.
void World::check_downsampled(const Truth::Content& content) {
  const auto entries = node_->store().block_entries();
  for (const blocks::BlockEntry& entry : entries) {
    const auto is_block = [&](const blocks::BlockEntry& other) { return blocks::companion_of(entry, other) && other.resolution.ms == 0; };
    if (!options_.retention_by_resolution.empty() || entry.resolution.ms == 0) continue;  // else it may be all that is left
    if (std::none_of(entries.begin(), entries.end(), is_block)) return (void)blame("a companion is left without its block: " + entry.id);
  }
  const auto of = [](const model::SampleColumns& samples) {
    std::pair<std::uint64_t, double> sum{0, 0};
    for (std::size_t i = 0; i < samples.size(); ++i) {
      sum.first += samples.weight(i);
      sum.second += samples.sum(i);  // whole numbers: exact
    }
    return sum;
  };
  std::size_t series = 0;
  for (const std::string& tenant : kTenants) {
    const auto hours = node_->read_hours(tenant);
    if (!hours) return blame_error("hours cannot be read", hours.error());
    if (crashed()) return;
    series += hours->size();
    for (const auto& [labels, samples] : *hours) {
      const auto all = content.find(tenant + " " + labels);
      if (all == content.end() || of(samples) != of(all->second)) {
        return (void)blame("numbers or sums read downsampled are wrong: " + labels);
      }
      if (samples.size() < all->second.size()) say(fmt::format("{} samples stand for {}", samples.size(), all->second.size()));
    }
  }
  if (series != content.size()) blame("downsampled series are not those of all samples");
}

// All that is in blocks leaves the log, but for whole segments and what an idle partition may hold back.
void World::check_log_is_short() {
  const auto done = node_->store().run_once(true);
  if (!done) return (void)blame("blocks are not written on a disk that works: " + done.error().message);
  const std::uint64_t bytes = node_->log().end().value - node_->log().begin().value;
  constexpr std::uint64_t kLargestRequest = 8192;  // gets a segment of its own size
  const std::uint64_t allowed = options_.idle_log_bytes + 2 * std::max(options_.segment_bytes, kLargestRequest);
  if (bytes > allowed) blame(fmt::format("the log keeps {} bytes that are in blocks", bytes));
}

void World::check_not_degraded() {
  for (const follower::Degradation& one : node_->store().degraded()) {
    blame(fmt::format("{} stays degraded on a disk that works: {}", one.component, one.reason));
  }
}

}  // namespace isobar::sim
