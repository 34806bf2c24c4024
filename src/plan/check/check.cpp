#include "plan/check/check.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "plan/check/recognize.h"
#include "plan/check/rule_tables.h"

namespace isobar::plan {
namespace {

// The files by kind, as the rules want them: objects of one cluster together, a document by itself.
class Checker {
 public:
  Checker(const Ledger& ledger, Checked& out) : ledger_(ledger), out_(out) {}

  void take(const LedgerFile& file) {
    order_.emplace(file.name, order_.size());
    Recognized found = recognize(file.name, file.text);
    for (const YamlProblem& problem : found.problems) out_.unread.push_back({file.name, problem.to_string()});
    switch (found.kind) {
      case InputKind::kMarkdown: check_document(file); break;
      case InputKind::kKubernetes: manifests_.push_back({file.name, std::move(found.documents)}); break;
      case InputKind::kValues: check_values(file.name, found.documents[0]); break;
      case InputKind::kTerraform: take_terraform(file, false); break;
      case InputKind::kTerraformVariables: take_terraform(file, true); break;
      case InputKind::kTerraformPlan: plans_.push_back(terraform::read_plan(file.name, found.documents[0])); break;
      default: out_.unread.push_back({file.name, found.reason});
    }
  }

  void finish() {
    for (const kubernetes::Cluster& cluster : read_clusters(manifests_)) apply(manifest_rules(), cluster, ledger_, out_.findings);
    configurations_ = read_configurations(terraform_);
    std::move(plans_.begin(), plans_.end(), std::back_inserter(configurations_));
    for (const terraform::Configuration& one : configurations_) apply(terraform_rules(), one, ledger_, out_.findings);
    std::stable_sort(out_.findings.begin(), out_.findings.end(), [&](const Finding& a, const Finding& b) {
      return std::pair(order_[a.file], a.line) < std::pair(order_[b.file], b.line);
    });
  }

 private:
  void check_document(const LedgerFile& file) {
    Result<Findings> found = check_markdown(file.name, file.text, ledger_);
    if (found) out_.findings.insert(out_.findings.end(), found->begin(), found->end());
    else out_.unread.push_back({file.name, found.error().message});
  }

  void check_values(const std::string& file, const YamlNode& root) {
    for (const helm::Values& values : helm::charts_in(file, root)) apply(values_rules(), values, ledger_, out_.findings);
  }

  void take_terraform(const LedgerFile& file, bool variables) {
    terraform_.push_back({file.name, hcl::parse(file.text), variables});
    const std::optional<hcl::Problem>& problem = terraform_.back().parsed.problem;
    if (problem) out_.unread.push_back({file.name, fmt::format("{}:{}: {}", file.name, problem->line, problem->message)});
  }

  const Ledger& ledger_;
  Checked& out_;
  std::map<std::string, std::size_t> order_;
  std::vector<kubernetes::ManifestFile> manifests_;
  std::vector<terraform::TerraformFile> terraform_;
  std::vector<terraform::Configuration> plans_, configurations_;
};

}  // namespace

Checked check_files(const std::vector<LedgerFile>& files, const Ledger& ledger) {
  Checked out;
  Checker checker(ledger, out);
  for (const LedgerFile& file : files) checker.take(file);
  checker.finish();
  return out;
}

Result<Findings> check_markdown(const std::string& file, std::string_view text, const Ledger& ledger) {
  TRY(MarkdownDocument markdown, parse_markdown(file, text));
  const Document document = read_document(std::move(markdown));
  Findings findings;
  apply(document_rules(), document, ledger, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return a.line < b.line; });
  return findings;
}

}  // namespace isobar::plan
