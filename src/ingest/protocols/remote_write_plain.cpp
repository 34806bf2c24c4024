// The short way through remote write bodies: see plain_series_v1() in remote_write.h.
#include "base/bytes.h"
#include "base/utf8.h"
#include "codec/protobuf.h"
#include "ingest/protocols/remote_write.h"

namespace isobar::ingest {
namespace {

// One sample, 09 <value> 10 <timestamp>, and nothing else.
bool plain_sample(std::string_view message, std::uint32_t series, model::WriteBatch::FloatSample& sample) {
  if (message.size() < 12 || message.size() > kLongestPlain || message[0] != 0x12) return false;
  if (static_cast<unsigned char>(message[1]) != message.size() - 2 || message[2] != 0x09 ||
      message[11] != 0x10)
    return false;
  ByteReader in(message.substr(3));
  const double value = in.f64();
  in.u8();
  sample = {series, static_cast<std::int64_t>(in.varint()), value, 0};
  return in.ok() && in.at_end();
}

}  // namespace

bool RemoteWriteDecoder::plain_series_v1(std::string_view message) {
  const char* p = message.data();
  const char* const end = p + message.size();
  if (room_behind(end) < kCopyRoom || used_ + message.size() > kMaxCanonicalBytes) return false;
  char* const start = reserve_canonical(message.size());  // canonical bytes are fewer than those on the wire
  char* to = start;
  PlainLabels labels;
  while (p != end && *p == 0x0a) {
    // 0a <size> 0a <n> name 12 <m> value
    const char* const name = p + 3;
    if (end - p < 6 || p[2] != 0x0a) return false;
    const std::size_t size = static_cast<unsigned char>(p[1]), n = static_cast<unsigned char>(name[0]);
    if (size >= 0x80 || n + 4 > size || static_cast<std::size_t>(end - p) < size + 2) return false;
    const char* const value = name + 1 + n + 1;
    if (value[-1] != 0x12 || n + static_cast<unsigned char>(value[0]) + 4 != size) return false;
    to = labels.add(to, plain_text(name), value);
    if (to == nullptr) return false;
    p += size + 2;
  }
  const auto written = static_cast<std::size_t>(to - start);
  model::WriteBatch::FloatSample sample;
  if (labels.metric().empty() || !is_ascii({start, written})) return false;
  if (!plain_sample({p, static_cast<std::size_t>(end - p)}, static_cast<std::uint32_t>(series_ends_.size()),
                    sample))
    return false;
  batch_->floats.push_back(sample);
  end_series(written, labels.outline());
  return true;
}

bool RemoteWriteDecoder::plain_series_v2(std::string_view message) {
  // 0a <size> references, packed
  if (message.size() < 2 || message[0] != 0x0a || static_cast<unsigned char>(message[1]) >= 0x80)
    return false;
  const std::size_t size = static_cast<unsigned char>(message[1]);
  // However few references there are, each is of a byte at least.
  const std::size_t most = size * (kLongestPlain + 1);
  if (message.size() < size + 2 || used_ + most > kMaxCanonicalBytes) return false;
  const std::string_view rest = message.substr(size + 2);
  const std::size_t sample_size = rest.size() < 2 ? 0 : static_cast<unsigned char>(rest[1]) + std::size_t{2};
  model::WriteBatch::FloatSample sample;
  if (sample_size > rest.size()) return false;
  if (!plain_sample(rest.substr(0, sample_size), static_cast<std::uint32_t>(series_ends_.size()), sample))
    return false;
  MetadataText text;
  ProtoReader in(rest.substr(sample_size));
  while (in.next()) {
    if (in.field() != 5 || !metadata_v2(in.bytes(), text)) return false;
  }
  if (in.failed()) return false;
  char* const start = reserve_canonical(most);
  const char* const to = symbol_labels_.add(message.substr(2, size), canonical_.data() + symbol_set_, start);
  if (to == nullptr) return false;
  if (symbol_labels_.metric().empty()) {
    symbol_labels_.forget();  // what was written is overwritten
    return false;
  }
  model::WriteBatch::Outline outline = symbol_labels_.outline();
  if (symbol_set_ != begin_of_last_set()) outline.head = outline.tail = 0;
  symbol_set_ = used_;
  batch_->floats.push_back(sample);
  end_series(static_cast<std::size_t>(to - start), outline);
  if (text.type != model::MetricType::kUnknown || !text.help.empty() || !text.unit.empty()) {
    (void)add_metadata(text, symbol_labels_.metric());  // false: too_large_
  }
  return true;
}

}  // namespace isobar::ingest
