// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected), as in RFC 3720. Uses the SSE4.2 instruction where the CPU
// has it. Thread-safe. crc32c("123456789") == 0xE3069283.
#pragma once

#include <cstdint>
#include <string_view>

namespace isobar::codec {

// Continues a checksum: crc32c(b, crc32c(a)) == crc32c(a + b).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace isobar::codec
