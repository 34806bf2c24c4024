// Internal: the collectors, each adding its families. An error means that nothing of it could be read.
#pragma once

#include <charconv>

#include "host/host_reader.h"

namespace isobar::host {

Result<void> collect_cpu(const HostView& view, Families& out);
Result<void> collect_stat(const HostView& view, Families& out);
Result<void> collect_meminfo(const HostView& view, Families& out);
Result<void> collect_loadavg(const HostView& view, Families& out);
Result<void> collect_pressure(const HostView& view, Families& out);
Result<void> collect_diskstats(const HostView& view, Families& out);
Result<void> collect_filesystem(const HostView& view, Families& out);
Result<void> collect_netdev(const HostView& view, Families& out);
Result<void> collect_time(const HostView& view, Families& out);
Result<void> collect_uname(const HostView& view, Families& out);

// Pieces between white space.
std::vector<std::string_view> split_words(std::string_view line);
std::vector<std::string_view> split_lines(std::string_view text);
// Decimal digits; 0 for anything else, as the kernel's files never have it.
std::uint64_t to_number(std::string_view text);
// Names in a folder, sorted; empty if there is none.
std::vector<std::string> list_folder(const std::string& path);

}  // namespace isobar::host
