// Interned name=value pairs of label sets. Used by the head and the block writer. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/arena.h"
#include "base/hash.h"

namespace isobar::tsdb {

struct ViewHasher {
  using is_avalanching = void;
  std::size_t operator()(std::string_view bytes) const noexcept { return hash64(bytes); }
};

// name=value pairs, each stored once and known by a number.
class PairTable {
 public:
  std::uint32_t intern(std::string_view canonical_pair);
  std::string_view canonical(std::uint32_t pair) const { return pairs_[pair]; }
  // The number, or nothing if no series carries the pair.
  std::optional<std::uint32_t> find(std::string_view name, std::string_view value) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(pairs_.size()); }
  std::size_t bytes() const { return arena_.reserved_bytes() + pairs_.capacity() * 16 + numbers_.size() * 32; }

 private:
  Arena arena_;
  std::vector<std::string_view> pairs_;
  boost::unordered_flat_map<std::string_view, std::uint32_t, ViewHasher> numbers_;
};

}  // namespace isobar::tsdb
