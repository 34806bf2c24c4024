#include "ingest_log/object/object_chain.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace isobar::ingest_log {
namespace {

constexpr int kMaxRaces = 20;
constexpr std::string_view kSegment = ".segment";
constexpr std::string_view kPack = ".pack";

struct Listed {
  std::uint64_t epoch = 0;
  ChainSegment segment;
  bool seal = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Nothing if it is no key of a log.
std::optional<Listed> parse(const std::string& prefix, const object_store::ObjectInfo& object) {
  std::string_view rest(object.key);
  rest.remove_prefix(prefix.size() + 1);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || object.size < kSegmentHeaderBytes) return std::nullopt;
  std::string_view name = rest.substr(slash + 1);
  Listed one;
  one.segment.packed = name.ends_with(kPack);
  if (!one.segment.packed && !name.ends_with(kSegment)) return std::nullopt;
  name.remove_suffix(one.segment.packed ? kPack.size() : kSegment.size());
  const auto epoch = number(rest.substr(0, slash));
  const auto base = number(name.substr(0, name.find('-')));
  if (!epoch || !base) return std::nullopt;
  one.epoch = *epoch;
  one.segment.base = {*base};
  one.segment.end = {*base + (object.size - kSegmentHeaderBytes)};
  one.segment.key = object.key;
  one.seal = object.size == kSegmentHeaderBytes;
  return one;
}

// Joins them to one range that ends with the last. Packs of several owners may overlap; where they do they are alike. A gap means that what lies before it was forgotten, or lost: whoever
// needs it finds it missing.
Result<void> join(std::vector<Listed> listed, Chain& chain) {
  std::stable_sort(listed.begin(), listed.end(), [](const Listed& a, const Listed& b) {
    return a.segment.base != b.segment.base ? a.segment.base < b.segment.base : a.segment.end > b.segment.end;
  });
  for (Listed& one : listed) {
    if (one.seal) {
      chain.end = std::max(chain.end, one.segment.base);
      continue;
    }
    auto& segments = chain.segments;
    const Position end = segments.empty() ? one.segment.base : segments.back().end;
    if (one.segment.end <= end && !segments.empty()) {
      chain.stray.push_back(std::move(one.segment.key));
      continue;
    }
    if (one.segment.base > end) {
      for (ChainSegment& before : segments) chain.stray.push_back(std::move(before.key));
      segments.clear();
    }
    chain.end = std::max(chain.end, one.segment.end);
    segments.push_back(std::move(one.segment));
  }
  if (!chain.segments.empty() && chain.segments.back().end != chain.end) {
    return fail(Code::kCorrupt, fmt::format("the ingest log ends at position {}, but its last object ends at {}: {}", chain.end.value,
                                            chain.segments.back().end.value, chain.segments.back().key));
  }
  return {};
}

Result<std::uint64_t> identity_of(object_store::ObjectStore& store, const std::string& key) {
  TRY(const std::string head, store.get_range(key, 0, kSegmentHeaderBytes));
  const auto header = decode_segment_header(head);
  if (!header) return fail(Error(header.error()).with_context(key));
  return header->topic_identity;
}

// The epoch to be closed: the newest one, or the one after it if that is closed.
std::uint64_t open_epoch(const std::vector<Listed>& listed) {
  std::uint64_t newest = 0;
  for (const Listed& one : listed) newest = std::max(newest, one.epoch);
  const bool closed = std::any_of(listed.begin(), listed.end(), [&](const Listed& one) { return one.epoch == newest && one.seal; });
  return closed ? newest + 1 : newest;
}

}  // namespace

std::string segment_key(const std::string& prefix, std::uint64_t epoch, Position base) {
  return fmt::format("{}/{:010}/{:020}{}", prefix, epoch, base.value, kSegment);
}

std::string pack_key(const std::string& prefix, std::uint64_t epoch, Position base, Position end) {
  return fmt::format("{}/{:010}/{:020}-{:020}{}", prefix, epoch, base.value, end.value, kPack);
}

namespace {

Result<std::vector<Listed>> list_chain(object_store::ObjectStore& store, const std::string& prefix) {
  TRY(const auto objects, store.list(prefix + "/"));
  std::vector<Listed> listed;
  for (const auto& object : objects) {
    if (auto one = parse(prefix, object)) listed.push_back(*std::move(one));
  }
  return listed;
}

}  // namespace

Result<Chain> take_over(object_store::ObjectStore& store, const std::string& prefix, std::uint64_t writer,
                        std::uint64_t new_topic_identity) {
  for (int race = 0; race < kMaxRaces; ++race) {
    TRY(std::vector<Listed> listed, list_chain(store, prefix));
    Chain chain;
    chain.topic_identity = new_topic_identity;
    if (!listed.empty()) {
      const auto identity = identity_of(store, listed.back().segment.key);
      if (!identity && identity.error().code == Code::kNotFound) continue;  // forgotten meanwhile
      if (!identity) return fail(identity.error());
      chain.topic_identity = *identity;
    }
    const std::uint64_t closing = open_epoch(listed);
    TRYV(join(std::move(listed), chain));
    SegmentHeader seal{chain.topic_identity, chain.end};
    seal.epoch = closing;
    seal.writer = writer;
    const auto put = store.put(segment_key(prefix, closing, chain.end), encode_segment_header(seal), object_store::PutCondition::if_absent());
    // Else its owner got another object in, or somebody else takes over as well.
    if (!put && put.error().code == Code::kConflict) continue;
    if (!put) return fail(put.error());
    // Again, now that its owner cannot write: it may have packed objects since the list, and be about to remove them.
    Chain closed{chain.topic_identity, closing + 1, {}, {}, {}};
    TRY(listed, list_chain(store, prefix));
    TRYV(join(std::move(listed), closed));
    return closed;
  }
  return fail(Code::kUnavailable, "other processes take the ingest log over again and again: " + prefix);
}

}  // namespace isobar::ingest_log
