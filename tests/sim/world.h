// A simulated world: one disk or one bucket, one clock, one process at a time on them, and the truth of what its writers were
// told. On a bucket a process that was declared dead may go on for a while beside its successor.
// Each member function is something that happens to it; what happens is drawn from the seed. The first thing that must not
// be is kept as the fault; "" is none. One thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/metrics_node.h"
#include "sys/random.h"
#include "truth.h"

namespace isobar::sim {

class World {
 public:
  enum class Ground { kDisk, kBucket };
  World(std::uint64_t seed, bool tell, Ground ground = Ground::kDisk);

  // Sizes of the log, ages, and which retention there is: by time, by size, by rules.
  void choose_options();
  MetricsNodeOptions& options() { return options_; }

  // --- processes ---
  // Starts on a disk that works, checks everything and learns which deletes are there.
  void start();
  // Starts on the disk as it is, with what is planned to go wrong, and checks nothing. There may be no process then.
  void start_as_it_is();
  // A start that may meet failures and crashes, with as many more as it needs, then as above.
  void start_in_trouble();
  // Only what shrinks is possible; an existing store must start nevertheless.
  void start_on_a_full_disk();
  SimFileSystem::CrashMode some_crash();
  // The machine loses power, or only the process dies.
  void crash(SimFileSystem::CrashMode mode);
  bool running() const { return fault_.empty() && node_ != nullptr && !crashed(); }
  bool on_bucket() const { return ground_ == Ground::kBucket; }
  // The next process starts while this one, cut off and believed dead, lives on.
  void replace_by_mistake();
  // It does something. Nothing of it may count, or all.
  void stir_the_replaced();
  void look_after_the_log();  // packs, asks for the owner

  // --- what a process does ---
  void write();
  void flush(bool cut_all);
  void merge();
  // Where days are over; some are made so.
  void downsample();
  void delete_some();
  void apply_deletes();
  void clean();
  void retain();
  // Reads all and holds it against the truth, and now and then the blocks against the manifest.
  void check();
  // The disk works again: so must everything, without a restart.
  void settle();

  // Failures from now on may keep blocks or records from being read.
  void expect_trouble() { trouble_ = true; }

  sys::Random& random() { return random_; }
  SimFileSystem& files() { return files_; }
  SimBucket& bucket() { return bucket_; }
  SimClock& clock() { return clock_; }
  const std::string& fault() const { return fault_; }
  FaultCounts counts() const;
  const BucketCounts& bucket_counts() const { return bucket_.counts(); }
  void jump_clock();
  void say(const std::string& text) const;

 private:
  std::unique_ptr<MetricsNode> try_start();
  bool crashed() const { return files_.crashed() || bucket_.killed(); }
  void heal();
  void start_a_bucket_in_trouble();
  void move_to_another_disk();
  void after_start(bool without_trouble);
  bool blame(const std::string& fault);  // true if it is one
  // Failures are no fault while the disk has them, if they say so.
  void blame_error(const std::string& what, const Error& error);

  // The batch refers to the bytes of `series`, which stay where they are: a request is not copied.
  struct Request {
    std::string tenant;
    std::vector<model::Labels> series;
    model::WriteBatch batch;
    std::vector<Truth::Attempt> attempts;
  };
  bool send(MetricsNode& node, const Request& request);
  void send(const Request& request);
  std::shared_ptr<const Request> some_request();
  std::vector<model::Labels> some_series();
  void add_sample(model::WriteBatch& batch, std::uint32_t index, const std::string& series, std::vector<Truth::Attempt>& attempts);
  model::SeriesDeletion some_deletion();

  // Nothing if the store cannot say now.
  std::optional<Truth::Content> read(Timestamp min, Timestamp max, bool& whole);
  void check_parts(const Truth::Content& content);
  void check_names(const Truth::Content& content);
  void check_downsampled(const Truth::Content& content);
  void check_log_is_short();
  void check_not_degraded();

  Duration keep_of(const model::Labels& labels) const;
  Duration longest_keep() const;
  void loosen_oldest_blocks(std::vector<blocks::BlockEntry> entries);
  void check_retained(Timestamp asked, bool dropped, bool rewritten);

  sys::Random random_;
  Ground ground_;
  SimFileSystem files_;
  SimBucket bucket_;
  SimClock clock_;
  bool tell_;
  MetricsNodeOptions options_{.partitions = 3, .flush_bytes = 40'000, .downsampling = true};
  std::vector<follower::RetentionRule> rules_;
  std::unique_ptr<MetricsNode> replaced_;  // of a process that does not know
  std::unique_ptr<MetricsNode> node_;
  bool trouble_ = false;
  std::uint64_t series_in_use_ = 12;
  Truth truth_;
  std::vector<std::shared_ptr<const Request>> requests_;  // sent before, the newest last
  std::uint64_t values_ = 1000;
  std::uint64_t clock_jumps_ = 0;
  std::string fault_;
};

}  // namespace isobar::sim
