// Values files of the charts whose footprints the ledger has: mimir-distributed, loki, grafana, kube-prometheus-stack, velero,
// kiali-server, cost-analyzer and trivy-operator; also below their name in the values of a chart that brings them along.
//
// A chart is known by keys that only it has, or by the file's name together with keys that it has among others.
// Thread safety: values; `root` points into the tree that was given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/yaml.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan::helm {

struct Values {
  std::string chart;
  std::string file;
  const YamlNode* root = nullptr;

  // Paths are those of values.yaml: "loki.storage.type". Without a statement: null, an empty text, nothing.
  const YamlNode* at(std::string_view path) const;
  std::string text(std::string_view path) const;
  std::optional<std::int64_t> number(std::string_view path) const;
  bool says(std::string_view path, std::string_view value) const;
  // Where a path is stated, or else the nearest map above it.
  Origin place(std::string_view path) const;
};

std::vector<Values> charts_in(const std::string& file, const YamlNode& root);

// Whether a key of these values holds those of another chart that is known.
bool brings_along(const YamlNode& root, std::string_view key);

std::string known_charts();

}  // namespace isobar::plan::helm
