#include "ingest/protocols/symbol_labels.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "model/labels.h"
#include "sys/random.h"

namespace isobar::ingest {
namespace {

// Symbols as they lie in a body: each behind its length, with room at the end.
class Symbols {
 public:
  explicit Symbols(const std::vector<std::string>& texts) {
    std::vector<std::size_t> begins;
    for (const std::string& text : texts) {
      begins.push_back(body_.size());
      put_bytes(body_, text);
    }
    body_.append(kCopyRoom + kLongestPlain, '\0');
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool plain = !texts[i].empty() && texts[i].size() <= kLongestPlain;
      fields_.push_back(plain ? plain_text(body_.data() + begins[i]) : PlainText{});
    }
  }
  std::span<const PlainText> fields() const { return fields_; }

 private:
  std::string body_;
  std::vector<PlainText> fields_;
};

using Set = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::string packed(const Set& set) {
  std::string out;
  for (const auto& [name, value] : set) {
    put_varint(out, name);
    put_varint(out, value);
  }
  return out;
}

std::string canonical(const Set& set, const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& [name, value] : set) model::append_canonical(out, texts[name], texts[value]);
  return out;
}

bool sorted(const Set& set, const std::vector<std::string>& texts) {
  for (std::size_t i = 1; i < set.size(); ++i) {
    if (texts[set[i - 1].first] >= texts[set[i].first]) return false;
  }
  return true;
}

// One decoder's use of SymbolLabels.
class Written {
 public:
  explicit Written(std::span<const PlainText> symbols) { labels.begin(symbols); }
  std::optional<std::string> add(const Set& set) {
    packed_.push_back(std::make_unique<std::string>(packed(set)));
    std::string bytes(packed_.back()->size() * (kLongestPlain + 1) + kCopyRoom, '?');
    const char* end = labels.add(*packed_.back(), before_.data(), bytes.data());
    if (end == nullptr) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(end - bytes.data()));
    before_ = bytes;
    return bytes;
  }
  SymbolLabels labels;

 private:
  std::vector<std::unique_ptr<std::string>> packed_;  // the last one is compared with the next
  std::string before_;
};

TEST(SymbolLabels, CopiesWhatTheSetBeforeHasAlready) {
  const std::vector<std::string> texts{"",   "__name__", "cpu",  "instance", "job",  "m1",
                                       "m2", "0",        "host", "node",     "zone", "eu"};
  const Symbols symbols(texts);
  Written written(symbols.fields());
  std::string before;
  for (const Set& set : {Set{{1, 5}, {3, 8}, {4, 9}}, Set{{1, 6}, {3, 8}, {4, 9}},
                         Set{{1, 6}, {2, 7}, {3, 8}, {4, 9}}, Set{{1, 6}, {2, 7}, {4, 9}},
                         Set{{1, 6}, {2, 7}, {4, 9}, {10, 11}}, Set{{1, 6}}, Set{{1, 6}, {3, 8}}}) {
    const std::string bytes = canonical(set, texts);
    EXPECT_EQ(written.add(set), bytes);
    const auto outline = written.labels.outline();
    EXPECT_EQ(bytes.substr(0, outline.head), before.substr(0, outline.head));
    EXPECT_EQ(bytes.substr(bytes.size() - outline.tail), before.substr(before.size() - outline.tail));
    EXPECT_EQ(outline.head + outline.tail == 0, before.empty());
    before = bytes;
    EXPECT_EQ(outline.labels, set.size());
    EXPECT_EQ(written.labels.metric(), texts[set[0].second]);
    const model::Labels labels = *model::Labels::parse_canonical(canonical(set, texts));
    EXPECT_EQ(outline.job, labels.get("job"));
    EXPECT_EQ(outline.instance, labels.get("instance"));
  }
}

TEST(SymbolLabels, WhatIsNotInOrderOrNotPlainIsLeftToTheLongWay) {
  const std::vector<std::string> texts{"", "a", "b", "c", "v", std::string(128, 'x')};
  const Symbols symbols(texts);
  Written written(symbols.fields());
  EXPECT_EQ(written.add({{2, 4}, {1, 4}}), std::nullopt);
  EXPECT_EQ(written.add({{1, 4}, {1, 4}}), std::nullopt) << "twice";
  EXPECT_EQ(written.add({{1, 5}}), std::nullopt) << "too long";
  EXPECT_EQ(written.add({{1, 0}}), std::nullopt) << "empty";
  EXPECT_EQ(written.add({{1, 9}}), std::nullopt) << "no such symbol";
  const Set good{{1, 4}, {3, 4}};
  EXPECT_EQ(written.add(good), canonical(good, texts));
  EXPECT_EQ(written.add({{1, 4}, {3, 4}, {2, 4}}), std::nullopt) << "the end of a set that was in order";
  EXPECT_EQ(written.add(good), canonical(good, texts)) << "after a refusal";
  std::string half = packed(good) + '\1';
  std::string to(half.size() * 128 + kCopyRoom, '?');
  EXPECT_EQ(written.labels.add(half, to.data(), to.data()), nullptr) << "a name without value";
}

// References of one, two and three bytes whose ends look alike are told apart.
TEST(SymbolLabels, EqualsANaiveEncoderForRandomSeries) {
  std::vector<std::string> texts{""};
  for (int i = 1; i < 17'000; ++i) texts.push_back("s" + std::to_string(i * 7919 % 17'011));
  const Symbols symbols(texts);
  Written written(symbols.fields());
  sys::Random random(20);
  Set set;
  int in_order = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto any = [&] {
      return static_cast<std::uint32_t>(1 + random.below(random.chance(1, 2) ? 150 : texts.size() - 1));
    };
    const std::size_t at = random.below(set.size() + 1);
    const auto place = set.begin() + static_cast<std::ptrdiff_t>(at);
    if (set.size() < 12 && random.chance(1, 2)) {
      set.insert(place, {any(), any()});
    } else if (at < set.size() && random.chance(1, 2)) {
      set.erase(place);
    } else if (at < set.size()) {
      (random.chance(1, 2) ? set[at].first : set[at].second) = any();
    }
    if (random.chance(3, 4))
      std::sort(set.begin(), set.end(),
                [&](const auto& a, const auto& b) { return texts[a.first] < texts[b.first]; });
    const bool good = sorted(set, texts);
    in_order += good ? 1 : 0;
    ASSERT_EQ(written.add(set), good ? std::optional(canonical(set, texts)) : std::nullopt) << round;
  }
  EXPECT_GT(in_order, 10'000);
}

}  // namespace
}  // namespace isobar::ingest
