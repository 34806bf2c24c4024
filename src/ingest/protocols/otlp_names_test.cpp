#include "ingest/protocols/otlp_names.h"

namespace isobar::ingest {
namespace {

using enum OtlpNameKind;

std::string metric(OtlpTranslation translation, std::string_view name, std::string_view unit, OtlpNameKind kind) {
  const auto result = otlp_metric_name({.translation = translation}, name, unit, kind);
  return result ? *result : "error: " + result.error().message;
}

struct NameCase {
  const char* name;
  const char* unit;
  OtlpNameKind kind;
  const char* expected;
};

TEST(OtlpNames, EscapedWithSuffixes) {
  const NameCase cases[] = {
      {"http.server.duration", "s", kOther, "http_server_duration_seconds"},
      {"http.server.duration_seconds", "s", kOther, "http_server_duration_seconds"},
      {"requests", "1", kMonotonicSum, "requests_total"},
      {"requests.total.count", "{request}", kMonotonicSum, "requests_count_total"},
      {"cpu.utilization", "1", kGauge, "cpu_utilization_ratio"},
      {"ratio.of.cpu", "1", kGauge, "of_cpu_ratio"},
      {"queue", "1", kOther, "queue"},
      {"network.io", "By/s", kOther, "network_io_bytes_per_second"},
      {"network.io", "{packet}/s", kGauge, "network_io_per_second"},
      {"disk", "TiBy", kGauge, "disk_tebibytes"},
      {"files", "my files", kGauge, "files_my_files"},
      {"_a__b.", "", kOther, "a_b"},
      {"2xx", "", kOther, "_2xx"},
      {"größe", "", kOther, "gr_e"},
      {"a:b", "%", kGauge, "a:b_percent"},
      {"load", "x/{y}", kGauge, "load_x"},
  };
  for (const NameCase& c : cases) {
    EXPECT_EQ(metric(OtlpTranslation::kUnderscoreEscapingWithSuffixes, c.name, c.unit, c.kind), c.expected) << c.name;
  }
}

TEST(OtlpNames, EscapedWithoutSuffixes) {
  const NameCase cases[] = {
      {"http.server.duration", "s", kOther, "http_server_duration"},
      {"a__b..c", "", kMonotonicSum, "a__b_c"},
      {"2xx", "1", kGauge, "_2xx"},
      {"___", "", kOther, "___"},  // legal as it is
      {".-.", "", kOther,
       "error: nothing but underscores is left of the metric name, choose one with letters or set "
       "translation_strategy: NoTranslation: .-."},
  };
  for (const NameCase& c : cases) {
    EXPECT_EQ(metric(OtlpTranslation::kUnderscoreEscapingWithoutSuffixes, c.name, c.unit, c.kind), c.expected) << c.name;
  }
}

TEST(OtlpNames, Utf8WithSuffixesAndUntouched) {
  const NameCase cases[] = {
      {"http.server.duration", "s", kOther, "http.server.duration_seconds"},
      {"http.server.duration.seconds", "s", kOther, "http.server.duration.seconds"},
      {"requests.total", "1", kMonotonicSum, "requests_total"},
      {"io.per_second", "By/s", kOther, "io_bytes_per_second"},
      {"cpu.ratio", "1", kGauge, "cpu_ratio"},
      {"total", "", kMonotonicSum, "total_total"},
      {"größétotal", "", kMonotonicSum, "größ_total"},
  };
  for (const NameCase& c : cases) {
    EXPECT_EQ(metric(OtlpTranslation::kNoUtf8EscapingWithSuffixes, c.name, c.unit, c.kind), c.expected) << c.name;
    EXPECT_EQ(metric(OtlpTranslation::kNoTranslation, c.name, c.unit, c.kind), c.name);
  }
  EXPECT_EQ(metric(OtlpTranslation::kNoTranslation, "", "", kOther), "error: a metric has no name");
}

TEST(OtlpNames, Units) {
  OtlpSettings settings;
  EXPECT_EQ(otlp_unit_name(settings, "By/s"), "bytes_per_second");
  EXPECT_EQ(otlp_unit_name(settings, " ms "), "milliseconds");
  EXPECT_EQ(otlp_unit_name(settings, "1/m"), "per_minute");
  EXPECT_EQ(otlp_unit_name(settings, "{request}"), "");
  EXPECT_EQ(otlp_unit_name(settings, "°C"), "C");
  settings.translation = OtlpTranslation::kNoTranslation;
  EXPECT_EQ(otlp_unit_name(settings, "°C"), "°C");
}

TEST(OtlpNames, Labels) {
  const auto label = [](std::string_view key, bool sanitize = true, bool keep_multiple = true, bool escape = true) {
    OtlpSettings settings;
    if (!escape) settings.translation = OtlpTranslation::kNoTranslation;
    settings.label_name_underscore_sanitization = sanitize;
    settings.label_name_preserve_multiple_underscores = keep_multiple;
    const auto result = otlp_label_name(settings, key);
    return result ? *result : "error: " + result.error().message;
  };
  EXPECT_EQ(label("http.method"), "http_method");
  EXPECT_EQ(label("a..b"), "a__b");
  EXPECT_EQ(label("a..b", true, false), "a_b");
  EXPECT_EQ(label("200"), "key_200");
  EXPECT_EQ(label("_private"), "key_private");
  EXPECT_EQ(label("_private", false), "_private");
  EXPECT_EQ(label("__reserved__"), "__reserved__");
  EXPECT_EQ(label("__a..b__", true, false), "__a_b__");
  EXPECT_EQ(label("größe"), "gr__e");
  EXPECT_EQ(label("größe", true, true, false), "größe");
  EXPECT_EQ(label(".."),
            "error: nothing but underscores is left of the attribute key, choose one with letters or set "
            "translation_strategy: NoTranslation: ..");
  EXPECT_EQ(label(""), "error: an attribute has no key");
}

TEST(OtlpNames, Strategies) {
  EXPECT_EQ(*parse_otlp_translation("NoUTF8EscapingWithSuffixes"), OtlpTranslation::kNoUtf8EscapingWithSuffixes);
  EXPECT_EQ(parse_otlp_translation("none").error().message,
            "translation_strategy must be UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, "
            "NoUTF8EscapingWithSuffixes or NoTranslation: none");
}

}  // namespace
}  // namespace isobar::ingest
