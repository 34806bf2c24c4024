#include "processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace isobar::reality {
namespace {

constexpr int kPortDescriptor = 3;

}  // namespace

Child start(const std::string& program, const std::vector<std::string>& arguments) {
  std::vector<char*> words;
  words.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& one : arguments) words.push_back(const_cast<char*>(one.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    std::perror("pipe");
    std::exit(2);
  }
  const pid_t pid = fork();
  if (pid < 0) {
    std::perror("fork");
    std::exit(2);
  }
  if (pid == 0) {
    if (ends[1] == kPortDescriptor) fcntl(kPortDescriptor, F_SETFD, 0);
    else dup2(ends[1], kPortDescriptor);
    execv(program.c_str(), words.data());
    _exit(127);
  }
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {pid, ends[0], 0};
}

void read_port(Child& child) {
  if (child.port_pipe < 0) return;
  std::uint16_t port = 0;
  const ssize_t got = read(child.port_pipe, &port, sizeof port);
  if (got < 0) return;
  if (got == sizeof port) child.port = port;
  close(child.port_pipe);
  child.port_pipe = -1;
}

void kill_now(Child& child) {
  if (child.pid > 0) {
    kill(child.pid, SIGKILL);
    waitpid(child.pid, nullptr, 0);
  }
  if (child.port_pipe >= 0) close(child.port_pipe);
  child = {};
}

Ended next_ended() {
  Ended out;
  const pid_t pid = waitpid(-1, &out.status, WNOHANG);
  out.pid = pid > 0 ? pid : 0;
  return out;
}

int child_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void drain(int descriptor) {
  signalfd_siginfo info;
  while (read(descriptor, &info, sizeof info) > 0) {}
}

}  // namespace isobar::reality
