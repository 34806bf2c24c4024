#include "eval/query_memory.h"

namespace isobar::eval {

Result<void> MemoryHold::grow(std::size_t bytes, std::size_t samples) {
  TRYV(bytes_.grow(bytes, Code::kUnprocessable));
  QueryMemory& m = *memory_;
  if (m.max_samples_ != 0 && m.samples_ + samples > m.max_samples_) {
    return fail(
        Code::kUnprocessable,
        fmt::format("query processing would load too many samples into memory in query execution; narrow the "
                    "selector or the time range, or raise query.max_samples: {}",
                    m.max_samples_));
  }
  m.samples_ += samples;
  samples_ += samples;
  if (m.samples_ > m.peak_samples_) m.peak_samples_ = m.samples_;
  return {};
}

void MemoryHold::clear() {
  bytes_.clear();
  memory_->samples_ -= samples_;
  samples_ = 0;
}

}  // namespace isobar::eval
