#include "plan/review/review.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan/compare/compare_report.h"
#include "plan/simulation/cascade.h"
#include "plan/survival/cheapest_change.h"
#include "plan/survival/simulate_report.h"

namespace isobar::plan {
namespace {

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

// The tables of a report, one level below its own headings.
std::string tables_of(const Report& report, std::initializer_list<std::string_view> keys) {
  Report part;
  for (const std::string_view key : keys) {
    for (const Table& table : report.tables) {
      if (table.key == key) part.tables.push_back(table);
    }
  }
  const std::string text = render(part, Format::kMarkdown);
  const std::size_t at = text.find("\n\n");  // behind the empty title
  return (at == std::string::npos ? text : text.substr(at + 2)) + "\n";
}

class Review {
 public:
  Review(const Ledger& ledger, const ReviewInput& input) : ledger_(ledger), input_(input) {}

  Result<std::string> write() {
    TRY(comparison_, compare(ledger_, input_.a, input_.b));
    TRY(report_, compare_report(ledger_, comparison_, {input_.baseline, false}));
    head();
    if (!input_.document.empty()) findings();
    trades();
    TRYV(failures());
    TRYV(changes());
    TRYV(other_profiles());
    out_ += tables_of(report_, {"assumptions"});
    how_to_check();
    return std::move(out_);
  }

 private:
  const Profile& profile(const std::string& id) const { return *ledger_.profile(id); }

  void head() {
    const Evaluation& a = comparison_.a;
    const Evaluation& b = comparison_.b;
    std::size_t weaker = 0;
    std::size_t controls = 0;
    for (const ControlState& one : comparison_.controls) {
      const auto& baselines = one.control->baselines;
      if (std::find(baselines.begin(), baselines.end(), input_.baseline) == baselines.end()) continue;
      ++controls;
      weaker += one.in_b > one.in_a;
    }
    out_ += fmt::format("# {} beside {}\n\nWhat {} ({}) saves beside {} ({}), and what that gives up. Every figure is computed from the ledger{}{}; "
                        "`isobar plan explain ID` derives any of them.\n\n## In short\n\n",
                        input_.b, input_.a, input_.b, profile(input_.b).title, input_.a, profile(input_.a).title,
                        ledger_.name.empty() ? "" : fmt::format(" \"{}\"", ledger_.name), ledger_.as_of.empty() ? "" : fmt::format(", prices as of {}", ledger_.as_of));
    out_ += fmt::format("- {} a month become {} ({}); {} of that is fixed and no decision changes it.\n", dollars(a.total), dollars(b.total),
                        percent_change(a.total, b.total), dollars(b.fixed_total));
    out_ += fmt::format("- {} pods become {}.\n", a.footprint.pods.to_string(), b.footprint.pods.to_string());
    out_ += fmt::format("- {} of {} controls of the {} baseline are met less well.\n", weaker, controls, input_.baseline);
    out_ += fmt::format("- {} of {} failures are not survived in {}, {} of {} in {}.\n", comparison_.survival_a.not_survived(),
                        comparison_.survival_a.applicable(), input_.a, comparison_.survival_b.not_survived(), comparison_.survival_b.applicable(), input_.b);
    if (!input_.document.empty()) out_ += fmt::format("- {} statements of {} do not hold.\n", input_.findings.size(), input_.document);
    out_ += "\n";
  }

  void findings() {
    out_ += fmt::format("## What does not hold in {}\n\n", input_.document);
    if (input_.findings.empty()) {
      out_ += "Nothing was found.\n\n";
      return;
    }
    out_ += "| line | stated | holds | because |\n|---:|---|---|---|\n";
    for (const Finding& one : input_.findings) {
      out_ += fmt::format("| {} | {} | {} | {} |\n", one.line, cell(one.stated), cell(one.holds), cell(one.derivation));
    }
    out_ += "\nThe rules and their reasons: `docs/howto/check_rules.md`.\n\n";
  }

  void trades() {
    out_ += tables_of(report_, {"decisions", "costs", "controls"});
  }

  Result<void> failures() {
    if (ledger_.failures.empty()) return {};
    out_ += tables_of(report_, {"failures"});
    const auto worst = std::find_if(comparison_.survival_a.failures.rbegin(), comparison_.survival_a.failures.rend(),
                                    [](const FailureVerdict& one) { return one.applies && one.verdict == Verdict::kNeedsHuman; });
    if (worst == comparison_.survival_a.failures.rend()) return {};
    TRY(const std::string cascade, cascade_of(ledger_, input_.a, worst->failure->id));
    out_ += fmt::format("### {} in {}, as the tickets will read it\n\n```\n{}```\n\n", worst->failure->title, input_.a, cascade);
    return {};
  }

  Result<void> changes() {
    for (const auto& [id, survival] : {std::pair{&input_.a, &comparison_.survival_a}, std::pair{&input_.b, &comparison_.survival_b}}) {
      TRY(const std::vector<SurvivingChange> found, cheapest_changes(ledger_, *id, *survival));
      if (found.empty()) continue;
      out_ += fmt::format("## What {} would need to survive\n\n| failure | $/month | the cheapest change of one or two decisions |\n|---|---:|---|\n", *id);
      for (const SurvivingChange& one : found) {
        const bool none = one.edits.empty();
        out_ += fmt::format("| {} | {} | {} |\n", one.failure->title, none ? "" : dollars(one.month), none ? "none in the ledger" : cell(edits_text(one.edits)));
      }
      out_ += "\nEvery component stays, every control is met as before, and no other failure gets worse.\n\n";
    }
    return {};
  }

  Result<void> other_profiles() {
    if (ledger_.profiles.size() < 3) return {};
    out_ += "## All profiles\n\n| profile | what | $/month | pods | failures not survived |\n|---|---|---:|---:|---:|\n";
    for (const Profile& one : ledger_.profiles) {
      TRY(const Evaluation evaluation, evaluate(ledger_, one.id));
      std::string survived = "-";
      if (!ledger_.failures.empty()) {
        TRY(const Survival survival, survival_of(ledger_, one.id));
        survived = fmt::format("{} of {}", survival.not_survived(), survival.applicable());
      }
      out_ += fmt::format("| {} | {} | {} | {} | {} |\n", one.id, cell(one.title), dollars(evaluation.total), evaluation.footprint.pods.to_string(), survived);
    }
    std::string absent;
    for (const Capability& one : ledger_.capabilities) {
      if (!one.built) absent += (absent.empty() ? "" : ", ") + one.title;
    }
    if (!absent.empty()) out_ += fmt::format("\nNot built yet, and counted as absent everywhere: {}. `--built ID` shows what one of them will give.\n", absent);
    out_ += "\n";
    return {};
  }

  void how_to_check() {
    out_ += fmt::format("## How to check these figures\n\n```\nisobar plan explain C5\nisobar plan compare {0} {1}\nisobar plan simulate {0} --failure one-zone\n", input_.a, input_.b);
    if (!input_.document.empty()) out_ += fmt::format("isobar plan check {}\n", input_.document);
    out_ += "```\n\nPrices, assumptions and rates of failure are data: `--assume id=value` sets an assumption, `--override FILE` replaces rows.\n";
  }

  const Ledger& ledger_;
  const ReviewInput& input_;
  Comparison comparison_;
  Report report_;
  std::string out_;
};

}  // namespace

Result<std::string> review_markdown(const Ledger& ledger, const ReviewInput& input) { return Review(ledger, input).write(); }

}  // namespace isobar::plan
