#include "net/dns.h"

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace isobar::net {
namespace {

using Records = std::vector<DnsRecord>;

struct Answer {
  bool done = false;
  int status = ARES_ETIMEOUT;
  std::vector<unsigned char> bytes;
};

void on_answer(void* context, int status, int, unsigned char* bytes, int size) {
  auto& answer = *static_cast<Answer*>(context);
  answer.done = true;
  answer.status = status;
  if (bytes != nullptr && size > 0) answer.bytes.assign(bytes, bytes + size);
}

std::string without_final_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

int parse_addresses(const Answer& answer, bool v6, Records& records) {
  const int size = static_cast<int>(answer.bytes.size());
  char text[INET6_ADDRSTRLEN];
  int count = 256;
  if (v6) {
    std::array<ares_addr6ttl, 256> found{};
    const int status = ares_parse_aaaa_reply(answer.bytes.data(), size, nullptr, found.data(), &count);
    for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
      records.push_back({ares_inet_ntop(AF_INET6, &found[static_cast<std::size_t>(i)].ip6addr, text, sizeof(text)), 0});
    }
    return status;
  }
  std::array<ares_addrttl, 256> found{};
  const int status = ares_parse_a_reply(answer.bytes.data(), size, nullptr, found.data(), &count);
  for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
    records.push_back({ares_inet_ntop(AF_INET, &found[static_cast<std::size_t>(i)].ipaddr, text, sizeof(text)), 0});
  }
  return status;
}

int parse_srv(const Answer& answer, Records& records) {
  ares_srv_reply* first = nullptr;
  const int status = ares_parse_srv_reply(answer.bytes.data(), static_cast<int>(answer.bytes.size()), &first);
  for (const ares_srv_reply* reply = first; reply != nullptr; reply = reply->next) {
    records.push_back({without_final_dot(reply->host), reply->port});
  }
  ares_free_data(first);
  return status;
}

int parse_mx(const Answer& answer, Records& records) {
  ares_mx_reply* first = nullptr;
  const int status = ares_parse_mx_reply(answer.bytes.data(), static_cast<int>(answer.bytes.size()), &first);
  for (const ares_mx_reply* reply = first; reply != nullptr; reply = reply->next) {
    records.push_back({without_final_dot(reply->host), 0});
  }
  ares_free_data(first);
  return status;
}

// One channel per question: questions are rare, and a channel is not thread-safe.
class CaresResolver : public DnsResolver {
 public:
  CaresResolver(Duration timeout, std::string servers) : timeout_(timeout), servers_(std::move(servers)) {
    static const int initialised = ares_library_init(ARES_LIB_INIT_ALL);
    static_cast<void>(initialised);
  }

  Result<Records> lookup(const std::string& name, DnsType type) override {
    ares_options options{};
    options.timeout = 2000;
    options.tries = 3;
    ares_channel channel = nullptr;
    if (const int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES); status != ARES_SUCCESS) {
      return fail(Code::kUnavailable, fmt::format("cannot set up name resolution: {}", ares_strerror(status)));
    }
    Answer answer;
    if (!servers_.empty()) ares_set_servers_ports_csv(channel, servers_.c_str());
    ares_search(channel, name.c_str(), ns_c_in, question_type(type), on_answer, &answer);
    wait(channel, answer);
    ares_destroy(channel);  // calls back for what is not answered yet
    return read(name, type, answer);
  }

 private:
  static int question_type(DnsType type) {
    switch (type) {
      case DnsType::kA: return ns_t_a;
      case DnsType::kAaaa: return ns_t_aaaa;
      case DnsType::kSrv: return ns_t_srv;
      case DnsType::kMx: return ns_t_mx;
    }
    return ns_t_a;
  }

  void wait(ares_channel channel, const Answer& answer) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_.ms);
    while (!answer.done && std::chrono::steady_clock::now() < deadline) {
      ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
      const int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
      std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
      nfds_t count = 0;
      for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
        short events = 0;
        if (ARES_GETSOCK_READABLE(bits, i)) events = static_cast<short>(events | POLLIN);
        if (ARES_GETSOCK_WRITABLE(bits, i)) events = static_cast<short>(events | POLLOUT);
        if (events != 0) polled[count++] = {sockets[i], events, 0};
      }
      ::poll(polled.data(), count, 50);  // short, so that c-ares sees its own time-outs
      if (count == 0) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      for (nfds_t i = 0; i < count; ++i) {
        const int fd = polled[i].fd;
        const bool readable = (polled[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool writable = (polled[i].revents & POLLOUT) != 0;
        ares_process_fd(channel, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
      }
    }
  }

  static Result<Records> read(const std::string& name, DnsType type, const Answer& answer) {
    Records records;
    int status = answer.status;
    if (status == ARES_SUCCESS) {
      switch (type) {
        case DnsType::kA: status = parse_addresses(answer, false, records); break;
        case DnsType::kAaaa: status = parse_addresses(answer, true, records); break;
        case DnsType::kSrv: status = parse_srv(answer, records); break;
        case DnsType::kMx: status = parse_mx(answer, records); break;
      }
    }
    if (status == ARES_SUCCESS || status == ARES_ENODATA) return records;
    if (status == ARES_ENOTFOUND) return fail(Code::kNotFound, "no such name in the DNS: " + name);
    const bool late = status == ARES_ETIMEOUT || status == ARES_EDESTRUCTION;
    return fail(late ? Code::kTimeout : Code::kUnavailable,
                fmt::format("name resolution failed: {}: {}", late ? "no answer in time" : ares_strerror(status), name));
  }

  const Duration timeout_;
  const std::string servers_;
};

}  // namespace

std::unique_ptr<DnsResolver> make_dns_resolver(Duration timeout, std::string servers) {
  return std::make_unique<CaresResolver>(timeout, std::move(servers));
}

}  // namespace isobar::net
