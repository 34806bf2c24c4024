// Remote write decoded through libprotobuf, slowly and plainly, to hold our decoder against.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/protocols/remote_write.h"

namespace isobar::protobuf {

struct Comparison {
  bool ours_accepts = false;
  bool reference_accepts = false;
  std::string difference;  // empty: both agree, or differ where they may
};

// Decodes `body` with both. Where ours accepts, the reference must accept and see the same series, samples, exemplars
// and metadata. Allowed differences:
//   - Ours refuses more: groups, known fields of another wire type, label references out of range or odd in number.
//   - Ours does not look into the samples of a series that it has refused already, so damage there goes unseen.
//   - Ours reads tags and lengths of up to ten bytes, libprotobuf of up to five.
Comparison compare(ingest::RemoteWriteVersion version, std::string_view body);

// What a batch holds, one item a line, numbers as bits.
std::vector<std::string> describe(const model::WriteBatch& batch);

}  // namespace isobar::protobuf
