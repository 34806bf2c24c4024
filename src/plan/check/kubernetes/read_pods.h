// Internal: the pod template of a workload.
#pragma once

#include "plan/check/kubernetes/cluster.h"

namespace isobar::plan::kubernetes {

Labels labels_of(const YamlNode* node);
Selector selector_of(const YamlNode* node);
// `template_node` holds metadata and spec, as a Pod does.
PodTemplate read_pods(const YamlNode& template_node, const std::string& file);
// A container without an image: the manifest is a patch of another.
bool is_patch(const YamlNode& template_node);

}  // namespace isobar::plan::kubernetes
