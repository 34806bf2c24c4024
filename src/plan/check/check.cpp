#include "plan/check/check.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "codec/json_writer.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan {

namespace {

// At most 80 columns; continuation lines stand under the text.
std::string wrapped(std::string_view label, std::string_view text) {
  std::string out(label);
  std::size_t column = label.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    const bool first = column == label.size();
    if (!first && column + 1 + utf8_length(word) > 80) {
      out += "\n" + std::string(label.size(), ' ');
      column = label.size();
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += utf8_length(word);
  }
  return out + "\n";
}

}  // namespace

const std::vector<Rule>& document_rules() {
  static const std::vector<Rule> kRules{
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

Result<Findings> check_markdown(const std::string& file, std::string_view text, const Ledger& ledger) {
  TRY(MarkdownDocument markdown, parse_markdown(file, text));
  const Document document = read_document(std::move(markdown));
  Findings findings;
  for (const Rule& rule : document_rules()) rule.check(document, ledger, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return a.line < b.line; });
  return findings;
}

std::string findings_as_text(const Findings& findings) {
  static constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
  std::string out;
  for (const Finding& one : findings) {
    out += fmt::format("{}:{}: {}: {}\n", one.file, one.line, kSeverities[static_cast<std::size_t>(one.severity)], one.rule);
    out += wrapped("  stated  ", one.stated) + wrapped("  holds   ", one.holds) + wrapped("  since   ", one.derivation);
  }
  return out;
}

std::string findings_as_json(const Findings& findings) {
  static constexpr std::string_view kSeverities[] = {"error", "warning", "note"};
  std::string out;
  codec::JsonWriter json(out);
  json.begin_array();
  for (const Finding& one : findings) {
    json.begin_object()
        .field("rule", one.rule)
        .field("severity", kSeverities[static_cast<std::size_t>(one.severity)])
        .field("place", fmt::format("{}:{}", one.file, one.line))
        .field("file", one.file)
        .field("line", std::int64_t{one.line})
        .field("stated", one.stated)
        .field("holds", one.holds)
        .field("derivation", one.derivation)
        .end_object();
  }
  json.end_array();
  return out + "\n";
}

}  // namespace isobar::plan
