#include "model/labels.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "model/names.h"

namespace isobar::model {
namespace {

// Canonical bytes are our own, so lengths are trusted here; parse_canonical is for foreign bytes.
inline std::string_view next_field(const char*& at) {
  std::uint64_t length = static_cast<unsigned char>(*at++);
  if (length >= 0x80) {
    length &= 0x7f;
    unsigned shift = 7;
    while (true) {
      const auto byte = static_cast<unsigned char>(*at++);
      length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
    }
  }
  const std::string_view field(at, length);
  at += length;
  return field;
}

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace

void Labels::Iterator::advance() {
  at_ = next_;
  if (next_ == end_) return;
  current_.name = next_field(next_);
  current_.value = next_field(next_);
}

void append_canonical(std::string& out, std::string_view name, std::string_view value) {
  put_bytes(out, name);
  put_bytes(out, value);
}

Labels::Labels(std::initializer_list<LabelView> pairs) : Labels(from_pairs({pairs.begin(), pairs.end()})) {}

Labels Labels::from_pairs(std::vector<LabelView> pairs) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
  Labels labels;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const bool last_of_name = i + 1 == pairs.size() || pairs[i + 1].name != pairs[i].name;
    if (last_of_name && !pairs[i].value.empty()) append_canonical(labels.encoded_, pairs[i].name, pairs[i].value);
  }
  return labels;
}

Labels Labels::from_canonical(std::string encoded) {
  Labels labels;
  labels.encoded_ = std::move(encoded);
  return labels;
}

Result<Labels> Labels::parse_canonical(std::string_view encoded) {
  ByteReader in(encoded);
  std::string_view previous;
  bool first = true;
  while (!in.at_end()) {
    const std::string_view name = in.bytes();
    const std::string_view value = in.bytes();
    if (!in.ok()) return fail(Code::kCorrupt, "label set is cut short");
    if (name.empty() || value.empty()) return fail(Code::kCorrupt, "label set holds an empty name or value");
    if (!first && name <= previous) return fail(Code::kCorrupt, "label set is not sorted by name");
    previous = name;
    first = false;
  }
  return from_canonical(std::string(encoded));
}

std::size_t Labels::size() const {
  std::size_t n = 0;
  for (auto it = begin(); it != end(); ++it) ++n;
  return n;
}

std::string_view Labels::get(std::string_view name) const {
  for (const LabelView& label : *this) {
    if (label.name == name) return label.value;
    if (label.name > name) break;
  }
  return {};
}

bool Labels::has(std::string_view name) const { return !get(name).empty(); }

std::string Labels::to_string() const {
  const std::string_view metric = get(kMetricName);
  std::string out;
  const bool bare_metric = is_legacy_metric_name(metric);
  if (bare_metric) out.append(metric);
  std::string body;
  if (!metric.empty() && !bare_metric) append_quoted(body, metric);
  for (const LabelView& label : *this) {
    if (label.name == kMetricName) continue;
    if (!body.empty()) body.append(", ");
    if (is_legacy_label_name(label.name)) {
      body.append(label.name);
    } else {
      append_quoted(body, label.name);
    }
    body.push_back('=');
    append_quoted(body, label.value);
  }
  if (body.empty() && !out.empty()) return out;
  return out + "{" + body + "}";
}

std::strong_ordering Labels::operator<=>(const Labels& other) const {
  auto a = begin();
  auto b = other.begin();
  for (; a != end() && b != other.end(); ++a, ++b) {
    if (const auto order = a->name <=> b->name; order != 0) return order;
    if (const auto order = a->value <=> b->value; order != 0) return order;
  }
  if (a == end()) return b == other.end() ? std::strong_ordering::equal : std::strong_ordering::less;
  return std::strong_ordering::greater;
}

LabelsBuilder::LabelsBuilder(const Labels& base) {
  for (const LabelView& label : base) pairs_.emplace_back(label.name, label.value);
}

LabelsBuilder& LabelsBuilder::set(std::string_view name, std::string_view value) {
  if (value.empty()) return remove(name);
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                                   [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
  if (at != pairs_.end() && at->first == name) {
    at->second = value;
  } else {
    pairs_.emplace(at, name, value);
  }
  return *this;
}

LabelsBuilder& LabelsBuilder::remove(std::string_view name) {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name,
                                   [](const auto& pair, std::string_view wanted) { return pair.first < wanted; });
  if (at != pairs_.end() && at->first == name) pairs_.erase(at);
  return *this;
}

std::string_view LabelsBuilder::get(std::string_view name) const {
  for (const auto& [known, value] : pairs_) {
    if (known == name) return value;
  }
  return {};
}

Labels LabelsBuilder::build() const {
  std::string encoded;
  for (const auto& [name, value] : pairs_) append_canonical(encoded, name, value);
  return Labels::from_canonical(std::move(encoded));
}

}  // namespace isobar::model
