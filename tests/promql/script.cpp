#include "script.h"

#include <re2/re2.h>

#include "base/duration_text.h"
#include "promql/lexer.h"
#include "promql/number_text.h"

namespace isobar::promqltest {
namespace {

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// The first word; `text` moves past it.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

Result<Duration> parse_time(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (const auto seconds = promql::parse_signed_number(text)) {
    const auto ms = static_cast<std::int64_t>(*seconds * 1000);
    return Duration::millis(negative ? -ms : ms);
  }
  TRY(const Duration duration, parse_duration(text));
  return negative ? -duration : duration;
}

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = trim(text.substr(0, end));
      // A comment ends a block like an empty line.
      lines_.push_back(line.starts_with('#') ? std::string_view() : line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  Result<std::vector<Command>> run() {
    std::vector<Command> commands;
    while (at_ < lines_.size()) {
      if (lines_[at_].empty()) {
        ++at_;
        continue;
      }
      const int line = static_cast<int>(at_) + 1;
      auto command = parse_command();
      if (!command) return fail(std::move(command.error()).with_context(fmt::format("line {}", at_ + 1)));
      commands.push_back({line, std::move(*command)});
    }
    return commands;
  }

 private:
  using What = std::variant<LoadCommand, ClearCommand, EvalCommand>;

  Result<What> parse_command() {
    std::string_view rest = lines_[at_];
    const std::string_view word = take_word(rest);
    if (word == "clear") {
      ++at_;
      return What(ClearCommand{});
    }
    if (word == "load" || word == "load_with_nhcb") return parse_load(word == "load_with_nhcb", rest);
    if (word.starts_with("eval")) return parse_eval(word, rest);
    return fail(Code::kInvalid, fmt::format("unknown command: \"{}\"", word));
  }

  Result<What> parse_load(bool with_nhcb, std::string_view step) {
    LoadCommand load;
    load.with_nhcb = with_nhcb;
    TRY(load.step, parse_time(step));
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_) {
      TRY(promql::SeriesDescription series, promql::parse_series_description(lines_[at_]));
      load.series.push_back(std::move(series));
    }
    return What(std::move(load));
  }

  Result<What> parse_eval(std::string_view word, std::string_view rest) {
    EvalCommand eval;
    eval.line = static_cast<int>(at_) + 1;
    if (word == "eval_fail") eval.fail.emplace_back();
    if (word == "eval_warn") eval.warn.emplace_back();
    if (word == "eval_info") eval.info.emplace_back();
    eval.ordered = word == "eval_ordered";
    TRYV(parse_times(eval, rest));
    eval.query = rest;
    for (++at_; at_ < lines_.size() && !lines_[at_].empty(); ++at_)
      TRYV(parse_expectation(eval, lines_[at_]));
    return What(std::move(eval));
  }

  static Result<void> parse_times(EvalCommand& eval, std::string_view& rest) {
    const std::string_view kind = take_word(rest);
    eval.instant = kind == "instant";
    if (eval.instant) {
      take_word(rest);  // at
      TRY(const Duration at, parse_time(take_word(rest)));
      eval.start = eval.end = Timestamp{at.ms};
      return {};
    }
    RangeVectorTimes times;
    TRYV(parse_range(rest, times));
    eval.start = times.start;
    eval.end = times.end;
    eval.step = times.step;
    return {};
  }

  // from A to B step S
  static Result<void> parse_range(std::string_view& rest, RangeVectorTimes& out) {
    take_word(rest);
    TRY(const Duration start, parse_time(take_word(rest)));
    take_word(rest);
    TRY(const Duration end, parse_time(take_word(rest)));
    take_word(rest);
    TRY(out.step, parse_time(take_word(rest)));
    out.start = Timestamp{start.ms};
    out.end = Timestamp{end.ms};
    return {};
  }

  static TextExpectation parse_text(std::string_view rest) {
    rest = trim(rest);
    if (rest.starts_with("msg:")) return {TextExpectation::Kind::kExact, std::string(trim(rest.substr(4)))};
    if (rest.starts_with("regex:")) return {TextExpectation::Kind::kRegex, std::string(trim(rest.substr(6)))};
    return {};
  }

  static Result<void> parse_expectation(EvalCommand& eval, std::string_view line) {
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (word == "expected_fail_message") {
      eval.fail = {{TextExpectation::Kind::kExact, std::string(rest)}};
      return {};
    }
    if (word == "expected_fail_regexp") {
      eval.fail = {{TextExpectation::Kind::kRegex, std::string(rest)}};
      return {};
    }
    if (word == "expect") return parse_expect(eval, rest);
    if (const auto number = promql::parse_signed_number(line)) {
      eval.scalar = *number;
      return {};
    }
    TRY(promql::SeriesDescription series, promql::parse_series_description(line));
    eval.series.push_back(std::move(series));
    return {};
  }

  static Result<void> parse_expect(EvalCommand& eval, std::string_view rest) {
    const std::string_view what = take_word(rest);
    if (what == "fail") {
      eval.fail.push_back(parse_text(rest));
    } else if (what == "warn") {
      eval.warn.push_back(parse_text(rest));
    } else if (what == "info") {
      eval.info.push_back(parse_text(rest));
    } else if (what == "no_warn") {
      eval.no_warn = true;
    } else if (what == "no_info") {
      eval.no_info = true;
    } else if (what == "ordered") {
      eval.ordered = true;
    } else if (what == "string") {
      std::string text;
      if (rest.size() < 2 || !promql::unquote(rest, text))
        return fail(Code::kInvalid, "expect string needs a quoted text");
      eval.text = std::move(text);
    } else if (what == "range") {
      take_word(rest);  // vector
      RangeVectorTimes times;
      TRYV(parse_range(rest, times));
      eval.range_vector = times;
    } else {
      return fail(Code::kInvalid, fmt::format("unknown expectation: \"{}\"", what));
    }
    return {};
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
};

}  // namespace

bool TextExpectation::accepts(const std::string& actual) const {
  switch (kind) {
    case Kind::kAny:
      return true;
    case Kind::kExact:
      return actual == text;
    case Kind::kRegex:
      return re2::RE2::PartialMatch(actual, text);
  }
  return false;
}

Result<std::vector<Command>> parse_script(std::string_view text) {
  return ScriptParser(text).run();
}

}  // namespace isobar::promqltest
