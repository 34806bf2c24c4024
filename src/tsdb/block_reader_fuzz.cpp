// Any bytes as the sections of a block whose footer fits them, so that what lies behind the checksums is reached. The
// first bytes say where sections end.
#include <array>

#include "base/bytes.h"
#include "codec/crc32c.h"
#include "tsdb/block_format.h"
#include "tsdb/block_reader.h"

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
  const std::array matchers{model::Matcher::equal("__name__", "m")};
  for (const std::string& tenant : (*block)->tenants()) {
    for (const bool all : {true, false}) {
      const std::span<const model::Matcher> wanted = all ? std::span<const model::Matcher>() : matchers;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace isobar;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_all(std::string(input));
  if (size < tsdb::kBlockSections) return 0;
  std::string block(tsdb::kBlockMagic);
  put_u32(block, tsdb::kBlockVersion);
  put_u32(block, 0);
  std::string footer;
  std::string_view rest = input.substr(tsdb::kBlockSections);
  for (std::size_t i = 0; i < tsdb::kBlockSections; ++i) {
    const std::string_view section = rest.substr(0, data[i]);
    rest.remove_prefix(section.size());
    put_u64(footer, block.size());
    put_u64(footer, section.size());
    put_u32(footer, codec::crc32c(section));
    block.append(section);
  }
  put_u32(footer, tsdb::kBlockSections);
  put_u32(footer, codec::crc32c(footer));
  read_all(block + footer + std::string(tsdb::kBlockMagic));
  return 0;
}
