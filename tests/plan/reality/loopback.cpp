#include "loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace isobar::reality {
namespace {

// On loopback an answer takes microseconds; whoever needs longer is stopped.
constexpr timeval kPatience{0, 100'000};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool exchange(std::uint16_t port, char question, void* answer, std::size_t size) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  // Thousands of short connections must not leave thousands of ports in TIME_WAIT.
  const linger reset{1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const sockaddr_in address = loopback(port);
  const bool answered = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                        send(socket, &question, 1, MSG_NOSIGNAL) == 1 &&
                        recv(socket, answer, size, MSG_WAITALL) == static_cast<ssize_t>(size);
  close(socket);
  return answered;
}

}  // namespace

int listen_on_free_port(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (socket < 0 || bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(socket, 128) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    std::perror("listen on 127.0.0.1");
    std::exit(2);
  }
  port = ntohs(address.sin_port);
  return socket;
}

char ask(std::uint16_t port, char question) {
  char answer = 0;
  return exchange(port, question, &answer, 1) ? answer : '\0';
}

std::uint64_t ask_identity(std::uint16_t port) {
  std::uint64_t identity = 0;
  return exchange(port, 'i', &identity, sizeof identity) ? identity : 0;
}

}  // namespace isobar::reality
