#include "base/hash_long.h"

#if defined(__x86_64__)
#include <xxh_x86dispatch.h>  // stands for the functions of xxhash.h
#else
#include <xxhash.h>
#endif

namespace isobar {

Hash128 hash128_long(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.low64, h.high64};
}

}  // namespace isobar
