// The parser of remote read requests against libprotobuf, and what it lets through against the rest of the way: matchers
// are asked, the response type is chosen.
#include <cstdio>
#include <cstdlib>

#include "api/prometheus/remote_read_request.h"
#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "protobuf/remote_read.pb.h"
#include "protobuf/remote_read_reference.h"

namespace {

using namespace isobar;

std::string seed() {
  protobuf::read::ReadRequest request;
  request.add_accepted_response_types(1);
  request.add_accepted_response_types(0);
  for (int type = 0; type < 4; ++type) {
    auto& query = *request.add_queries();
    query.set_start_timestamp_ms(1000);
    query.set_end_timestamp_ms(2000);
    auto& matcher = *query.add_matchers();
    matcher.set_type(type);
    matcher.set_name("__name__");
    matcher.set_value("up|a.+");
    auto& hints = *query.mutable_hints();
    hints.set_step_ms(15000);
    hints.set_func("rate");
    hints.set_start_ms(1500);
    hints.set_end_ms(1900);
    hints.add_grouping("job");
    hints.set_by(true);
    hints.set_range_ms(300000);
  }
  return request.SerializeAsString();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto result = protobuf::compare_read_request(body);
  if (!result.difference.empty()) {
    std::fprintf(stderr, "%s\n", result.difference.c_str());
    std::abort();
  }
  const auto request = api::parse_read_request(body);
  if (!request) return 0;
  std::size_t matchers = 0;
  for (const api::ReadQuery& query : request->queries) {
    for (const model::Matcher& matcher : query.matchers) {
      ++matchers;
      CHECK(matcher.matches("") == matcher.matches_empty());
      static_cast<void>(matcher.matches(matcher.value()));
    }
    static_cast<void>(query.without_samples());
  }
  CHECK(request->queries.size() <= api::kMaxReadQueries && matchers <= api::kMaxReadMatchers);
  const auto type = api::negotiate_read_response(request->accepted);
  CHECK(type.has_value() || !type.error().message.empty());
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed_number) {
  if (seed_number % 8 == 0 && size > 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string message(reinterpret_cast<const char*>(data), size);
  if (size <= 1 || seed_number % 512 == 1) message = seed();
  ProtobufMutator(seed_number).mutate(message);
  return mutated(message, data, size, max_size);
}
