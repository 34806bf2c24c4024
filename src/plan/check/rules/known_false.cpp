// Statements that the makers of a system contradict.
#include <fmt/format.h>
#include <re2/re2.h>

#include "plan/check/amounts.h"
#include "plan/check/rules/rules.h"

namespace isobar::plan::rules {
namespace {

struct Claim {
  const char* subject;  // the document must be about it
  const char* pattern;  // in lower case, over one row or line
  const char* unless;   // words that turn it round
  std::string_view holds;
  std::string_view source;
};
const Claim kClaims[] = {
    {"mimir", R"(mimir.{0,40}mode.*\bmonolithic\b|\bmonolithic\b[^|;,.]{0,30}\bmimir\b)",
     R"(\bnot\b|\bno monolithic\b|cannot|isn't|target=all|manifests?\b|\bloki\b|\btempo\b|instead of mimir)",
     "mimir-distributed has no monolithic mode", "the chart is microservices only; -target=all needs manifests of one's own"},
    {"kafka", R"(exactly[- ]once)", R"(\bnot\b|\bno\b|at[- ]least[- ]once|transaction|streams|flink|\borders?\b|payment)",
     "records are consumed at least once", "about-ingest-storage-architecture of Mimir: the distributor does not produce in transactions"},
    {"mimir", R"(ingesters? crash\w*.{0,60}\b(lost|lose|loses|losing)\b)", R"(\bnot\b|\breplay|\bwal\b.{0,20}\breplay|\bno (metrics|samples)\b|unreachable)",
     "ingesters of the classic path replay their write-ahead log from their volume", "what loses samples is a volume that cannot be reached"},
};

void look(const Document& document, int line, const std::string& text, Findings& findings) {
  const std::string in = lower(text);
  for (const Claim& claim : kClaims) {
    if (!document.mentions("mimir") || !document.mentions(claim.subject) || !re2::RE2::PartialMatch(in, claim.pattern) || re2::RE2::PartialMatch(in, claim.unless)) continue;
    add(findings, "known_false", Severity::kError, document, line, text, std::string(claim.holds), std::string(claim.source));
  }
}

}  // namespace

void known_false(const Document& document, const Ledger&, Findings& findings) {
  for (const MarkdownLine& line : document.markdown.lines) look(document, line.line, line.text, findings);
  for (const MarkdownTable& table : document.markdown.tables) {
    for (const MarkdownRow& row : table.rows) {
      std::string all;
      for (const std::string& cell : row.cells) all += (all.empty() ? "" : " | ") + cell;
      look(document, row.line, all, findings);
    }
  }
}

}  // namespace isobar::plan::rules
