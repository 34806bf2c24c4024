#include "repair/log_steps.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::repair {
namespace {

using ingest_log::LogSurvey;
using ingest_log::LostRange;
using model::Position;

class LogSteps {
 public:
  LogSteps(const DataLayout& layout, const LogSurvey& survey, const blocks::Manifest& manifest, Plan& plan)
      : layout_(layout), survey_(survey), manifest_(manifest), plan_(plan) {
    const auto& marks = manifest.watermarks;
    if (marks.empty()) return;
    least_ = *std::min_element(marks.begin(), marks.end());
    most_ = *std::max_element(marks.begin(), marks.end());
  }

  void run() {
    plan_.log_identity = survey_.identity;
    for (const std::string& name : survey_.unknown)
      plan_.notes.push_back(file(name) + ": no file of the log");
    for (const std::string& name : survey_.unfinished)
      plan_.notes.push_back(file(name) + ": never finished, the next start removes it");
    plan_.patches = survey_.patches;
    if (survey_.segments.empty()) {
      whole_log();
    } else {
      front_gap();
      for (const LostRange& range : survey_.lost) lost_range(range);
      headers();
      end_gap();
      set_aside_damaged();
    }
    foreign();
  }

 private:
  std::string file(const std::string& name) const { return layout_.log + "/" + name; }

  // Neither blocks nor log have anything: a directory that was never written to.
  void whole_log() {
    const Position end = highest_end();
    if (end.value == 0) return;
    plan_.log_identity = manifest_.log_identity;
    const bool behind = least_ < end;
    plan_.steps.push_back(
        {layout_.log,
         "the log is missing",
         fmt::format("begins it anew at position {}, so that the blocks can be read", end.value),
         {"everything that was received and is not in blocks; how much cannot be known"}});
    plan_.patches.push_back(behind ? ingest_log::hole_patch(least_, end) : ingest_log::empty_patch(end));
  }

  Position highest_end() const {
    Position end = most_;
    for (const blocks::BlockEntry& block : manifest_.blocks) end = std::max(end, block.end);
    return end;
  }

  void front_gap() {
    if (manifest_.watermarks.empty() || least_ >= survey_.begin) return;
    LostRange range;
    range.from = least_;
    range.to = survey_.begin;
    range.unnamed_bytes = range.to.value - range.from.value;
    plan_.steps.push_back(
        {layout_.log,
         fmt::format("the log begins at position {}, but blocks end at {}: segments are missing",
                     range.to.value, range.from.value),
         noted_as_lost(range), losses(range)});
    plan_.patches.push_back(ingest_log::hole_patch(range.from, range.to));
  }

  void end_gap() {
    if (most_ <= survey_.end) return;
    LostRange range;
    range.from = survey_.end;
    range.to = std::max(highest_end(), Position{survey_.end.value + 1});
    range.unnamed_bytes = range.to.value - range.from.value;
    plan_.steps.push_back(
        {layout_.log,
         fmt::format("the log ends at position {}, but blocks reach to {}: segments are missing",
                     range.from.value, most_.value),
         noted_as_lost(range), losses(range)});
    const ingest_log::LogPatch patch = ingest_log::hole_patch(range.from, range.to);
    // An empty last segment may have the name.
    const bool taken = std::any_of(survey_.segments.begin(), survey_.segments.end(),
                                   [&](const auto& s) { return s.name == patch.name; });
    if (taken) set_aside(file(patch.name));
    plan_.patches.push_back(patch);
  }

  void lost_range(const LostRange& range) {
    const std::string wrong =
        range.missing ? fmt::format("acknowledged records are missing behind it: positions {} to {}",
                                    range.from.value, range.to.value)
                      : fmt::format("acknowledged records are damaged: positions {} to {}", range.from.value,
                                    range.to.value);
    plan_.steps.push_back(
        {file(range.segment), wrong,
         noted_as_lost(range) +
             (range.missing ? "" : "; sound records behind them are kept, the file is set aside"),
         losses(range)});
  }

  std::string noted_as_lost(const LostRange& range) const {
    return fmt::format("notes these positions as lost, in {}",
                       ingest_log::hole_patch(range.from, range.to).name);
  }

  bool in_blocks(std::uint32_t partition, const LostRange& range) const {
    return partition < manifest_.watermarks.size() && manifest_.watermarks[partition] >= range.to;
  }

  std::vector<std::string> losses(const LostRange& range) const {
    if (!manifest_.watermarks.empty() && least_ >= range.to) {
      return {fmt::format("nothing: every partition is in blocks up to position {}", least_.value)};
    }
    std::vector<std::string> out;
    for (const auto& [partition, total] : range.named) {
      const std::string what = fmt::format("{} of partition {}, {} bytes", counted(total.records, "record"),
                                           partition, total.bytes);
      out.push_back(what + (in_blocks(partition, range) ? ": nothing, they are in blocks already" : ""));
    }
    if (range.unnamed_bytes != 0) out.push_back(unnamed(range));
    if (range.received_after && range.received_before) {
      out.push_back(fmt::format("received between {} and {}", utc_text(*range.received_after),
                                utc_text(*range.received_before)));
    } else if (range.received_after) {
      out.push_back("received after " + utc_text(*range.received_after));
    } else if (range.received_before) {
      out.push_back("received before " + utc_text(*range.received_before));
    }
    out.push_back("if a delete of series stood there, it is undone");
    return out;
  }

  std::string unnamed(const LostRange& range) const {
    std::string held;
    std::string open;
    for (std::uint32_t p = 0; p < manifest_.watermarks.size(); ++p) {
      std::string& list = in_blocks(p, range) ? held : open;
      list += (list.empty() ? "" : ", ") + fmt::format("{}", p);
    }
    std::string text = fmt::format("{} bytes of records that cannot be named", range.unnamed_bytes);
    if (!open.empty()) text += ", of partitions " + open;
    if (!held.empty()) text += "; those of partitions " + held + " are in blocks already";
    return text;
  }

  void headers() {
    for (const ingest_log::SurveyedSegment& segment : survey_.segments) {
      if (!segment.header_damaged) continue;
      plan_.steps.push_back(
          {file(segment.name),
           "the header of the segment is damaged",
           "writes it anew, from the name of the file and the other segments, and sets the file aside",
           {"nothing by this; records are judged one by one"}});
    }
  }

  void set_aside_damaged() {
    for (const ingest_log::SurveyedSegment& segment : survey_.segments) {
      if (segment.damaged) set_aside(file(segment.name));
    }
  }

  void set_aside(const std::string& path) {
    if (std::find(plan_.set_aside.begin(), plan_.set_aside.end(), path) == plan_.set_aside.end())
      plan_.set_aside.push_back(path);
  }

  void foreign() {
    for (const std::string& name : survey_.foreign) {
      plan_.steps.push_back(
          {file(name), "the segment belongs to another log", "sets the file aside", {"nothing of this log"}});
      set_aside(file(name));
      const bool replaced = std::any_of(plan_.patches.begin(), plan_.patches.end(),
                                        [&](const auto& patch) { return patch.name == name; });
      if (!replaced) plan_.removed.push_back(file(name));
    }
  }

  const DataLayout& layout_;
  const LogSurvey& survey_;
  const blocks::Manifest& manifest_;
  Plan& plan_;
  Position least_;
  Position most_;
};

}  // namespace

void plan_log(const DataLayout& layout, const ingest_log::LogSurvey& survey, const blocks::Manifest& manifest,
              Plan& plan) {
  LogSteps(layout, survey, manifest, plan).run();
}

}  // namespace isobar::repair
