#include "http/client.h"

#include <curl/curl.h>

namespace isobar::http {
namespace {

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  static_cast<void>(list.release());
  list.reset(longer);
}

// What the callbacks of one call write to.
struct Transfer {
  ClientResponse response;
  std::uint64_t max_body_bytes = 0;
  bool too_large = false;
  const Cancellation* cancellation = nullptr;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.max_body_bytes != 0 && transfer.response.body.size() + size > transfer.max_body_bytes) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.response.body.append(bytes, size);
  return size;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  std::string_view line(bytes, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a new response: after a redirect or 100 Continue
    transfer.response.headers = {};
    transfer.response.body.clear();
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  transfer.response.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return size;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<const Transfer*>(context);
  return transfer.cancellation != nullptr && transfer.cancellation->cancelled() ? 1 : 0;
}

void set_blob(CURL* curl, CURLoption option, const std::string& text) {
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, option, &blob);
}

Result<long> tls_version(const std::string& name, long otherwise) {
  if (name.empty()) return otherwise;
  if (name == "TLS10") return long{CURL_SSLVERSION_TLSv1_0};
  if (name == "TLS11") return long{CURL_SSLVERSION_TLSv1_1};
  if (name == "TLS12") return long{CURL_SSLVERSION_TLSv1_2};
  if (name == "TLS13") return long{CURL_SSLVERSION_TLSv1_3};
  return fail(Code::kInvalid, "unknown TLS version (write TLS10, TLS11, TLS12 or TLS13): " + name);
}

Result<void> set_tls(CURL* curl, const TlsOptions& tls) {
  if (!tls.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, tls.ca_file.c_str());
  if (!tls.ca_text.empty()) set_blob(curl, CURLOPT_CAINFO_BLOB, tls.ca_text);
  if (!tls.cert_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLCERT, tls.cert_file.c_str());
  if (!tls.cert_text.empty()) set_blob(curl, CURLOPT_SSLCERT_BLOB, tls.cert_text);
  if (!tls.key_file.empty()) curl_easy_setopt(curl, CURLOPT_SSLKEY, tls.key_file.c_str());
  if (!tls.key_text.empty()) set_blob(curl, CURLOPT_SSLKEY_BLOB, tls.key_text);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, tls.insecure_skip_verify ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, tls.insecure_skip_verify ? 0L : 2L);
  TRY(const long lowest, tls_version(tls.min_version, CURL_SSLVERSION_TLSv1_2));
  TRY(const long highest, tls_version(tls.max_version, 0));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, lowest | (highest << 16));
  return {};
}

// A server name differs from the URL's host: connect to the host, but offer and check the name. curl has no option for
// it, so the URL carries the name, the connection is redirected, and the Host header says what the URL said.
List set_server_name(CURL* curl, std::string& url, const std::string& server_name, List& headers) {
  List connect_to;
  if (server_name.empty() || !url.starts_with("https://")) return connect_to;
  const std::size_t start = 8;
  std::size_t end = url.find_first_of("/?#", start);
  if (end == std::string::npos) end = url.size();
  const std::string authority = url.substr(start, end - start);
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  const std::string host = has_port ? authority.substr(0, colon) : authority;
  const std::string port = has_port ? authority.substr(colon + 1) : "443";
  url = "https://" + server_name + ":" + port + url.substr(end);
  append(headers, "Host: " + authority.substr(authority.rfind('@') == std::string::npos ? 0 : authority.rfind('@') + 1));
  append(connect_to, server_name + ":" + port + ":" + host + ":" + port);
  curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to.get());
  return connect_to;
}

void set_method(CURL* curl, const ClientRequest& request) {
  switch (request.method) {
    case Method::kGet: curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L); break;
    case Method::kHead: curl_easy_setopt(curl, CURLOPT_NOBODY, 1L); break;
    default: {
      curl_easy_setopt(curl, CURLOPT_POST, 1L);
      curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
                       request.method == Method::kPost ? nullptr : std::string(method_name(request.method)).c_str());
      const std::string_view body = request.body_view.empty() ? std::string_view(request.body) : request.body_view;
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
  }
}

