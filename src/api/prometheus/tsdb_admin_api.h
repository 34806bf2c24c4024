// POST and PUT /api/v1/admin/tsdb/{delete_series,clean_tombstones,snapshot}, as Prometheus answers them.
#pragma once

#include <string>

#include "base/result.h"
#include "http/router.h"
#include "model/series_deletion.h"

namespace isobar::api {

// What the endpoints do; wiring implements it. Thread-safe. Calls block until all is done.
class TsdbAdmin {
 public:
  virtual ~TsdbAdmin() = default;
  virtual Result<void> delete_series(const model::SeriesDeletion& deletion) = 0;
  virtual Result<void> clean_tombstones() = 0;
  // The name of the snapshot.
  virtual Result<std::string> snapshot(bool skip_head) = 0;
};

// Not `enabled`: each answers 503 and names the flag. `admin` must outlive the server. Uses the pool "query".
void add_tsdb_admin_routes(http::Router& router, TsdbAdmin& admin, bool enabled);

}  // namespace isobar::api
