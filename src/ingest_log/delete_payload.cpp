#include "ingest_log/delete_payload.h"

#include "base/bytes.h"

namespace isobar::ingest_log {
namespace {

constexpr std::uint8_t kLastType = static_cast<std::uint8_t>(model::MatchType::kNotRegex);

tl::unexpected<Error> damaged() { return fail(Code::kCorrupt, "delete record is damaged"); }

}  // namespace

void encode_delete_payload(std::string& out, const model::SeriesDeletion& deletion) {
  put_zigzag(out, deletion.min.ms);
  put_zigzag(out, deletion.max.ms);
  put_varint(out, deletion.selectors.size());
  for (const std::vector<model::Matcher>& selector : deletion.selectors) {
    put_varint(out, selector.size());
    for (const model::Matcher& matcher : selector) {
      put_u8(out, static_cast<std::uint8_t>(matcher.type()));
      put_bytes(out, matcher.name());
      put_bytes(out, matcher.value());
    }
  }
}

Result<model::SeriesDeletion> decode_delete_payload(std::string_view tenant, std::string_view payload) {
  // Before anything is made of it: expressions are compiled.
  if (payload.size() > 2 * model::SeriesDeletion::kMaxTextBytes + 64 * model::SeriesDeletion::kMaxSelectors * model::SeriesDeletion::kMaxMatchers) {
    return damaged();
  }
  ByteReader in(payload);
  model::SeriesDeletion deletion;
  deletion.tenant = tenant;
  deletion.min.ms = in.zigzag_varint();
  deletion.max.ms = in.zigzag_varint();
  const std::size_t selectors = in.count(1);
  if (selectors > model::SeriesDeletion::kMaxSelectors) return damaged();
  for (std::size_t i = 0; i < selectors; ++i) {
    const std::size_t matchers = in.count(3);
    if (matchers > model::SeriesDeletion::kMaxMatchers) return damaged();
    std::vector<model::Matcher>& selector = deletion.selectors.emplace_back();
    for (std::size_t j = 0; j < matchers; ++j) {
      const std::uint8_t type = in.u8();
      std::string name(in.bytes());
      std::string value(in.bytes());
      if (!in.ok() || type > kLastType) return damaged();
      auto matcher = model::Matcher::create(static_cast<model::MatchType>(type), std::move(name), std::move(value));
      if (!matcher) return fail(Code::kCorrupt, "delete record is damaged: " + matcher.error().message);
      selector.push_back(*std::move(matcher));
    }
  }
  if (!in.ok() || !in.at_end()) return damaged();
  if (const Result<void> fits = deletion.check(); !fits) return fail(Code::kCorrupt, "delete record is damaged: " + fits.error().message);
  return deletion;
}

}  // namespace isobar::ingest_log
