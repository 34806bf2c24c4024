// A small real process with the dependencies of a pod: it listens, holds a file on its volume, ends itself when a start
// dependency stays away, and answers what it can do by asking its own dependencies at that moment.
//
//   workload --endpoints FOLDER --scale MS --start-time MS --crash-after MS
//            [--volume FOLDER] [--start S]... [--hard S]... [--soft S]... [--silent S]...
//
// Times are simulated milliseconds; --scale says how many real milliseconds a simulated second has. It writes its port to
// descriptor 3. Exit status 1: a start dependency was missing for too long; 2: no volume, or wrong arguments.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "endpoints.h"
#include "loopback.h"

namespace isobar::reality {
namespace {

using Clock = std::chrono::steady_clock;

// How often a start dependency is asked for, in simulated milliseconds.
constexpr std::int64_t kRetry = 250;

struct Arguments {
  std::string endpoints;
  std::string volume;
  double scale = 10;
  std::int64_t start_time = 0;
  std::int64_t crash_after = 0;
  std::vector<std::string> start, hard, soft, silent;
};

Arguments parse(int count, char** words) {
  Arguments out;
  const std::map<std::string, std::vector<std::string>*> lists{
      {"--start", &out.start}, {"--hard", &out.hard}, {"--soft", &out.soft}, {"--silent", &out.silent}};
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string flag = words[i];
    const std::string value = words[i + 1];
    if (lists.contains(flag)) lists.at(flag)->push_back(value);
    else if (flag == "--endpoints") out.endpoints = value;
    else if (flag == "--volume") out.volume = value;
    else if (flag == "--scale") out.scale = std::stod(value);
    else if (flag == "--start-time") out.start_time = std::stoll(value);
    else if (flag == "--crash-after") out.crash_after = std::stoll(value);
    else std::exit(2);
  }
  return out;
}

std::uint64_t fresh_identity() {
  return (static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) << 16) ^ static_cast<std::uint64_t>(getpid());
}

// Locks the volume's file for as long as the process lives: a second process on the same volume is a broken supervisor.
// What the file says survives the process; without a volume the data is new at every start.
std::uint64_t open_data(const std::string& volume) {
  std::uint64_t identity = fresh_identity();
  if (volume.empty()) return identity;
  const int file = open((volume + "/data").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0 || flock(file, LOCK_EX | LOCK_NB) != 0) {
    std::perror(volume.c_str());
    std::exit(2);
  }
  std::uint64_t known = 0;
  if (pread(file, &known, sizeof known, 0) == sizeof known) return known;
  if (pwrite(file, &identity, sizeof identity, 0) != sizeof identity) std::exit(2);
  return identity;
}

class Workload {
 public:
  Workload(Arguments arguments, Clock::time_point born) : arguments_(std::move(arguments)), born_(born) {}

  [[noreturn]] void run() {
    data_ = open_data(arguments_.volume);
    std::uint16_t port = 0;
    const int listener = listen_on_free_port(port);
    std::thread([this, listener] { serve(listener); }).detach();
    if (write(3, &port, sizeof port) != sizeof port) std::exit(2);
    close(3);
    wait_for_start_dependencies();
    std::this_thread::sleep_until(Clock::now() + real(arguments_.start_time));
    started_ = true;
    for (;;) pause();
  }

 private:
  Clock::duration real(std::int64_t simulated_ms) const {
    return std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(simulated_ms) * arguments_.scale));
  }

  void wait_for_start_dependencies() {
    const auto deadline = born_ + real(arguments_.crash_after);
    while (!all_work(arguments_.start)) {
      auto next = Clock::now() + real(kRetry);
      if (arguments_.crash_after > 0) {
        if (Clock::now() >= deadline) std::_Exit(1);
        next = std::min(next, deadline);
      }
      std::this_thread::sleep_until(next);
    }
  }

  bool all(const std::vector<std::string>& services, char question) const {
    return std::ranges::all_of(services, [&](const std::string& service) {
      return ask_service(read_endpoints(arguments_.endpoints, service), question) != 'n';
    });
  }
  bool all_work(const std::vector<std::string>& services) const { return all(services, 'w'); }

  // A reader keeps its position in the data that it first saw. Other data under the same name does not have it, and the
  // reader goes on asking: it says that it is well, and does not work.
  bool reads(const std::string& service) {
    const Endpoints endpoints = read_endpoints(arguments_.endpoints, service);
    if (ask_service(endpoints, 'w') == 'n') return false;
    if (endpoints.external) return true;
    const std::uint64_t data = ask_identity(endpoints.ports.front());
    if (data == 0) return false;
    return positions_.emplace(service, data).first->second == data;
  }

  char work() {
    if (!started_ || !all_work(arguments_.hard)) return 'n';
    for (const std::string& service : arguments_.silent) {
      if (!reads(service)) return 'n';
    }
    return all_work(arguments_.soft) ? 'y' : 'd';
  }

  char answer(char question) {
    switch (question) {
      case 'r': return started_ ? 'y' : 'n';
      case 'h': return started_ && all(arguments_.hard, 'h') ? 'y' : 'n';
      case 'w': return work();
      default: return 'n';
    }
  }

  void serve(int listener) {
    for (;;) {
      const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      char question = 0;
      if (recv(client, &question, 1, 0) == 1) {
        if (question == 'i') {
          send(client, &data_, sizeof data_, MSG_NOSIGNAL);
        } else {
          const char reply = answer(question);
          send(client, &reply, 1, MSG_NOSIGNAL);
        }
      }
      close(client);
    }
  }

  const Arguments arguments_;
  const Clock::time_point born_;
  std::uint64_t data_ = 0;
  std::atomic<bool> started_ = false;
  std::map<std::string, std::uint64_t> positions_;  // the serving thread's
};

}  // namespace
}  // namespace isobar::reality

int main(int count, char** words) {
  const auto born = std::chrono::steady_clock::now();
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the test
  isobar::reality::Workload(isobar::reality::parse(count, words), born).run();
}
