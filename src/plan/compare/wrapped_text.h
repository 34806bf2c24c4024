// Internal: lines of a derivation. Each is indented by two columns a depth and wrapped at the width; what is wrapped is
// indented two steps more.
#pragma once

#include <string>
#include <string_view>

namespace isobar::plan {

class WrappedText {
 public:
  explicit WrappedText(std::size_t width) : width_(width) {}

  void add(std::size_t depth, std::string_view text);
  void empty_line() { out_ += '\n'; }
  std::string take() { return std::move(out_); }

 private:
  std::size_t width_;
  std::string out_;
};

}  // namespace isobar::plan
