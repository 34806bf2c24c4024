#include "api/prometheus/remote_read_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "codec/protobuf.h"

namespace isobar::api {
namespace {

Error damaged(std::string_view what) {
  return {Code::kInvalid, fmt::format("remote read request is no valid prometheus.ReadRequest: {}", what)};
}

Result<model::Matcher> parse_matcher(std::string_view message) {
  std::int32_t type = 0;
  std::string_view name;
  std::string_view value;
  ProtoReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case 1: type = reader.int32(); break;
      case 2: name = reader.bytes(); break;
      case 3: value = reader.bytes(); break;
      default: break;
    }
  }
  if (reader.failed()) return fail(damaged("a matcher is damaged"));
  if (type < 0 || type > 3) {
    return fail(Code::kInvalid, fmt::format("invalid matcher type, 0 to 3 are known (=, !=, =~, !~): {}", type));
  }
  constexpr model::MatchType kTypes[] = {model::MatchType::kEqual, model::MatchType::kNotEqual, model::MatchType::kRegex,
                                         model::MatchType::kNotRegex};
  return model::Matcher::create(kTypes[type], std::string(name), std::string(value));
}

// The same field again overwrites, as protobuf has it of messages that come in parts.
bool parse_hints(std::string_view message, ReadHints& hints) {
  ProtoReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case 1: hints.step_ms = reader.int64(); break;
      case 2: hints.function = reader.bytes(); break;
      case 3: hints.start_ms = reader.int64(); break;
      case 4: hints.end_ms = reader.int64(); break;
      case 5: hints.grouping.emplace_back(reader.bytes()); break;
      case 6: hints.by = reader.varint() != 0; break;
      case 7: hints.range_ms = reader.int64(); break;
      default: break;
    }
  }
  return !reader.failed();
}

Result<ReadQuery> parse_query(std::string_view message, std::size_t& matchers) {
  ReadQuery query;
  ProtoReader reader(message);
  while (reader.next()) {
    switch (reader.field()) {
      case 1: query.start_ms = reader.int64(); break;
      case 2: query.end_ms = reader.int64(); break;
      case 3: {
        const std::string_view bytes = reader.bytes();
        if (reader.failed()) break;
        if (++matchers > kMaxReadMatchers) {
          return fail(Code::kInvalid, fmt::format("too many matchers in one remote read request, at most: {}", kMaxReadMatchers));
        }
        TRY(model::Matcher matcher, parse_matcher(bytes));
        query.matchers.push_back(std::move(matcher));
        break;
      }
      case 4:
        query.has_hints = true;
        if (!parse_hints(reader.bytes(), query.hints)) return fail(damaged("hints are damaged"));
        break;
      default: break;
    }
  }
  if (reader.failed()) return fail(damaged("a query is damaged"));
  return query;
}

// Repeated numbers come packed or one by one.
bool take_accepted(ProtoReader& reader, std::vector<std::int32_t>& accepted) {
  if (reader.wire() != ProtoReader::Wire::kBytes) {
    accepted.push_back(reader.int32());
    return !reader.failed();
  }
  ByteReader packed(reader.bytes());
  while (packed.ok() && !packed.at_end()) accepted.push_back(static_cast<std::int32_t>(packed.varint()));
  return packed.ok();
}

}  // namespace

Result<ReadRequest> parse_read_request(std::string_view body) {
  ReadRequest request;
  std::size_t matchers = 0;
  ProtoReader reader(body);
  while (reader.next()) {
    if (reader.field() == 1) {
      const std::string_view bytes = reader.bytes();
      if (reader.failed()) break;
      if (request.queries.size() == kMaxReadQueries) {
        return fail(Code::kInvalid, fmt::format("too many queries in one remote read request, at most: {}", kMaxReadQueries));
      }
      TRY(ReadQuery query, parse_query(bytes, matchers));
      request.queries.push_back(std::move(query));
    } else if (reader.field() == 2) {
      if (!take_accepted(reader, request.accepted)) return fail(damaged("the accepted response types are damaged"));
    }
  }
  if (reader.failed()) return fail(damaged("it ends early or has fields of another type"));
  return request;
}

Result<ReadResponseType> negotiate_read_response(const std::vector<std::int32_t>& accepted) {
  if (accepted.empty()) return ReadResponseType::kSamples;
  for (const std::int32_t type : accepted) {
    if (type == 0 || type == 1) return static_cast<ReadResponseType>(type);
  }
  const std::vector<std::int32_t> shown(accepted.begin(), accepted.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(accepted.size(), 10)));
  return fail(Code::kInvalid, fmt::format("server does not support any of the requested response types: {}; supported: 0 "
                                          "(SAMPLES), 1 (STREAMED_XOR_CHUNKS)",
                                          fmt::join(shown, ", ")));
}

}  // namespace isobar::api
