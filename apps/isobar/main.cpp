#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "commands.h"
#include "version.h"

namespace {

using isobar::app::check_command;
using isobar::app::export_command;
using isobar::app::import_command;
using isobar::app::plan_command;
using isobar::app::query_command;
using isobar::app::repair_command;
using isobar::app::serve_command;

constexpr const char* kUsage =
    "usage: isobar COMMAND [FLAGS] [ARGUMENTS]\n"
    "\n"
    "  serve     run the server: metrics in, queries and graphs out\n"
    "  query     ask a running server, print a table or JSON\n"
    "  plan      compare infrastructure decisions; no server needed\n"
    "  check     check a configuration file or a data directory\n"
    "  repair    say what is damaged in a data directory, and repair it\n"
    "  import    take over blocks of Prometheus, Mimir or Thanos\n"
    "  export    write blocks that Prometheus reads\n"
    "  version   print the version\n"
    "\n"
    "isobar COMMAND --help lists the flags of a command.\n";

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 1 ? 2 : 1), argv + argc);
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "serve") return serve_command(words);
  if (command == "query") return query_command(words);
  if (command == "plan") return plan_command(words);
  if (command == "check") return check_command(words);
  if (command == "repair") return repair_command(words);
  if (command == "import") return import_command(words);
  if (command == "export") return export_command(words);
  if (command == "version" || command == "--version") {
    std::printf("isobar %s\n", isobar::app::kVersion);
    return 0;
  }
  if (command == "help" || command == "--help" || command == "-h") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  constexpr std::array<std::string_view, 8> kCommands{"serve", "query", "plan", "check", "repair", "import", "export", "version"};
  const std::string_view nearest = isobar::nearest_word(command, kCommands);
  if (!command.empty()) {
    std::fprintf(stderr, "isobar: unknown command \"%s\"%s%s\n\n", command.c_str(),
                 nearest.empty() ? "" : ", did you mean ", std::string(nearest).c_str());
  }
  std::fputs(kUsage, stderr);
  return 2;
}
