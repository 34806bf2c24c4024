// One byte asked, one byte answered, over TCP on 127.0.0.1: how the processes of these tests, their kubelet and their
// clients talk to each other.
//
//   question   'r' has it started?   'h' does it say that it is well?   'w' does it work?   'i' which data does it have?
//   answer     'y' yes   'n' no   'd' yes, but less well   0 none: refused, closed or too late
//   'i'        eight bytes: the identity of its data
#pragma once

#include <cstdint>

namespace isobar::reality {

// A listener on a free port; the port goes to `port`.
int listen_on_free_port(std::uint16_t& port);

char ask(std::uint16_t port, char question);
// 0: no answer.
std::uint64_t ask_identity(std::uint16_t port);

}  // namespace isobar::reality
