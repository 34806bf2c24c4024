#include "exposition/fuzz_visitor.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  return isobar::exposition::fuzz(isobar::exposition::Format::kProtobuf, data, size);
}
