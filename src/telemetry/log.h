// Structured log lines, one per call, in logfmt on stderr: ts=… level=info msg="…" key=value.
// Never put a secret (password, token, URL with user information) into a field. Thread-safe; a line is one write(2).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace isobar::telemetry {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogField {
  std::string_view key;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

// Lines below `level` are dropped. Default: info.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

void log(LogLevel level, std::string_view message, LogFields fields);
inline void log_debug(std::string_view message, LogFields fields = {}) { log(LogLevel::kDebug, message, fields); }
inline void log_info(std::string_view message, LogFields fields = {}) { log(LogLevel::kInfo, message, fields); }
inline void log_warn(std::string_view message, LogFields fields = {}) { log(LogLevel::kWarn, message, fields); }
inline void log_error(std::string_view message, LogFields fields = {}) { log(LogLevel::kError, message, fields); }

// The line that log() would write, without the timestamp; for tests.
std::string format_log_line(LogLevel level, std::string_view message, LogFields fields);

}  // namespace isobar::telemetry
