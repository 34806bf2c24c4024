#include "repair/examination.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "blocks/block_name.h"
#include "blocks/companions.h"
#include "object_store/filesystem/filesystem_store.h"
#include "repair/block_steps.h"
#include "repair/log_steps.h"
#include "repair/manifest_rebuild.h"
#include "repair/refold.h"

namespace isobar::repair {
namespace {

class Examination {
 public:
  Examination(sys::FileSystem& files, const DataLayout& layout)
      : files_(files), layout_(layout), objects_(files, layout.path(layout.objects)) {}

  Result<Plan> run() {
    TRYV(look_around());
    TRYV(read_manifest());
    TRY(const ingest_log::LogSurvey survey, survey_log());
    if (listed_) {
      next_ = *listed_;
      TRYV(listed_blocks(survey));
    } else {
      TRYV(rebuild(survey));
    }
    plan_log(layout_, survey, next_, plan_);
    orphans();
    unfinished_repairs();
    finish(survey);
    return std::move(plan_);
  }

 private:
  Result<void> look_around() {
    TRY(const auto names, files_.list(layout_.directory));
    const auto there = [&](const std::string& path) {
      return std::find(names.begin(), names.end(), path.substr(0, path.find('/'))) != names.end();
    };
    if (!there(layout_.log) && !there(layout_.objects)) {
      return fail(Code::kNotFound,
                  "no data directory of isobar, it has neither objects nor log: " + layout_.directory);
    }
    static const std::set<std::string> kOurs{"log", "objects", "lock", "set-aside", "snapshots"};
    for (const std::string& name : names) {
      if (!kOurs.contains(name)) plan_.notes.push_back(name + ": nothing that isobar knows");
    }
    return {};
  }

  Result<void> read_manifest() {
    const auto object = objects_.get(layout_.manifest_key());
    if (!object) {
      if (object.error().code != Code::kNotFound) return fail(object.error());
      wrong_ = "the manifest is missing, and blocks are there";
      return {};
    }
    auto decoded = blocks::decode_manifest(object->bytes);
    if (!decoded && decoded.error().code == Code::kUnsupported) return fail(decoded.error());
    if (decoded) {
      if (const Result<void> whole = holds_together(*decoded); !whole) decoded = fail(whole.error());
    }
    if (!decoded) {
      damaged_manifest_ = true;
      wrong_ = decoded.error().message;
      return {};
    }
    plan_.manifest_etag = object->etag;
    listed_ = *std::move(decoded);
    return {};
  }

  // It has no checksum, but says some things twice.
  Result<void> holds_together(const blocks::Manifest& manifest) const {
    if (manifest.watermarks.empty()) return fail(Code::kCorrupt, "the manifest names no partition");
    for (const blocks::BlockEntry& entry : manifest.blocks) {
      const bool known = entry.partition.value < manifest.watermarks.size();
      if (known && entry.key == blocks::block_key(layout_.prefix, entry.id)) continue;
      return fail(Code::kCorrupt, "the manifest contradicts itself: block " + entry.id);
    }
    return {};
  }

  Result<ingest_log::LogSurvey> survey_log() {
    auto survey = ingest_log::survey_log(files_, layout_.path(layout_.log),
                                         listed_ ? std::optional(listed_->log_identity) : std::nullopt);
    if (survey || survey.error().code != Code::kNotFound) return survey;
    ingest_log::LogSurvey empty;
    if (listed_) empty.identity = listed_->log_identity;
    return empty;
  }

