#include "codec/number_text.h"

#include <cmath>
#include <limits>

namespace isobar {
namespace {

std::string g(double value) {
  std::string out;
  append_float(out, value);
  return out;
}
std::string json(double value) {
  std::string out;
  append_float_json(out, value);
  return out;
}
std::string openmetrics(double value) {
  std::string out;
  append_float_openmetrics(out, value);
  return out;
}

std::string plain(double value) {
  std::string out;
  append_float_plain(out, value);
  return out;
}

TEST(NumberText, WritesAsGoDoes) {
  EXPECT_EQ(g(0), "0");
  EXPECT_EQ(g(-0.0), "-0");
  EXPECT_EQ(g(0.1), "0.1");
  EXPECT_EQ(g(100000), "100000");
  EXPECT_EQ(g(1000000), "1e+06");
  EXPECT_EQ(g(-123456789), "-1.23456789e+08");
  EXPECT_EQ(g(0.0001), "0.0001");
  EXPECT_EQ(g(0.00001234), "1.234e-05");
  EXPECT_EQ(g(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(g(std::nan("")), "NaN");
  EXPECT_EQ(g(-HUGE_VAL), "-Inf");
  EXPECT_EQ(json(1435781451.781), "1435781451.781");
  EXPECT_EQ(json(1e20), "100000000000000000000");
  EXPECT_EQ(json(1e21), "1e+21");
  EXPECT_EQ(json(0.000001), "0.000001");
  EXPECT_EQ(json(-0.0000001), "-1e-07");
  EXPECT_EQ(openmetrics(1), "1.0");
  EXPECT_EQ(openmetrics(0.25), "0.25");
  EXPECT_EQ(openmetrics(1e6), "1e+06");
  EXPECT_EQ(openmetrics(HUGE_VAL), "+Inf");
  EXPECT_EQ(plain(5), "5");
  EXPECT_EQ(plain(-0.0000001), "-0.0000001");
  EXPECT_EQ(plain(1e23), "100000000000000000000000");
  EXPECT_EQ(plain(-HUGE_VAL), "-Inf");
}

TEST(NumberText, ReadsWhatGoReads) {
  EXPECT_EQ(parse_float("1"), 1.0);
  EXPECT_EQ(parse_float("+1.5e3"), 1500.0);
  EXPECT_EQ(parse_float("-.5"), -0.5);
  EXPECT_EQ(parse_float("5."), 5.0);
  EXPECT_EQ(parse_float("+Inf"), INFINITY);
  EXPECT_EQ(parse_float("-inf"), -INFINITY);
  EXPECT_TRUE(std::isnan(*parse_float("NaN")));
  EXPECT_EQ(parse_float("1e-999"), 0.0);
  for (const char* bad : {"", "+", "-", "1 ", " 1", "0x1p-2", "1_0", "1e999", "-2e400", "+-1", "++1", "1,5", "e5"}) {
    EXPECT_FALSE(parse_float(bad)) << bad;
  }
}

TEST(NumberText, RoundTrips) {
  std::uint64_t state = 42;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const double value = std::bit_cast<double>(state);
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(parse_float(g(value)), value);
    ASSERT_EQ(parse_float(json(value)), value);
  }
}

}  // namespace
}  // namespace isobar
