#include "plan/check/check.h"

#include <algorithm>
#include <deque>
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
  Checker(const Ledger& ledger, const std::vector<LedgerFile>& ledger_files, Checked& out)
      : ledger_(ledger), ledger_files_(ledger_files), out_(out) {}

  void take(const LedgerFile& file) {
    order_.emplace(file.name, order_.size());
    Recognized found = recognize(file.name, file.text);
    if (found.kind == InputKind::kLedger) return take_ledger(file, found.documents);
    for (const YamlProblem& problem : found.problems) out_.unread.push_back({file.name, problem.to_string()});
    switch (found.kind) {
      case InputKind::kMarkdown: check_document(file); break;
      case InputKind::kKubernetes: manifests_.push_back({file.name, std::move(found.documents)}); break;
      case InputKind::kValues: check_values(file.name, found.documents[0]); break;
      case InputKind::kTerraform: take_terraform(file, false); break;
      case InputKind::kTerraformVariables: take_terraform(file, true); break;
      case InputKind::kTerraformPlan: plans_.push_back(terraform::read_plan(file.name, found.documents[0])); break;
      case InputKind::kKustomization: kustomized_.push_back(folder_of(file.name) + "/"); [[fallthrough]];
      default: out_.unread.push_back({file.name, found.reason});
    }
  }

  void finish() {
    leave_out_kustomized();
    clusters_ = read_clusters(manifests_);
    for (const kubernetes::Cluster& cluster : clusters_) apply(manifest_rules(), cluster, ledger_, out_.findings);
    configurations_ = read_configurations(terraform_);
    std::move(plans_.begin(), plans_.end(), std::back_inserter(configurations_));
    for (const terraform::Configuration& one : configurations_) apply(terraform_rules(), one, ledger_, out_.findings);
    check_together();
    for (const auto& [folder, inside] : ledgers_) check_ledger(inside);
    std::stable_sort(out_.findings.begin(), out_.findings.end(), [&](const Finding& a, const Finding& b) {
      return std::pair(order_[a.file], a.line) < std::pair(order_[b.file], b.line);
    });
  }

 private:
  struct LedgerFolder {
    std::vector<LedgerFile> files;
    bool whole = false;  // has profiles
  };

  void take_ledger(const LedgerFile& file, const std::vector<YamlNode>& documents) {
    LedgerFolder& folder = ledgers_[folder_of(file.name)];
    folder.files.push_back(file);
    folder.whole = folder.whole || (!documents.empty() && documents[0].find("profiles") != nullptr);
  }

  // Files of one folder are one ledger; without profiles, rows that replace those of the ledger in use.
  void check_ledger(const LedgerFolder& folder) {
    const LoadedLedger loaded = folder.whole ? load_ledger(folder.files) : load_ledger(ledger_files_, folder.files);
    for (const YamlProblem& problem : loaded.problems) add_problem(folder, problem);
    if (loaded.ledger) apply(ledger_rules(), profiles_of(*loaded.ledger), *loaded.ledger, out_.findings);
    // What holds of the ledger in use anyway is no finding about rows that replace some of it.
    if (!folder.whole) std::erase_if(out_.findings, [&](const Finding& one) { return !order_.contains(one.file); });
  }

  void add_problem(const LedgerFolder& folder, const YamlProblem& problem) {
    const auto file =
        std::find_if(folder.files.begin(), folder.files.end(), [&](const LedgerFile& one) { return one.name == problem.file; });
    const LedgerFile& at = file == folder.files.end() ? folder.files[0] : *file;
    report(out_.findings, "ledger", Severity::kError, {at.name, problem.line}, line_of(at.text, problem.line), problem.message,
           "docs/formats/ledger.md");
  }

  static std::string line_of(std::string_view text, int line) {
    for (; line > 1 && !text.empty(); --line) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    text = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return std::string(text.substr(0, 200));
  }

  void check_document(const LedgerFile& file) {
    Result<Findings> found = check_markdown(file.name, file.text, ledger_);
    if (found) out_.findings.insert(out_.findings.end(), found->begin(), found->end());
    else out_.unread.push_back({file.name, found.error().message});
  }

  // What a kustomization patches says only a part: replicas, names and images come from elsewhere.
  void leave_out_kustomized() {
    std::erase_if(manifests_, [&](const kubernetes::ManifestFile& file) {
      const bool patched = std::any_of(kustomized_.begin(), kustomized_.end(), [&](const std::string& folder) {
        return (folder_of(file.name) + "/").starts_with(folder);
      });
      if (patched) out_.unread.push_back({file.name, "part of a kustomization: give what kubectl kustomize prints"});
      return patched;
    });
  }

  static std::string folder_of(const std::string& file) {
    return file.substr(0, file.rfind('/') == std::string::npos ? 0 : file.rfind('/'));
  }

  // One cluster on the nodes of one configuration: with several of either nobody knows which belong together.
  void check_together() {
    std::vector<const terraform::Configuration*> with_nodes;
    for (const terraform::Configuration& one : configurations_) {
      if (!nodes_of(one).groups.empty()) with_nodes.push_back(&one);
    }
    if (clusters_.size() > 1 || with_nodes.size() != 1) return;
    const kubernetes::Cluster none;
    apply(together_rules(), Together{clusters_.empty() ? none : clusters_[0], values_, *with_nodes[0], nodes_of(*with_nodes[0])},
          ledger_, out_.findings);
  }

  void check_values(const std::string& file, const YamlNode& root) {
    value_roots_.push_back(root);
    for (const helm::Values& values : helm::charts_in(file, value_roots_.back())) {
      apply(values_rules(), values, ledger_, out_.findings);
      values_.push_back(values);
    }
  }

  void take_terraform(const LedgerFile& file, bool variables) {
    terraform_.push_back({file.name, hcl::parse(file.text), variables});
    const std::optional<hcl::Problem>& problem = terraform_.back().parsed.problem;
    if (problem) out_.unread.push_back({file.name, fmt::format("{}:{}: {}", file.name, problem->line, problem->message)});
  }

  const Ledger& ledger_;
  const std::vector<LedgerFile>& ledger_files_;
  Checked& out_;
  std::map<std::string, std::size_t> order_;
  std::vector<kubernetes::ManifestFile> manifests_;
  std::vector<std::string> kustomized_;  // folders, with a slash
  std::vector<kubernetes::Cluster> clusters_;
  std::deque<YamlNode> value_roots_;  // values_ points into them
  std::vector<helm::Values> values_;
  std::map<std::string, LedgerFolder> ledgers_;
  std::vector<terraform::TerraformFile> terraform_;
  std::vector<terraform::Configuration> plans_, configurations_;
};

}  // namespace

Checked check_files(const std::vector<LedgerFile>& files, const Ledger& ledger, const std::vector<LedgerFile>& ledger_files) {
  Checked out;
  Checker checker(ledger, ledger_files, out);
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
