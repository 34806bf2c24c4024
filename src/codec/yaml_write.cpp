#include "codec/yaml.h"

namespace isobar {
namespace {

constexpr std::string_view kHidden = "<secret>";

// Sections that are not bound yet may hold secrets too; these are the names Prometheus gives them.
bool holds_secret(std::string_view key) {
  static constexpr std::string_view kNames[] = {
      "password",    "credentials",   "bearer_token", "client_secret", "secret_key",          "secret",
      "api_key",     "routing_key",   "service_key",  "auth_token",    "application_credential_secret",
      "token",       "account_token", "key",          "bot_token",     "smtp_auth_password",  "slack_api_url",
      "webhook_url", "opsgenie_api_key"};
  return std::ranges::find(kNames, key) != std::end(kNames);
}

// user:password@ in a URL.
std::string without_user_information(const std::string& text) {
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return text;
  const std::size_t end = std::min(text.find_first_of("/?#", scheme + 3), text.size());
  const std::size_t at = text.rfind('@', end);
  if (at == std::string::npos || at < scheme) return text;
  const std::size_t colon = text.find(':', scheme + 3);
  if (colon == std::string::npos || colon > at) return text;
  return text.substr(0, colon + 1) + std::string(kHidden) + text.substr(at);
}

bool reads_as_text(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  if (std::string_view("-?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos || text.back() == ':') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 127; });
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < ' ') {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string scalar_text(const YamlNode& node, bool hidden) {
  if (hidden || node.is_secret) return std::string(kHidden);
  if (node.is_null()) return "null";
  const std::string text = without_user_information(node.scalar);
  return node.quoted || !reads_as_text(text) ? quoted(text) : text;
}

void write(const YamlNode& node, std::size_t indent, bool hidden, std::string& out) {
  const std::string margin(indent, ' ');
  if (node.kind == YamlNode::Kind::kSequence) {
    for (const YamlNode& item : node.items) {
      std::string inner;
      write(item, indent + 2, hidden, inner);
      // The item's first line follows the dash.
      out += margin + "- " + (inner.size() > indent + 2 && inner.back() == '\n' ? inner.substr(indent + 2) : inner + "\n");
    }
  } else if (node.is_map()) {
    for (const auto& [key, value] : node.pairs) {
      const bool hide = hidden || node.is_secret || holds_secret(key);
      out += margin + (reads_as_text(key) ? key : quoted(key)) + ":";
      const bool nested = (value.is_map() && !value.pairs.empty()) ||
                          (value.kind == YamlNode::Kind::kSequence && !value.items.empty());
      out += nested ? "\n" : " ";
      // Lists stand under their key, as Prometheus writes them.
      const std::size_t deeper = value.kind == YamlNode::Kind::kSequence ? indent : indent + 2;
      if (nested) {
        write(value, deeper, hide, out);
      } else {
        write(value, 0, hide, out);
        out += '\n';
      }
    }
    if (node.pairs.empty()) out += "{}";
  } else {
    out += scalar_text(node, hidden);
    return;
  }
  if (node.kind == YamlNode::Kind::kSequence && node.items.empty()) out += "[]";
}

}  // namespace

std::string write_yaml(const YamlNode& node) {
  std::string out;
  write(node, 0, false, out);
  if (out.empty() || out.back() != '\n') out += '\n';
  return out;
}

}  // namespace isobar
