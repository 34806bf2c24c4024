#include "plan/oscal/oscal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/compare/control_standing.h"
#include "plan/oscal/document.h"
#include "plan/oscal/uuid.h"

namespace isobar::plan {
namespace {

using oscal::checked_date;
using oscal::control_id;

constexpr oscal::Uuid kDns{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

constexpr const char* kLedger = R"(
name: two ways
profiles:
  - {id: full, title: everything, about: all of it}
  - {id: lean, title: less, about: without encryption}
prices:
  - {id: key, title: a key, unit: month, usd: 1, source: price list, date: 2026-02}
costs:
  - {id: keys, title: keys, formula: if crypt then price.key else 0}
capabilities:
  - {id: vault, title: a vault}
controls:
  - {id: SC-28, title: Protection of Information at Rest, meaning: protect stored data, baselines: [MODERATE, HIGH], source: NIST, date: 2026-02}
  - {id: AC-2, title: Account Management, meaning: manage accounts, baselines: [LOW, MODERATE, HIGH], source: NIST, date: 2026-02}
decisions:
  - id: S1
    area: security
    title: Encryption
    requirement: secrecy
    implemented_by: KMS
    values:
      full: {text: on, set: {crypt: true}}
      lean: {text: off, set: {crypt: false}}
    controls:
      - {control: SC-28, strength: full, reason: stored data is unreadable, met_when: crypt}
      - {control: AC-2, strength: full, reason: a vault holds accounts, met_when: crypt and built.vault}
)";

Ledger ledger() {
  LoadedLedger loaded = load_ledger({{"ledger.yaml", kLedger}});
  for (const YamlProblem& problem : loaded.problems) ADD_FAILURE() << problem.to_string();
  return *std::move(loaded.ledger);
}

std::string document(OscalModel model, const OscalRequest& request) {
  const Result<std::string> made = oscal_document(ledger(), model, request);
  return made ? *made : "error: " + made.error().message;
}

TEST(OscalUuid, HashesNamesAsTheStandardsDo) {
  std::string hex;
  for (const std::uint8_t byte : oscal::sha1("abc")) hex += fmt::format("{:02x}", byte);
  EXPECT_EQ(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");  // FIPS 180, appendix A
  EXPECT_EQ(oscal::to_string(oscal::uuid_v5(kDns, "python.org")), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
  // Across the border of a block: 16 bytes of namespace and 39, 40 and 48 of name.
  EXPECT_EQ(oscal::to_string(oscal::uuid_v5(kDns, std::string(39, 'a'))), "5824f981-4282-59d4-9716-acb6d741350e");
  EXPECT_EQ(oscal::to_string(oscal::uuid_v5(kDns, std::string(40, 'a'))), "39f39c20-db47-5131-8879-62f8f67f9014");
  EXPECT_EQ(oscal::to_string(oscal::uuid_v5(kDns, std::string(48, 'a'))), "7280cc42-274a-5c4a-91fc-ae23f853eeb7");
}

TEST(OscalDate, IsADayOfTheCalendar) {
  EXPECT_EQ(checked_date("2026-02").value(), "2026-02-01");
  EXPECT_EQ(checked_date("2024-02-29").value(), "2024-02-29");
  for (const char* wrong : {"2026-02-29", "1900-02-29", "2026-13", "2026-00-01", "2026-04-31", "26-01-01", "2026/01/01", "2026-01-0x", "", "1899-01-01"}) {
    EXPECT_FALSE(checked_date(wrong)) << wrong;
  }
}

TEST(OscalText, FitsTheTypesOfOscal) {
  EXPECT_EQ(control_id("AC-2(1)"), "ac-2.1");
  EXPECT_EQ(control_id("7 up"), "_7_up");
  EXPECT_EQ(oscal::one_line("  two\n words "), "two words");
  EXPECT_EQ(oscal::one_line(" \n"), "not stated");
}

TEST(Baselines, HaveNistsCounts) {
  EXPECT_EQ(baseline_controls(Baseline::kLow).size(), 149U);
  EXPECT_EQ(baseline_controls(Baseline::kModerate).size(), 287U);
  EXPECT_EQ(baseline_controls(Baseline::kHigh).size(), 370U);
  EXPECT_EQ(baseline_controls(Baseline::kHigh).back(), "SR-12");
}

TEST(BaselineStanding, TellsWaivedFromMissing) {
  const Ledger all = ledger();
  const BaselineStanding lean = baseline_standing(all, "lean", Baseline::kModerate).value();
  EXPECT_EQ(lean.controls[0].verdict(), ControlVerdict::kNotMet);
  EXPECT_EQ(decision_names(lean.controls[0].waived), "S1");
  EXPECT_EQ(lean.controls[1].verdict(), ControlVerdict::kNotMet);
  EXPECT_TRUE(lean.controls[1].waived.empty()) << "a capability that is not built is met nowhere";
  EXPECT_EQ(lean.not_addressed.size(), 285U);
  const BaselineStanding low = baseline_standing(all, "lean", Baseline::kLow).value();
  EXPECT_EQ(low.controls[0].verdict(), ControlVerdict::kNotApplicable);
}

TEST(OscalDocument, SaysWhatAWaiverSaves) {
  const std::string poam = document(OscalModel::kPlanOfAction, {"lean", Baseline::kModerate, ""});
  EXPECT_NE(poam.find("S1 saves $1.00 a month beside full, if this decision alone changes, at list prices as of 2026-02."), std::string::npos) << poam;
  EXPECT_NE(poam.find(R"("last-modified":"2026-02-01T00:00:00Z")"), std::string::npos) << poam;
}

TEST(OscalDocument, HasTheUuidOfItsContent) {
  const OscalRequest request{"full", Baseline::kHigh, "2026-07-20"};
  const std::string plan = document(OscalModel::kSystemSecurityPlan, request);
  EXPECT_EQ(plan, document(OscalModel::kSystemSecurityPlan, request));
  const std::string later = document(OscalModel::kSystemSecurityPlan, {"full", Baseline::kHigh, "2026-07-21"});
  const std::size_t at = plan.find("\"uuid\":\"") + 8;
  EXPECT_NE(plan.substr(at, 36), later.substr(at, 36));
}

TEST(OscalDocument, SaysWhatOscalCannotHold) {
  EXPECT_NE(document(OscalModel::kPlanOfAction, {"full", Baseline::kModerate, "2026-02-30"}).find("error: a date is a day"), std::string::npos);
  EXPECT_NE(document(OscalModel::kPlanOfAction, {"fool", Baseline::kModerate, ""}).find("error: "), std::string::npos);
  Ledger met = ledger();
  std::erase_if(met.controls, [](const Control& control) { return control.id == "AC-2"; });
  const Result<std::string> nothing = oscal_document(met, OscalModel::kPlanOfAction, {"full", Baseline::kModerate, ""});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().message, "full waives nothing and meets every control of the MODERATE baseline that the ledger names: OSCAL knows no empty plan of action");
  const Result<std::string> none = oscal_document(met, OscalModel::kSystemSecurityPlan, {"full", Baseline::kLow, ""});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kUnprocessable);
  EXPECT_TRUE(oscal_document(met, OscalModel::kComponentDefinition, {"lean", Baseline::kLow, ""}));
}

}  // namespace
}  // namespace isobar::plan
