// What was built; the values come from CMake.
#pragma once

namespace isobar::app {

#ifndef ISOBAR_VERSION
#define ISOBAR_VERSION "0.0.0"
#endif
#ifndef ISOBAR_REVISION
#define ISOBAR_REVISION "unknown"
#endif

inline constexpr const char* kVersion = ISOBAR_VERSION;
inline constexpr const char* kRevision = ISOBAR_REVISION;

}  // namespace isobar::app
