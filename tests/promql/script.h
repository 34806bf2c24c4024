// Test scripts in Prometheus' language: load, eval, clear. Text in, commands out.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "promql/series_description.h"

namespace isobar::promqltest {

struct LoadCommand {
  Duration step;
  bool with_nhcb = false;  // also append custom-bucket histograms made from classic buckets
  std::vector<promql::SeriesDescription> series;
};

struct ClearCommand {};

// What an annotation or error must say; empty text: anything.
struct TextExpectation {
  enum class Kind { kAny, kExact, kRegex } kind = Kind::kAny;
  std::string text;
  bool accepts(const std::string& actual) const;
};

struct RangeVectorTimes {
  Timestamp start;
  Timestamp end;
  Duration step;
};

struct EvalCommand {
  int line = 0;
  bool instant = true;
  Timestamp start;
  Timestamp end;
  Duration step;
  std::string query;
  std::vector<TextExpectation> fail;
  std::vector<TextExpectation> warn;
  std::vector<TextExpectation> info;
  bool no_warn = false;
  bool no_info = false;
  bool ordered = false;
  std::optional<std::string> text;               // expect string
  std::optional<RangeVectorTimes> range_vector;  // expect range vector
  std::optional<double> scalar;                  // a number alone
  std::vector<promql::SeriesDescription> series;
};

struct Command {
  int line = 0;
  std::variant<LoadCommand, ClearCommand, EvalCommand> what;
};

// Error messages begin with the line number.
Result<std::vector<Command>> parse_script(std::string_view text);

}  // namespace isobar::promqltest
