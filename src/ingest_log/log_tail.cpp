#include "ingest_log/log_tail.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest_log/segment.h"

namespace isobar::ingest_log {

std::uint64_t framed_bytes(std::span<const Append> records) {
  std::uint64_t bytes = 0;
  for (const Append& append : records) bytes += kFrameHeaderBytes + append.record.size();
  return bytes;
}

FrameGroupBuilder::FrameGroupBuilder(Position base, std::string head, std::uint64_t expected_bytes)
    : bytes_(std::move(head)) {
  group_.base = base;
  group_.frames_at = bytes_.size();
  bytes_.reserve(bytes_.size() + expected_bytes);
}

void FrameGroupBuilder::add(std::span<const Append> records) {
  for (const Append& append : records) {
    const std::size_t at = bytes_.size() - group_.frames_at;
    const Frame frame{{group_.base.value + at}, group_.base, append.partition, append.record};
    group_.slots.push_back({append.partition, frame.position, static_cast<std::uint32_t>(at + kFrameHeaderBytes),
                            static_cast<std::uint32_t>(append.record.size())});
    encode_frame(bytes_, frame);
  }
}

FrameGroup FrameGroupBuilder::finish() && {
  group_.end = {group_.base.value + bytes_.size() - group_.frames_at};
  group_.bytes = std::make_shared<const std::string>(std::move(bytes_));
  return std::move(group_);
}

void LogTail::add(FrameGroup group) {
  held_ += group.bytes->size();
  groups_.push_back(std::move(group));
  while (held_ > max_bytes_ && groups_.size() > 1) {
    held_ -= groups_.front().bytes->size();
    groups_.pop_front();
  }
}

ReadBatch LogTail::read(PartitionId partition, Position from, std::size_t max_bytes) const {
  ReadBatch batch;
  batch.next = from;
  std::size_t bytes = 0;
  auto group = std::upper_bound(groups_.begin(), groups_.end(), from,
                                [](Position p, const FrameGroup& g) { return p < g.end; });
  for (; group != groups_.end() && (bytes < max_bytes || batch.entries.empty()); ++group) {
    bool used = false;
    for (const FrameGroup::Slot& slot : group->slots) {
      if (slot.partition != partition || slot.position < from) continue;
      batch.entries.push_back({slot.position, group->frames().substr(slot.offset, slot.size)});
      bytes += slot.size;
      used = true;
    }
    if (used) batch.owners.push_back(group->bytes);
    batch.next = group->end;
  }
  return batch;
}

Result<ReadBatch> read_frames(std::shared_ptr<const std::string> bytes, std::size_t offset, Position from, Position end,
                              PartitionId partition, const std::string& name) {
  ReadBatch batch;
  batch.next = from;
  std::string_view rest = std::string_view(*bytes).substr(std::min(offset, bytes->size()));
  while (batch.next < end) {
    const auto frame = decode_frame(rest, batch.next);
    if (!frame) {
      if (batch.next != from) break;  // cut by the end of the bytes; the next read starts here
      return fail(Code::kCorrupt, fmt::format("acknowledged records are damaged at position {}: {}", from.value, name));
    }
    if (frame->partition == partition) batch.entries.push_back({frame->position, frame->record});
    rest.remove_prefix(frame->byte_size());
    batch.next = frame->next();
  }
  if (!batch.entries.empty()) batch.owners.push_back(std::move(bytes));
  return batch;
}

}  // namespace isobar::ingest_log
