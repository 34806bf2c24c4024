// The labels of one series line of the text formats: metric{a="b"} and {"quoted.metric", a="b"}.
#include "base/bytes.h"
#include "base/utf8.h"
#include "codec/number_text.h"
#include "exposition/exposition.h"
#include "exposition/text_scan.h"

namespace isobar::exposition {

std::string_view unescape(std::string_view text, bool quotes, Arena& arena) {
  if (text.find('\\') == std::string_view::npos) return text;
  char* const out = arena.allocate(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == '\\' || next == 'n' || (next == '"' && quotes)) {
      out[size++] = next == 'n' ? '\n' : next;
      ++i;
    } else {
      out[size++] = text[i];
    }
  }
  return {out, size};
}

namespace {

constexpr std::size_t kMaxLabels = 10'000;

class SeriesReader {
 public:
  SeriesReader(std::string_view series, Arena& arena, std::vector<model::LabelView>& labels)
      : at_(series.data()), end_(series.data() + series.size()), arena_(arena), labels_(labels) {}

  Result<void> read() {
    const char* const name_end = skip_name(at_, end_);
    if (name_end != at_) {
      if (is_digit(*at_)) return error("metric name starts with a digit");
      labels_.push_back({model::kMetricName, {at_, static_cast<std::size_t>(name_end - at_)}});
      has_name_ = true;
    }
    at_ = skip_blanks(name_end, end_);
    if (at_ != end_) TRYV(read_label_set());
    if (!has_name_) return error("metric name is missing");
    return check_unique();
  }

 private:
  tl::unexpected<Error> error(std::string text) { return fail(Code::kInvalid, std::move(text)); }

  Result<void> read_label_set() {
    ++at_;  // '{', as the caller found it
    for (;;) {
      at_ = skip_blanks(at_, end_);
      if (at_ == end_) return error("label set is not closed with }");
      if (*at_ == '}') return {};
      TRYV(read_label());
      at_ = skip_blanks(at_, end_);
      if (at_ != end_ && *at_ == ',') {
        ++at_;
      } else if (at_ == end_ || *at_ != '}') {
        return error("expected , or } after a label");
      }
    }
  }

  Result<void> read_label() {
    const bool quoted = *at_ == '"';
    std::string_view name;
    if (quoted) {
      TRY(name, read_quoted());
    } else {
      const char* const name_end = skip_name(at_, end_);
      name = {at_, static_cast<std::size_t>(name_end - at_)};
      if (name.empty() || is_digit(name.front()) || name.find(':') != std::string_view::npos) {
        return error("bad label name (quote names that are no identifiers)");
      }
      at_ = name_end;
    }
    at_ = skip_blanks(at_, end_);
    if (at_ == end_ || *at_ != '=') {
      if (!quoted) return error(fmt::format("expected = after label name {}", name));
      if (has_name_) return error("metric name is given twice");
      has_name_ = true;
      if (name.empty()) return error("metric name is empty");
      labels_.push_back({model::kMetricName, name});
      return {};
    }
    if (name.empty()) return error("label name is empty");
    at_ = skip_blanks(at_ + 1, end_);
    if (at_ == end_ || *at_ != '"') return error(fmt::format("expected a quoted value after label name {}", name));
    TRY(const std::string_view value, read_quoted());
    if (labels_.size() == kMaxLabels) return error(fmt::format("more than {} labels", kMaxLabels));
    labels_.push_back({name, value});
    return {};
  }

  Result<std::string_view> read_quoted() {
    const char* const begin = at_ + 1;
    const char* const close = find_closing_quote(begin, end_);
    if (close == nullptr) return error("quote is not closed");
    at_ = close + 1;
    const std::string_view text = unescape({begin, static_cast<std::size_t>(close - begin)}, true, arena_);
    if (!is_valid_utf8(text)) return error("invalid UTF-8 in a label");
    return text;
  }

  Result<void> check_unique() {
    if (labels_.size() > 64) {  // too many to compare each with each
      std::vector<std::string_view> names;
      for (const auto& label : labels_) names.push_back(label.name);
      std::sort(names.begin(), names.end());
      const auto twice = std::adjacent_find(names.begin(), names.end());
      if (twice != names.end()) return error(fmt::format("label name is given twice: {}", *twice));
      return {};
    }
    for (std::size_t i = 1; i < labels_.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (labels_[i].name == labels_[j].name) {
          return error(fmt::format("label name is given twice: {}", labels_[i].name));
        }
      }
    }
    return {};
  }

  const char* at_;
  const char* end_;
  Arena& arena_;
  std::vector<model::LabelView>& labels_;
  bool has_name_ = false;
};

bool has_bounds_as_labels(model::MetricType type) {
  return type == model::MetricType::kHistogram || type == model::MetricType::kGaugeHistogram ||
         type == model::MetricType::kSummary;
}

void normalise_bounds(model::MetricType type, Arena& arena, std::vector<model::LabelView>& labels) {
  const std::string_view wanted = type == model::MetricType::kSummary ? "quantile" : "le";
  for (model::LabelView& label : labels) {
    if (label.name != wanted) continue;
    if (const auto bound = parse_float(label.value)) {
      std::string text;
      append_float_openmetrics(text, *bound);
      if (text != label.value) label.value = arena.copy(text);
    }
  }
}

Result<void> decode_canonical_pairs(std::string_view series, std::vector<model::LabelView>& labels) {
  for (ByteReader reader(series); !reader.at_end();) {
    const std::string_view name = reader.bytes();
    const std::string_view value = reader.bytes();
    if (!reader.ok()) return fail(Code::kInvalid, "series bytes are damaged");
    if (name.empty()) return fail(Code::kInvalid, "label name is empty");
    if (!is_valid_utf8(name) || !is_valid_utf8(value)) return fail(Code::kInvalid, "invalid UTF-8 in a label");
    for (const model::LabelView& label : labels) {
      if (label.name == name) return fail(Code::kInvalid, fmt::format("label name is given twice: {}", name));
    }
    if (labels.size() == kMaxLabels) return fail(Code::kInvalid, fmt::format("more than {} labels", kMaxLabels));
    labels.push_back({name, value});
  }
  return {};
}

}  // namespace

Result<void> decode_series(Format format, std::string_view series, model::MetricType type, Arena& arena,
                           std::vector<model::LabelView>& labels) {
  labels.clear();
  if (format == Format::kProtobuf) return decode_canonical_pairs(series, labels);
  TRYV(SeriesReader(series, arena, labels).read());
  if (has_bounds_as_labels(type)) normalise_bounds(type, arena, labels);
  return {};
}

}  // namespace isobar::exposition
