// For tests: a blocking socket on 127.0.0.1 that sends what it is told and reads one response at a time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace isobar::http {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{20, 0};  // a test that would hang fails instead
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // Head and body by Content-Length or chunks (left as they are); shorter if the connection ended.
  std::string receive_response(bool has_body = true) {
    while (held_.find("\r\n\r\n") == std::string::npos) {
      if (!receive_more()) return take(held_.size());
    }
    const std::size_t head = held_.find("\r\n\r\n") + 4;
    if (!has_body) return take(head);
    std::size_t size = head;
    const std::size_t length = held_.find("Content-Length: ");
    if (length < head) {
      size += std::strtoul(held_.c_str() + length + 16, nullptr, 10);
    } else if (held_.find("chunked") < head) {
      while (held_.find("0\r\n\r\n", head) == std::string::npos) {
        if (!receive_more()) return take(held_.size());
      }
      size = held_.find("0\r\n\r\n", head) + 5;
    }
    while (held_.size() < size) {
      if (!receive_more()) return take(held_.size());
    }
    return take(size);
  }
  // Everything until the server closes.
  std::string receive_all() {
    while (receive_more()) {
    }
    return take(held_.size());
  }
  int fd() const { return fd_; }

 private:
  bool receive_more() {
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (n <= 0) return false;
    held_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  std::string take(std::size_t size) {
    std::string taken = held_.substr(0, size);
    held_.erase(0, size);
    return taken;
  }

  int fd_;
  bool connected_ = false;
  std::string held_;
};

}  // namespace isobar::http
