// isobar check config FILE: every problem with file and line; isobar check data DIR: every damaged file. Exit status 0: none; 1: problems; 2: wrong usage.
#include <cstdio>

#include "check_data.h"
#include "commands.h"
#include "config/config.h"
#include "flags.h"

namespace isobar::app {

int check_command(const std::vector<std::string>& words) {
  Flags flags("isobar check config FILE | data DIR",
              "config: reads a Prometheus configuration file, prints problems with their lines.\n"
              "data: verifies every checksum of a data directory, names what is damaged.");
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  if (!parsed || arguments.size() != 2 || (arguments[0] != "config" && arguments[0] != "data")) {
    std::fprintf(stderr, "isobar check: %s\n\n%s",
                 parsed ? "say what to check: isobar check config FILE, or isobar check data DIR" : parsed.error().message.c_str(),
                 flags.help().c_str());
    return 2;
  }
  if (arguments[0] == "data") return check_data(arguments[1]);
  const config::CheckedConfig checked = config::check_config(arguments[1]);
  for (const auto& problem : checked.problems) std::printf("%s\n", problem.to_string().c_str());
  for (const auto& warning : checked.warnings) std::printf("warning: %s\n", warning.to_string().c_str());
  if (checked.problems.empty()) {
    std::printf("%s: ok, %zu scrape jobs\n", arguments[1].c_str(), checked.config->scrape_configs.size());
    return 0;
  }
  std::printf("%zu problem%s\n", checked.problems.size(), checked.problems.size() == 1 ? "" : "s");
  return 1;
}

}  // namespace isobar::app
