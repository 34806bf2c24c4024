#include "limits/tenant_limits.h"
#include "limits/token_bucket.h"

namespace isobar::limits {
namespace {

TEST(TokenBucket, RefillsUpToItsBurst) {
  TokenBucket bucket(10, 20);
  EXPECT_TRUE(bucket.take(20, {0}));
  EXPECT_FALSE(bucket.take(1, {0}));
  EXPECT_DOUBLE_EQ(bucket.seconds_until(5, {0}), 0.5);
  EXPECT_TRUE(bucket.take(5, {500'000'000}));
  EXPECT_FALSE(bucket.take(1, {500'000'000}));
  // Larger than the burst: passes once the bucket is full, and puts it in debt.
  EXPECT_TRUE(bucket.take(100, {60'000'000'000}));
  EXPECT_FALSE(bucket.take(1, {61'000'000'000}));
}

TEST(LimitsTable, OverridesPerTenant) {
  LimitsTable table(TenantLimits{});
  TenantLimits small;
  small.max_series = 5;
  table.set("a", small);
  EXPECT_EQ(table.of("a").max_series, 5u);
  EXPECT_EQ(table.of("b").max_series, 2'000'000u);
}

}  // namespace
}  // namespace isobar::limits
