// Entries of the manifest that hold the same samples at several resolutions (docs/formats/manifest.md, "Downsampled
// blocks"). Pure.
#pragma once

#include <string>

#include "blocks/manifest.h"

namespace isobar::blocks {

// Of the same partition, positions and day.
bool same_content(const BlockEntry& a, const BlockEntry& b);
// Made of `block`, or of what it was made of.
inline bool companion_of(const BlockEntry& entry, const BlockEntry& block) {
  return entry.resolution > block.resolution && same_content(entry, block);
}
// "5m", "1h"; nothing for every sample.
std::string resolution_text(Duration resolution);

}  // namespace isobar::blocks