void set_proxy(CURL* curl, const ClientRequest& request, const List& proxy_headers) {
  if (!request.proxy_from_environment || !request.proxy_url.empty()) {
    curl_easy_setopt(curl, CURLOPT_PROXY, request.proxy_url.c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, request.no_proxy.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HEADEROPT, long{CURLHEADER_SEPARATE});
  if (proxy_headers) curl_easy_setopt(curl, CURLOPT_PROXYHEADER, proxy_headers.get());
}

Error describe(CURLcode code, const Transfer& transfer, const ClientRequest& request, const std::string& origin) {
  if (transfer.too_large) {
    return {Code::kTooLarge, fmt::format("response body is larger than {} bytes: {}", request.max_body_bytes, origin)};
  }
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {Code::kTimeout, fmt::format("no complete response within {} ms: {}", request.timeout.ms, origin)};
    case CURLE_ABORTED_BY_CALLBACK: return {Code::kCancelled, "request was cancelled: " + origin};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return {Code::kInvalid, "not an http or https URL: " + origin};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return {Code::kInvalid, fmt::format("{}: {}", curl_easy_strerror(code), origin)};
    default: return {Code::kUnavailable, fmt::format("{}: {}", curl_easy_strerror(code), origin)};
  }
}

}  // namespace

struct Client::Handle {
  CURL* curl = curl_easy_init();
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
};

std::string url_origin(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme > 10) return "(not a URL)";
  std::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  return std::string(url.substr(0, scheme + 3)) + std::string(authority);
}

Client::Client(std::size_t max_idle) : max_idle_(max_idle) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(initialised);
}

Client::~Client() = default;

std::unique_ptr<Client::Handle> Client::take(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto known = handles_.find(key);
  if (known == handles_.end()) return std::make_unique<Handle>();
  std::unique_ptr<Handle> handle = std::move(known->second.back());
  known->second.pop_back();
  if (known->second.empty()) handles_.erase(known);
  --idle_;
  return handle;
}

void Client::give_back(const std::string& key, std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  if (idle_ >= max_idle_) {  // one of another origin makes room; it would otherwise hold a connection for nothing
    const auto victim = handles_.begin();
    if (victim == handles_.end()) return;
    victim->second.pop_back();
    if (victim->second.empty()) handles_.erase(victim);
    --idle_;
  }
  handles_[key].push_back(std::move(handle));
  ++idle_;
}

Result<ClientResponse> Client::send(ClientRequest request) {
  const std::string origin = url_origin(request.url);
  if (!origin.starts_with("http://") && !origin.starts_with("https://")) {
    return fail(Code::kInvalid, "not an http or https URL: " + origin);
  }
  std::unique_ptr<Handle> handle = take(origin);
  CURL* curl = handle->curl;
  if (curl == nullptr) return fail(Code::kUnavailable, "cannot create an HTTP client handle");
  curl_easy_reset(curl);  // options only: connections stay open

  Transfer transfer{.max_body_bytes = request.max_body_bytes, .cancellation = request.cancellation};
  transfer.response.body = std::move(request.reuse);
  transfer.response.body.clear();

  TRYV(set_tls(curl, request.tls));
  List headers;
  for (const auto& [name, value] : request.headers) append(headers, value.empty() ? name + ";" : name + ": " + value);
  if (!request.authorization.empty()) append(headers, "Authorization: " + request.authorization);
  append(headers, "Expect:");  // never wait for 100 Continue
  List proxy_headers;
  for (const auto& [name, value] : request.proxy_headers) append(proxy_headers, name + ": " + value);
  const List connect_to = set_server_name(curl, request.url, request.tls.server_name, headers);
  set_method(curl, request);
  set_proxy(curl, request, proxy_headers);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(1, request.timeout.ms)));
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 32L * 1024);
  if (request.accept_gzip) curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (!request.basic_user.empty() || !request.basic_password.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.basic_user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.basic_password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);

  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) return fail(describe(code, transfer, request, origin));
  transfer.response.status = static_cast<int>(status);
  give_back(origin, std::move(handle));
  return std::move(transfer.response);
}

}  // namespace isobar::http
