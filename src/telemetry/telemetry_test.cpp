#include "telemetry/log.h"
#include "telemetry/memory_budget.h"
#include "telemetry/metrics.h"

namespace isobar::telemetry {
namespace {

TEST(Log, QuotesWhatLogfmtCannotCarryBare) {
  EXPECT_EQ(format_log_line(LogLevel::kWarn, "two words", {{"a", "x=y"}, {"b", "plain"}, {"c", "line\nbreak"}}),
            R"(level=warn msg="two words" a="x=y" b=plain c="line\nbreak")");
}

TEST(MemoryBudget, ChildrenCountInTheirParent) {
  MemoryBudget process("queries", 100, "--query.memory-total");
  MemoryBudget query("query", 80, "--query.memory", &process);
  Reservation held(query);
  EXPECT_TRUE(held.try_grow(80));
  EXPECT_EQ(process.used_bytes(), 80u);
  EXPECT_FALSE(held.try_grow(1));
  MemoryBudget other("query", 80, "--query.memory", &process);
  const Result<void> refused = other.reserve(30, Code::kUnprocessable);
  ASSERT_FALSE(refused);
  // The other query has room of its own; all queries together have not.
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_NE(refused.error().message.find("\"queries\""), std::string::npos);
  EXPECT_EQ(other.used_bytes(), 0u);
  EXPECT_EQ(other.reserve(90, Code::kUnprocessable).error().code, Code::kUnprocessable);
  held.clear();
  EXPECT_EQ(process.used_bytes(), 0u);
  EXPECT_EQ(process.peak_bytes(), 80u);
}

TEST(Registry, SameNameAndLabelsIsTheSameCounter) {
  Registry registry;
  registry.counter("isobar_x_total", "Help.", {{"a", "1"}}).add(2);
  registry.counter("isobar_x_total", "Help.", {{"a", "1"}}).add(3);
  registry.histogram("isobar_d_seconds", "Help.").observe(0.003);
  const auto families = registry.snapshot();
  ASSERT_EQ(families.size(), 2u);
  EXPECT_EQ(families[1].samples.at(0).value, 5);
  // Buckets are cumulative: 0.003 is above 0.0025 and below 0.005.
  EXPECT_EQ(families[0].samples.at(1).value, 0);
  EXPECT_EQ(families[0].samples.at(2).value, 1);
  EXPECT_EQ(families[0].samples.back().value, 1);
}

}  // namespace
}  // namespace isobar::telemetry
