#include "plan/check/helm/mimir.h"

#include "plan/check/tree.h"

namespace isobar::plan::helm {

std::optional<HalfOff> ingest_storage_half_off(const YamlNode& values) {
  const YamlNode* switched = at(values, "mimir.structuredConfig.ingest_storage.enabled");
  const std::string tag = text_at(values, "image.tag");
  if (!is(switched, "false") || tag.starts_with("2.") || tag.starts_with("r2")) return std::nullopt;
  HalfOff out{switched->line, ""};
  const auto need = [&](std::string_view path, std::string_view value) {
    if (is(at(values, path), value)) return;
    out.missing += (out.missing.empty() ? "" : ", ") + std::string(path) + ": " + std::string(value);
  };
  need("mimir.structuredConfig.ingester.push_grpc_method_enabled", "true");
  need("kafka.enabled", "false");
  if (out.missing.empty()) return std::nullopt;
  return out;
}

std::string ingest_storage_reason() {
  return "the chart sets push_grpc_method_enabled: false, so every remote write is answered 500; without kafka.enabled: false "
         "the next helm upgrade "
         "creates the broker and its volume again. One ingester then holds the only volume: the odds of a stranded zone stay the "
         "same (1 of 3 with two "
         "nodes back); one replica without a volume, a node group for each zone or nodes in one zone change them";
}

}  // namespace isobar::plan::helm
