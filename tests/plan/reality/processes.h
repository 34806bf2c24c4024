// Real child processes: started, watched, killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace isobar::reality {

struct Child {
  pid_t pid = 0;
  int port_pipe = -1;      // readable once the child has said its port, or has ended
  std::uint16_t port = 0;  // 0: not said yet
};

Child start(const std::string& program, const std::vector<std::string>& arguments);
// What the child has written, without waiting.
void read_port(Child& child);
// SIGKILL, and waits until it is gone: its listener is closed and its volume unlocked.
void kill_now(Child& child);

struct Ended {
  pid_t pid = 0;
  int status = 0;
};
// A child that has ended by itself, without waiting; pid 0: none.
Ended next_ended();

// A descriptor that is readable when a child has ended. Call before any thread starts.
int child_signals();
void drain(int descriptor);

}  // namespace isobar::reality
