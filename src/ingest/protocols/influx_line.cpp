#include "ingest/protocols/influx_line.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "codec/number_text.h"

namespace isobar::ingest {
namespace {

struct Pair {
  std::string name;
  std::string value;
};
struct Field {
  std::string key;
  std::optional<double> value;  // nothing: a string
};
struct Point {
  std::string measurement;
  std::vector<Pair> tags;
  std::vector<Field> fields;
  std::optional<std::int64_t> timestamp;  // in the request's unit

  void clear() {
    measurement.clear();
    tags.clear();
    fields.clear();
    timestamp.reset();
  }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

// Each other character becomes one _, however many bytes it has.
void append_name(std::string& out, std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    out.push_back(is_word(c) ? c : '_');
  }
}

std::string name_of(std::string_view text) {
  std::string name;
  if (!text.empty() && is_digit(text.front())) name.push_back('_');
  append_name(name, text);
  return name;
}

std::optional<double> number_of(std::string_view text) {
  for (const std::string_view yes : {"t", "T", "true", "True", "TRUE"}) {
    if (text == yes) return 1.0;
  }
  for (const std::string_view no : {"f", "F", "false", "False", "FALSE"}) {
    if (text == no) return 0.0;
  }
  if (text.ends_with('i') || text.ends_with('u')) {
    const bool is_signed = text.ends_with('i');
    text.remove_suffix(1);
    std::int64_t integer = 0;
    std::uint64_t natural = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = is_signed ? std::from_chars(text.data(), end, integer) : std::from_chars(text.data(), end, natural);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return is_signed ? static_cast<double>(integer) : static_cast<double>(natural);
  }
  const std::optional<double> number = parse_float(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

// Reads one line after the other; a string may hold line ends.
class LineReader {
 public:
  explicit LineReader(std::string_view body) : rest_(body) {}

  std::size_t line() const { return line_; }
  // False at the end. What stands between lines is skipped: blanks, empty lines, comments.
  bool to_next() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '#') {
        skip_line();
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        advance(1);
      } else {
        return true;
      }
    }
    return false;
  }
  void skip_line() { advance(std::min(rest_.size(), rest_.find('\n'))); }

  Result<void> read(Point& point) {
    point.clear();
    point.measurement = take_text(", ");
    if (point.measurement.empty()) return wrong("the measurement is missing");
    while (take(',')) {
      Pair tag;
      tag.name = take_text("=, ");
      if (tag.name.empty() || !take('=')) return wrong("a tag must be written name=value");
      tag.value = take_text(", ");
      if (tag.value.empty()) return wrong("the value of a tag is missing");
      point.tags.push_back(std::move(tag));
    }
    if (!take_blanks()) return wrong("fields are missing");
    do {
      TRYV(read_field(point));
    } while (take(','));
    return read_timestamp(point);
  }

 private:
  static tl::unexpected<Error> wrong(std::string_view what) { return fail(Code::kInvalid, std::string(what)); }

  void advance(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) line_ += rest_[i] == '\n' ? 1U : 0U;
    rest_.remove_prefix(n);
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    advance(1);
    return true;
  }
  bool take_blanks() {
    const std::size_t n = std::min(rest_.size(), rest_.find_first_not_of(' '));
    advance(n);
    return n > 0;
  }
  // Up to one of `stops` or the line's end. A backslash before , = or a blank is dropped, any other stays.
  std::string take_text(std::string_view stops) {
    std::string text;
    std::size_t i = 0;
    for (; i < rest_.size() && rest_[i] != '\n' && stops.find(rest_[i]) == std::string_view::npos; ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == ',' || rest_[i + 1] == '=' || rest_[i + 1] == ' ')) ++i;
      text.push_back(rest_[i]);
    }
    advance(i);
    return text;
  }

  Result<void> read_field(Point& point) {
    Field field;
    field.key = take_text("=, ");
    if (field.key.empty() || !take('=')) return wrong("a field must be written name=value");
    if (take('"')) {
      TRYV(skip_string());
    } else {
      const std::size_t n = std::min(rest_.size(), rest_.find_first_of(", \r\n"));
      field.value = number_of(rest_.substr(0, n));
      if (!field.value) return wrong(fmt::format("the value of a field is no number, boolean or quoted string: {}", rest_.substr(0, std::min<std::size_t>(n, 100))));
      advance(n);
    }
    point.fields.push_back(std::move(field));
    return {};
  }
  Result<void> skip_string() {
    std::size_t i = 0;
    while (i < rest_.size() && rest_[i] != '"') i += rest_[i] == '\\' ? 2U : 1U;
    if (i >= rest_.size()) return wrong("a quoted string has no end");
    advance(i + 1);
    return {};
  }
  Result<void> read_timestamp(Point& point) {
    take_blanks();
    const std::size_t n = std::min(rest_.size(), rest_.find('\n'));
    std::string_view text = rest_.substr(0, n);
    while (text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
    if (!text.empty()) {
      std::int64_t timestamp = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), timestamp);
      if (error != std::errc() || end != text.data() + text.size()) {
        return wrong(fmt::format("the timestamp is no integer: {}", text.substr(0, 100)));
      }
      point.timestamp = timestamp;
    }
    advance(n);
    return {};
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

