#include "follower/block_handle.h"

#include <fmt/format.h>

namespace isobar::follower {

Result<BlockHandle::Reader> BlockHandle::open() {
  const std::lock_guard opening(opening_);
  {
    const std::lock_guard lock(mutex_);
    if (reader_ && !file_->given_up()) return reader_;
    if (!state_ && state_.error().code == Code::kCorrupt) return fail(state_.error());
  }
  auto file = objects_.map(entry_.key, entry_.size_bytes);
  Result<Reader> reader = file ? tsdb::BlockReader::open(entry_.key, *file, entry_.resolution) : Result<Reader>(fail(file.error()));
  if (reader && (*reader)->downsampled() != (entry_.resolution.ms != 0)) {
    reader = fail(Code::kCorrupt, fmt::format("the manifest says {} of a block that is {}: {}", entry_.resolution.ms == 0 ? "every sample" : "downsampled",
                                              (*reader)->downsampled() ? "downsampled" : "not", entry_.key));
  }
  bool changed = false;
  Result<void> state;
  {
    const std::lock_guard lock(mutex_);
    if (!reader) state = fail(reader.error());
    changed = state.has_value() != state_.has_value() || (!state && state.error().message != state_.error().message);
    state_ = state;
    reader_ = reader ? *reader : nullptr;
    file_ = reader ? *file : nullptr;
  }
  if (changed && watch_) watch_(entry_, state);
  return reader;
}

std::string BlockHandle::fault() const {
  const std::lock_guard lock(mutex_);
  return state_ ? std::string() : state_.error().message;
}

bool BlockHandle::unreachable() const {
  const std::lock_guard lock(mutex_);
  return !state_ && state_.error().code != Code::kCorrupt;
}

void BlockHandle::refresh() {
  const std::lock_guard lock(mutex_);
  if (!reader_ || !file_->given_up()) return;
  reader_.reset();
  file_.reset();
}

}  // namespace isobar::follower
