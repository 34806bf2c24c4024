#include "config/bind.h"

namespace isobar::config {
namespace {

void bind_names(YamlMap& map, std::string_view key, ingest::OtlpSettings::Names& out) {
  std::vector<std::string> names;
  map.field(key, names);
  const YamlNode* list = map.get(key);
  for (const std::string& name : names) {
    if (name.empty()) map.problems().add(*list, fmt::format("a resource attribute has no name in {}", key));
    else if (!out.insert(name).second) map.problems().add(*list, fmt::format("resource attribute is listed twice in {}: {}", key, name));
  }
}

}  // namespace

void bind_otlp(const YamlNode& node, ingest::OtlpSettings& out, YamlProblems& problems) {
  YamlMap map(node, "otlp", problems);
  bind_names(map, "promote_resource_attributes", out.promote_resource_attributes);
  map.field("promote_all_resource_attributes", out.promote_all_resource_attributes);
  bind_names(map, "ignore_resource_attributes", out.ignore_resource_attributes);
  std::string translation;
  if (map.field("translation_strategy", translation)) {
    if (auto known = ingest::parse_otlp_translation(translation)) out.translation = *known;
    else problems.add(*node.find("translation_strategy"), std::move(known).error().message);
  }
  map.field("keep_identifying_resource_attributes", out.keep_identifying_resource_attributes);
  map.field("convert_histograms_to_nhcb", out.convert_histograms_to_nhcb);
  map.field("promote_scope_metadata", out.promote_scope_metadata);
  map.field("label_name_underscore_sanitization", out.label_name_underscore_sanitization);
  map.field("label_name_preserve_multiple_underscores", out.label_name_preserve_multiple_underscores);
  map.finish();
  if (out.promote_all_resource_attributes && !out.promote_resource_attributes.empty()) {
    problems.add(node, "write either promote_all_resource_attributes or promote_resource_attributes, not both");
  }
  if (!out.promote_all_resource_attributes && !out.ignore_resource_attributes.empty()) {
    problems.add(node, "ignore_resource_attributes has an effect only with promote_all_resource_attributes: true");
  }
}

}  // namespace isobar::config
