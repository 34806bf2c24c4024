// The region that AWS' own tools would take: AWS_REGION, else AWS_DEFAULT_REGION, else none.
#pragma once

#include <cstdlib>
#include <string>

namespace isobar::app {

inline std::string region_of_environment() {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return {};
}

}  // namespace isobar::app
