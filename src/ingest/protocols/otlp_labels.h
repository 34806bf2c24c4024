// Label sets of OTLP data points. Of labels with one name the first of these counts: __name__, le and quantile; job and
// instance (service.namespace/service.name, service.instance.id); scope; attributes of the point, joined by ";" where
// several keys become one name; promoted attributes of the resource. Empty values make no label.
//
// Not thread-safe. Texts that are handed in must live until the next call of the same kind.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "ingest/protocols/otlp_data.h"
#include "ingest/protocols/otlp_settings.h"
#include "model/labels.h"

namespace isobar::ingest {

class OtlpLabels {
 public:
  void start(const OtlpSettings& settings);
  void resource(const std::vector<OtlpAttribute>& attributes);
  void scope(const OtlpScope& scope);
  // kInvalid: a key of the point, its scope or its resource gives no label name, or a text is not valid UTF-8.
  Result<void> point(const std::vector<OtlpAttribute>& attributes);
  // The labels of target_info in place of a point's; false if there are none worth it: nothing but job and instance,
  // or neither of them.
  Result<bool> target_info(const std::vector<OtlpAttribute>& resource);

  // Appends the canonical bytes of the point's labels with `name` and, where `extra` has a name, one more label.
  void append(std::string_view name, model::LabelView extra, std::string& canonical) const;

 private:
  // In the order in which they count, last first.
  enum class Rank { kPromoted, kAttribute, kScope, kIdentity };
  struct Entry {
    std::string_view name;
    std::string_view value;
    Rank rank;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };

  Result<void> add(const std::vector<OtlpAttribute>& attributes, Rank rank, std::vector<Entry>& out);
  Result<void> add_promoted(const std::vector<OtlpAttribute>& attributes);
  void add_identity(const std::vector<OtlpAttribute>& attributes);
  Result<std::string_view> label_name(std::string_view key);
  void keep_names(std::vector<Entry>& entries, Arena& arena);
  void merge();
  std::string_view join(std::size_t first, std::size_t last);

  const OtlpSettings* settings_ = nullptr;
  std::vector<Entry> resource_;  // promoted attributes, and at its end the identity
  std::size_t promoted_ = 0;
  std::vector<Entry> scope_;
  Arena resource_texts_;
  Arena scope_texts_;
  Result<void> resource_state_;
  Result<void> scope_state_;
  std::vector<OtlpAttribute> sorted_;
  std::vector<Entry> entries_;
  std::vector<model::LabelView> merged_;
  Arena joined_;
  std::string text_;
  std::unordered_map<std::string, std::string, KeyHash, std::equal_to<>> names_;  // key to label name
};

}  // namespace isobar::ingest
