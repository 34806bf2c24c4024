#include "ingest/protocols/otlp_labels.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "ingest/protocols/otlp_names.h"

namespace isobar::ingest {
namespace {

constexpr std::string_view kServiceName = "service.name";
constexpr std::string_view kServiceNamespace = "service.namespace";
constexpr std::string_view kServiceInstance = "service.instance.id";
constexpr std::size_t kMaxCachedNames = 4096;  // a request with more distinct keys means no good

bool is_identifying(std::string_view key) {
  return key == kServiceName || key == kServiceNamespace || key == kServiceInstance;
}

// The last of equal keys, as protobuf's maps have it.
const OtlpAttribute* find(const std::vector<OtlpAttribute>& attributes, std::string_view key) {
  const OtlpAttribute* found = nullptr;
  for (const OtlpAttribute& attribute : attributes) {
    if (attribute.key == key) found = &attribute;
  }
  return found;
}

Result<void> check_text(std::string_view text) {
  if (is_valid_utf8(text)) return {};
  return fail(Code::kInvalid, "a key or value of an attribute is not valid UTF-8");
}

}  // namespace

void OtlpLabels::start(const OtlpSettings& settings) {
  settings_ = &settings;
  names_.clear();
  resource({});
  scope({});
}

Result<std::string_view> OtlpLabels::label_name(std::string_view key) {
  if (const auto known = names_.find(key); known != names_.end()) return std::string_view(known->second);
  TRYV(check_text(key));
  TRY(std::string name, otlp_label_name(*settings_, key));
  return std::string_view(names_.emplace(std::string(key), std::move(name)).first->second);
}

// Sorted by key, so that values of keys that become one name are joined in an order that no sender decides.
Result<void> OtlpLabels::add(const std::vector<OtlpAttribute>& attributes, Rank rank, std::vector<Entry>& out) {
  sorted_.assign(attributes.begin(), attributes.end());
  std::stable_sort(sorted_.begin(), sorted_.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  for (const OtlpAttribute& attribute : sorted_) {
    TRY(const std::string_view name, label_name(attribute.key));
    TRYV(check_text(attribute.value));
    out.push_back({name, attribute.value, rank});
  }
  return {};
}

// The cache of names may be emptied before the entries are.
void OtlpLabels::keep_names(std::vector<Entry>& entries, Arena& arena) {
  for (Entry& entry : entries) entry.name = arena.copy(entry.name);
}

Result<void> OtlpLabels::add_promoted(const std::vector<OtlpAttribute>& attributes) {
  std::vector<OtlpAttribute> promoted;
  for (const OtlpAttribute& attribute : attributes) {
    const bool wanted = settings_->promote_all_resource_attributes
                            ? !settings_->ignore_resource_attributes.contains(attribute.key)
                            : settings_->promote_resource_attributes.contains(attribute.key);
    if (wanted) promoted.push_back(attribute);
  }
  TRYV(add(promoted, Rank::kPromoted, resource_));
  keep_names(resource_, resource_texts_);
  return {};
}

void OtlpLabels::add_identity(const std::vector<OtlpAttribute>& attributes) {
  if (const OtlpAttribute* service = find(attributes, kServiceName)) {
    std::string_view job = service->value;
    if (const OtlpAttribute* space = find(attributes, kServiceNamespace)) {
      text_.assign(space->value).append("/").append(service->value);
      job = resource_texts_.copy(text_);
    }
    resource_.push_back({"job", job, Rank::kIdentity});
  }
  if (const OtlpAttribute* instance = find(attributes, kServiceInstance)) {
    resource_.push_back({"instance", instance->value, Rank::kIdentity});
  }
}

void OtlpLabels::resource(const std::vector<OtlpAttribute>& attributes) {
  resource_.clear();
  resource_texts_ = {};
  resource_state_ = add_promoted(attributes);
  promoted_ = resource_.size();
  add_identity(attributes);
  for (std::size_t i = promoted_; i < resource_.size() && resource_state_; ++i) {
    resource_state_ = check_text(resource_[i].value);
  }
}

void OtlpLabels::scope(const OtlpScope& scope) {
  scope_.clear();
  scope_texts_ = {};
  scope_state_ = {};
  if (!settings_->promote_scope_metadata || scope.name.empty()) return;
  std::vector<OtlpAttribute> attributes;
  for (const OtlpAttribute& attribute : scope.attributes) {
    text_.assign("otel_scope_").append(attribute.key);
    attributes.push_back({scope_texts_.copy(text_), attribute.value});
  }
  // Of equal names the first counts in merge(), so the scope's own fields outweigh attributes that imitate them.
  for (const auto& [name, value] : {std::pair{std::string_view("otel_scope_name"), scope.name},
                                    {"otel_scope_version", scope.version},
                                    {"otel_scope_schema_url", scope.schema_url}}) {
    scope_.push_back({name, value, Rank::kScope});
    if (scope_state_) scope_state_ = check_text(value);
  }
  if (scope_state_) scope_state_ = add(attributes, Rank::kScope, scope_);
  keep_names(scope_, scope_texts_);
}

Result<void> OtlpLabels::point(const std::vector<OtlpAttribute>& attributes) {
  TRYV(resource_state_);
  TRYV(scope_state_);
  if (names_.size() > kMaxCachedNames) names_.clear();
  entries_.assign(resource_.begin(), resource_.end());
  entries_.insert(entries_.end(), scope_.begin(), scope_.end());
  TRYV(add(attributes, Rank::kAttribute, entries_));
  merge();
  return {};
}

Result<bool> OtlpLabels::target_info(const std::vector<OtlpAttribute>& resource) {
  const auto identity = resource_.begin() + static_cast<std::ptrdiff_t>(promoted_);
  const bool named = std::any_of(identity, resource_.end(), [](const Entry& e) { return !e.value.empty(); });
  const bool described = std::any_of(resource.begin(), resource.end(), [](const auto& a) { return !is_identifying(a.key); });
  if (!named || !described) return false;
  std::vector<OtlpAttribute> shown;
  for (const OtlpAttribute& attribute : resource) {
    if (settings_->keep_identifying_resource_attributes || !is_identifying(attribute.key)) shown.push_back(attribute);
  }
  entries_.assign(identity, resource_.end());
  for (auto at = identity; at != resource_.end(); ++at) TRYV(check_text(at->value));
  TRYV(add(shown, Rank::kAttribute, entries_));
  merge();
  return true;
}

std::string_view OtlpLabels::join(std::size_t first, std::size_t last) {
  text_.assign(entries_[first].value);
  for (std::size_t i = first + 1; i < last; ++i) text_.append(";").append(entries_[i].value);
  return joined_.copy(text_);
}

// One label for each name in entries_.
void OtlpLabels::merge() {
  if (joined_.reserved_bytes() != 0) joined_ = {};
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return a.name != b.name ? a.name < b.name : a.rank > b.rank;
  });
  merged_.clear();
  for (std::size_t i = 0; i < entries_.size();) {
    const Entry& entry = entries_[i];
    std::size_t end = i + 1;
    while (end < entries_.size() && entries_[end].name == entry.name && entries_[end].rank == entry.rank) ++end;
    const bool several = entry.rank == Rank::kAttribute && end - i > 1;
    const std::string_view value = several ? join(i, end) : entry.value;
    if (!value.empty()) merged_.push_back({entry.name, value});
    while (end < entries_.size() && entries_[end].name == entry.name) ++end;
    i = end;
  }
}

void OtlpLabels::append(std::string_view name, model::LabelView extra, std::string& canonical) const {
  const std::array<model::LabelView, 2> own{{{model::kMetricName, name}, extra}};  // "__name__" sorts before le and quantile
  const std::size_t owned = extra.name.empty() ? 1 : 2;
  std::size_t next = 0;
  for (const model::LabelView& label : merged_) {
    while (next < owned && own[next].name < label.name) {
      model::append_canonical(canonical, own[next].name, own[next].value);
      ++next;
    }
    const bool overridden = (next < owned && own[next].name == label.name);
    if (!overridden) model::append_canonical(canonical, label.name, label.value);
  }
  for (; next < owned; ++next) model::append_canonical(canonical, own[next].name, own[next].value);
}

}  // namespace isobar::ingest
