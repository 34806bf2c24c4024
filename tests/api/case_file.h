// tests/api/*.yaml as values, and their expectations rewritten in place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "limits/tenant_limits.h"
#include "model/write_batch.h"

namespace isobar::api_test {

// One series with samples; `labels` need not be valid (write cases send what they hold).
struct SeriesData {
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<std::pair<std::int64_t, double>> floats;  // ms
  std::vector<std::pair<std::int64_t, std::shared_ptr<const model::Histogram>>> histograms;
  std::vector<model::Exemplar> exemplars;
};

struct WriteRequest {
  int version = 1;
  std::vector<SeriesData> series;
};

struct Case {
  std::string name;
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<WriteRequest> write;
  int status = 0;  // 0: not written yet
  std::string answer;
  std::vector<std::string> contains;
  std::vector<std::pair<std::string, std::string>> answer_headers;
  bool openapi = true;
};

struct CaseFile {
  std::string path;
  std::int64_t now_ms = 0;
  std::string tenant;  // of `data`
  limits::TenantLimits limits;
  std::uint64_t query_bytes = 64 << 20;
  std::uint64_t decode_bytes = 64 << 20;
  bool ready = true;
  bool admin_api = true;
  bool disk_fails = false;  // after `data` is written
  std::vector<SeriesData> data;
  std::vector<model::Metadata> metadata;
  std::vector<Case> cases;
};

// kInvalid says what is wrong with the file.
Result<CaseFile> read_case_file(const std::string& path);

struct Outcome {
  int status = 0;
  std::string answer;  // laid out
};
// Rewrites `status` and `answer` of each case, in order; everything else stays.
void update_case_file(const CaseFile& file, const std::vector<Outcome>& outcomes);

}  // namespace isobar::api_test
