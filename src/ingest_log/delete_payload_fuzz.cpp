// Any bytes as the payload of a delete record: what is taken can be written again and means the same.
#include "base/check.h"
#include "codec/protobuf_mutator.h"
#include "ingest_log/delete_payload.h"

namespace {

using namespace isobar;

std::string seed_input() {
  model::SeriesDeletion deletion{"t", {{model::Matcher::equal("__name__", "up")}, {}}, {-5}, Timestamp::max()};
  for (const auto type : {model::MatchType::kNotEqual, model::MatchType::kRegex, model::MatchType::kNotRegex}) {
    deletion.selectors[1].push_back(*model::Matcher::create(type, "job", "a|b.*"));
  }
  std::string bytes;
  ingest_log::encode_delete_payload(bytes, deletion);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto decoded = ingest_log::decode_delete_payload("t", {reinterpret_cast<const char*>(data), size});
  if (!decoded) return 0;
  (void)decoded->matches(model::Labels{{"__name__", "up"}, {"job", "a"}});
  std::string bytes;
  ingest_log::encode_delete_payload(bytes, *decoded);
  const auto again = ingest_log::decode_delete_payload("t", bytes);
  CHECK(again.has_value() && again->selectors == decoded->selectors && again->min == decoded->min && again->max == decoded->max);
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  if (size > 1 && seed % 512 != 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string input = seed_input();
  mutate_bytes(input);
  return mutated(input, data, size, max_size);
}
