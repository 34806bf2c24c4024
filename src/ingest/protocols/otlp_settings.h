// What the `otlp` section of a configuration says about translating OTLP metrics. Names and defaults as
// https://prometheus.io/docs/prometheus/latest/configuration/configuration has them. A value.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace isobar::ingest {

enum class OtlpTranslation {
  kUnderscoreEscapingWithSuffixes,     // http.server.duration in s is http_server_duration_seconds
  kUnderscoreEscapingWithoutSuffixes,  // http_server_duration
  kNoUtf8EscapingWithSuffixes,         // http.server.duration_seconds
  kNoTranslation                       // http.server.duration
};

// By the name that the configuration uses; kInvalid lists the names.
Result<OtlpTranslation> parse_otlp_translation(std::string_view name);

struct OtlpSettings {
  using Names = std::set<std::string, std::less<>>;

  OtlpTranslation translation = OtlpTranslation::kUnderscoreEscapingWithSuffixes;
  Names promote_resource_attributes;  // become labels of every series of the resource
  bool promote_all_resource_attributes = false;
  Names ignore_resource_attributes;  // with promote_all only
  // service.name, service.namespace and service.instance.id as labels of target_info, beside job and instance.
  bool keep_identifying_resource_attributes = false;
  bool convert_histograms_to_nhcb = false;  // explicit buckets become native histograms with custom buckets
  bool promote_scope_metadata = false;      // labels otel_scope_name, _version, _schema_url and scope attributes
  bool label_name_underscore_sanitization = true;        // "_a" becomes "key_a"
  bool label_name_preserve_multiple_underscores = true;  // "a__b" stays

  // No part of the section: a sample of target_info lies at most this far before any sample of its resource. Half of the
  // look-back, so that a join finds it.
  Duration target_info_interval = Duration::seconds(150);

  bool escapes_names() const {
    return translation == OtlpTranslation::kUnderscoreEscapingWithSuffixes ||
           translation == OtlpTranslation::kUnderscoreEscapingWithoutSuffixes;
  }
  bool adds_suffixes() const {
    return translation == OtlpTranslation::kUnderscoreEscapingWithSuffixes ||
           translation == OtlpTranslation::kNoUtf8EscapingWithSuffixes;
  }
  bool operator==(const OtlpSettings&) const = default;
};

}  // namespace isobar::ingest
