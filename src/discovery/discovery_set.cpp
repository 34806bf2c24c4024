#include "discovery/discovery_set.h"

#include <limits>

#include "telemetry/log.h"

namespace isobar::discovery {

DiscoverySet::DiscoverySet(std::string job, const DiscoveryConfig& config, Surroundings surroundings)
    : job_(std::move(job)), surroundings_(surroundings) {
  if (!config.static_groups.empty()) {
    Member fixed;
    fixed.due = {std::numeric_limits<std::int64_t>::max()};
    fixed.groups = config.static_groups;
    for (std::size_t i = 0; i < fixed.groups.size(); ++i) fixed.groups[i].source = fmt::format("static/{}", i);
    members_.push_back(std::move(fixed));
  }
  for (const FileConfig& file : config.files) add(make_file_discoverer(file));
  for (const HttpConfig& http : config.http) add(make_http_discoverer(http, surroundings_.http));
  for (const DnsConfig& dns : config.dns) add(make_dns_discoverer(dns, surroundings_.dns));
}

void DiscoverySet::add(std::unique_ptr<Discoverer> discoverer) {
  Member member;
  member.due = {std::numeric_limits<std::int64_t>::min()};
  member.discoverer = std::move(discoverer);
  members_.push_back(std::move(member));
}

bool DiscoverySet::run_once(Monotonic now) {
  bool changed = first_run_;
  first_run_ = false;
  for (Member& member : members_) {
    if (member.discoverer == nullptr || member.due > now) continue;
    member.due = now + member.discoverer->interval();
    changed = refresh(member) || changed;
  }
  return changed;
}

bool DiscoverySet::refresh(Member& member) {
  Refresh refreshed = member.discoverer->refresh();
  if (refreshed.error) {
    const std::string& message = refreshed.error->message;
    if (member.error != message) {
      telemetry::log_warn("discovery failed, the targets found before stay",
                          {{"job", job_}, {"kind", std::string(member.discoverer->kind())}, {"error", message}});
    }
    surroundings_.registry
        .counter("isobar_discovery_failures_total", "Refreshes of a discovery that failed.",
                 {{"kind", std::string(member.discoverer->kind())}})
        .add();
    member.error = message;
  } else {
    member.error.clear();
  }
  if (!refreshed.groups || *refreshed.groups == member.groups) return false;
  member.groups = *std::move(refreshed.groups);
  return true;
}

Monotonic DiscoverySet::next_due() const {
  Monotonic due{std::numeric_limits<std::int64_t>::max()};
  for (const Member& member : members_) due = std::min(due, member.due);
  return due;
}

std::vector<TargetGroup> DiscoverySet::groups() const {
  std::vector<TargetGroup> all;
  for (const Member& member : members_) all.insert(all.end(), member.groups.begin(), member.groups.end());
  return all;
}

std::vector<std::string> DiscoverySet::errors() const {
  std::vector<std::string> all;
  for (const Member& member : members_) {
    if (!member.error.empty()) all.push_back(fmt::format("{}: {}", member.discoverer->kind(), member.error));
  }
  return all;
}

}  // namespace isobar::discovery
