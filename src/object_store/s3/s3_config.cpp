#include "object_store/s3/s3_config.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest.h"

namespace isobar::object_store {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kNames[] = {"region", "endpoint", "path_style", "sse", "kms_key", "ca_file", "timeout_seconds"};

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result<void> check_bucket(std::string_view bucket) {
  const bool plain = std::all_of(bucket.begin(), bucket.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
  if (bucket.size() >= 3 && bucket.size() <= 63 && plain) return {};
  return fail(Code::kInvalid, fmt::format("a bucket's name has 3 to 63 of a-z, 0-9, '-' and '.'; write s3://bucket/prefix: {}", bucket));
}

Result<void> check_prefix(std::string_view prefix) {
  const bool plain = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '/';
  });
  if (plain && prefix.find("//") == std::string_view::npos && prefix.find("..") == std::string_view::npos) return {};
  return fail(Code::kInvalid, fmt::format("the prefix of a bucket has letters, digits and '-', '.', '_' between single '/': {}", prefix));
}

Result<void> set(S3Config& config, bool& said_style, std::string_view name, std::string value) {
  if (name == "region") {
    config.region = std::move(value);
  } else if (name == "endpoint") {
    if (!value.starts_with("http://") && !value.starts_with("https://")) return fail(Code::kInvalid, "the endpoint of a bucket begins with http:// or https://: " + value);
    while (value.ends_with('/')) value.pop_back();
    if (value.find('/', value.find("://") + 3) != std::string::npos) return fail(Code::kInvalid, "the endpoint of a bucket has no path; the prefix goes behind the bucket: " + value);
    config.endpoint = std::move(value);
  } else if (name == "path_style") {
    if (value != "true" && value != "false") return fail(Code::kInvalid, "path_style of a bucket is true or false: " + value);
    config.path_style = value == "true";
    said_style = true;
  } else if (name == "sse") {
    if (value != "AES256" && value != "aws:kms") return fail(Code::kInvalid, "sse of a bucket is AES256 or aws:kms: " + value);
    config.sse = std::move(value);
  } else if (name == "kms_key") {
    config.kms_key = std::move(value);
  } else if (name == "ca_file") {
    config.ca_file = std::move(value);
  } else if (name == "timeout_seconds") {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (parsed.ec != std::errc{} || parsed.ptr != value.data() + value.size() || seconds < 1 || seconds > 600) {
      return fail(Code::kInvalid, "timeout_seconds of a bucket is a number from 1 to 600: " + value);
    }
    config.timeout = Duration::seconds(seconds);
  } else {
    const std::string_view near = nearest_word(name, kNames);
    return fail(Code::kInvalid, fmt::format("unknown parameter of a bucket{}: {}", near.empty() ? std::string() : fmt::format(", did you mean {}", near), name));
  }
  return {};
}

}  // namespace

bool S3Config::https() const { return endpoint.empty() || endpoint.starts_with("https://"); }

std::string S3Config::name() const { return fmt::format("s3://{}{}{}", bucket, prefix.empty() ? "" : "/", prefix); }

Result<S3Config> parse_s3_url(std::string_view url, std::string_view default_region) {
  if (!url.starts_with(kScheme)) return fail(Code::kInvalid, fmt::format("a bucket is written s3://bucket/prefix: {}", url.substr(0, url.find('?'))));
  url.remove_prefix(kScheme.size());
  S3Config config;
  if (!default_region.empty()) config.region = default_region;
  const std::size_t question = url.find('?');
  std::string_view place = url.substr(0, question);
  const std::size_t slash = place.find('/');
  config.bucket = place.substr(0, slash);
  TRYV(check_bucket(config.bucket));
  if (slash != std::string_view::npos) {
    place.remove_prefix(slash + 1);
    while (place.ends_with('/')) place.remove_suffix(1);
    TRYV(check_prefix(place));
    config.prefix = place;
  }
  bool said_style = false;
  std::string_view rest = question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return fail(Code::kInvalid, fmt::format("a parameter of a bucket is written name=value: {}", pair));
    TRYV(set(config, said_style, pair.substr(0, equals), decoded(pair.substr(equals + 1))));
  }
  if (!said_style) config.path_style = !config.endpoint.empty() || config.bucket.find('.') != std::string::npos;
  if (!config.kms_key.empty() && config.sse.empty()) config.sse = "aws:kms";
  return config;
}

}  // namespace isobar::object_store
