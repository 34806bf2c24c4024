// Decodes InfluxDB's line protocol: measurement[,tag=value…] field=value[,field=value…] [timestamp].
// Rules: docs.influxdata.com, "Line protocol reference". Names as Mimir gives them: measurement_field, the measurement alone for the
// field "value", other characters than letters, digits and _ replaced by _, and _ before a first digit.
// Integers and booleans become floats; strings are left out.
//
// Lines that cannot be read are left out and named; the others are used. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/protocols/label_batch.h"

namespace isobar::ingest {

// Of the parameter "precision": nanoseconds of one unit. n or ns (also if empty), u or us, ms, s, m, h.
Result<std::int64_t> influx_precision(std::string_view text);

struct InfluxOptions {
  std::int64_t unit_ns = 1;
  std::int64_t now_ms = 0;  // of lines without a timestamp
  std::string database;     // becomes the label "db" where there is no such tag; empty: none
};

struct InfluxNotes {
  std::uint64_t lines_left_out = 0;
  std::uint64_t strings_left_out = 0;
  std::vector<std::string> reasons;  // of the first lines left out: 'line 3: …'
};

class InfluxDecoder {
 public:
  static constexpr std::size_t kMaxReasons = 5;

  // Replaces `batch`, whose series live until the next call. Timestamps are rounded down to milliseconds.
  // kTooLarge, kUnavailable: as LabelBatch; nothing may be used.
  Result<void> decode(std::string_view body, const InfluxOptions& options, model::WriteBatch& batch, InfluxNotes& notes,
                      telemetry::Reservation* held = nullptr);

 private:
  LabelBatch series_;
};

}  // namespace isobar::ingest
