// Decodes a page of metrics as targets expose them (exposition/exposition.h), for imports: samples without a timestamp get one,
// and labels may be added to all. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exposition/exposition.h"
#include "ingest/protocols/label_batch.h"

namespace isobar::ingest {

struct ImportOptions {
  exposition::Format format = exposition::Format::kText;
  std::int64_t default_ms = 0;  // of samples without a timestamp
  // Set on every series, over labels of the same name.
  std::vector<std::pair<std::string, std::string>> extra_labels;
};

class PrometheusTextDecoder {
 public:
  // Replaces `batch`, whose series live until the next call. kInvalid names the line or the series; kTooLarge, kUnavailable: as LabelBatch.
  // After an error nothing may be used.
  Result<void> decode(std::string_view body, const ImportOptions& options, model::WriteBatch& batch,
                      telemetry::Reservation* held = nullptr);

 private:
  LabelBatch series_;
};

}  // namespace isobar::ingest
