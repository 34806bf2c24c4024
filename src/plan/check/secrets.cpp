#include "plan/check/secrets.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"

namespace isobar::plan {
namespace {

// The words of DB_PASSWORD, dbPassword, db-password and db.password, in lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  bool was_lower = false;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    const bool letter = std::isalnum(u) != 0;
    if ((!letter || (was_lower && std::isupper(u) != 0)) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(u));
    was_lower = std::islower(u) != 0;
  }
  if (words.size() > 1 && words.back().empty()) words.pop_back();
  return words;
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// TLS_SECRET and PULL_SECRET name a Secret object; CLIENT_SECRET and JWT_SECRET are one. A TOKEN may be a count.
bool names_a_secret(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  const std::string& last = words.back();
  const std::string before = words.size() > 1 ? words[words.size() - 2] : "";
  if (one_of(last, {"password", "passwd", "passphrase"})) return true;
  if (last == "secret")
    return one_of(before,
                  {"client", "jwt", "app", "session", "webhook", "signing", "shared", "auth", "api", "consumer", "cookie"});
  if (last == "token")
    return one_of(before, {"api", "auth", "access", "bearer", "bot", "admin", "github", "gitlab", "slack", "vault", "refresh",
                           "personal", "service", "root", "npm"});
  if (last == "key")
    return one_of(before, {"api", "private", "secret", "encryption", "signing", "access"}) ||
           (before == "access" && words.size() > 2);
  return false;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view one) { return text.starts_with(one); });
}

// What stands in for a secret: paths, references of vals, vault and SOPS, templates, switches, placeholders.
bool is_reference(std::string_view value) {
  if (starts_with_any(value, {"/", "./", "file:", "vault:", "ref+", "arn:", "ssm:", "sm:", "op:", "ENC[", "AgA", "AgB", "<",
                              "secret:", "secretref", "http:", "https:", "env:", "@"}))
    return true;
  for (const std::string_view mark : {"$(", "${", "{{", "$__", "%("}) {
    if (value.find(mark) != std::string_view::npos) return true;
  }
  return one_of(value,
                {"true", "false", "yes", "no", "on", "off", "null", "none", "enabled", "disabled", "required", "optional"});
}

}  // namespace

bool is_plain_secret(std::string_view name, std::string_view value) {
  if (value.size() < 3 || is_reference(value) || !names_a_secret(name)) return false;
  const bool only_marks = value.find_first_not_of("*xX.-_") == std::string_view::npos;
  if (only_marks || value.starts_with('$')) return false;
  // "access key" alone is as often the public half: AWS_ACCESS_KEY_ID is not asked, ACCESS_KEY only when it is no AWS id.
  return !(value.starts_with("AKIA") && value.size() == 20);
}

std::string masked(std::string_view name, std::string_view value) {
  const std::size_t length = is_valid_utf8(value) ? utf8_length(value) : value.size();
  return fmt::format("{}: {} characters in plain text", name, length);
}

}  // namespace isobar::plan
