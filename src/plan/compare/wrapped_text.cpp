#include "plan/compare/wrapped_text.h"

#include <algorithm>

namespace isobar::plan {

void WrappedText::add(std::size_t depth, std::string_view text) {
  std::string line(2 * depth, ' ');
  bool first = true;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (!first && line.size() + 1 + word.size() > width_) {
      out_ += line + "\n";
      line.assign(2 * depth + 4, ' ');
      first = true;
    }
    if (!first) line += ' ';
    line += word;
    first = false;
  }
  out_ += line + "\n";
}

}  // namespace isobar::plan