// Milliseconds, rounded down; nothing if they do not fit.
std::optional<std::int64_t> to_ms(std::int64_t timestamp, std::int64_t unit_ns) {
  constexpr std::int64_t kMs = 1'000'000;
  if (unit_ns < kMs) {
    const std::int64_t per_ms = kMs / unit_ns;
    return timestamp / per_ms - (timestamp % per_ms < 0 ? 1 : 0);
  }
  std::int64_t ms = 0;
  if (__builtin_mul_overflow(timestamp, unit_ns / kMs, &ms)) return std::nullopt;
  return ms;
}

// Turns points into series and samples.
class PointWriter {
 public:
  PointWriter(LabelBatch& series, const InfluxOptions& options, model::WriteBatch& batch, InfluxNotes& notes)
      : series_(series), options_(options), batch_(batch), notes_(notes) {}

  Result<void> write(const Point& point) {
    const std::optional<std::int64_t> time =
        point.timestamp ? to_ms(*point.timestamp, options_.unit_ns) : std::optional(options_.now_ms);
    if (!time) return fail(Code::kInvalid, fmt::format("the timestamp is out of range: {}", *point.timestamp));
    take_tags(point);
    for (const Field& field : point.fields) {
      if (!field.value) {
        ++notes_.strings_left_out;
        continue;
      }
      std::string metric = name_of(point.measurement);
      if (field.key != "value") {
        metric.push_back('_');
        append_name(metric, field.key);
      }
      labels_.assign(tags_.begin(), tags_.end());
      labels_.push_back({model::kMetricName, metric});
      TRY(const std::uint32_t series, series_.series(labels_));
      batch_.floats.push_back({series, *time, *field.value, 0});
    }
    return {};
  }

 private:
  void take_tags(const Point& point) {
    tags_.clear();
    names_.clear();
    names_.reserve(point.tags.size());  // views of them must stay
    bool has_database = options_.database.empty();
    for (const Pair& tag : point.tags) {
      if (tag.name == model::kMetricName) continue;
      names_.push_back(name_of(tag.name));
      tags_.push_back({names_.back(), tag.value});
      has_database = has_database || names_.back() == "db";
    }
    if (!has_database) tags_.push_back({"db", options_.database});
  }

  LabelBatch& series_;
  const InfluxOptions& options_;
  model::WriteBatch& batch_;
  InfluxNotes& notes_;
  std::vector<std::string> names_;
  std::vector<model::LabelView> tags_;
  std::vector<model::LabelView> labels_;
};

}  // namespace

Result<std::int64_t> influx_precision(std::string_view text) {
  if (text.empty() || text == "ns" || text == "n") return 1;
  if (text == "us" || text == "u") return 1'000;
  if (text == "ms") return 1'000'000;
  if (text == "s") return 1'000'000'000;
  if (text == "m") return 60'000'000'000;
  if (text == "h") return 3'600'000'000'000;
  return fail(Code::kInvalid, fmt::format("precision supplied is not valid, write ns, us, ms, s, m or h: {}", text.substr(0, 100)));
}

Result<void> InfluxDecoder::decode(std::string_view body, const InfluxOptions& options, model::WriteBatch& batch, InfluxNotes& notes,
                                   telemetry::Reservation* held) {
  notes = {};
  series_.reset(batch, held);
  PointWriter writer(series_, options, batch, notes);
  LineReader reader(body);
  Point point;
  while (reader.to_next()) {
    const std::size_t line = reader.line();
    const std::size_t before = batch.floats.size();
    Result<void> result = reader.read(point);
    if (result) result = writer.write(point);
    if (result) continue;
    if (result.error().code != Code::kInvalid) return result;
    batch.floats.resize(before);
    ++notes.lines_left_out;
    if (notes.reasons.size() < kMaxReasons) notes.reasons.push_back(fmt::format("line {}: {}", line, result.error().message));
    reader.skip_line();
  }
  return {};
}

}  // namespace isobar::ingest
