// The decoder against libprotobuf: the first byte chooses the version, the rest is the body.
#include <cstdio>
#include <cstdlib>

#include "protobuf/remote_write_reference.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  const auto version = (data[0] & 1) == 0 ? isobar::ingest::RemoteWriteVersion::k1 : isobar::ingest::RemoteWriteVersion::k2;
  const auto result = isobar::protobuf::compare(version, {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!result.difference.empty()) {
    std::fprintf(stderr, "%s\n", result.difference.c_str());
    std::abort();
  }
  return 0;
}
