// UUIDs that a name decides: version 5 of RFC 4122 (SHA-1 over a namespace and a name). The same name gives the same UUID
// on every machine and every day, so two exports of one ledger differ only where the ledger does.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace isobar::plan::oscal {

using Uuid = std::array<std::uint8_t, 16>;

// RFC 4122, appendix C: names that are URLs.
inline constexpr Uuid kUrlNamespace{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

Uuid uuid_v5(const Uuid& space, std::string_view name);
// "886313e1-3b8a-5372-9b90-0c9aee199e5d"
std::string to_string(const Uuid& uuid);

// FIPS 180-4. For names only: SHA-1 is no protection against anyone.
std::array<std::uint8_t, 20> sha1(std::string_view bytes);

}  // namespace isobar::plan::oscal
