#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace isobar {

void check_failed(const char* file, int line, const char* condition) {
  // stdio and not our logger: the logger may be what is broken.
  std::fprintf(stderr, "level=fatal msg=\"broken invariant\" at=%s:%d condition=\"%s\"\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace isobar
