#include "query/flights.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace isobar::query {
namespace {

using Numbers = Flights<int>;

Numbers::Outcome number(int n) { return std::make_shared<const int>(n); }

// A first caller that computes until it is told to end with `outcome`.
class First {
 public:
  First(Numbers& flights, Numbers::Outcome outcome)
      : thread_([this, &flights, outcome] {
          result = flights.answer("q", own_, [&] {
            computing_.count_down();
            end_.wait();
            return outcome;
          });
        }) {
    computing_.wait();
  }
  void finish() {
    end_.count_down();
    thread_.join();
  }
  Numbers::Outcome result = number(0);

 private:
  Cancellation own_;
  std::latch computing_{1};
  std::latch end_{1};
  std::thread thread_;
};

TEST(Flights, TheSecondGetsWhatTheFirstFound) {
  Numbers flights;
  First first(flights, number(7));
  Numbers::Outcome second = number(0);
  Cancellation own;
  std::thread other([&] { second = flights.answer("q", own, [] { return number(8); }); });
  EXPECT_EQ(**flights.answer("another", own, [] { return number(9); }), 9);
  first.finish();
  other.join();
  // The second may have come after the first was through; then it computed.
  EXPECT_EQ(**second, flights.shared() == 1 ? 7 : 8);
  EXPECT_EQ(**first.result, 7);
}

TEST(Flights, ErrorsOfTheQuestionAreSharedAndThoseOfACallerAreNot) {
  for (const Code code : {Code::kUnprocessable, Code::kCancelled}) {
    Numbers flights;
    First first(flights, fail(code, "it failed"));
    Numbers::Outcome second = number(0);
    Cancellation own;
    std::thread other([&] { second = flights.answer("q", own, [] { return number(8); }); });
    first.finish();
    other.join();
    ASSERT_FALSE(first.result);
    if (flights.shared() == 0) {
      EXPECT_EQ(**second, 8);
    } else {
      EXPECT_EQ(code, Code::kUnprocessable);
      EXPECT_EQ(second.error().message, "it failed");
    }
  }
}

TEST(Flights, AWaitingQuestionCanBeCancelled) {
  Numbers flights;
  First first(flights, number(7));
  Cancellation own;
  own.cancel(Cancellation::Reason::kClientGone);
  const Numbers::Outcome second = flights.answer("q", own, [] { return number(8); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kCancelled);
  first.finish();
}

}  // namespace
}  // namespace isobar::query
