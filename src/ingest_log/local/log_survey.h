// What a local log holds and which acknowledged records it has lost, for `isobar repair`. Looks and changes
// nothing; nobody may write the log meanwhile. Bytes may be damaged in any way.
//
// A log is one range of positions. What is below its end was acknowledged, so every position of it must be in
// a sound frame or in a hole that an earlier repair noted; the rest is lost. docs/formats/ingest_log.md,
// "Holes".
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest_log/ingest_log.h"
#include "sys/file_system.h"

namespace isobar::ingest_log {

struct RecordTotal {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// Acknowledged positions [from, to) that no sound frame holds.
struct LostRange {
  std::string segment;  // the file that should hold it
  Position from;
  Position to;
  bool missing = false;  // nothing was there: a file is gone or cut off. Else bytes are damaged
  // Records whose own header can still be read, by partition; the rest is not known.
  std::map<std::uint32_t, RecordTotal> named;
  std::uint64_t unnamed_bytes = 0;
  std::optional<Timestamp> received_after;  // of the records around it
  std::optional<Timestamp> received_before;
};

struct SurveyedSegment {
  std::string name;
  Position base;
  Position end;                 // where the next one begins; of the last, where its sound frames end
  bool hole = false;            // noted as lost
  bool header_damaged = false;  // position from the name; frames are judged as ever
  bool damaged = false;         // some of its bytes: it is set aside by a repair
};

// One file that a repair writes: sound frames copied from `source`; without one a hole, or no frame at all.
struct LogPatch {
  std::string name;
  Position base;
  Position end;
  std::string source;
};

struct LogSurvey {
  std::uint64_t identity = 0;
  Position begin;
  Position end;
  std::vector<SurveyedSegment> segments;  // ascending
  std::vector<LostRange> lost;            // ascending
  std::vector<std::string> foreign;       // segments of another log
  std::vector<std::string> unknown;       // files that are no segments
  std::vector<std::string> unfinished;    // segments that were never finished; the next start removes them
  std::uint32_t partitions = 0;           // one more than the highest of any sound frame
  std::uint64_t records = 0;
  // In the order in which they must be written: from the back, so that after any of them a survey finds the
  // rest.
  std::vector<LogPatch> patches;
};

// `identity`: of the manifest; without one it is that of the first segment. kNotFound: no folder.
// kUnsupported: a newer program wrote a segment. kCorrupt: all segments belong to another log, so nothing can
// be said.
Result<LogSurvey> survey_log(sys::FileSystem& files, const std::string& directory,
                             std::optional<std::uint64_t> identity);

// The records of one partition at positions [from, to), in order; `visit` ends it with its error. kCorrupt: a
// position of the range stands in no sound frame.
Result<void> visit_records(sys::FileSystem& files, const std::string& directory, const LogSurvey& survey,
                           PartitionId partition, Position from, Position to,
                           const std::function<Result<void>(std::string_view record)>& visit);

// A file that says that positions [from, to) are lost.
LogPatch hole_patch(Position from, Position to);
// A segment without a record, where a log begins anew.
LogPatch empty_patch(Position base);

// Writes one file, durable. What had its name is replaced in one step.
Result<void> write_patch(sys::FileSystem& files, const std::string& directory, std::uint64_t identity,
                         const LogPatch& patch);

}  // namespace isobar::ingest_log
