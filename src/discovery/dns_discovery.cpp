// Targets from the DNS (<dns_sd_config>). A name that fails keeps its group; one that does not exist loses it.
#include "discovery/discovery.h"

#include <fmt/format.h>

namespace isobar::discovery {
namespace {

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

class DnsDiscoverer : public Discoverer {
 public:
  DnsDiscoverer(DnsConfig config, net::DnsResolver& resolver) : config_(std::move(config)), resolver_(resolver) {}

  std::string_view kind() const override { return "dns"; }
  Duration interval() const override { return config_.refresh_interval; }

  Refresh refresh() override {
    Refresh result;
    for (const std::string& name : config_.names) {
      auto records = resolver_.lookup(name, config_.type);
      if (records) {
        groups_[name] = make_group(name, *records);
      } else if (records.error().code == Code::kNotFound) {
        groups_[name] = make_group(name, {});
      } else if (!result.error) {
        result.error = std::move(records).error();
      }
    }
    std::vector<TargetGroup>& groups = result.groups.emplace();
    for (const auto& [name, group] : groups_) groups.push_back(group);
    return result;
  }

 private:
  TargetGroup make_group(const std::string& name, const std::vector<net::DnsRecord>& records) const {
    TargetGroup group{.source = name};
    for (const net::DnsRecord& record : records) {
      const bool srv = config_.type == net::DnsType::kSrv;
      model::LabelsBuilder labels;
      labels.set("__address__", host_and_port(record.target, srv ? record.port : config_.port));
      labels.set("__meta_dns_name", name);
      if (srv) {
        labels.set("__meta_dns_srv_record_target", record.target + ".");
        labels.set("__meta_dns_srv_record_port", std::to_string(record.port));
      }
      if (config_.type == net::DnsType::kMx) labels.set("__meta_dns_mx_record_target", record.target + ".");
      group.targets.push_back(labels.build());
    }
    return group;
  }

  const DnsConfig config_;
  net::DnsResolver& resolver_;
  std::map<std::string, TargetGroup> groups_;
};

}  // namespace

std::unique_ptr<Discoverer> make_dns_discoverer(DnsConfig config, net::DnsResolver& resolver) {
  return std::make_unique<DnsDiscoverer>(std::move(config), resolver);
}

}  // namespace isobar::discovery
