#include "exposition/text_parser.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"
#include "codec/number_text.h"
#include "exposition/created_lines.h"
#include "exposition/text_scan.h"

namespace isobar::exposition {
namespace {

constexpr double kMaxMillis = 9.2e18;
constexpr std::size_t kMaxShown = 60;

class TextParser {
 public:
  TextParser(std::string_view body, bool openmetrics, Visitor& visitor)
      : begin_(body.data()), at_(body.data()), end_(body.data() + body.size()), openmetrics_(openmetrics),
        visitor_(visitor) {}

  Result<void> run() {
    while (at_ != end_ && !stopped_ && !eof_seen_) {
      line_ = at_;
      TRYV(read_line());
    }
    if (stopped_ || !openmetrics_) return {};
    line_ = at_;
    if (!eof_seen_) return error("data does not end with # EOF");
    if (at_ != end_) return error("data after # EOF");
    return {};
  }

 private:
  tl::unexpected<Error> error(std::string_view what) const {
    const auto number = 1 + std::count(begin_, line_, '\n');
    std::string_view line(line_, static_cast<std::size_t>(end_ - line_));
    line = line.substr(0, std::min(line.find('\n'), kMaxShown));
    std::string shown;  // bytes of the target may be anything: only printable ones go into the message
    for (const char c : line) shown.push_back(c >= ' ' && c < 127 ? c : '?');
    return fail(Code::kInvalid, fmt::format("line {}: {}: \"{}\"", number, what, shown));
  }
  void apply(Next next) { stopped_ = stopped_ || next == Next::kStop; }

  Result<void> read_line() {
    if (!openmetrics_) at_ = skip_blanks(at_, end_);
    if (at_ == end_) return {};
    if (*at_ == '\n') {
      if (openmetrics_) return error("empty lines are not allowed in OpenMetrics");
      ++at_;
      return {};
    }
    return *at_ == '#' ? read_comment() : read_sample();
  }

  // The rest of the line, without its newline; moves behind it.
  std::string_view take_line() {
    const char* stop = at_ == end_ ? end_
                                   : static_cast<const char*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
    if (stop == nullptr) stop = end_;
    const std::string_view rest(at_, static_cast<std::size_t>(stop - at_));
    at_ = stop == end_ ? end_ : stop + 1;
    return rest;
  }

  Result<void> read_comment() {
    std::string_view line = take_line();
    line.remove_prefix(1);
    if (openmetrics_ && line == " EOF") {
      eof_seen_ = true;
      return {};
    }
    // The exact form lets a family's end be found by a search (begin_family).
    if (openmetrics_ && !line.starts_with(" HELP ") && !line.starts_with(" TYPE ") && !line.starts_with(" UNIT ")) {
      return error("only HELP, TYPE, UNIT and EOF may follow # in OpenMetrics");
    }
    const auto keyword = next_word(line);
    if (keyword == "HELP") return read_metadata(line, MetadataKind::kHelp);
    if (keyword == "TYPE") return read_metadata(line, MetadataKind::kType);
    if (keyword == "UNIT" && openmetrics_) return read_metadata(line, MetadataKind::kUnit);
    return {};
  }

  static std::string_view next_word(std::string_view& line) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    const std::size_t size = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, size);
    line.remove_prefix(size);
    return word;
  }

