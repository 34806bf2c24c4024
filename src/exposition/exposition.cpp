#include "exposition/exposition.h"

#include "exposition/text_parser.h"

namespace isobar::exposition {

std::optional<Format> format_of(std::string_view content_type) {
  std::string media;
  for (const char c : content_type.substr(0, content_type.find(';'))) {
    if (c != ' ' && c != '\t') media.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  if (media == "text/plain") return Format::kText;
  if (media == "application/openmetrics-text") return Format::kOpenMetrics;
  if (media == "application/vnd.google.protobuf") return Format::kProtobuf;
  return std::nullopt;
}

Result<void> parse(Format format, std::string_view body, Visitor& visitor, ParseOptions options) {
  if (format == Format::kProtobuf) return parse_protobuf(body, visitor, options);
  return parse_text(body, format == Format::kOpenMetrics, visitor);
}

}  // namespace isobar::exposition
