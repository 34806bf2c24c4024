// What the readers of rows share: formulas, numbers, sources and ids, each with a problem that names the line.
#pragma once

#include <string>
#include <string_view>

#include "codec/yaml.h"
#include "plan/ledger/ledger.h"

namespace isobar::plan {

Origin origin_of(const YamlNode& node, const YamlProblems& problems);
void read_id(YamlMap& map, std::string& id);
// `fallback` is parsed when the key is missing.
void read_expression(YamlMap& map, std::string_view key, std::string_view fallback, Expression& out);
// Not negative.
void read_number(YamlMap& map, std::string_view key, Rational& out, bool required = true);
void read_source(YamlMap& map, Source& source, bool required = true);

// The rows of behaviour.h.
void read_row(const YamlNode& node, ServiceRow& out, YamlProblems& problems);
void read_row(const YamlNode& node, StoreRow& out, YamlProblems& problems);
void read_row(const YamlNode& node, FailureRow& out, YamlProblems& problems);

}  // namespace isobar::plan
