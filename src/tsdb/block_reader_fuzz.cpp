// Any bytes as the sections of a block whose footer fits them, so that what lies behind the checksums is reached. The
// first bytes say how long each section is. Chunks keep their own checksums; chunk_fuzz reads them without.
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "codec/crc32c.h"
#include "codec/protobuf_mutator.h"
#include "tsdb/block_format.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_salvage.h"
#include "tsdb/block_writer.h"

namespace {

class Bytes final : public isobar::sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

void read_all(std::string bytes) {
  using namespace isobar;
  const auto block = tsdb::BlockReader::open("fuzz", std::make_shared<Bytes>(std::move(bytes)));
  if (!block) return;
  (void)(*block)->verify();
  std::uint64_t salvaged_bytes = 0;
  tsdb::BlockWriter salvaged(
      [&salvaged_bytes](std::string_view piece) {
        salvaged_bytes += piece.size();
        return Result<void>{};
      },
      (*block)->downsampled() ? tsdb::BlockWriter::Kind::kDownsampled : tsdb::BlockWriter::Kind::kEverySample);
  const tsdb::BlockDamage damage = tsdb::salvage_block(**block, &salvaged);
  CHECK(damage.kept.samples == salvaged.summary().samples && damage.kept.series == salvaged.summary().series);
  CHECK(salvaged.finish().has_value());
  using enum model::MatchType;
  static const std::vector<std::vector<model::Matcher>> kWanted{
      {},
      {model::Matcher::equal("__name__", "m")},
      {*model::Matcher::create(kRegex, "__name__", "m.*|n"), *model::Matcher::create(kNotEqual, "job", "x")},
      {*model::Matcher::create(kRegex, "job", ".+"), *model::Matcher::create(kNotRegex, "__name__", ".*n")},
  };
  for (const std::string& tenant : (*block)->tenants()) {
    for (const std::vector<model::Matcher>& wanted : kWanted) {
      std::vector<tsdb::SelectedSeries> selected;
      (void)(*block)->select(tenant, wanted, Timestamp::min(), Timestamp::max(), selected);
      for (const auto& s : selected) {
        model::SampleColumns samples;
        (void)s.labels.to_string();
        (void)s.run->read({-5}, {5000}, samples);
      }
      std::vector<model::SeriesExemplars> exemplars;
      (void)(*block)->exemplars(tenant, wanted, Timestamp::min(), Timestamp::max(), exemplars);
    }
    std::vector<model::Metadata> metadata;
    (*block)->metadata(tenant, "", metadata);
  }
}

// As the input has them, up to 255 bytes each.
using Sections = std::array<std::string, isobar::tsdb::kBlockSections>;

Sections seed_sections() {
  using namespace isobar;
  model::SampleColumns floats;
  for (std::int64_t t = 0; t < 4; ++t) floats.push_float(t * 1000, static_cast<double>(t), t == 2 ? 5 : 0);
  auto histogram = std::make_shared<model::Histogram>();
  histogram->positive_spans = {{0, 1}};
  histogram->positive_buckets = {0.5};
  model::SampleColumns histograms;
  histograms.push_histogram(7000, histogram);
  std::string block;
  tsdb::BlockWriter writer([&block](std::string_view piece) {
    block.append(piece);
    return Result<void>{};
  }, tsdb::BlockWriter::Kind::kDownsampled);
  model::SampleColumns weighted = floats;
  weighted.weigh_last(7, 20);
  writer.add_series("a", model::Labels{{"__name__", "m"}, {"job", "x"}}, floats);
  writer.add_series("a", model::Labels{{"__name__", "n"}}, histograms);
  writer.add_series("a", model::Labels{{"__name__", "o"}}, weighted);
  writer.add_series("b", model::Labels{{"__name__", "m"}}, floats);
  writer.add_exemplars("a", {model::Labels{{"__name__", "m"}, {"job", "x"}}, {{{{"trace_id", "x"}}, 7, {999}}}});
  writer.add_metadata("a", {"m", model::MetricType::kCounter, "help", "s"});
  CHECK(writer.finish().has_value());
  ByteReader footer(std::string_view(block).substr(block.size() - tsdb::kBlockFooterBytes));
  Sections sections;
  for (std::string& section : sections) {
    const std::uint64_t offset = footer.u64();
    section = block.substr(offset, footer.u64());
    footer.u32();
  }
  return sections;
}

Sections sections_of(std::string_view input) {
  Sections sections;
  std::string_view rest = input.substr(sections.size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
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

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool fresh = size < isobar::tsdb::kBlockSections || seed % 512 == 1;
  Sections sections = fresh ? seed_sections() : sections_of(input);
  isobar::mutate_bytes(sections[seed / 16 % sections.size()]);
  return isobar::mutated(input_of(sections), data, size, max_size);
}

namespace {

std::string block_of(const Sections& sections, std::uint32_t version) {
  using namespace isobar;
  std::string block(tsdb::kBlockMagic);
  put_u32(block, version);
  put_u32(block, 0);
  std::string footer;
  for (const std::string& section : sections) {
    put_u64(footer, block.size());
    put_u64(footer, section.size());
    put_u32(footer, codec::crc32c(section));
    block.append(section);
  }
  put_u32(footer, tsdb::kBlockSections);
  put_u32(footer, codec::crc32c(footer));
  return block + footer + std::string(tsdb::kBlockMagic);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_all(std::string(input));
  if (size < tsdb::kBlockSections) return 0;
  const Sections sections = sections_of(input);
  for (const std::uint32_t version : {tsdb::kDownsampledBlockVersion, tsdb::kBlockVersionOfTables - 1}) read_all(block_of(sections, version));
  return 0;
}
