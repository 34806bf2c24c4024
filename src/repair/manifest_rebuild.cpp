#include "repair/manifest_rebuild.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/hash.h"
#include "blocks/block_name.h"
#include "repair/block_steps.h"

namespace isobar::repair {
namespace {

using model::Position;

struct Candidate {
  blocks::BlockName name;
  blocks::BlockEntry entry;
  JudgedBlock judged;

  std::uint64_t width() const { return name.end.value - name.first.value; }
  bool overlaps(const Candidate& other) const {
    const bool same_positions = name.first == other.name.first && name.end == other.name.end;
    return same_positions || (name.first < other.name.end && other.name.first < name.end);
  }
};

// Sound ones first, then the widest: a merge before what it was made of. Of the same positions, the one with
// most samples.
bool preferred(const Candidate& a, const Candidate& b) {
  const bool a_sound = a.judged.state == BlockState::kSound;
  const bool b_sound = b.judged.state == BlockState::kSound;
  return std::tuple(b_sound, b.width(), b.entry.samples, b.name.suffix) <
         std::tuple(a_sound, a.width(), a.entry.samples, a.name.suffix);
}

class Rebuild {
 public:
  Rebuild(const DataLayout& layout, object_store::ObjectStore& objects, const ingest_log::LogSurvey& survey,
          Plan& plan)
      : layout_(layout), objects_(objects), survey_(survey), plan_(plan) {}

  Result<blocks::Manifest> run(const std::string& wrong) {
    TRYV(find_candidates());
    for (auto& [where, candidates] : by_day_) choose(candidates);  // blocks of every sample before the downsampled ones
    set_watermarks();
    set_aside_unreadable();
    add_manifest_step(wrong);
    for (Step& step : later_) plan_.steps.push_back(std::move(step));
    return std::move(manifest_);
  }

 private:
  Result<void> find_candidates() {
    const std::string folder = layout_.prefix + "/blocks/";
    TRY(const auto found, objects_.list(folder));
    for (const object_store::ObjectInfo& object : found) {
      std::string id = object.key.substr(folder.size());
      const bool block = id.ends_with(".block");
      if (block) id.resize(id.size() - std::string_view(".block").size());
      const auto name = block ? blocks::parse_block_name(id) : std::nullopt;
      if (!name) {
        plan_.notes.push_back(layout_.object(object.key) + ": no block by its name");
        continue;
      }
      Candidate candidate{*name, {}, {}};
      TRY(candidate.judged, judge_block(objects_, object.key));
      if (candidate.judged.state == BlockState::kNewer)
        return fail(Code::kUnsupported, object.key + ": " + candidate.judged.fault);
      candidate.entry = entry_of(*name, id, object.key, candidate.judged);
      taken_.insert(id);
      partitions_ = std::max(partitions_, name->partition.value + 1);
      by_day_[{name->partition.value, name->bucket, name->resolution.ms}].push_back(std::move(candidate));
    }
    return {};
  }

  static blocks::BlockEntry entry_of(const blocks::BlockName& name, const std::string& id,
                                     const std::string& key, const JudgedBlock& judged) {
    blocks::BlockEntry entry;
    entry.id = id;
    entry.key = key;
    entry.partition = name.partition;
    entry.resolution = name.resolution;
    entry.first = name.first;
    entry.end = name.end;
    const tsdb::BlockDamage& content = judged.content;
    entry.min_time = std::min(content.kept.min_time, content.lost.min_time);
    entry.max_time = std::max(content.kept.max_time, content.lost.max_time);
    entry.series = content.kept.series + content.gone_series + content.unnamed_series;
    entry.samples = content.kept.samples + content.lost.samples;
    entry.size_bytes = judged.size_bytes;
    return entry;
  }

  void choose(std::vector<Candidate>& candidates) {
    std::sort(candidates.begin(), candidates.end(), preferred);
    std::vector<const Candidate*> kept;
    for (const Candidate& candidate : candidates) {
      const auto winner = std::find_if(kept.begin(), kept.end(),
                                       [&](const Candidate* other) { return other->overlaps(candidate); });
      if (candidate.name.resolution.ms != 0 && !is_companion_or_alone(candidate)) {
        set_aside_companion(candidate);
      } else if (winner != kept.end()) {
        set_aside(candidate, **winner);
      } else if (keep(candidate)) {
        kept.push_back(&candidate);
      }
    }
  }

  // Beside a block of every sample that stays as it is: the same positions. Or there is no such block any more.
  bool is_companion_or_alone(const Candidate& candidate) const {
    for (const blocks::BlockEntry& block : manifest_.blocks) {
      const bool same_day = block.partition == candidate.name.partition && block.resolution.ms == 0 &&
                            blocks::parse_block_name(block.id)->bucket == candidate.name.bucket;
      if (!same_day || block.first >= candidate.name.end || candidate.name.first >= block.end) continue;
      const bool salvaged =
          std::any_of(plan_.salvages.begin(), plan_.salvages.end(), [&](const Salvage& s) { return s.sound.id == block.id; });
      return candidate.judged.state == BlockState::kSound && !salvaged && block.first == candidate.name.first &&
             block.end == candidate.name.end;
    }
    return true;
  }

  void set_aside_companion(const Candidate& candidate) {
    const std::string file = layout_.object(candidate.entry.key);
    const bool sound = candidate.judged.state == BlockState::kSound;
    later_.push_back({file, sound ? "a block of every sample holds its positions" : candidate.judged.fault, "sets the file aside",
                      {"nothing: it is downsampled, and made again from the block of every sample"}});
    remove(file);
  }

