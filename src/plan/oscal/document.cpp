#include "plan/oscal/document.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "plan/oscal/uuid.h"

namespace isobar::plan::oscal {
namespace {

constexpr std::string_view kOscalVersion = "1.1.2";
constexpr std::string_view kDefaultOwner = "platform team";

bool digits_at(std::string_view text, std::initializer_list<std::size_t> places) {
  return std::ranges::all_of(places, [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; });
}

int number_at(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  for (const char digit : text.substr(at, length)) value = value * 10 + (digit - '0');
  return value;
}

int days_of(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

std::string_view owner_of(const Context& context, const Decision& decision) {
  const std::string& owner = context.value_of(decision).owner;
  return owner.empty() ? kDefaultOwner : std::string_view(owner);
}

// Of all decisions that serve or waive a control here.
std::set<std::string_view> owners(const Context& context) {
  std::set<std::string_view> names{kDefaultOwner};
  for (const ControlStanding& control : context.standing.controls) {
    for (const auto* list : {&control.met, &control.waived}) {
      for (const ServingDecision& one : *list) names.insert(owner_of(context, *one.decision));
    }
  }
  return names;
}

}  // namespace

std::string Context::uuid(std::initializer_list<std::string_view> names) const {
  static const Uuid kPlan = uuid_v5(kUrlNamespace, kNamespace);
  std::string name = fmt::format("{}\n{}", ledger.name, standing.profile->id);
  for (const std::string_view one : names) name.append("\n").append(one);
  return to_string(uuid_v5(kPlan, name));
}

Result<std::string> checked_date(std::string_view text) {
  const std::string day = text.size() == 7 ? fmt::format("{}-01", text) : std::string(text);
  const bool shaped = day.size() == 10 && day[4] == '-' && day[7] == '-' && digits_at(day, {0, 1, 2, 3, 5, 6, 8, 9});
  const int month = shaped ? number_at(day, 5, 2) : 0;
  // OSCAL's own pattern begins with 1900.
  if (month < 1 || month > 12 || number_at(day, 0, 4) < 1900 || number_at(day, 8, 2) < 1 ||
      number_at(day, 8, 2) > days_of(number_at(day, 0, 4), month)) {
    return fail(Code::kInvalid, fmt::format("a date is a day of the calendar as YYYY-MM-DD, for example 2026-07-20: {}", text));
  }
  return day;
}

std::string one_line(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ') {
      blank = !out.empty();
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += c;
  }
  return out.empty() ? "not stated" : out;
}

std::string control_id(std::string_view id) {
  std::string out;
  for (const char c : id) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') out += c;
    else if (c == '(') out += '.';
    else if (c != ')') out += '_';
  }
  const bool starts_with_letter = !out.empty() && out[0] >= 'a' && out[0] <= 'z';
  return starts_with_letter ? out : "_" + out;
}

std::string baseline_href(Baseline baseline) {
  return fmt::format("https://raw.githubusercontent.com/usnistgov/oscal-content/main/nist.gov/SP800-53/rev5/json/"
                     "NIST_SP-800-53_rev5_{}-baseline_profile.json",
                     baseline_name(baseline));
}

std::string_view implementation_state(ControlVerdict verdict) {
  switch (verdict) {
    case ControlVerdict::kMet: return "implemented";
    case ControlVerdict::kPartial: return "partial";
    case ControlVerdict::kNotMet: return "planned";
    case ControlVerdict::kNotApplicable: return "not-applicable";
  }
  return "planned";
}

std::string_view implementation_state(Strength strength) { return strength == Strength::kFull ? "implemented" : "partial"; }

std::string missing_capabilities(const Ledger& ledger, const ControlMapping& mapping) {
  std::string text;
  for (const Capability& capability : ledger.capabilities) {
    if (capability.built || std::ranges::find(mapping.met_when.names(), "built." + capability.id) == mapping.met_when.names().end()) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", capability.title);
  }
  return text.empty() ? "" : fmt::format("Not built yet: {}.", text);
}

void write_prop(codec::JsonWriter& json, std::string_view name, std::string_view value) {
  json.begin_object().field("name", name).field("ns", kNamespace).field("value", one_line(value)).end_object();
}

void write_owner(codec::JsonWriter& json, const Context& context, const Decision& decision) {
  json.key("responsible-roles").begin_array().begin_object().field("role-id", "owner");
  json.key("party-uuids").begin_array().string(context.uuid({"party", owner_of(context, decision)})).end_array();
  json.end_object().end_array();
}

void write_implementation_status(codec::JsonWriter& json, std::string_view state, std::string_view remarks) {
  json.key("implementation-status").begin_object().field("state", state);
  if (!remarks.empty()) json.field("remarks", remarks);
  json.end_object();
}

void write_metadata(codec::JsonWriter& json, const Context& context, std::string_view title) {
  json.key("metadata").begin_object();
  json.field("title", one_line(title));
  json.field("last-modified", context.date + "T00:00:00Z");
  json.field("version", context.date);
  json.field("oscal-version", kOscalVersion);
  json.key("props").begin_array();
  write_prop(json, "ledger", context.ledger.name);
  write_prop(json, "profile", context.standing.profile->id);
  write_prop(json, "baseline", baseline_name(context.standing.baseline));
  write_prop(json, "controls-in-baseline", fmt::format("{}", context.standing.in_baseline));
  write_prop(json, "controls-not-addressed", fmt::format("{}", context.standing.not_addressed.size()));
  json.end_array();
  json.key("roles").begin_array().begin_object().field("id", "owner").field("title", "Owner of the decision").end_object().end_array();
  json.key("parties").begin_array();
  for (const std::string_view owner : owners(context)) {
    json.begin_object().field("uuid", context.uuid({"party", owner})).field("type", "organization").field("name", one_line(owner)).end_object();
  }
  json.end_array();
  json.field("remarks",
             "Computed from a ledger of decisions: what is decided, not what an assessor saw. Baselines are those of SP 800-53 "
             "rev 5, release 5.1.1.");
  json.end_object();
}

}  // namespace isobar::plan::oscal
