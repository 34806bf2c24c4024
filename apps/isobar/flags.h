// Command-line flags: one table per subcommand, from which parsing and --help come. "--name value" and "--name=value";
// switches take no value. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace isobar::app {

class Flags {
 public:
  // `usage` is the first line of the help, `about` the lines under it.
  Flags(std::string usage, std::string about) : usage_(std::move(usage)), about_(std::move(about)) {}

  Flags& text(std::string name, std::string help, std::string& value);
  Flags& number(std::string name, std::string help, std::uint64_t& value);
  // 512MB, 1GiB, 64k or plain bytes.
  Flags& bytes(std::string name, std::string help, std::uint64_t& value);
  Flags& duration(std::string name, std::string help, Duration& value);
  Flags& duration(std::string name, std::string help, std::optional<Duration>& value);
  // May be given several times.
  Flags& list(std::string name, std::string help, std::vector<std::string>& values);
  Flags& toggle(std::string name, std::string help, bool& value);

  // Fills the values; what is no flag goes to `arguments`. kInvalid names the flag and the nearest known one.
  Result<void> parse(const std::vector<std::string>& words, std::vector<std::string>& arguments);
  bool help_wanted() const { return help_wanted_; }
  // At most 80 columns.
  std::string help() const;
  // Names and values as given or by default; for /api/v1/status/flags.
  std::map<std::string, std::string> values() const;

 private:
  struct Flag {
    std::string name;
    std::string help;
    std::string fallback;
    std::string kind;
    std::function<Result<void>(const std::string&)> set;
    std::function<std::string()> show;
  };
  Flags& add(std::string name, std::string help, std::string kind, std::function<Result<void>(const std::string&)> set,
             std::function<std::string()> show);

  std::string usage_;
  std::string about_;
  std::vector<Flag> flags_;
  bool help_wanted_ = false;
};

// "64MB" for 64 MiB; plain bytes where no unit divides.
std::string format_bytes(std::uint64_t bytes);

}  // namespace isobar::app
