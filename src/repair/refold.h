// A block made again from the log. A log is trimmed by whole segments, so it often still holds what went into
// the newest blocks; and the fold is deterministic, so the same records make the same block.
#pragma once

#include <functional>

#include "object_store/object_store.h"
#include "repair/plan.h"
#include "sys/file_system.h"

namespace isobar::repair {

// Writes the block of `entry` to what `create` gives, from the records of its partition at its positions.
// True if it has as many series and samples as the manifest says; else (records are gone, or series were
// deleted since) it is not the block, and nothing is committed. `create` may be null: nothing is written.
Result<bool> refold(sys::FileSystem& files, const std::string& log_directory,
                    const ingest_log::LogSurvey& survey, const blocks::BlockEntry& entry,
                    const std::function<Result<std::unique_ptr<object_store::ObjectWriter>>()>& create);

}  // namespace isobar::repair
