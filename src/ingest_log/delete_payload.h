// The payload of a delete record of metrics. Format: docs/formats/record.md. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/series_deletion.h"

namespace isobar::ingest_log {

// Appends everything but the tenant, which the envelope has. `deletion` has passed its check().
void encode_delete_payload(std::string& out, const model::SeriesDeletion& deletion);
// kCorrupt for damage and past the limits of SeriesDeletion.
Result<model::SeriesDeletion> decode_delete_payload(std::string_view tenant, std::string_view payload);

}  // namespace isobar::ingest_log
