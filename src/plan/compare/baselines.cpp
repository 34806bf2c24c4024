#include "plan/compare/baselines.h"

#include <algorithm>

#include <fmt/format.h>

namespace isobar::plan {
namespace {

// Every control of HIGH. "+": not in LOW; "*": in HIGH alone.
constexpr std::string_view kControls =
    "AC-1 AC-2 AC-2(1)+ AC-2(2)+ AC-2(3)+ AC-2(4)+ AC-2(5)+ AC-2(11)* AC-2(12)* AC-2(13)+ AC-3 AC-4+ AC-4(4)* AC-5+ AC-6+ "
    "AC-6(1)+ AC-6(2)+ AC-6(3)* AC-6(5)+ AC-6(7)+ AC-6(9)+ AC-6(10)+ AC-7 AC-8 AC-10* AC-11+ AC-11(1)+ AC-12+ AC-14 AC-17 "
    "AC-17(1)+ AC-17(2)+ AC-17(3)+ AC-17(4)+ AC-18 AC-18(1)+ AC-18(3)+ AC-18(4)* AC-18(5)* AC-19 AC-19(5)+ AC-20 "
    "AC-20(1)+ AC-20(2)+ AC-21+ AC-22 "
    "AT-1 AT-2 AT-2(2) AT-2(3)+ AT-3 AT-4 "
    "AU-1 AU-2 AU-3 AU-3(1)+ AU-4 AU-5 AU-5(1)* AU-5(2)* AU-6 AU-6(1)+ AU-6(3)+ AU-6(5)* AU-6(6)* AU-7+ AU-7(1)+ AU-8 "
    "AU-9 AU-9(2)* AU-9(3)* AU-9(4)+ AU-10* AU-11 AU-12 AU-12(1)* AU-12(3)* "
    "CA-1 CA-2 CA-2(1)+ CA-2(2)* CA-3 CA-3(6)* CA-5 CA-6 CA-7 CA-7(1)+ CA-7(4) CA-8* CA-8(1)* CA-9 "
    "CM-1 CM-2 CM-2(2)+ CM-2(3)+ CM-2(7)+ CM-3+ CM-3(1)* CM-3(2)+ CM-3(4)+ CM-3(6)* CM-4 CM-4(1)* CM-4(2)+ CM-5 CM-5(1)* "
    "CM-6 CM-6(1)* CM-6(2)* CM-7 CM-7(1)+ CM-7(2)+ CM-7(5)+ CM-8 CM-8(1)+ CM-8(2)* CM-8(3)+ CM-8(4)* CM-9+ CM-10 CM-11 "
    "CM-12+ CM-12(1)+ "
    "CP-1 CP-2 CP-2(1)+ CP-2(2)* CP-2(3)+ CP-2(5)* CP-2(8)+ CP-3 CP-3(1)* CP-4 CP-4(1)+ CP-4(2)* CP-6+ CP-6(1)+ CP-6(2)* "
    "CP-6(3)+ CP-7+ CP-7(1)+ CP-7(2)+ CP-7(3)+ CP-7(4)* CP-8+ CP-8(1)+ CP-8(2)+ CP-8(3)* CP-8(4)* CP-9 CP-9(1)+ CP-9(2)* "
    "CP-9(3)* CP-9(5)* CP-9(8)+ CP-10 CP-10(2)+ CP-10(4)* "
    "IA-1 IA-2 IA-2(1) IA-2(2) IA-2(5)* IA-2(8) IA-2(12) IA-3+ IA-4 IA-4(4)+ IA-5 IA-5(1) IA-5(2)+ IA-5(6)+ IA-6 IA-7 "
    "IA-8 IA-8(1) IA-8(2) IA-8(4) IA-11 IA-12+ IA-12(2)+ IA-12(3)+ IA-12(4)* IA-12(5)+ "
    "IR-1 IR-2 IR-2(1)* IR-2(2)* IR-3+ IR-3(2)+ IR-4 IR-4(1)+ IR-4(4)* IR-4(11)* IR-5 IR-5(1)* IR-6 IR-6(1)+ IR-6(3)+ "
    "IR-7 IR-7(1)+ IR-8 "
    "MA-1 MA-2 MA-2(2)* MA-3+ MA-3(1)+ MA-3(2)+ MA-3(3)+ MA-4 MA-4(3)* MA-5 MA-5(1)* MA-6+ "
    "MP-1 MP-2 MP-3+ MP-4+ MP-5+ MP-6 MP-6(1)* MP-6(2)* MP-6(3)* MP-7 "
    "PE-1 PE-2 PE-3 PE-3(1)* PE-4+ PE-5+ PE-6 PE-6(1)+ PE-6(4)* PE-8 PE-8(1)* PE-9+ PE-10+ PE-11+ PE-11(1)* PE-12 PE-13 "
    "PE-13(1)+ PE-13(2)* PE-14 PE-15 PE-15(1)* PE-16 PE-17+ PE-18* "
    "PL-1 PL-2 PL-4 PL-4(1) PL-8+ PL-10 PL-11 "
    "PS-1 PS-2 PS-3 PS-4 PS-4(2)* PS-5 PS-6 PS-7 PS-8 PS-9 "
    "RA-1 RA-2 RA-3 RA-3(1) RA-5 RA-5(2) RA-5(4)* RA-5(5)+ RA-5(11) RA-7 RA-9+ "
    "SA-1 SA-2 SA-3 SA-4 SA-4(1)+ SA-4(2)+ SA-4(5)* SA-4(9)+ SA-4(10) SA-5 SA-8 SA-9 SA-9(2)+ SA-10+ SA-11+ SA-15+ "
    "SA-15(3)+ SA-16* SA-17* SA-21* SA-22 "
    "SC-1 SC-2+ SC-3* SC-4+ SC-5 SC-7 SC-7(3)+ SC-7(4)+ SC-7(5)+ SC-7(7)+ SC-7(8)+ SC-7(18)* SC-7(21)* SC-8+ SC-8(1)+ "
    "SC-10+ SC-12 SC-12(1)* SC-13 SC-15 SC-17+ SC-18+ SC-20 SC-21 SC-22 SC-23+ SC-24* SC-28+ SC-28(1)+ SC-39 "
    "SI-1 SI-2 SI-2(2)+ SI-3 SI-4 SI-4(2)+ SI-4(4)+ SI-4(5)+ SI-4(10)* SI-4(12)* SI-4(14)* SI-4(20)* SI-4(22)* SI-5 "
    "SI-5(1)* SI-6* SI-7+ SI-7(1)+ SI-7(2)* SI-7(5)* SI-7(7)+ SI-7(15)* SI-8+ SI-8(2)+ SI-10+ SI-11+ SI-12 SI-16+ "
    "SR-1 SR-2 SR-2(1) SR-3 SR-5 SR-6+ SR-8 SR-9* SR-9(1)* SR-10 SR-11 SR-11(1) SR-11(2) SR-12";
Baseline lowest_baseline(char mark) {
  if (mark == '+') return Baseline::kModerate;
  return mark == '*' ? Baseline::kHigh : Baseline::kLow;
}

}  // namespace

Result<Baseline> parse_baseline(std::string_view name) {
  for (const Baseline one : {Baseline::kLow, Baseline::kModerate, Baseline::kHigh}) {
    if (baseline_name(one) == name) return one;
  }
  return fail(Code::kInvalid, fmt::format("--baseline must be LOW, MODERATE or HIGH: {}", name));
}

std::string_view baseline_name(Baseline baseline) {
  switch (baseline) {
    case Baseline::kLow: return "LOW";
    case Baseline::kModerate: return "MODERATE";
    case Baseline::kHigh: return "HIGH";
  }
  return "HIGH";
}

std::vector<std::string_view> baseline_controls(Baseline baseline) {
  std::vector<std::string_view> ids;
  for (std::string_view rest = kControls; !rest.empty();) {
    std::string_view id = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(id.size() + 1, rest.size()));
    const char mark = id.back();
    if (mark == '+' || mark == '*') id.remove_suffix(1);
    if (lowest_baseline(mark) <= baseline) ids.push_back(id);
  }
  return ids;
}

}  // namespace isobar::plan
