// The envelope of a record, alike for all backends and signals. Format: docs/formats/record.md.
//
// A record needs nothing but itself to be folded: everything that depends on configuration, clock or limits was decided
// before it was appended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace isobar::ingest_log {

enum class RecordKind : std::uint8_t { kData = 1, kCut = 2, kDelete = 3 };
enum class Signal : std::uint8_t { kMetrics = 1, kLogs = 2 };

struct RecordHeader {
  RecordKind kind = RecordKind::kData;
  Signal signal = Signal::kMetrics;
  std::string_view tenant;
  std::uint64_t writer_id = 0;  // random per process start
  std::uint64_t sequence = 0;   // per writer, one per request
  Timestamp ingest_time;        // when the request was admitted
  Hash128 request_digest;       // of the request as it came, the same when it is sent again; zero: none
  std::uint32_t fragment = 0;   // 0 … fragment_count-1
  std::uint32_t fragment_count = 1;
};

// Version 1 had label sets one behind the other in its metrics payload.
inline constexpr std::uint8_t kRecordVersion = 2;

struct Record {
  std::uint8_t version = kRecordVersion;  // the payload's form depends on it
  RecordHeader header;
  std::string_view payload;
};

// Appends the header; the payload follows it directly.
void encode_record_header(std::string& out, const RecordHeader& header);
// Views into `bytes`. kCorrupt for damage, kUnsupported for a version this program does not know.
Result<Record> decode_record(std::string_view bytes);

}  // namespace isobar::ingest_log
