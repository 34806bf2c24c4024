#include "import_coverage.h"

#include <algorithm>

#include "codec/json_tree.h"
#include "codec/json_writer.h"

namespace isobar::app {
namespace {

std::vector<std::string> sources_of(const CoveredBlock& block) {
  return block.sources.empty() ? std::vector<std::string>{block.ulid} : block.sources;
}

}  // namespace

std::string encode_marker(const CoveredBlock& block, const std::string& tenant, Timestamp min, Timestamp end, const std::vector<std::string>& ours) {
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object().field("ulid", block.ulid).field("tenant", tenant).field("min_time", min.ms).field("end_time", end.ms);
  if (block.resolution.ms != 0) json.field("resolution", block.resolution.ms);
  json.key("sources").begin_array();
  for (const std::string& source : block.sources) json.string(source);
  json.end_array().key("blocks").begin_array();
  for (const std::string& id : ours) json.string(id);
  json.end_array().end_object();
  return text;
}

Result<CoveredBlock> decode_marker(std::string_view json) {
  YamlProblems problems("marker of an import");
  const YamlNode root = parse_json_tree(json, problems, {.bytes = 16 << 20, .nodes = 500'000, .depth = 5});
  CoveredBlock block;
  const auto take = [&](std::string_view key, auto& out) {
    if (const YamlNode* node = root.find(key)) bind(*node, out, problems);
  };
  if (problems.empty()) expect_map(root, problems);
  if (problems.empty()) {
    take("ulid", block.ulid);
    take("resolution", block.resolution.ms);
    take("sources", block.sources);
  }
  if (!problems.empty()) return fail(Code::kCorrupt, problems.problems().front().to_string());
  return block;
}

void ImportCoverage::add(const CoveredBlock& block) {
  for (const std::string& source : sources_of(block)) by_source_[source].push_back({block.ulid, block.resolution, false});
}

std::optional<ImportCoverage::Holder> ImportCoverage::holder_of(const CoveredBlock& block) const {
  std::optional<Holder> found;
  bool all = true;
  for (const std::string& source : sources_of(block)) {
    const auto known = by_source_.find(source);
    bool finer = false;
    for (const Holder& holder : known == by_source_.end() ? std::vector<Holder>() : known->second) {
      if (holder.resolution == block.resolution) continue;
      finer = finer || holder.resolution < block.resolution;
      if (!found) found = holder;
    }
    all = all && finer;
  }
  if (found) found->all = all;
  return found;
}

}  // namespace isobar::app
