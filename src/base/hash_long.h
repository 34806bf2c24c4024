// XXH3 of long input by the library, which takes the widest vectors that the processor has. Compiled in place it would be
// the narrowest that every processor of the architecture has. The value is the same. Pure, thread-safe.
#pragma once

#include "base/hash.h"

namespace isobar {

Hash128 hash128_long(std::string_view bytes);

}  // namespace isobar