  Result<void> listed_blocks(const ingest_log::LogSurvey& survey) {
    std::set<std::string> taken;
    for (const blocks::BlockEntry& entry : listed_->blocks) taken.insert(entry.id);
    TRY(const auto found, objects_.list(layout_.prefix + "/blocks/"));
    for (const object_store::ObjectInfo& object : found) {
      const std::size_t begin = layout_.prefix.size() + std::string_view("/blocks/").size();
      taken.insert(object.key.substr(begin, object.key.rfind('.') - begin));
    }
    for (const blocks::BlockEntry& entry : listed_->blocks) {
      TRY(const JudgedBlock judged, judge_block(objects_, entry.key));
      if (judged.state == BlockState::kSound) continue;
      const bool companion = std::any_of(listed_->blocks.begin(), listed_->blocks.end(),
                                         [&](const auto& block) { return blocks::companion_of(entry, block); });
      if (companion && judged.state != BlockState::kNewer) {
        plan_companion(layout_, entry, judged.fault, judged.state != BlockState::kMissing, plan_, next_);
        continue;
      }
      if (judged.state != BlockState::kNewer && entry.resolution.ms == 0) {
        TRY(const bool again, refold(files_, layout_.path(layout_.log), survey, entry, nullptr));
        if (again) {
          plan_refolded(layout_, entry, judged, plan_);
          continue;
        }
      }
      plan_block(layout_, entry, judged, taken, plan_, next_);
    }
    companions_of_salvaged();
    for (std::uint32_t p = 0; p < next_.watermarks.size(); ++p) blocks::settle_tombstones(next_, {p}, {});
    if (next_.blocks.size() != listed_->blocks.size() || !plan_.salvages.empty()) plan_.manifest = next_;
    return {};
  }

  // They hold what the block that is written instead has not.
  void companions_of_salvaged() {
    for (const Salvage& salvage : plan_.salvages) {
      for (const blocks::BlockEntry& entry : listed_->blocks) {
        const bool stays = std::any_of(next_.blocks.begin(), next_.blocks.end(), [&](const auto& e) { return e.id == entry.id; });
        if (!stays || !blocks::companion_of(entry, salvage.damaged)) continue;
        plan_companion(layout_, entry, "it was made of a block that is written again with fewer samples", true, plan_, next_);
      }
    }
  }

  // Without blocks and without a manifest nothing is lost: the start makes one.
  Result<void> rebuild(const ingest_log::LogSurvey& survey) {
    TRY(const auto found, objects_.list(layout_.prefix + "/blocks/"));
    if (found.empty() && !damaged_manifest_) {
      next_.log_identity = survey.identity;
      next_.watermarks.assign(std::max(survey.partitions, 1U), survey.begin);
      return {};
    }
    TRY(next_, plan_manifest(layout_, objects_, survey, wrong_, plan_));
    plan_.manifest = next_;
    if (damaged_manifest_) plan_.set_aside.push_back(layout_.object(layout_.manifest_key()));
    return {};
  }

  // Only where the manifest could be read; else every block was looked at.
  void orphans() {
    if (!listed_) return;
    const auto found = objects_.list(layout_.prefix + "/blocks/");
    if (!found) return;
    for (const object_store::ObjectInfo& object : *found) {
      const bool known = std::any_of(listed_->blocks.begin(), listed_->blocks.end(),
                                     [&](const auto& entry) { return entry.key == object.key; });
      if (!known)
        plan_.notes.push_back(layout_.object(object.key) +
                              ": the manifest does not name it, the next start removes it");
    }
  }

  void unfinished_repairs() {
    const auto repairs = files_.list(layout_.path("set-aside"));
    if (!repairs) return;
    for (const std::string& id : *repairs) {
      const auto planned = files_.exists(layout_.path("set-aside/" + id + "/plan.txt"));
      const auto finished = files_.exists(layout_.path("set-aside/" + id + "/finished.txt"));
      if (planned && *planned && finished && !*finished)
        plan_.notes.push_back(fmt::format(
            "set-aside/{}: a repair was cut short here; plan.txt says what it had set out to do", id));
    }
  }

  void finish(const ingest_log::LogSurvey& survey) {
    if (plan_.steps.empty()) return;
    if (plan_.log_identity == 0) plan_.log_identity = next_.log_identity;
    if (plan_.manifest) plan_.manifest->log_identity = plan_.log_identity;
    plan_.id = plan_id(plan_, fmt::format("\n{} {} {} {:x}", survey.begin.value, survey.end.value,
                                          survey.records, survey.identity));
  }

  sys::FileSystem& files_;
  const DataLayout& layout_;
  object_store::FilesystemStore objects_;
  std::optional<blocks::Manifest> listed_;
  bool damaged_manifest_ = false;
  std::string wrong_;
  blocks::Manifest next_;
  Plan plan_;
};

}  // namespace

Result<Plan> examine(sys::FileSystem& files, const DataLayout& layout) {
  return Examination(files, layout).run();
}

}  // namespace isobar::repair
