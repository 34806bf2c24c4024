// JSON as the tree of yaml.h, so that a reader of files that come in both forms (Kubernetes manifests) is written once.
//
// Nodes carry the line that they stand on; texts are `quoted`, numbers and yes or no are not. Of two equal keys the later
// one wins, as in most readers. Problems of syntax and limits go to `problems`, with the line.
// Thread safety: a function of its arguments.
#pragma once

#include <string_view>

#include "codec/yaml.h"

namespace isobar {

YamlNode parse_json_tree(std::string_view text, YamlProblems& problems, YamlLimits limits = {});

}  // namespace isobar