  Result<std::string_view> family_name(std::string_view& line) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    if (!line.starts_with('"')) {
      const std::string_view name = next_word(line);
      const bool plain = !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), is_name_character);
      if (!plain) return error("bad metric name (quote names that are no identifiers)");
      return name;
    }
    const char* const close = find_closing_quote(line.data() + 1, line.data() + line.size());
    if (close == nullptr) return error("quote is not closed");
    const std::string_view raw(line.data() + 1, static_cast<std::size_t>(close - line.data() - 1));
    line.remove_prefix(raw.size() + 2);
    const std::string_view name = unescape(raw, true, metadata_arena_);
    if (name.empty() || !is_valid_utf8(name)) return error("metric name is empty or no valid UTF-8");
    return name;
  }

  Result<void> read_metadata(std::string_view line, MetadataKind kind) {
    metadata_arena_ = Arena();
    TRY(const std::string_view name, family_name(line));
    if (!line.empty()) line.remove_prefix(1);  // one blank between name and text
    MetadataEvent event{name, kind, model::MetricType::kUnknown, {}};
    if (kind == MetadataKind::kType) {
      const std::string_view word = next_word(line);
      event.type = model::parse_metric_type(word);
      if (event.type == model::MetricType::kUnknown && word != "untyped" && word != "unknown") {
        return error("unknown metric type (write counter, gauge, histogram, summary or untyped)");
      }
      begin_family(name, event.type);
    } else {
      if (!is_valid_utf8(line)) return error("invalid UTF-8 in HELP or UNIT");
      event.text = kind == MetadataKind::kHelp ? unescape(line, openmetrics_, metadata_arena_) : line;
    }
    apply(visitor_.on_metadata(event));
    return {};
  }

  void begin_family(std::string_view name, model::MetricType type) {
    family_.assign(name);
    type_ = type;
    if (!openmetrics_) return;
    std::string_view lines(at_, static_cast<std::size_t>(end_ - at_));
    // The family ends where the next one's TYPE begins; HELP and UNIT lines between do no harm.
    lines = lines.substr(0, lines.find("\n# TYPE "));
    created_.read_family(name, type, lines);
  }

  Result<void> read_sample() {
    const char* const series = at_;
    at_ = skip_name(at_, end_);
    const char* const labels = skip_blanks(at_, end_);
    if (labels != end_ && *labels == '{') {
      at_ = skip_label_set(labels, end_);
      if (at_ == nullptr) {
        at_ = series;
        return error("label set is not closed");
      }
    } else if (at_ == series || is_digit(*series)) {
      return error("expected a metric name");
    }
    SampleEvent event{.series = {series, static_cast<std::size_t>(at_ - series)}};
    event.type = type_of(event.series);
    if (at_ == end_ || (!is_blank(*at_) && *(at_ - 1) != '}')) return error("expected a value after the series");
    TRY(event.value, read_number("expected a number as value"));
    TRYV(read_timestamp(event));
    exemplars_.clear();
    if (openmetrics_ && at_ != end_ && *at_ == '#') {
      TRYV(read_exemplar());
      event.exemplars = exemplars_;
    }
    if (at_ != end_ && *at_++ != '\n') return error("unexpected text after the sample");
    if (!created_.empty() && openmetrics_) event.start_timestamp = created_.find(event.series);
    apply(visitor_.on_sample(event));
    return {};
  }

  // The family's type holds for its samples only: an untyped metric may follow.
  model::MetricType type_of(std::string_view series) const {
    if (series.starts_with('{')) series.remove_prefix(std::min<std::size_t>(2, series.size()));
    if (family_.empty() || !series.starts_with(family_)) return model::MetricType::kUnknown;
    return type_;
  }

  std::string_view take_token() {
    at_ = skip_blanks(at_, end_);
    const char* const begin = at_;
    while (at_ != end_ && !is_blank(*at_) && *at_ != '\n') ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  Result<double> read_number(std::string_view otherwise) {
    const auto value = parse_float(take_token());
    if (!value) return error(otherwise);
    return *value;
  }

  Result<void> read_timestamp(SampleEvent& event) {
    at_ = skip_blanks(at_, end_);
    if (at_ == end_ || *at_ == '\n' || *at_ == '#') return {};
    if (openmetrics_) {
      TRY(const std::int64_t millis, read_seconds());
      event.timestamp = millis;
    } else {
      const std::string_view token = take_token();
      std::int64_t millis = 0;
      const auto [stop, failure] = std::from_chars(token.data(), token.data() + token.size(), millis);
      if (failure != std::errc() || stop != token.data() + token.size()) {
        return error("expected an integer of milliseconds as timestamp");
      }
      event.timestamp = millis;
    }
    at_ = skip_blanks(at_, end_);
    return {};
  }

  Result<std::int64_t> read_seconds() {
    TRY(const double seconds, read_number("expected a number of seconds as timestamp"));
    if (!std::isfinite(seconds) || std::abs(seconds * 1000) > kMaxMillis) return error("timestamp is out of range");
    return static_cast<std::int64_t>(seconds * 1000);
  }

  Result<void> read_exemplar() {
    at_ = skip_blanks(at_ + 1, end_);
    if (at_ == end_ || *at_ != '{') return error("expected labels in an exemplar");
    const char* const labels = at_;
    at_ = skip_label_set(labels, end_);
    if (at_ == nullptr) {
      at_ = labels;
      return error("label set of an exemplar is not closed");
    }
    Arena arena;
    std::vector<model::LabelView> pairs;
    // Read as a series with a name, which is then taken away: an exemplar has none.
    const std::string named = "x" + std::string(labels, static_cast<std::size_t>(at_ - labels));
    if (auto decoded = decode_series(Format::kOpenMetrics, named, model::MetricType::kUnknown, arena, pairs); !decoded) {
      return error(decoded.error().message);
    }
    pairs.erase(pairs.begin());
    ExemplarEvent& exemplar = exemplars_.emplace_back();
    exemplar.labels = model::Labels::from_pairs(std::move(pairs));
    TRY(exemplar.value, read_number("expected a number as value of an exemplar"));
    at_ = skip_blanks(at_, end_);
    if (at_ == end_ || *at_ == '\n') return {};
    TRY(const std::int64_t millis, read_seconds());
    exemplar.timestamp = millis;
    at_ = skip_blanks(at_, end_);
    return {};
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  const char* line_ = nullptr;
  const bool openmetrics_;
  Visitor& visitor_;
  bool stopped_ = false;
  bool eof_seen_ = false;
  std::string family_;
  model::MetricType type_ = model::MetricType::kUnknown;
  Arena metadata_arena_;
  CreatedLines created_;
  std::vector<ExemplarEvent> exemplars_;
};

}  // namespace

Result<void> parse_text(std::string_view body, bool openmetrics, Visitor& visitor) {
  return TextParser(body, openmetrics, visitor).run();
}

}  // namespace isobar::exposition
