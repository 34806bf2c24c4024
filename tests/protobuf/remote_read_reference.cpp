#include "protobuf/remote_read_reference.h"

#include <fmt/format.h>

#include "api/prometheus/remote_read_request.h"
#include "protobuf/long_varint.h"
#include "protobuf/remote_read.pb.h"

namespace isobar::protobuf {
namespace {

std::string text_of(const api::ReadRequest& request) {
  std::string out;
  for (const api::ReadQuery& q : request.queries) {
    out += fmt::format("query {} {}\n", q.start_ms, q.end_ms);
    for (const model::Matcher& m : q.matchers) {
      out += fmt::format("matcher {} {}:{} {}:{}\n", static_cast<int>(m.type()), m.name().size(), m.name(), m.value().size(), m.value());
    }
    if (!q.has_hints) continue;
    const api::ReadHints& h = q.hints;
    out += fmt::format("hints {} {}:{} {} {} {} {}", h.step_ms, h.function.size(), h.function, h.start_ms, h.end_ms, h.by, h.range_ms);
    for (const std::string& label : h.grouping) out += fmt::format(" {}:{}", label.size(), label);
    out += "\n";
  }
  for (const std::int32_t type : request.accepted) out += fmt::format("accepted {}\n", type);
  return out;
}

std::string text_of(const read::ReadRequest& request) {
  std::string out;
  for (const read::Query& q : request.queries()) {
    out += fmt::format("query {} {}\n", q.start_timestamp_ms(), q.end_timestamp_ms());
    for (const read::LabelMatcher& m : q.matchers()) {
      out += fmt::format("matcher {} {}:{} {}:{}\n", m.type(), m.name().size(), m.name(), m.value().size(), m.value());
    }
    if (!q.has_hints()) continue;
    const read::ReadHints& h = q.hints();
    out += fmt::format("hints {} {}:{} {} {} {} {}", h.step_ms(), h.func().size(), h.func(), h.start_ms(), h.end_ms(), h.by(), h.range_ms());
    for (const std::string& label : h.grouping()) out += fmt::format(" {}:{}", label.size(), label);
    out += "\n";
  }
  for (const std::int32_t type : request.accepted_response_types()) out += fmt::format("accepted {}\n", type);
  return out;
}

}  // namespace

ReadRequestComparison compare_read_request(std::string_view body) {
  ReadRequestComparison result;
  const Result<api::ReadRequest> ours = api::parse_read_request(body);
  read::ReadRequest theirs;
  result.ours_accepts = ours.has_value();
  result.reference_accepts = theirs.ParseFromArray(body.data(), static_cast<int>(body.size()));
  if (!result.ours_accepts) return result;
  if (!result.reference_accepts) {
    if (!may_hold_long_varint(body)) result.difference = "ours accepts, libprotobuf refuses";
    return result;
  }
  const std::string a = text_of(*ours);
  const std::string b = text_of(theirs);
  if (a != b) result.difference = "ours:\n" + a + "reference:\n" + b;
  return result;
}

}  // namespace isobar::protobuf
