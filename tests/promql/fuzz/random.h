// The random numbers of a seed (splitmix64, Steele, Lea and Flood 2014): the same on every machine. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string_view>

namespace isobar::promqltest {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {
    // Streams of neighbouring seeds would else be one stream, shifted.
    state_ = next() ^ (seed << 32);
  }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // In [0, n); n above 0.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool percent(unsigned chance) { return below(100) < chance; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  std::string_view any(std::initializer_list<std::string_view> values) {
    return std::data(values)[below(values.size())];
  }
  template <class T>
  T any_number(std::initializer_list<T> values) {
    return std::data(values)[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace isobar::promqltest
