// For the fuzz targets: changes a protobuf message as a tree, so that the lengths around a change stay right. Bytes that
// read as a message are taken for one. Only for libFuzzer's LLVMFuzzerCustomMutator.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace isobar {

// libFuzzer's own changes, which know its dictionaries; may grow by 64 bytes.
inline void mutate_bytes(std::string& bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(size + 64);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
}

class ProtobufMutator {
 public:
  explicit ProtobufMutator(unsigned seed) : random_(seed) {}

  void mutate(std::string& message, int depth = 0) {
    std::vector<Field> fields;
    if (!parse(message, fields) || fields.empty()) return mutate_bytes(message);
    Field& field = fields[below(fields.size())];
    switch (below(depth == 0 ? 16 : 12)) {
      case 0: {
        const Field copy = field;
        fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(below(fields.size() + 1)), copy);
        break;
      }
      case 1: fields.erase(fields.begin() + (&field - fields.data())); break;
      case 2: std::swap(field, fields[below(fields.size())]); break;
      case 3: {
        Field fresh;
        fresh.number = 1 + below(18);
        fresh.wire = kWires[below(4)];
        fresh.value = number();
        fields.push_back(std::move(fresh));
        break;
      }
      default: change(field, depth);
    }
    message = write(fields);
  }

 private:
  struct Field {
    std::uint64_t number = 0;
    unsigned wire = 0;
    std::uint64_t value = 0;
    std::string bytes;
  };
  static constexpr unsigned kWires[] = {0, 1, 2, 5};

  static bool parse(std::string_view message, std::vector<Field>& fields) {
    ByteReader in(message);
    while (!in.at_end()) {
      Field field;
      const std::uint64_t tag = in.varint();
      field.number = tag >> 3;
      field.wire = static_cast<unsigned>(tag & 7);
      switch (field.wire) {
        case 0: field.value = in.varint(); break;
        case 1: field.value = in.u64(); break;
        case 2: field.bytes = in.bytes(); break;
        case 5: field.value = in.u32(); break;
        default: return false;
      }
      if (!in.ok() || field.number == 0 || field.number > 32) return false;
      fields.push_back(std::move(field));
    }
    return true;
  }

  static std::string write(const std::vector<Field>& fields) {
    std::string out;
    for (const Field& field : fields) {
      put_varint(out, field.number << 3 | field.wire);
      switch (field.wire) {
        case 0: put_varint(out, field.value); break;
        case 1: put_u64(out, field.value); break;
        case 2: put_bytes(out, field.bytes); break;
        default: put_u32(out, static_cast<std::uint32_t>(field.value));
      }
    }
    return out;
  }

  void change(Field& field, int depth) {
    if (field.wire != 2) {
      field.value = below(2) == 0 ? number() : field.value + below(5) - 2;
    } else if (depth < 6 && below(8) != 0) {
      mutate(field.bytes, depth + 1);
    } else {
      mutate_bytes(field.bytes);
    }
  }

  // Small numbers, edges of the integer widths, and doubles that stand out.
  std::uint64_t number() {
    switch (below(4)) {
      case 0: return below(8);
      case 1: return (std::uint64_t{1} << below(64)) - below(2);
      case 2: {
        constexpr double kDoubles[] = {0, 1, -1, 0.5, 1e300, 0x1p53, 0x1p63, __builtin_inf(), -__builtin_inf(), __builtin_nan("")};
        return std::bit_cast<std::uint64_t>(kDoubles[below(std::size(kDoubles))]);
      }
      default: return (std::uint64_t{random_()} << 32) | random_();
    }
  }
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::minstd_rand random_;
};

// What a custom mutator gives back: `bytes` in `data`, or nothing new when they do not fit.
inline std::size_t mutated(const std::string& bytes, std::uint8_t* data, std::size_t size, std::size_t max_size) {
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace isobar
