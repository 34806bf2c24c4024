// A label set: name=value pairs, sorted by name, names unique, no empty value (an empty value means "absent").
//
// Held as one byte string, the canonical encoding: for each pair varint(len(name)) name varint(len(value)) value.
// It is part of file formats, and hash128 of it identifies a series within a tenant (docs/formats/record.md).
// Values; copies are one allocation. Views handed out live as long as the object stays unchanged.
#pragma once

#include <compare>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace isobar::model {

inline constexpr std::string_view kMetricName = "__name__";

struct LabelView {
  std::string_view name;
  std::string_view value;
  auto operator<=>(const LabelView&) const = default;
};

class Labels {
 public:
  class Iterator {
   public:
    using value_type = LabelView;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const char* at, const char* end) : next_(at), end_(end) { advance(); }
    const LabelView& operator*() const { return current_; }
    const LabelView* operator->() const { return &current_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    void advance();
    const char* at_ = nullptr;  // start of the current pair; end_ when exhausted
    const char* next_ = nullptr;
    const char* end_ = nullptr;
    LabelView current_;
  };

  Labels() = default;
  // Sorts; of equal names the last wins; drops empty values.
  Labels(std::initializer_list<LabelView> pairs);
  static Labels from_pairs(std::vector<LabelView> pairs);
  // `encoded` must be canonical (it came from encoded() of another set).
  static Labels from_canonical(std::string encoded);
  // Checks structure, order and emptiness; for bytes from disk or network.
  static Result<Labels> parse_canonical(std::string_view encoded);

  Iterator begin() const { return {encoded_.data(), encoded_.data() + encoded_.size()}; }
  Iterator end() const {
    const char* e = encoded_.data() + encoded_.size();
    return {e, e};
  }
  bool empty() const { return encoded_.empty(); }
  std::size_t size() const;
  // The value, or empty if the label is absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;

  const std::string& encoded() const { return encoded_; }
  Hash128 hash() const { return hash128(encoded_); }
  // {a="1", b="x\"y"} with the metric name in front: up{job="a"}. Names that are no identifiers are quoted.
  std::string to_string() const;

  bool operator==(const Labels& other) const { return encoded_ == other.encoded_; }
  // Prometheus' order: pair by pair, name then value; a prefix sorts first.
  std::strong_ordering operator<=>(const Labels& other) const;

 private:
  std::string encoded_;
};

// Appends one pair in the canonical encoding; the caller keeps the order.
void append_canonical(std::string& out, std::string_view name, std::string_view value);

// Edits a label set: set and remove by name, then build. Not thread-safe.
class LabelsBuilder {
 public:
  LabelsBuilder() = default;
  explicit LabelsBuilder(const Labels& base);
  // An empty value removes the label.
  LabelsBuilder& set(std::string_view name, std::string_view value);
  LabelsBuilder& remove(std::string_view name);
  std::string_view get(std::string_view name) const;
  Labels build() const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;  // sorted by name
};

}  // namespace isobar::model

template <>
struct std::hash<isobar::model::Labels> {
  std::size_t operator()(const isobar::model::Labels& labels) const noexcept {
    return isobar::hash64(labels.encoded());
  }
};
