// CHECK(condition) ends the process when our own invariant is broken; it is on in every build.
// DCHECK is on only without NDEBUG, for checks too dear for hot loops. Never for bad input: that is an Error.
#pragma once

namespace isobar {
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}

#define CHECK(condition) \
  (static_cast<bool>(condition) ? void(0) : isobar::check_failed(__FILE__, __LINE__, #condition))
#ifdef NDEBUG
#define DCHECK(condition) void(0)
#else
#define DCHECK(condition) CHECK(condition)
#endif
