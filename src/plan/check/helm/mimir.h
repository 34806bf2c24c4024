// Mimir without Kafka takes more than one setting of mimir-distributed.
//
// Thread safety: a function of its arguments.
#pragma once

#include <optional>
#include <string>

#include "codec/yaml.h"

namespace isobar::plan::helm {

struct HalfOff {
  int line = 0;         // of ingest_storage.enabled: false
  std::string missing;  // what has to be set too
};

// Values that switch ingest storage off, and not all that hangs on it. Mimir 2 (image.tag) never had it on.
std::optional<HalfOff> ingest_storage_half_off(const YamlNode& values);
// Why, in words.
std::string ingest_storage_reason();

}  // namespace isobar::plan::helm
