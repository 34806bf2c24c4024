#include "http/client_config.h"

#include <fstream>
#include <sstream>

namespace isobar::http {
namespace {

constexpr std::size_t kMaxSecretFile = 1 << 20;

// Without the white space around it: files of secrets commonly end in a newline.
Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::kInvalid, "cannot read the file: " + path);
  std::string text(kMaxSecretFile, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return std::string();
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<std::string> text_or_file(const std::string& text, const std::string& file) {
  if (file.empty()) return text;
  return read_secret_file(file);
}

Result<void> apply_headers(const ClientConfig& config, ClientRequest& request) {
  for (const auto& [name, header] : config.http_headers) {
    for (const std::string& value : header.values) request.headers.add(name, value);
    for (const Secret& secret : header.secrets) request.headers.add(name, secret.reveal());
    for (const std::string& file : header.files) {
      TRY(std::string value, read_secret_file(file));
      request.headers.add(name, std::move(value));
    }
  }
  for (const auto& [name, values] : config.proxy_connect_header) {
    for (const Secret& value : values) request.proxy_headers.add(name, value.reveal());
  }
  return {};
}

}  // namespace

Result<void> apply(const ClientConfig& config, ClientRequest& request) {
  if (config.basic_auth) {
    TRY(request.basic_user, text_or_file(config.basic_auth->username, config.basic_auth->username_file));
    TRY(request.basic_password, text_or_file(config.basic_auth->password.reveal(), config.basic_auth->password_file));
  }
  if (config.authorization) {
    TRY(const std::string credentials,
        text_or_file(config.authorization->credentials.reveal(), config.authorization->credentials_file));
    request.authorization = config.authorization->type + " " + credentials;
  }
  const TlsConfig& tls = config.tls;
  request.tls = {.ca_file = tls.ca_file,
                 .ca_text = tls.ca,
                 .cert_file = tls.cert_file,
                 .cert_text = tls.cert,
                 .key_file = tls.key_file,
                 .key_text = tls.key.reveal(),
                 .server_name = tls.server_name,
                 .min_version = tls.min_version,
                 .max_version = tls.max_version,
                 .insecure_skip_verify = tls.insecure_skip_verify};
  request.proxy_url = config.proxy_url;
  request.no_proxy = config.no_proxy;
  request.proxy_from_environment = config.proxy_from_environment;
  request.follow_redirects = config.follow_redirects;
  return apply_headers(config, request);
}

}  // namespace isobar::http
