#include "tsdb/prometheus_block/block_meta.h"

#include <fmt/format.h>

#include "codec/json_tree.h"
#include "codec/json_writer.h"
#include "tsdb/prometheus_block/ulid.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr Duration kLongestBlock = Duration::hours(24 * 3660);
constexpr std::int64_t kFarthest = 1LL << 53;  // from 1970, in milliseconds: days are computed with room to spare
constexpr YamlLimits kLimits{.bytes = 16 << 20, .nodes = 500'000, .depth = 20};

template <class T>
void take(const YamlNode& map, std::string_view key, T& out, YamlProblems& problems) {
  const YamlNode* node = map.find(key);
  if (node != nullptr && !node->is_null()) bind(*node, out, problems);
}

template <class T>
void need(const YamlNode& map, std::string_view key, T& out, YamlProblems& problems) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) problems.add(map, fmt::format("\"{}\" is missing", key));
  else bind(*node, out, problems);
}

const YamlNode& section(const YamlNode& map, std::string_view key) {
  static const YamlNode kNothing;
  const YamlNode* node = map.find(key);
  return node == nullptr ? kNothing : *node;
}

}  // namespace

Result<BlockMeta> parse_block_meta(std::string_view json) {
  YamlProblems problems("meta.json");
  const YamlNode root = parse_json_tree(json, problems, kLimits);
  if (problems.empty()) expect_map(root, problems);
  BlockMeta meta;
  std::uint64_t version = 0;
  if (problems.empty()) {
    need(root, "version", version, problems);
    need(root, "ulid", meta.ulid, problems);
    need(root, "minTime", meta.min_time.ms, problems);
    need(root, "maxTime", meta.end_time.ms, problems);
    const YamlNode& stats = section(root, "stats");
    take(stats, "numSamples", meta.samples, problems);
    take(stats, "numSeries", meta.series, problems);
    take(stats, "numChunks", meta.chunks, problems);
    const YamlNode& compaction = section(root, "compaction");
    take(compaction, "level", meta.level, problems);
    take(compaction, "sources", meta.sources, problems);
    const YamlNode& thanos = section(root, "thanos");
    take(thanos, "labels", meta.external_labels, problems);
    take(section(thanos, "downsample"), "resolution", meta.resolution_ms, problems);
  }
  if (!problems.empty()) return fail(Code::kCorrupt, problems.problems().front().to_string());
  if (version != kVersion) return fail(Code::kUnsupported, fmt::format("block version is {}, this program reads {}", version, kVersion));
  if (!is_ulid(meta.ulid)) return fail(Code::kCorrupt, "meta.json: \"ulid\" is none");
  const bool near = meta.min_time.ms >= -kFarthest && meta.end_time.ms <= kFarthest;
  if (!near || meta.min_time > meta.end_time || meta.end_time - meta.min_time > kLongestBlock) {
    return fail(Code::kCorrupt, fmt::format("meta.json: minTime {} and maxTime {} are no time range of a block",
                                            meta.min_time.ms, meta.end_time.ms));
  }
  return meta;
}

std::string encode_block_meta(const BlockMeta& meta) {
  std::string out;
  codec::JsonWriter json(out);
  json.begin_object().field("ulid", meta.ulid).field("minTime", meta.min_time.ms).field("maxTime", meta.end_time.ms);
  json.key("stats").begin_object().field("numSamples", meta.samples).field("numSeries", meta.series);
  json.field("numChunks", meta.chunks).end_object();
  json.key("compaction").begin_object().field("level", meta.level).key("sources").begin_array();
  for (const std::string& source : meta.sources) json.string(source);
  json.end_array().end_object().field("version", kVersion);
  if (!meta.external_labels.empty()) {
    json.key("thanos").begin_object().key("labels").begin_object();
    for (const auto& [name, value] : meta.external_labels) json.field(name, value);
    json.end_object().key("downsample").begin_object().field("resolution", meta.resolution_ms).end_object();
    json.field("source", "isobar").end_object();
  }
  json.end_object();
  out.push_back('\n');
  return out;
}

}  // namespace isobar::tsdb::prometheus
