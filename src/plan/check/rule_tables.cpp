#include "plan/check/rule_tables.h"

#include "plan/check/check.h"
#include "plan/check/rules/helm/rules.h"
#include "plan/check/rules/kubernetes/rules.h"
#include "plan/check/rules/ledger/rules.h"
#include "plan/check/rules/rules.h"
#include "plan/check/rules/terraform/rules.h"
#include "plan/check/rules/together/rules.h"

namespace isobar::plan {

const std::vector<RuleFor<Document>>& document_rules() {
  static const std::vector<RuleFor<Document>> kRules{
      {"sum", "a total is the sum of its rows, and a saving the difference of its columns", rules::sum},
      {"percentage", "a reduction is what goes away, not what remains", rules::percentage},
      {"price", "a figure beside machines or gateways is their list price", rules::price},
      {"impact", "what a decision is said to cost is the difference of its two values", rules::impact},
      {"disk_type", "gp2 costs more than gp3", rules::disk_type},
      {"missing_line", "a cost that a decision states belongs into the bill", rules::missing_line},
      {"pod_count", "a pod is counted once, and as often as its chart runs it", rules::pod_count},
      {"scale_to_zero", "a group with a minimum above zero does not scale to zero", rules::scale_to_zero},
      {"shared_volume", "a ReadWriteOnce volume attaches to one node", rules::shared_volume},
      {"zones", "EKS and load balancers need subnets in at least two zones", rules::zones},
      {"nat_subnet", "a NAT gateway gives egress only from a public subnet", rules::nat_subnet},
      {"max_pods", "custom networking takes an interface from each node", rules::max_pods},
      {"known_false", "statements that the makers of a system contradict", rules::known_false},
      {"release_date", "a document cannot describe what was released after it", rules::release_date},
      {"control_fit", "a control is served by what it asks for", rules::control_fit},
      {"retention", "one thing has one retention", rules::retention},
      {"free_waiver", "giving up a control should at least save something", rules::free_waiver},
      {"ingest_storage", "Mimir without Kafka needs more than one setting", rules::ingest_storage},
  };
  return kRules;
}

const std::vector<RuleFor<kubernetes::Cluster>>& manifest_rules() {
  namespace of = rules::kubernetes;
  static const std::vector<RuleFor<kubernetes::Cluster>> kRules{
      {"shared_volume", "a ReadWriteOnce volume attaches to one node", of::shared_volume},
      {"drain_blocked", "a budget must let at least one pod go", of::drain_blocked},
      {"memory_request", "the scheduler counts only what is requested", of::memory_request},
      {"plain_secret", "a secret in plain text is no secret", of::plain_secret},
      {"service_selector", "a service needs pods that its selector fits", of::service_selector},
      {"service_port", "a service sends to a port that its pods have", of::service_port},
      {"probe_port", "a probe asks a port that its container has", of::probe_port},
      {"node_too_small", "a pod fits the machine that it is bound to", of::node_too_small},
      {"autoscaler_range", "a minimum is not above its maximum", of::autoscaler_range},
      {"autoscaler_request", "utilization is measured against a request", of::autoscaler_request},
      {"spread_called_ha", "a wish about hosts says nothing about zones", of::spread_called_ha},
      {"stop_sleep", "what waits before it stops is killed when the grace period ends", of::stop_sleep},
      {"disk_type", "gp2 costs more than gp3", of::disk_type},
  };
  return kRules;
}

const std::vector<RuleFor<helm::Values>>& values_rules() {
  namespace of = rules::values;
  static const std::vector<RuleFor<helm::Values>> kRules{
      {"ingest_storage", "Mimir without Kafka needs more than one setting", of::ingest_storage},
      {"known_bad", "values that are known to exclude each other", of::known_bad},
      {"loki_storage", "several processes of Loki need a store that all see", of::loki_storage},
      {"loki_retention", "a retention is kept by a compactor that is told to", of::loki_retention},
      {"replication", "a quorum takes that many writers", of::replication},
      {"shared_volume", "a ReadWriteOnce volume attaches to one node", of::shared_volume},
      {"retention_size", "a retention by size is below the size of its volume", of::retention_size},
      {"plain_secret", "a secret in plain text is no secret", of::plain_secret},
  };
  return kRules;
}

const std::vector<RuleFor<terraform::Configuration>>& terraform_rules() {
  namespace of = rules::terraform;
  static const std::vector<RuleFor<terraform::Configuration>> kRules{
      {"zones", "EKS and load balancers need subnets in at least two zones", of::zones},
      {"nat_subnet", "a NAT gateway gives egress only from a public subnet", of::nat_subnet},
      {"nat_switches", "switches of the VPC module that say one thing and do another", of::nat_switches},
      {"public_endpoint", "an API server need not answer the whole internet", of::public_endpoint},
      {"group_size", "a number of nodes lies between its minimum and its maximum", of::group_size},
      {"disk_type", "gp2 costs more than gp3", of::disk_type},
      {"max_pods", "custom networking takes an interface from each node", of::max_pods},
      {"architecture", "an image boots on its own processor", of::architecture},
      {"replication_off", "what is configured and off does nothing", of::replication_off},
  };
  return kRules;
}

const std::vector<RuleFor<LedgerProfiles>>& ledger_rules() {
  namespace of = rules::ledger;
  static const std::vector<RuleFor<LedgerProfiles>> kRules{
      {"capacity", "what is requested fits on the nodes that there are", of::capacity},
      {"zone_bound_volume", "a volume stays in its zone, nodes do not", of::zone_bound_volume},
      {"shared_volume", "a ReadWriteOnce volume attaches to one node", of::shared_volume},
      {"zones", "EKS and load balancers need subnets in at least two zones", of::zones},
      {"disk_type", "gp2 costs more than gp3", of::disk_type},
      {"free_waiver", "giving up a control should at least save something", of::free_waiver},
      {"control_fit", "a control is served by what it asks for", of::control_fit},
  };
  return kRules;
}

const std::vector<RuleFor<Together>>& together_rules() {
  namespace of = rules::together;
  static const std::vector<RuleFor<Together>> kRules{
      {"capacity", "what is requested fits on the nodes that there are", of::capacity},
      {"zone_bound_volume", "a volume stays in its zone, nodes do not", of::zone_bound_volume},
      {"host_spread", "one replica a host takes as many hosts", of::host_spread},
      {"cache_memory", "a cache is no larger than the largest node", of::cache_memory},
  };
  return kRules;
}

namespace {

template <class Input>
void list(std::string_view input, const std::vector<RuleFor<Input>>& rules, std::vector<RuleEntry>& out) {
  for (const RuleFor<Input>& rule : rules) out.push_back({input, rule.name, rule.reason});
}

}  // namespace

std::vector<RuleEntry> all_rules() {
  std::vector<RuleEntry> out;
  list("document", document_rules(), out);
  list("manifests", manifest_rules(), out);
  list("values", values_rules(), out);
  list("terraform", terraform_rules(), out);
  out.push_back({"ledger", "ledger", "a ledger is valid before it is computed"});
  list("ledger", ledger_rules(), out);
  list("together", together_rules(), out);
  return out;
}

}  // namespace isobar::plan
