// Which metrics are queried, how often and when last: per tenant, in memory, since the process began. Thread-safe.
//
// A query counts once for each metric that its selectors name: by name, or by an expression for the name that is a
// list (`a|b`). Selectors that leave the name open ({job="x"}, {__name__=~"a.*"}) are counted apart, since they may read any.
// Bounded: 20,000 names of at most 1,024 bytes per tenant, 1,000 tenants; what goes beyond is only counted as left out.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "model/series_reader.h"
#include "sys/clock.h"

namespace isobar::api {

class QueryUsage {
 public:
  struct Count {
    std::uint64_t queries = 0;
    Timestamp last;
  };
  struct Tenant {
    std::unordered_map<std::string, Count> metrics;
    Count open_names;            // queries with a selector that leaves the name open
    std::uint64_t left_out = 0;  // names that found no room
  };
  // What one query asked for.
  struct Asked {
    std::set<std::string> metrics;
    bool open_names = false;
  };

  explicit QueryUsage(const sys::Clock& clock) : clock_(clock), since_(clock.now()) {}
  void add(const std::vector<std::string>& tenants, const Asked& asked);
  // A copy; empty for a tenant without queries.
  Tenant of(const std::string& tenant) const;
  Timestamp since() const { return since_; }

 private:
  const sys::Clock& clock_;
  const Timestamp since_;
  mutable std::mutex mutex_;
  std::map<std::string, Tenant> tenants_;
};

// Reads through, and gives what one query selected to `usage` when it dies. Not thread-safe: one for each query.
class UsageReader final : public model::SeriesReader {
 public:
  // `usage` may be null.
  UsageReader(model::SeriesReader& reader, QueryUsage* usage, std::vector<std::string> tenants)
      : reader_(reader), usage_(usage), tenants_(std::move(tenants)) {}
  ~UsageReader() override;

  Result<std::unique_ptr<model::SeriesSet>> select(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_names(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<std::string>> label_values(const std::string& name, const model::SelectRequest& request,
                                                const model::ReadContext& context) override;
  Result<std::vector<model::SeriesExemplars>> exemplars(const model::SelectRequest& request, const model::ReadContext& context) override;
  Result<std::vector<model::Metadata>> metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                const model::ReadContext& context) override;

 private:
  void note(const std::vector<model::Matcher>& matchers);

  model::SeriesReader& reader_;
  QueryUsage* usage_;
  std::vector<std::string> tenants_;
  QueryUsage::Asked asked_;
};

}  // namespace isobar::api
