// The subcommands. Each gets the words behind its name and returns the process' exit status: 0 done, 1 failed,
// 2 wrong usage.
#pragma once

#include <string>
#include <vector>

namespace isobar::app {

int serve_command(const std::vector<std::string>& words);
int query_command(const std::vector<std::string>& words);
int check_command(const std::vector<std::string>& words);
int repair_command(const std::vector<std::string>& words);
int import_command(const std::vector<std::string>& words);
int export_command(const std::vector<std::string>& words);
int plan_command(const std::vector<std::string>& words);

}  // namespace isobar::app
