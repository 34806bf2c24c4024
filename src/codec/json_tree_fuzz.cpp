// Any text gives a tree or problems, and the tree can be written.
#include "codec/json_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  isobar::YamlProblems problems("fuzz");
  const isobar::YamlNode node = isobar::parse_json_tree({reinterpret_cast<const char*>(data), size}, problems,
                                                        {.bytes = 1 << 16, .nodes = 10'000, .depth = 50});
  static_cast<void>(isobar::write_yaml(node));
  return 0;
}
