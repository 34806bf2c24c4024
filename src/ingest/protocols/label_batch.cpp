#include "ingest/protocols/label_batch.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace isobar::ingest {
namespace {

constexpr std::size_t kReserveStep = 1 << 20;
constexpr std::size_t kBytesPerSeries = 96;  // view, hash, slot of the table, and a sample

tl::unexpected<Error> too_large(std::size_t limit) {
  return fail(Code::kTooLarge, fmt::format("labels of one request expand to more than {} MiB, send smaller batches", limit >> 20));
}

}  // namespace

void LabelBatch::reset(model::WriteBatch& batch, telemetry::Reservation* held) {
  batch.clear();
  batch_ = &batch;
  held_ = held;
  arena_ = std::make_unique<Arena>();
  bytes_ = 0;
  repeated_bytes_ = 0;
  reserved_ = 0;
  known_.clear();
}

Result<void> LabelBatch::check(const std::vector<model::LabelView>& labels) const {
  bool named = false;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name.empty()) return fail(Code::kInvalid, "a label has no name");
    if (!is_valid_utf8(labels[i].name) || !is_valid_utf8(labels[i].value)) return fail(Code::kInvalid, "a label is not valid UTF-8");
    if (i > 0 && labels[i - 1].name == labels[i].name) {
      return fail(Code::kInvalid, fmt::format("a label is there twice: {}", labels[i].name.substr(0, 100)));
    }
    named = named || labels[i].name == model::kMetricName;
  }
  return named ? Result<void>{} : fail(Code::kInvalid, "there is no metric name");
}

Result<void> LabelBatch::count(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ > kMaxBytes) return too_large(kMaxBytes);
  if (held_ == nullptr || bytes_ <= reserved_) return {};
  if (!held_->try_grow(kReserveStep + bytes)) return fail(Code::kUnavailable, "too many write requests are being decoded, send it again");
  reserved_ += kReserveStep + bytes;
  return {};
}

Result<std::uint32_t> LabelBatch::series(std::vector<model::LabelView>& labels) {
  std::erase_if(labels, [](const model::LabelView& label) { return label.value.empty(); });
  std::sort(labels.begin(), labels.end());
  TRYV(check(labels));
  canonical_.clear();
  for (const model::LabelView& label : labels) model::append_canonical(canonical_, label.name, label.value);
  repeated_bytes_ += canonical_.size();
  if (repeated_bytes_ > kMaxRepeatedBytes) return too_large(kMaxRepeatedBytes);
  const auto [at, added] = known_.try_emplace(hash128(canonical_), 0);
  if (!added) return at->second;
  TRYV(count(canonical_.size() + kBytesPerSeries));
  at->second = batch_->add_series(arena_->copy(canonical_));
  return at->second;
}

}  // namespace isobar::ingest
