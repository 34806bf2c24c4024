#include "repair/block_steps.h"

#include <algorithm>

#include <fmt/format.h>

#include "blocks/block_name.h"

namespace isobar::repair {
namespace {

// Errors of blocks end with the key, which the step names already.
std::string without_key(std::string text, const std::string& key) {
  if (text.ends_with(": " + key)) text.resize(text.size() - key.size() - 2);
  return text;
}

std::string place_of(const blocks::BlockEntry& entry) {
  return fmt::format("partition {}, positions {} to {}", entry.partition.value, entry.first.value,
                     entry.end.value);
}

std::string times(Timestamp min, Timestamp max) {
  if (min > max) return "at no known time";
  return utc_text(min) + " to " + utc_text(max);
}

void take_out(const blocks::BlockEntry& entry, blocks::Manifest& manifest) {
  std::erase_if(manifest.blocks, [&](const blocks::BlockEntry& e) { return e.id == entry.id; });
}

std::string all_lost(const blocks::BlockEntry& entry) {
  return fmt::format("all of it: {} of {} ({}), from {}", counted(entry.samples, "sample"),
                     counted(entry.series, "series"), place_of(entry), times(entry.min_time, entry.max_time));
}

std::vector<std::string> partly_lost(const blocks::BlockEntry& entry, const tsdb::BlockDamage& content) {
  const std::uint64_t lost = entry.samples > content.kept.samples ? entry.samples - content.kept.samples : 0;
  std::vector<std::string> out{
      fmt::format("{} of {} ({}), of {} of {}, from {}", lost, counted(entry.samples, "sample"),
                  place_of(entry), content.lost.series + content.unnamed_series,
                  counted(entry.series, "series"), times(content.lost.min_time, content.lost.max_time))};
  if (content.gone_series != 0)
    out.push_back(fmt::format("of {} nothing is left", counted(content.gone_series, "series")));
  for (const std::string& name : content.names) out.push_back(name);
  if (content.lost.series > content.names.size())
    out.push_back(fmt::format("and {} more", content.lost.series - content.names.size()));
  if (content.unnamed_series != 0)
    out.push_back(counted(content.unnamed_series, "series") + " whose labels are damaged too");
  return out;
}

}  // namespace

Result<JudgedBlock> judge_block(object_store::ObjectStore& objects, const std::string& key) {
  JudgedBlock judged;
  auto file = objects.map(key);
  if (!file) {
    if (file.error().code != Code::kNotFound) return fail(file.error());
    judged.state = BlockState::kMissing;
    judged.fault = "the file is missing";
    return judged;
  }
  judged.size_bytes = (*file)->bytes().size();
  const auto reader = tsdb::BlockReader::open(key, *std::move(file));
  if (!reader) {
    judged.state = reader.error().code == Code::kUnsupported ? BlockState::kNewer : BlockState::kUnreadable;
    judged.fault = without_key(reader.error().message, key);
    return judged;
  }
  judged.content = tsdb::salvage_block(**reader);
  if (!judged.content.any()) return judged;
  const std::uint64_t series = judged.content.lost.series + judged.content.unnamed_series;
  judged.state = judged.content.kept.samples == 0 ? BlockState::kUnreadable : BlockState::kDamaged;
  judged.fault = fmt::format(
      "{} damaged, of {}; its index is sound",
      judged.content.chunks == 1 ? "1 chunk is" : counted(judged.content.chunks, "chunk") + " are",
      counted(series, "series"));
  return judged;
}

void plan_refolded(const DataLayout& layout, const blocks::BlockEntry& entry, const JudgedBlock& judged,
                   Plan& plan) {
  const std::string file = layout.object(entry.key);
  const bool there = judged.state != BlockState::kMissing;
  plan.steps.push_back(
      {file,
       judged.fault,
       there ? "writes it again from the log, which still holds its records, and sets this file aside"
             : "writes it again from the log, which still holds its records",
       {fmt::format("nothing: {} of {} are in the log ({})", counted(entry.samples, "sample"),
                    counted(entry.series, "series"), place_of(entry))}});
  if (there) plan.set_aside.push_back(file);
  plan.refolded.push_back(entry);
}

void plan_block(const DataLayout& layout, const blocks::BlockEntry& entry, const JudgedBlock& judged,
                std::set<std::string>& taken, Plan& plan, blocks::Manifest& manifest) {
  const std::string file = layout.object(entry.key);
  if (judged.state == BlockState::kSound) return;
  if (judged.state == BlockState::kNewer) {
    ++plan.newer;
    plan.notes.push_back(fmt::format("{}: {}", file, judged.fault));
    return;
  }
  take_out(entry, manifest);
  if (judged.state == BlockState::kMissing) {
    plan.steps.push_back({file, judged.fault, "takes the block out of the manifest", {all_lost(entry)}});
    return;
  }
  plan.set_aside.push_back(file);
  plan.removed.push_back(file);
  if (judged.state == BlockState::kUnreadable) {
    plan.steps.push_back({file,
                          judged.fault,
                          "takes the block out of the manifest and sets the file aside",
                          {all_lost(entry), "of which series cannot be said"}});
    if (judged.content.any()) plan.steps.back().lost.pop_back();
    return;
  }
  Salvage salvage{entry, entry};
  const auto name = blocks::parse_block_name(entry.id);
  salvage.sound.id =
      name ? blocks::free_block_name(*name, [&](const std::string& id) { return taken.contains(id); })
           : entry.id + "-2";
  salvage.sound.key = blocks::block_key(layout.prefix, salvage.sound.id);
  taken.insert(salvage.sound.id);
  const tsdb::BlockSummary& kept = judged.content.kept;
  salvage.sound.series = kept.series;
  salvage.sound.samples = kept.samples;
  salvage.sound.min_time = kept.min_time;
  salvage.sound.max_time = kept.max_time;
  salvage.sound.size_bytes = 0;
  manifest.blocks.push_back(salvage.sound);
  plan.steps.push_back(
      {file, judged.fault,
       fmt::format("writes the {} of {} that are sound as {}, lists it instead and sets this file aside",
                   counted(kept.samples, "sample"), counted(kept.series, "series"), salvage.sound.key),
       partly_lost(entry, judged.content)});
  plan.salvages.push_back(std::move(salvage));
}

void plan_companion(const DataLayout& layout, const blocks::BlockEntry& entry, const std::string& wrong, bool there, Plan& plan,
                    blocks::Manifest& manifest) {
  const std::string file = layout.object(entry.key);
  take_out(entry, manifest);
  if (there) {
    plan.set_aside.push_back(file);
    plan.removed.push_back(file);
  }
  plan.steps.push_back({file,
                        wrong,
                        there ? "takes the block out of the manifest and sets the file aside" : "takes the block out of the manifest",
                        {"nothing: it is downsampled, and made again from the block of every sample"}});
}

}  // namespace isobar::repair
