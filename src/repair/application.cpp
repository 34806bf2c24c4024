#include "repair/application.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "object_store/filesystem/filesystem_store.h"
#include "repair/refold.h"
#include "tsdb/block_salvage.h"

namespace isobar::repair {
namespace {

class Application {
 public:
  Application(sys::FileSystem& files, const DataLayout& layout, const Plan& plan)
      : files_(files),
        layout_(layout),
        plan_(plan),
        objects_(files, layout.path(layout.objects)),
        folder_(layout.path(set_aside_folder(plan))) {}

  Result<void> run(Timestamp when) {
    TRYV(files_.create_directories(folder_));
    TRYV(sys::write_file_atomically(files_, folder_ + "/plan.txt", explanation(when)));
    for (const std::string& path : plan_.set_aside) TRYV(set_aside(path));
    TRYV(write_refolded());
    for (const Salvage& salvage : plan_.salvages) TRYV(write_salvaged(salvage));
    TRYV(files_.create_directories(layout_.path(layout_.log)));
    for (const ingest_log::LogPatch& patch : plan_.patches)
      TRYV(ingest_log::write_patch(files_, layout_.path(layout_.log), plan_.log_identity, patch));
    TRYV(write_manifest());
    for (const std::string& path : plan_.removed) TRYV(remove(path));
    return sys::write_file_atomically(files_, folder_ + "/finished.txt",
                                      "Every step of plan.txt was done.\n");
  }

 private:
  std::string explanation(Timestamp when) const {
    std::string text =
        fmt::format("Repair {} of a data directory of isobar, {}.\n\n", plan_.id, utc_text(when)) +
        plan_text(plan_);
    text +=
        "Files below this folder stand at the paths that they had below the data\ndirectory. Files that the "
        "repair wrote:\n";
    for (const blocks::BlockEntry& entry : plan_.refolded) text += "  " + layout_.object(entry.key) + "\n";
    for (const Salvage& salvage : plan_.salvages) text += "  " + layout_.object(salvage.sound.key) + "\n";
    for (const ingest_log::LogPatch& patch : plan_.patches)
      text += fmt::format("  {}/{}\n", layout_.log, patch.name);
    if (plan_.manifest) text += "  " + layout_.object(layout_.manifest_key()) + "\n";
    text +=
        "\nTo undo it before a server ran: remove the files that it wrote and move those\nof this folder "
        "back to their paths.\n";
    return text;
  }

  // The manifest that is replaced goes along, so that the repair can be undone.
  Result<void> set_aside(const std::string& path) {
    TRYV(files_.create_directories(sys::directory_of(folder_ + "/" + path)));
    return sys::link_or_copy(files_, layout_.path(path), folder_ + "/" + path);
  }

  // Before the log is touched.
  Result<void> write_refolded() {
    if (plan_.refolded.empty()) return {};
    const std::string log = layout_.path(layout_.log);
    TRY(const auto survey, ingest_log::survey_log(files_, log, plan_.log_identity));
    for (const blocks::BlockEntry& entry : plan_.refolded) {
      TRY(const bool same, refold(files_, log, survey, entry, [&] { return objects_.create(entry.key); }));
      if (!same)
        return fail(Code::kConflict,
                    "the log is not what it was when the plan was made; needed for " + entry.key);
      TRYV(verify(entry.key));
    }
    return {};
  }

  Result<void> verify(const std::string& key) {
    TRY(auto written, objects_.map(key));
    TRY(const auto block, tsdb::BlockReader::open(key, std::move(written)));
    return block->verify();
  }

  Result<void> write_salvaged(const Salvage& salvage) {
    TRY(auto file, objects_.map(salvage.damaged.key));
    TRY(const auto block, tsdb::BlockReader::open(salvage.damaged.key, std::move(file)));
    TRY(const auto object, objects_.create(salvage.sound.key));
    const auto kind = block->downsampled() ? tsdb::BlockWriter::Kind::kDownsampled : tsdb::BlockWriter::Kind::kEverySample;
    tsdb::BlockWriter writer([&object](std::string_view piece) { return object->append(piece); }, kind);
    tsdb::salvage_block(*block, &writer);
    const tsdb::BlockSummary summary = writer.summary();
    TRY(const std::uint64_t size, writer.finish());
    if (summary.samples != salvage.sound.samples || summary.series != salvage.sound.series) {
      return fail(Code::kConflict,
                  "the block is not what it was when the plan was made: " + salvage.damaged.key);
    }
    TRYV(object->commit());
    sizes_[salvage.sound.id] = size;
    // Read back whole before the damaged one leaves the manifest.
    return verify(salvage.sound.key);
  }

  Result<void> write_manifest() {
    if (!plan_.manifest) return {};
    const std::string key = layout_.manifest_key();
    blocks::Manifest next = *plan_.manifest;
    for (blocks::BlockEntry& entry : next.blocks) {
      if (const auto size = sizes_.find(entry.id); size != sizes_.end()) entry.size_bytes = size->second;
    }
    blocks::sort_blocks(next);
    ++next.version;
    if (!plan_.manifest_etag.empty()) {
      TRYV(set_aside(layout_.object(key)));
      return put(key, next, object_store::PutCondition::if_match(plan_.manifest_etag));
    }
    const bool damaged = std::find(plan_.set_aside.begin(), plan_.set_aside.end(), layout_.object(key)) !=
                         plan_.set_aside.end();
    return put(key, next, damaged ? object_store::PutCondition{} : object_store::PutCondition::if_absent());
  }

  Result<void> put(const std::string& key, const blocks::Manifest& manifest,
                   object_store::PutCondition condition) {
    TRYV(objects_.put(key, blocks::encode_manifest(manifest), std::move(condition)));
    return {};
  }

  Result<void> remove(const std::string& path) {
    TRYV(files_.remove(layout_.path(path)));
    return files_.sync_directory(sys::directory_of(layout_.path(path)));
  }

  sys::FileSystem& files_;
  const DataLayout& layout_;
  const Plan& plan_;
  object_store::FilesystemStore objects_;
  std::string folder_;
  std::map<std::string, std::uint64_t> sizes_;
};

}  // namespace

Result<void> apply(sys::FileSystem& files, const DataLayout& layout, const Plan& plan, Timestamp when) {
  return Application(files, layout, plan).run(when);
}

}  // namespace isobar::repair
