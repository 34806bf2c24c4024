// The ledger: infrastructure decisions as data, and what their formulas are computed from.
//
// A ledger is one YAML file or every *.yaml of a folder; each file may hold any of the sections below, and a row's id is
// unique in its section. docs/formats/ledger.md describes every key. Rows keep file and line, for messages and derivations.
//
// Errors: load_ledger() collects every problem (unknown key, negative count, unknown name in a formula, a cycle, a
// parameter that two decisions set, a profile without a value), each with file, line and what to write instead.
// Thread safety: a loaded ledger is immutable.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/yaml.h"
#include "plan/ledger/behaviour.h"
#include "plan/ledger/expression.h"
#include "plan/ledger/origin.h"

namespace isobar::plan {

struct Profile {
  std::string id;
  std::string title;
  std::string about;
  Origin origin;
};

enum class Strength { kFull, kPartial, kWeak, kNone };
std::string_view strength_name(Strength strength);

// "this decision serves that control": from `met_when` on it does; `strength` says how well the mapping itself holds.
struct ControlMapping {
  std::string control;
  Strength strength = Strength::kFull;
  std::string reason;
  Expression met_when;
  Origin origin;
};

struct DecisionValue {
  std::string text;  // what a reader sees
  std::map<std::string, Value> settings;
  std::string owner;  // who does it in this profile; empty: the platform team
};

struct Decision {
  std::string id;
  std::string area;
  std::string title;
  std::string requirement;
  std::string implemented_by;
  std::string note;
  bool in_seed = true;
  std::map<std::string, DecisionValue, std::less<>> values;  // by profile
  std::vector<DecisionValue> options;                        // what nobody chose, but could
  std::vector<ControlMapping> controls;
  Origin origin;
};

// A number with a name: a formula over settings, prices, assumptions and other quantities.
struct Quantity {
  std::string id;
  std::string title;
  std::string unit;
  std::string note;
  Expression formula;
  Origin origin;
};

// Dollars a month. `fixed`: the cluster costs it before any decision counts.
struct CostLine {
  std::string id;
  std::string title;
  bool fixed = false;
  std::string note;
  Expression formula;
  Origin origin;
};

struct PodRow {
  std::string name;
  std::string kind;  // Deployment, StatefulSet, DaemonSet, Container (a sidecar: no pod of its own)
  Expression replicas;
  Expression cpu_m;
  Expression memory_mib;
  Expression volume_gib;  // of each replica's claim; 0: none
  Origin origin;
};

struct Component {
  std::string id;
  std::string title;
  std::string chart;
  std::string decision;  // the one that brings it
  std::string note;
  Expression when;
  std::vector<PodRow> pods;
  Source source;
  Origin origin;
};

struct Price {
  std::string id;
  std::string title;
  std::string unit;
  Rational usd;
  Source source;
  Origin origin;
};

struct Instance {
  std::string id;
  Rational vcpu;
  Rational memory_mib;
  Rational enis;
  Rational ips_per_eni;
  Rational usd_per_hour;
  Source source;
  Origin origin;
};

struct Assumption {
  std::string id;
  std::string title;
  std::string unit;
  Rational value;
  Source source;
  Origin origin;
};

// A footprint that a bench wrote; without a value it was not measured.
struct Measurement {
  std::string id;
  std::string title;
  std::string unit;
  std::optional<Rational> value;
  std::string command;
  Source source;
  Origin origin;
};

// What the product does, or does not do yet: `evidence` is the command of the test that shows it.
struct Capability {
  std::string id;
  std::string title;
  bool built = false;
  std::string evidence;
  Origin origin;
};

struct Control {
  std::string id;
  std::string title;
  std::string meaning;
  std::vector<std::string> baselines;  // LOW, MODERATE, HIGH, PRIVACY
  Source source;
  Origin origin;
};

struct Ledger {
  std::string name;
  std::string as_of;  // the newest date of any price
  std::vector<Profile> profiles;
  std::vector<Decision> decisions;
  std::vector<Quantity> quantities;
  std::vector<CostLine> costs;
  std::vector<Component> components;
  std::vector<Price> prices;
  std::vector<Instance> instances;
  std::vector<Assumption> assumptions;
  std::vector<Measurement> measurements;
  std::vector<Capability> capabilities;
  std::vector<Control> controls;
  std::vector<ServiceRow> services;
  std::vector<StoreRow> stores;
  std::vector<FailureRow> failures;

  const Profile* profile(std::string_view id) const;
  const Decision* decision(std::string_view id) const;
  const Control* control(std::string_view id) const;
  // The decision that sets a parameter.
  const Decision* decision_of(std::string_view setting) const;
};

struct LedgerFile {
  std::string name;
  std::string text;
};

struct LoadedLedger {
  std::optional<Ledger> ledger;  // only without problems
  std::vector<YamlProblem> problems;
};

// `overrides` replace rows of the same section and id (prices, assumptions, measurements, …) and may add new ones.
LoadedLedger load_ledger(const std::vector<LedgerFile>& files, const std::vector<LedgerFile>& overrides = {});

}  // namespace isobar::plan
