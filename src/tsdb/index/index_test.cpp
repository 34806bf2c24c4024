// Postings, lists of values, and matching over head and blocks against the plain reading of a matcher.
#include <set>

#include "base/bytes.h"
#include "codec/crc32c.h"
#include "sys/random.h"
#include "tsdb/block_format.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"
#include "tsdb/generation.h"
#include "tsdb/index/postings.h"
#include "tsdb/index/value_list.h"

namespace isobar::tsdb {
namespace {

Postings random_numbers(sys::Random& random, std::size_t n) {
  Postings numbers;
  std::uint32_t at = static_cast<std::uint32_t>(random.below(1000));
  const std::uint64_t width = 1ULL << random.below(18);
  const std::uint64_t runs = random.below(4);
  for (std::size_t i = 0; i < n; ++i) {
    numbers.push_back(at);
    at += 1 + static_cast<std::uint32_t>(random.below(4) < runs ? 0 : random.below(width));
  }
  return numbers;
}

PostingsList list_of(const Postings& numbers) {
  PostingsList list;
  for (const std::uint32_t n : numbers) list.push_back(n);
  return list;
}

Postings all_of(const PostingsView& view) {
  Postings out;
  view.append_to(out);
  return out;
}

TEST(Postings, RoundTripAndIntersectInMemoryAndEncoded) {
  sys::Random random(1);
  for (int round = 0; round < 600; ++round) {
    const Postings numbers = random_numbers(random, 1 + random.below(1ULL << (1 + random.below(11))));
    const PostingsList list = list_of(numbers);
    std::string bytes;
    list.encode(bytes);
    const std::uint32_t limit = numbers.back() + 1;
    Postings candidates = random_numbers(random, random.below(300));
    for (std::size_t i = 0; i < numbers.size(); i += 1 + random.below(50)) candidates.push_back(numbers[i]);
    std::sort(candidates.begin(), candidates.end());
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    Postings both;
    std::set_intersection(candidates.begin(), candidates.end(), numbers.begin(), numbers.end(), std::back_inserter(both));
    const std::string longer = bytes + "behind";
    for (const PostingsView& view : {list.view(), PostingsView::parse(longer, limit), PostingsView::of(numbers)}) {
      ASSERT_EQ(view.size(), numbers.size());
      ASSERT_EQ(all_of(view), numbers) << round;
      Postings found;
      view.intersect(candidates, found);
      ASSERT_EQ(found, both) << round;
    }
    // Numbers from the limit on are not given.
    const std::uint32_t lower = numbers[numbers.size() / 2];
    if (numbers.size() <= lower) {
      Postings below(numbers.begin(), std::lower_bound(numbers.begin(), numbers.end(), lower));
      ASSERT_EQ(all_of(PostingsView::parse(bytes, lower)), below);
    }
  }
}

TEST(Postings, NeighboursTakeNineBytesForAHundredAndTwentyEight) {
  PostingsList list;
  for (std::uint32_t n = 0; n < 128 * 1000; ++n) list.push_back(n);
  std::string bytes;
  list.encode(bytes);
  EXPECT_EQ(bytes.size(), 3 + 1 + 1000 + 999 * 8);  // count; first number; modes; skips
  PostingsList sparse;
  for (std::uint32_t n = 0; n < 128 * 1000; ++n) sparse.push_back(n * 10);
  std::string sparse_bytes;
  sparse.encode(sparse_bytes);
  EXPECT_EQ(sparse_bytes.size(), 3 + 1 + 1000 * (1 + 64) + 999 * 8);  // 127 distances of four bits
  EXPECT_EQ(sizeof(PostingsList), 16U);
  EXPECT_EQ(list_of({1, 2, 3}).heap_bytes(), 0U);
}

TEST(Postings, DamageGivesFewerNumbersInOrder) {
  sys::Random random(2);
  for (int round = 0; round < 3000; ++round) {
    const Postings numbers = random_numbers(random, 4 + random.below(700));
    std::string bytes;
    list_of(numbers).encode(bytes);
    for (std::uint64_t i = 0; i <= random.below(4); ++i) bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    if (random.chance(1, 3)) bytes.resize(random.below(bytes.size()));
    const auto limit = static_cast<std::uint32_t>(1 + random.below(100'000));
    const PostingsView view = PostingsView::parse(bytes, limit);
    const Postings found = all_of(view);
    ASSERT_LE(found.size(), limit);
    ASSERT_TRUE(std::is_sorted(found.begin(), found.end(), std::less_equal<>()) || found.size() < 2);
    ASSERT_TRUE(found.empty() || found.back() < limit);
    const Postings candidates = random_numbers(random, 100);
    Postings both;
    view.intersect(candidates, both);
    ASSERT_TRUE(std::includes(candidates.begin(), candidates.end(), both.begin(), both.end()));
  }
}

TEST(ValueList, FindsWhatBeginsWithAPrefix) {
  sys::Random random(3);
  PairTable pairs;
  ValueList list;
  std::map<std::uint32_t, std::string> values;
  for (int i = 0; i < 3000; ++i) {
    const std::string value = fmt::format("{:x}", random.below(1ULL << (4 * (1 + random.below(4)))));
    std::string pair;
    model::append_canonical(pair, "name", value);
    const std::uint32_t number = pairs.intern(pair);
    if (values.emplace(number, value).second) list.add(number, pairs);
    if (i % 37 != 0) continue;
    for (const char* prefix : {"", "a", "1f", "zz", "abcd"}) {
      std::set<std::uint64_t> found;
      list.with_prefix(prefix, pairs, [&](std::uint64_t p, std::string_view v) {
        EXPECT_EQ(v, values.at(static_cast<std::uint32_t>(p)));
        return found.insert(p).second;
      });
      const auto wanted = std::count_if(values.begin(), values.end(), [&](const auto& v) { return v.second.starts_with(prefix); });
      ASSERT_EQ(found.size(), static_cast<std::size_t>(wanted)) << prefix;
    }
  }
  EXPECT_EQ(list.size(), values.size());
}

// Of thousands of series: some labels with few values, some with many, some absent.
std::set<model::Labels> random_series(sys::Random& random, std::size_t n) {
  std::set<model::Labels> series;
  while (series.size() < n) {
    model::LabelsBuilder builder;
    builder.set("__name__", "metric_" + std::to_string(random.below(5)));
    builder.set("instance", fmt::format("{}-{}:{}", std::array{"api", "app", "db"}[random.below(3)], random.below(700), 9100 + random.below(2)));
    if (random.chance(1, 2)) builder.set("job", std::array{"a", "b", "ab"}[random.below(3)]);
    if (random.chance(1, 50)) builder.set("rare", std::to_string(random.below(3)));
    series.insert(builder.build());
  }
  return series;
}

model::Matcher random_matcher(sys::Random& random) {
  static constexpr const char* kNames[] = {"__name__", "instance", "instance", "job", "rare", "nowhere"};
  static constexpr const char* kValues[] = {"",          "a",         "ab",        "metric_1",        "api-5:9100", ".*",     ".+",           "a.*",     "db-1.*",
                                            "metric_[1-3]", ".*:9100", "app-(1|2|3):910[01]", "a|b", "a|", ".*-5.*", "(?i:API).*", "api-\\d:9100", "metric_.", "1"};
  const auto type = static_cast<model::MatchType>(random.below(4));
  return *model::Matcher::create(type, kNames[random.below(std::size(kNames))], kValues[random.below(std::size(kValues))]);
}

class Bytes final : public sys::MappedFile {
 public:
  explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

std::shared_ptr<Generation> generation_of(const std::vector<model::Labels>& series) {
  auto generation = std::make_shared<Generation>(ingest_log::Position{0}, nullptr);
  model::WriteBatch batch;
  ingest_log::MetricsPayloadEncoder::Selection all;
  for (const model::Labels& labels : series) {
    all.series.push_back(batch.add_series(labels.encoded()));
    all.floats.push_back(static_cast<std::uint32_t>(batch.floats.size()));
    batch.floats.push_back({all.series.back(), 1000, 1, 0});
  }
  std::string payload;
  ingest_log::MetricsPayloadEncoder().encode(batch, all, payload);
  ingest_log::Record record;
  record.header.tenant = "t";
  record.payload = payload;
  EXPECT_TRUE(generation->apply(record));
  return generation;
}

std::string block_of(const std::set<model::Labels>& series) {
  std::string block;
  BlockWriter writer([&block](std::string_view piece) {
    block.append(piece);
    return Result<void>{};
  });
  model::SampleColumns samples;
  samples.push_float(1000, 1);
  for (const char* tenant : {"s", "t"}) {
    for (const model::Labels& labels : series) writer.add_series(tenant, labels, samples);
  }
  EXPECT_TRUE(writer.finish().has_value());
  return block;
}

std::set<std::string> found_in(const auto& store, std::span<const model::Matcher> matchers) {
  std::vector<model::Labels> labels;
  (void)store.select_labels("t", matchers, Timestamp::min(), Timestamp::max(), labels);
  std::set<std::string> found;
  for (const model::Labels& l : labels) EXPECT_TRUE(found.insert(l.to_string()).second);
  return found;
}

std::string described(std::span<const model::Matcher> matchers) {
  std::string text;
  for (const model::Matcher& m : matchers) text += m.to_string() + " ";
  return text;
}

// The same block as version 2 had it: a list for each pair in the tenants section, plain differences.
std::string as_version_2(const std::string& block, const std::set<model::Labels>& series) {
  std::array<std::string, kBlockSections> sections;
  ByteReader footer(std::string_view(block).substr(block.size() - kBlockFooterBytes));
  for (std::string& section : sections) {
    const std::uint64_t offset = footer.u64();
    section = block.substr(offset, footer.u64());
    footer.u32();
  }
  std::map<std::string, std::uint64_t> symbols;
  std::set<std::string> texts;
  std::map<std::pair<std::string, std::string>, Postings> lists;
  std::uint32_t number = 0;
  for (const model::Labels& labels : series) {
    for (const model::LabelView& l : labels) {
      texts.emplace(l.name);
      texts.emplace(l.value);
      lists[{std::string(l.name), std::string(l.value)}].push_back(number);
    }
    ++number;
  }
  for (const std::string& text : texts) symbols.emplace(text, symbols.size());
  std::string& postings = sections[static_cast<std::size_t>(BlockSection::kPostings)];
  std::string& tenants = sections[static_cast<std::size_t>(BlockSection::kTenants)];
  postings.clear();
  tenants.clear();
  put_varint(tenants, 2);
  for (const std::uint64_t tenant : {0U, 1U}) {
    put_bytes(tenants, tenant == 0 ? "s" : "t");
    put_varint(tenants, tenant * number);
    put_varint(tenants, number);
    put_varint(tenants, lists.size());
    for (const auto& [pair, list] : lists) {
      put_varint(tenants, symbols.at(pair.first));
      put_varint(tenants, symbols.at(pair.second));
      put_varint(tenants, list.size());
      put_varint(tenants, postings.size());
      std::uint32_t before = 0;
      for (const std::uint32_t n : list) {
        put_varint(postings, n - before);
        before = n;
      }
    }
  }
  std::string out(kBlockMagic);
  put_u32(out, 2);
  put_u32(out, 0);
  std::string tail;
  for (std::size_t i = 0; i < kBlockSections; ++i) {
    put_u64(tail, out.size());
    put_u64(tail, sections[i].size());
    put_u32(tail, i == 0 ? 0 : codec::crc32c(sections[i]));
    out.append(sections[i]);
  }
  put_u32(tail, kBlockSections);
  put_u32(tail, codec::crc32c(tail));
  return out + tail + std::string(kBlockMagic);
}

TEST(Matching, HeadAndBlocksOfEachVersionAgreeWithThePlainReading) {
  sys::Random random(4);
  for (const std::size_t n : {30U, 3000U}) {
    const std::set<model::Labels> series = random_series(random, n);
    std::vector<model::Labels> shuffled(series.begin(), series.end());
    for (std::size_t i = shuffled.size() - 1; i > 0; --i) std::swap(shuffled[i], shuffled[random.below(i + 1)]);
    const auto head = generation_of(shuffled);
    const std::string bytes = block_of(series);
    const auto block = *BlockReader::open("new", std::make_shared<Bytes>(bytes));
    const auto opened = BlockReader::open("old", std::make_shared<Bytes>(as_version_2(bytes, series)));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    std::size_t matched = 0;
    for (int round = 0; round < 400; ++round) {
      std::vector<model::Matcher> matchers;
      for (std::uint64_t i = 0; i <= random.below(4); ++i) matchers.push_back(random_matcher(random));
      std::set<std::string> wanted;
      for (const model::Labels& labels : series) {
        if (std::all_of(matchers.begin(), matchers.end(), [&](const auto& m) { return m.matches(labels); })) wanted.insert(labels.to_string());
      }
      matched += wanted.empty() ? 0U : 1U;
      ASSERT_EQ(found_in(*head, matchers), wanted) << described(matchers);
      ASSERT_EQ(found_in(*block, matchers), wanted) << described(matchers);
      ASSERT_EQ(found_in(**opened, matchers), wanted) << described(matchers);
    }
    EXPECT_GT(matched, 100U);
  }
}

}  // namespace
}  // namespace isobar::tsdb
