#include "net/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace isobar::net {
namespace {

std::string u16(unsigned v) { return {static_cast<char>(v >> 8), static_cast<char>(v & 255)}; }

std::string dns_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    out.push_back(static_cast<char>(dot));
    out += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  out.push_back('\0');
  return out;
}

// A DNS server that answers one question on a UDP socket with the given record data.
class OneAnswer {
 public:
  OneAnswer(unsigned type, std::vector<std::string> data, unsigned code = 0) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    socklen_t size = sizeof(address);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, type, data = std::move(data), code] { answer(type, data, code); });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(fd_);
  }
  std::string server() const { return fmt::format("127.0.0.1:{}", port_); }

 private:
  void answer(unsigned type, const std::vector<std::string>& data, unsigned code) {
    char question[512];
    sockaddr_in from{};
    socklen_t size = sizeof(from);
    const ssize_t n = ::recvfrom(fd_, question, sizeof(question), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n < 12) return;
    std::size_t end = 12;
    while (question[end] != 0) end += static_cast<std::size_t>(question[end]) + 1;
    end += 5;
    std::string reply(question, 2);
    reply += u16(0x8180 | code) + u16(1) + u16(static_cast<unsigned>(data.size())) + u16(0) + u16(0);
    reply.append(question + 12, end - 12);
    for (const std::string& record : data) {
      reply += u16(0xc00c) + u16(type) + u16(1) + u16(0) + u16(60) + u16(static_cast<unsigned>(record.size())) + record;
    }
    ::sendto(fd_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
  }

  int fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(Dns, AnswersEveryType) {
  {
    const OneAnswer server(1, {std::string("\x0a\x00\x00\x01", 4), std::string("\x0a\x00\x00\x02", 4)});
    const auto records = *make_dns_resolver(Duration::seconds(10), server.server())->lookup("a.example.com.", DnsType::kA);
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].target, "10.0.0.1");
    EXPECT_EQ(records[1].target, "10.0.0.2");
  }
  {
    const OneAnswer server(28, {std::string("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16)});
    EXPECT_EQ(make_dns_resolver(Duration::seconds(10), server.server())->lookup("b.example.com.", DnsType::kAaaa)->at(0).target, "::1");
  }
  {
    const OneAnswer server(33, {u16(1) + u16(2) + u16(9100) + dns_name("node1.example.com")});
    const auto records = *make_dns_resolver(Duration::seconds(10), server.server())->lookup("_m._tcp.example.com.", DnsType::kSrv);
    EXPECT_EQ(records.at(0).target, "node1.example.com");
    EXPECT_EQ(records.at(0).port, 9100);
  }
  {
    const OneAnswer server(15, {u16(10) + dns_name("mail.example.com")});
    EXPECT_EQ(make_dns_resolver(Duration::seconds(10), server.server())->lookup("example.com.", DnsType::kMx)->at(0).target, "mail.example.com");
  }
}

TEST(Dns, AbsenceIsToldApart) {
  {
    const OneAnswer server(1, {});
    EXPECT_TRUE(make_dns_resolver(Duration::seconds(10), server.server())->lookup("empty.example.com.", DnsType::kA)->empty());
  }
  const OneAnswer server(1, {}, 3);
  const auto missing = make_dns_resolver(Duration::seconds(10), server.server())->lookup("none.example.com.", DnsType::kA);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().message, "no such name in the DNS: none.example.com.");
}

}  // namespace
}  // namespace isobar::net
