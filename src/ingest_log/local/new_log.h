// A log that begins at a given position, for a copy of blocks that hold what came before.
#pragma once

#include <string>

#include "base/result.h"
#include "model/position.h"
#include "sys/file_system.h"

namespace isobar::ingest_log {

// The first segment, without a record, durable. `directory` is made and must hold no log.
Result<void> create_log_at(sys::FileSystem& files, const std::string& directory, std::uint64_t topic_identity, model::Position base);

}  // namespace isobar::ingest_log
