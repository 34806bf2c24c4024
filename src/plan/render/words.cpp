#include "plan/render/words.h"

#include <algorithm>

#include "plan/render/render.h"

namespace isobar::plan {

std::string notes_as_text(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += rendering::wrapped(note, "note: ", "  ");
  return out;
}

namespace rendering {

std::string wrapped(std::string_view text, std::string_view first, std::string_view head) {
  constexpr std::size_t kWidth = 78;
  std::string out;
  std::string line(first);
  bool begun = false;  // a word stands in the line
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (begun && line.size() + 1 + end > kWidth) {
      out += line + "\n";
      line = head;
      begun = false;
    }
    if (begun) line += ' ';
    line += text.substr(0, end);
    begun = true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

std::string bullets(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += wrapped(text, "- ", "  ");
  return out;
}

std::string comment(std::string_view text) {
  return wrapped(text, "# ", "# ");
}

}  // namespace rendering
}  // namespace isobar::plan
