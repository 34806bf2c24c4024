#include "api/query_usage.h"

#include "model/value_pattern.h"

namespace isobar::api {
namespace {

constexpr std::size_t kMaxTenants = 1'000;
constexpr std::size_t kMaxNames = 20'000;
constexpr std::size_t kMaxNameBytes = 1'024;

}  // namespace

void QueryUsage::add(const std::vector<std::string>& tenants, const Asked& asked) {
  const Timestamp now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const std::string& name : tenants) {
    auto at = tenants_.find(name);
    if (at == tenants_.end()) {
      if (tenants_.size() >= kMaxTenants) continue;
      at = tenants_.emplace(name, Tenant{}).first;
    }
    Tenant& tenant = at->second;
    if (asked.open_names) {
      ++tenant.open_names.queries;
      tenant.open_names.last = now;
    }
    for (const std::string& metric : asked.metrics) {
      const bool room = metric.size() <= kMaxNameBytes && tenant.metrics.size() < kMaxNames;
      const auto known = room ? tenant.metrics.try_emplace(metric).first : tenant.metrics.find(metric);
      if (known == tenant.metrics.end()) {
        ++tenant.left_out;
        continue;
      }
      ++known->second.queries;
      known->second.last = now;
    }
  }
}

QueryUsage::Tenant QueryUsage::of(const std::string& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto at = tenants_.find(tenant);
  return at == tenants_.end() ? Tenant{} : at->second;
}

UsageReader::~UsageReader() {
  if (usage_ != nullptr && (asked_.open_names || !asked_.metrics.empty())) usage_->add(tenants_, asked_);
}

void UsageReader::note(const std::vector<model::Matcher>& matchers) {
  for (const model::Matcher& m : matchers) {
    if (m.name() != model::kMetricName || m.matches_empty()) continue;
    if (m.type() == model::MatchType::kEqual) {
      asked_.metrics.insert(m.value());
      return;
    }
    if (m.type() != model::MatchType::kRegex || m.pattern()->words() == nullptr) continue;
    asked_.metrics.insert(m.pattern()->words()->begin(), m.pattern()->words()->end());
    return;
  }
  asked_.open_names = true;
}

Result<std::unique_ptr<model::SeriesSet>> UsageReader::select(const model::SelectRequest& request, const model::ReadContext& context) {
  note(request.matchers);
  return reader_.select(request, context);
}

Result<std::vector<std::string>> UsageReader::label_names(const model::SelectRequest& request, const model::ReadContext& context) {
  return reader_.label_names(request, context);
}

Result<std::vector<std::string>> UsageReader::label_values(const std::string& name, const model::SelectRequest& request,
                                                           const model::ReadContext& context) {
  return reader_.label_values(name, request, context);
}

Result<std::vector<model::SeriesExemplars>> UsageReader::exemplars(const model::SelectRequest& request, const model::ReadContext& context) {
  note(request.matchers);
  return reader_.exemplars(request, context);
}

Result<std::vector<model::Metadata>> UsageReader::metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                           const model::ReadContext& context) {
  return reader_.metadata(tenants, metric, context);
}

}  // namespace isobar::api
