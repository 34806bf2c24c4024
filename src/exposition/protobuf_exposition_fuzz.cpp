#include "codec/protobuf.h"
#include "codec/protobuf_mutator.h"
#include "exposition/fuzz_visitor.h"

namespace {

using isobar::put_bytes;
using isobar::put_f64;
using isobar::put_varint;

// A message, field by field.
struct Message {
  std::string bytes;
  Message& varint(unsigned field, std::uint64_t value) {
    put_varint(bytes, field << 3);
    put_varint(bytes, value);
    return *this;
  }
  Message& f64(unsigned field, double value) {
    put_varint(bytes, field << 3 | 1);
    put_f64(bytes, value);
    return *this;
  }
  Message& text(unsigned field, std::string_view value) {
    put_varint(bytes, field << 3 | 2);
    put_bytes(bytes, value);
    return *this;
  }
  Message& sub(unsigned field, const Message& value) { return text(field, value.bytes); }
};

// A family of each type, with every field that the parser reads.
std::string seed_page() {
  const Message label = Message().text(1, "a").text(2, "b");
  const Message time = Message().varint(1, 10).varint(2, 5'000'000);
  const Message exemplar = Message().sub(1, label).f64(2, 0.5).sub(3, time);
  const Message simple = Message().f64(1, 7).sub(2, exemplar).sub(3, time);
  const Message summary = Message().varint(1, 3).f64(2, 1.5).sub(3, Message().f64(1, 0.5).f64(2, 0.25)).sub(4, time);
  const Message span = Message().varint(1, 0).varint(2, 2);
  const Message bucket = Message().varint(1, 2).f64(2, 1).sub(3, exemplar).f64(4, 0);
  const Message native = Message().varint(1, 7).f64(2, 18.4).sub(3, bucket).varint(5, 2).f64(6, 0.001).varint(7, 1)
      .sub(9, span).text(10, {"\x02\x02", 2}).sub(12, span).varint(13, 2).varint(13, 2).sub(15, time).sub(16, exemplar);
  const Message floats = Message().f64(2, 4).f64(4, 3.5).varint(5, 1).f64(8, 0.5).sub(9, span).f64(11, 1).f64(11, 0.5)
      .sub(12, span).text(14, std::string(16, '\0')).sub(3, bucket);
  std::string page;
  const auto family = [&](std::uint64_t type, unsigned field, const Message& value) {
    const Message metric = Message().sub(1, label).sub(field, value).varint(6, 1234);
    put_bytes(page, Message().text(1, "m").text(2, "help").varint(3, type).sub(4, metric).text(5, "s").bytes);
  };
  family(0, 3, simple);
  family(1, 2, simple);
  family(2, 4, summary);
  family(3, 5, simple);
  family(4, 7, native);
  family(5, 7, floats);
  return page;
}

// A page is what a repeated field 1 would be without its tags.
std::string tagged(std::string_view page) {
  std::string out;
  isobar::ByteReader in(page);
  while (!in.at_end()) {
    const std::string_view family = in.bytes();
    if (!in.ok()) break;
    put_varint(out, 1 << 3 | 2);
    put_bytes(out, family);
  }
  return out;
}

std::string untagged(std::string_view message) {
  std::string out;
  isobar::ProtoReader in(message);
  while (in.next()) {
    if (in.field() == 1 && in.wire() == isobar::ProtoReader::Wire::kBytes) put_bytes(out, in.bytes());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  return isobar::exposition::fuzz(isobar::exposition::Format::kProtobuf, data, size);
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (seed % 8 == 0 && size > 1) return LLVMFuzzerMutate(data, size, max_size);
  std::string message = tagged(size <= 1 ? seed_page() : std::string_view(reinterpret_cast<const char*>(data), size));
  isobar::ProtobufMutator(seed).mutate(message);
  return isobar::mutated(untagged(message), data, size, max_size);
}
