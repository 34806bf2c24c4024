// Internal: gzip of whole response bodies (RFC 1952), and who accepts it. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace isobar::http {

// True if Accept-Encoding lists gzip (or *) with a weight above zero.
bool accepts_gzip(const Headers& headers);
// Fast compression (level 1); empty if that would not make it smaller.
std::optional<std::string> gzip(std::string_view bytes);

}  // namespace isobar::http
