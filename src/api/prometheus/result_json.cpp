#include "api/prometheus/result_json.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/compile.h>

#include "api/prometheus/label_json.h"
#include "api/time_text.h"
#include "codec/number_text.h"
#include "model/histogram_arithmetic.h"

namespace isobar::api {
namespace {

constexpr std::size_t kSamplesAtOnce = 4096;

std::string_view type_name(promql::ValueType type) {
  switch (type) {
    case promql::ValueType::kScalar: return "scalar";
    case promql::ValueType::kVector: return "vector";
    case promql::ValueType::kMatrix: return "matrix";
    case promql::ValueType::kString: return "string";
  }
  return "vector";
}

// 0: the left bound is open, 1: the right one, 2: both, 3: none.
int boundary_rule(const model::BoundedBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

void append_bucket(std::string& out, const model::BoundedBucket& bucket) {
  out.push_back('[');
  out.push_back(static_cast<char>('0' + boundary_rule(bucket)));
  for (const double number : {bucket.lower, bucket.upper, bucket.count}) {
    out.push_back(',');
    append_quoted_float(out, number);
  }
  out.push_back(']');
}

// The form of append_float_json where that has no exponent and all digits fit: nearly every value there is.
char* write_plain_float(char* at, char* end, double value) {
  const double magnitude = std::abs(value);
  if (magnitude < 1e15 && magnitude >= 1) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value) return std::to_chars(at, end, whole).ptr;
  }
  // Both are the shortest digits that mean the value; fmt is a quarter faster, but has exponents from 1e-5 down. Above 2^53 the
  // fixed form would print digits that the shortest one has not.
  if (magnitude >= 1e-4 && magnitude < 1e15) return fmt::format_to(at, FMT_COMPILE("{}"), value);
  if (magnitude >= 1e-6 && magnitude < 1e-4) return std::to_chars(at, end, value, std::chars_format::fixed).ptr;
  return nullptr;
}

char* write_seconds(char* at, char* end, std::int64_t ms) {
  at = std::to_chars(at, end, ms / 1000).ptr;
  if (const auto fraction = static_cast<int>(ms % 1000); fraction != 0) {
    *at++ = '.';
    *at++ = static_cast<char>('0' + fraction / 100);
    *at++ = static_cast<char>('0' + fraction / 10 % 10);
    *at++ = static_cast<char>('0' + fraction % 10);
  }
  return at;
}

// [1435781451.781,"1"]: a line of its own on the stack, since answers are made of millions of these.
void append_float_sample(std::string& out, std::int64_t time, double value) {
  std::array<char, 96> row;
  char* const end = row.data() + row.size();
  char* at = row.data();
  if (time >= 0) {
    *at++ = '[';
    at = write_seconds(at, end, time);
    *at++ = ',';
    *at++ = '"';
    if (char* const after = write_plain_float(at, end, value); after != nullptr) {
      *after = '"';
      *(after + 1) = ']';
      out.append(row.data(), static_cast<std::size_t>(after + 2 - row.data()));
      return;
    }
  }
  out.push_back('[');
  append_seconds(out, time);
  out.push_back(',');
  append_quoted_float(out, value);
  out.push_back(']');
}

void append_histogram_sample(std::string& out, std::int64_t time, const model::Histogram& histogram) {
  out.push_back('[');
  append_seconds(out, time);
  out.push_back(',');
  append_histogram(out, histogram);
  out.push_back(']');
}

}  // namespace

void append_quoted_float(std::string& out, double value) {
  out.push_back('"');
  append_float_json(out, value);
  out.push_back('"');
}

void append_histogram(std::string& out, const model::Histogram& histogram) {
  out += "{\"count\":";
  append_quoted_float(out, histogram.count);
  out += ",\"sum\":";
  append_quoted_float(out, histogram.sum);
  bool any = false;
  for (const model::BoundedBucket& bucket : model::all_buckets(histogram)) {
    if (bucket.count == 0) continue;
    out += any ? "," : ",\"buckets\":[";
    any = true;
    append_bucket(out, bucket);
  }
  out += any ? "]}" : "}";
}

void ResultWriter::begin(std::string& out) {
  out += "{\"resultType\":\"";
  out += type_name(result_.type);
  out += "\",\"result\":";
  begun_ = true;
  const bool single = result_.type == promql::ValueType::kScalar || result_.type == promql::ValueType::kString;
  if (single) {
    append_value(out);
    done_ = true;
  } else {
    out.push_back('[');
  }
}

void ResultWriter::append_value(std::string& out) {
  if (result_.type == promql::ValueType::kString) {
    out.push_back('[');
    append_seconds(out, time_.ms);
    out.push_back(',');
    codec::append_json_string(out, result_.text);
    out.push_back(']');
    return;
  }
  const promql::ResultSeries& scalar = result_.series.front();
  append_float_sample(out, scalar.timestamps.front(), scalar.values.front());
}

void ResultWriter::append_some(std::string& out) {
  if (!begun_) return begin(out);
  if (series_ == count_) {
    out.push_back(']');
    done_ = true;
    return;
  }
  const promql::ResultSeries& series = result_.series[series_];
  if (result_.type == promql::ValueType::kVector) return append_vector_series(out, series);
  append_matrix_part(out, series);
}

void ResultWriter::append_vector_series(std::string& out, const promql::ResultSeries& series) {
  out += series_ == 0 ? "{\"metric\":" : ",{\"metric\":";
  append_labels(out, series.labels);
  if (series.is_histogram(0)) {
    out += ",\"histogram\":";
    append_histogram_sample(out, series.timestamps[0], *series.histograms[0]);
  } else {
    out += ",\"value\":";
    append_float_sample(out, series.timestamps[0], series.values[0]);
  }
  out.push_back('}');
  ++series_;
}

void ResultWriter::append_matrix_part(std::string& out, const promql::ResultSeries& series) {
  if (part_ == Part::kLabels) {
    out += series_ == 0 ? "{\"metric\":" : ",{\"metric\":";
    append_labels(out, series.labels);
    part_ = Part::kFloats;
  }
  if (part_ == Part::kFloats) append_floats(out, series);
  if (part_ == Part::kHistograms) append_histograms(out, series);
}

// Floats and histograms of a series stand in lists of their own; a list without samples is left out.
void ResultWriter::append_floats(std::string& out, const promql::ResultSeries& series) {
  const std::size_t end = std::min(series.size(), sample_ + kSamplesAtOnce);
  for (; sample_ < end; ++sample_) {
    if (series.is_histogram(sample_)) continue;
    out += list_open_ ? "," : ",\"values\":[";
    list_open_ = true;
    append_float_sample(out, series.timestamps[sample_], series.values[sample_]);
  }
  if (sample_ < series.size()) return;
  if (list_open_) out.push_back(']');
  list_open_ = false;
  sample_ = 0;
  part_ = Part::kHistograms;
}

void ResultWriter::append_histograms(std::string& out, const promql::ResultSeries& series) {
  const std::size_t count = series.histograms.size();
  const std::size_t end = std::min(count, sample_ + kSamplesAtOnce / 16);
  for (; sample_ < end; ++sample_) {
    if (!series.is_histogram(sample_)) continue;
    out += list_open_ ? "," : ",\"histograms\":[";
    list_open_ = true;
    append_histogram_sample(out, series.timestamps[sample_], *series.histograms[sample_]);
  }
  if (sample_ < count) return;
  if (list_open_) out.push_back(']');
  out.push_back('}');
  list_open_ = false;
  sample_ = 0;
  part_ = Part::kLabels;
  ++series_;
}

}  // namespace isobar::api
