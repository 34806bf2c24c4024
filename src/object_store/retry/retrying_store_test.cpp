#include "object_store/retry/retrying_store.h"

#include "sim/sim_bucket.h"

namespace isobar::object_store {
namespace {

class RetryingStoreTest : public testing::Test {
 protected:
  std::unique_ptr<RetryingStore> with(RetryOptions options) {
    options.pause = [this](Duration pause) {
      pauses_.push_back(pause.ms);
      clock_.advance(pause);
    };
    return std::make_unique<RetryingStore>(*door_, clock_, options);
  }

  sim::SimBucket bucket_{9};
  sim::SimClock clock_{{1'700'000'000'000}};
  std::unique_ptr<ObjectStore> door_ = bucket_.door();
  std::vector<std::int64_t> pauses_;
};

TEST_F(RetryingStoreTest, TriesAgainWithGrowingPauses) {
  const auto store = with({.first_pause = Duration::millis(100), .longest_pause = Duration::seconds(1), .give_up = Duration::seconds(60)});
  bucket_.set_away(true);
  EXPECT_EQ(store->get("k").error().code, Code::kUnavailable);
  ASSERT_EQ(pauses_.size(), 20u);  // the burst
  for (std::size_t i = 0; i < pauses_.size(); ++i) EXPECT_LE(pauses_[i], std::min<std::int64_t>(1000, 100LL << i));
  // Nothing is left until something succeeds.
  pauses_.clear();
  EXPECT_FALSE(store->get("k"));
  EXPECT_TRUE(pauses_.empty());
  bucket_.set_away(false);
  for (int i = 0; i < 11; ++i) ASSERT_TRUE(store->put("k", "v"));
  bucket_.set_away(true);
  EXPECT_FALSE(store->get("k"));
  EXPECT_EQ(pauses_.size(), 2u);  // a fifth of what succeeded
}

TEST_F(RetryingStoreTest, GivesUpInTime) {
  const auto store = with({.give_up = Duration::seconds(3), .burst = 1000});
  bucket_.set_away(true);
  EXPECT_FALSE(store->list(""));
  std::int64_t all = 0;
  for (const std::int64_t pause : pauses_) all += pause;
  EXPECT_LT(all, 3000);
}

TEST_F(RetryingStoreTest, DoesNotRepeatWhatWillNotHelp) {
  const auto store = with({});
  EXPECT_EQ(store->get("none").error().code, Code::kNotFound);
  ASSERT_TRUE(store->put("k", "v"));
  EXPECT_EQ(store->put("k", "w", PutCondition::if_absent()).error().code, Code::kConflict);
  EXPECT_TRUE(pauses_.empty());
}

TEST_F(RetryingStoreTest, SettlesAPutWhoseAnswerWasLost) {
  const auto store = with({});
  bucket_.fail_after(0, true);
  const auto put = store->put("k", "mine", PutCondition::if_absent());
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(*put, store->get("k")->etag);
  bucket_.fail_after(0, true);
  EXPECT_TRUE(store->put("k", "mine too", PutCondition::if_match(*put)));
  // Somebody else's is no success.
  bucket_.fail_after(0, false);
  EXPECT_EQ(store->put("k", "other", PutCondition::if_absent()).error().code, Code::kConflict);
  EXPECT_EQ(store->get("k")->bytes, "mine too");
}

}  // namespace
}  // namespace isobar::object_store
