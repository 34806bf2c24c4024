#include "repair/plan.h"

#include <ctime>

#include <fmt/format.h>

#include "base/hash.h"

namespace isobar::repair {
namespace {

constexpr std::size_t kColumns = 80;

// Words under a title of ten columns. A word that is longer than a line stays whole, so that it can be
// copied.
void add_wrapped(std::string& out, const std::string& title, const std::string& text, std::size_t indent) {
  std::string line = title;
  line.resize(std::max(indent, title.size()), ' ');
  bool empty = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, space - at);
    if (!empty && line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line.assign(indent, ' ');
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
    at = space + 1;
  }
  out += line + "\n";
}

}  // namespace

std::string set_aside_folder(const Plan& plan) {
  return "set-aside/" + plan.id;
}

std::string plan_text(const Plan& plan) {
  std::string out;
  std::size_t number = 0;
  for (const Step& step : plan.steps) {
    out += fmt::format("{}. {}\n", ++number, step.file);
    add_wrapped(out, "   wrong", step.wrong, 10);
    add_wrapped(out, "   repair", step.repair, 10);
    for (const std::string& lost : step.lost)
      add_wrapped(out, &lost == step.lost.data() ? "   lost" : "", lost, 10);
    out += "\n";
  }
  for (const std::string& note : plan.notes) add_wrapped(out, "left alone:", note, 12);
  if (!plan.notes.empty()) out += "\n";
  return out;
}

std::string plan_id(const Plan& plan, const std::string& beside) {
  std::string all = plan_text(plan) + beside + plan.manifest_etag;
  for (const std::string& path : plan.set_aside) all += "\n" + path;
  for (const std::string& path : plan.removed) all += "\n" + path;
  for (const ingest_log::LogPatch& patch : plan.patches)
    all += fmt::format("\n{} {} {} {}", patch.name, patch.base.value, patch.end.value, patch.source);
  for (const blocks::BlockEntry& entry : plan.refolded) all += "\n" + entry.id;
  for (const Salvage& salvage : plan.salvages) all += "\n" + salvage.sound.id;
  if (plan.manifest) all += blocks::encode_manifest(*plan.manifest);
  return fmt::format("{:08x}", hash64(all) & 0xffff'ffffU);
}

std::string utc_text(Timestamp time) {
  const std::time_t seconds = (time.ms - (time.ms % 1000 + 1000) % 1000) / 1000;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return fmt::format("{} s", seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string counted(std::uint64_t n, const std::string& noun) {
  const bool same = noun == "series";
  return fmt::format("{} {}{}", n, noun, n == 1 || same ? "" : "s");
}

}  // namespace isobar::repair