  // True if anything of it stays.
  bool keep(const Candidate& candidate) {
    if (candidate.judged.state == BlockState::kSound) {
      manifest_.blocks.push_back(candidate.entry);
      if (candidate.name.resolution.ms == 0) listed_samples_ += candidate.entry.samples;
      return true;
    }
    if (candidate.judged.state == BlockState::kUnreadable) {
      unreadable_.push_back(candidate);
      return false;
    }
    const std::size_t before = plan_.steps.size();
    plan_block(layout_, candidate.entry, candidate.judged, taken_, plan_, manifest_);
    std::move(plan_.steps.begin() + static_cast<std::ptrdiff_t>(before), plan_.steps.end(),
              std::back_inserter(later_));
    plan_.steps.resize(before);
    listed_samples_ += manifest_.blocks.back().samples;
    return true;
  }

  // What the log is read again for is not lost, so the watermarks must be known.
  void set_aside_unreadable() {
    for (const Candidate& candidate : unreadable_) {
      const std::string file = layout_.object(candidate.entry.key);
      const Position again =
          std::max(candidate.name.first, manifest_.watermarks[candidate.name.partition.value]);
      std::string lost =
          fmt::format("all of it (partition {}, positions {} to {}); how many samples cannot be said",
                      candidate.name.partition.value, candidate.name.first.value, candidate.name.end.value);
      if (again < std::min(candidate.name.end, survey_.end)) {
        lost +=
            fmt::format("; what was received from position {} on is read again from the log", again.value);
      }
      later_.push_back({file, candidate.judged.fault, "sets the file aside", {lost}});
      remove(file);
    }
  }

  void set_aside(const Candidate& candidate, const Candidate& winner) {
    const std::string file = layout_.object(candidate.entry.key);
    const bool sound = candidate.judged.state == BlockState::kSound;
    const bool inside = winner.name.first <= candidate.name.first && candidate.name.end <= winner.name.end;
    std::string lost = "nothing: its positions are in that block";
    if (!inside) {
      lost = fmt::format("what positions {} to {} have beyond that block", candidate.name.first.value,
                         candidate.name.end.value);
    } else if (candidate.entry.samples > winner.entry.samples) {
      lost = fmt::format("{} that the other has not, deleted ones among them",
                         counted(candidate.entry.samples - winner.entry.samples, "sample"));
    }
    const std::string fault = sound ? "another block holds its positions: "
                                    : candidate.judged.fault + ", and another holds its positions: ";
    later_.push_back({file, fault + winner.entry.key, "sets the file aside", {lost}});
    remove(file);
  }

  void remove(const std::string& file) {
    plan_.set_aside.push_back(file);
    plan_.removed.push_back(file);
  }

  // A generation ends where its blocks end, and what is behind it is in the log. The place of an imported
  // block was taken from the log while records before it waited, so it says nothing. Where a partition
  // received nothing for long, the log begins behind its last block.
  void set_watermarks() {
    partitions_ = std::max({partitions_, survey_.partitions, 1U});
    manifest_.watermarks.assign(partitions_, survey_.begin);
    Position highest = survey_.end;
    for (const blocks::BlockEntry& entry : manifest_.blocks) {
      highest = std::max(highest, entry.end);
      Position& mark = manifest_.watermarks[entry.partition.value];
      if (!blocks::parse_block_name(entry.id)->imported()) mark = std::max(mark, entry.end);
    }
    manifest_.version = 1;
    manifest_.log_identity = survey_.identity;
    if (!survey_.segments.empty()) return;
    // Without a log nothing waits, and its identity may be any that stays the same.
    manifest_.watermarks.assign(partitions_, highest);
    std::string names;
    for (const blocks::BlockEntry& entry : manifest_.blocks) names += entry.id;
    manifest_.log_identity = hash64(names);
  }

  void add_manifest_step(const std::string& wrong) {
    std::vector<std::string> lost{
        "deletes of series that were not yet applied to every block: what they hid is seen again, unless the "
        "log still holds them"};
    for (std::uint32_t p = 0; p < partitions_; ++p) {
      const auto last = std::max_element(
          manifest_.blocks.begin(), manifest_.blocks.end(), [&](const auto& a, const auto& b) {
            return std::tuple(a.partition.value == p, a.end) < std::tuple(b.partition.value == p, b.end);
          });
      const Position end =
          last == manifest_.blocks.end() || last->partition.value != p ? Position{} : last->end;
      if (end >= survey_.begin || survey_.segments.empty()) continue;
      lost.push_back(
          fmt::format("what partition {} received in positions {} to {}, if anything: no block has it and "
                      "the log begins behind it",
                      p, end.value, survey_.begin.value));
    }
    plan_.steps.push_back(
        {layout_.object(layout_.manifest_key()), wrong,
         fmt::format("writes it anew: {} with {} in {}", counted(manifest_.blocks.size(), "block"),
                     counted(listed_samples_, "sample"), counted(partitions_, "partition")) +
             "; the log is read again from the end of the blocks on",
         std::move(lost)});
  }

  const DataLayout& layout_;
  object_store::ObjectStore& objects_;
  const ingest_log::LogSurvey& survey_;
  Plan& plan_;
  std::map<std::tuple<std::uint32_t, std::int64_t, std::int64_t>, std::vector<Candidate>> by_day_;
  std::set<std::string> taken_;
  std::uint32_t partitions_ = 0;
  std::uint64_t listed_samples_ = 0;
  blocks::Manifest manifest_;
  std::vector<Candidate> unreadable_;
  std::vector<Step> later_;  // behind that of the manifest
};

}  // namespace

Result<blocks::Manifest> plan_manifest(const DataLayout& layout, object_store::ObjectStore& objects,
                                       const ingest_log::LogSurvey& survey, const std::string& wrong,
                                       Plan& plan) {
  return Rebuild(layout, objects, survey, plan).run(wrong);
}

}  // namespace isobar::repair
