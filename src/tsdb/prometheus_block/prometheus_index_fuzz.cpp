// Any bytes as the sections of an index whose checksums and table of contents fit them, so that what lies behind is
// reached. The first bytes say how long each section is; the first of the table says how many entries it has.
#include <array>

#include "base/bytes.h"
#include "codec/crc32c.h"
#include "codec/protobuf_mutator.h"
#include "tsdb/prometheus_block/index_reader.h"

namespace {

using namespace isobar;
using namespace isobar::tsdb::prometheus;

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

enum Section : std::size_t { kVersion, kSymbols, kSeries, kPostings, kTable, kSections };
using Sections = std::array<std::string, kSections>;

void read_all(std::string bytes) {
  const auto index = IndexReader::open(std::make_shared<Bytes>(std::move(bytes)));
  if (!index) return;
  const std::array matchers{model::Matcher::equal("__name__", "m"), *model::Matcher::create(model::MatchType::kRegex, "job", "a|")};
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    const auto found = (*index)->match(std::span(matchers).first(count));
    if (!found) continue;
    for (const std::uint32_t reference : *found) {
      model::Labels labels;
      std::vector<ChunkMeta> chunks;
      if ((*index)->series(reference, labels, &chunks)) (void)labels.to_string();
    }
  }
}

Sections seed_sections() {
  Sections sections;
  sections[kVersion] = "\2";
  put_be32(sections[kSymbols], 4);
  for (const char* symbol : {"__name__", "a", "job", "m"}) put_bytes(sections[kSymbols], symbol);
  // m{job="a"} with two chunks.
  for (const std::uint64_t v : {std::uint64_t{2}, std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{2}, std::uint64_t{1}, std::uint64_t{2}, zigzag(1000),
                                std::uint64_t{500}, std::uint64_t{8}, std::uint64_t{1}, std::uint64_t{100}, zigzag(50)}) {
    put_varint(sections[kSeries], v);
  }
  put_be32(sections[kPostings], 1);
  put_be32(sections[kPostings], 4);  // 64 / 16: where the series stands with these symbols
  put_u8(sections[kTable], 2);
  for (const auto& [name, value] : {std::pair{"", ""}, std::pair{"__name__", "m"}}) {
    put_varint(sections[kTable], 2);
    put_bytes(sections[kTable], name);
    put_bytes(sections[kTable], value);
    put_varint(sections[kTable], 96);
  }
  return sections;
}

Sections sections_of(std::string_view input) {
  Sections sections;
  std::string_view rest = input.substr(kSections);
  for (std::size_t i = 0; i < kSections; ++i) {
    sections[i] = rest.substr(0, static_cast<unsigned char>(input[i]));
    rest.remove_prefix(sections[i].size());
  }
  return sections;
}

std::string input_of(const Sections& sections) {
  std::string input;
  for (const std::string& section : sections) input.push_back(static_cast<char>(std::min<std::size_t>(section.size(), 255)));
  for (const std::string& section : sections) input.append(section, 0, 255);
  return input;
}

std::size_t put_section(std::string& out, std::string_view content) {
  const std::size_t at = out.size();
  put_be32(out, static_cast<std::uint32_t>(content.size()));
  out.append(content);
  put_be32(out, codec::crc32c(content));
  return at;
}

std::string index_of(const Sections& sections) {
  std::string out;
  put_be32(out, kIndexMagic);
  put_u8(out, sections[kVersion].empty() ? 2 : static_cast<std::uint8_t>(sections[kVersion][0]));
  const std::size_t symbols = put_section(out, sections[kSymbols]);
  out.append((16 - out.size() % 16) % 16, '\0');
  const std::size_t series = out.size();
  put_bytes(out, sections[kSeries]);
  put_be32(out, codec::crc32c(sections[kSeries]));
  out.append((16 - out.size() % 16) % 16, '\0');
  const std::size_t postings = put_section(out, sections[kPostings]);
  std::string content;
  put_be32(content, sections[kTable].empty() ? 0 : static_cast<std::uint8_t>(sections[kTable][0]));
  if (!sections[kTable].empty()) content.append(sections[kTable], 1);
  const std::size_t table = put_section(out, content);
  std::string toc;
  for (const std::size_t offset : {symbols, series, postings, table, postings, table}) put_be64(toc, offset);
  put_be32(toc, codec::crc32c(toc));
  return out + toc;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Sections sections = size < kSections || seed % 512 == 1 ? seed_sections() : sections_of(input);
  mutate_bytes(sections[seed / 16 % kSections]);
  return mutated(input_of(sections), data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_all(std::string(input));
  if (size >= kSections) read_all(index_of(sections_of(input)));
  return 0;
}
