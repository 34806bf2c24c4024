#include "tsdb/prometheus_block/block_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "codec/crc32c.h"
#include "tsdb/prometheus_block/chunk_codec.h"
#include "tsdb/prometheus_block/file_writer.h"
#include "tsdb/prometheus_block/index_writer.h"
#include "tsdb/prometheus_block/tombstones.h"

namespace isobar::tsdb::prometheus {
namespace {

// Segments of chunks, one after the other.
class SegmentWriter {
 public:
  SegmentWriter(sys::FileSystem& files, std::string directory, std::uint64_t limit)
      : files_(files), directory_(std::move(directory)), limit_(limit) {}

  Result<std::uint64_t> add(const EncodedChunk& chunk) {
    std::string body(1, static_cast<char>(chunk.encoding));
    body.append(chunk.data);
    std::string bytes;
    put_varint(bytes, chunk.data.size());
    bytes.append(body);
    put_be32(bytes, codec::crc32c(body));
    if (current_ == nullptr || current_->position() + bytes.size() > limit_) TRYV(next_segment());
    const std::uint64_t ref = std::uint64_t{count_ - 1} << 32 | current_->position();
    TRYV(current_->append(bytes));
    return ref;
  }
  Result<void> finish() { return current_ == nullptr ? Result<void>{} : current_->finish(); }

 private:
  Result<void> next_segment() {
    TRYV(finish());
    TRY(current_, FileWriter::create(files_, fmt::format("{}/{:06}", directory_, ++count_)));
    std::string header;
    put_be32(header, kChunksMagic);
    header.append({1, 0, 0, 0});  // version, padding
    return current_->append(header);
  }

  sys::FileSystem& files_;
  std::string directory_;
  std::uint64_t limit_;
  std::uint32_t count_ = 0;
  std::unique_ptr<FileWriter> current_;
};

}  // namespace

struct BlockWriter::Impl {
  Impl(sys::FileSystem& files_in, std::string parent_in, const std::string& ulid, std::uint64_t segment_bytes)
      : files(files_in),
        parent(std::move(parent_in)),
        growing(parent + "/" + ulid + ".tmp-for-creation"),
        segments(files_in, growing + "/chunks", segment_bytes) {
    meta.ulid = ulid;
    meta.sources = {ulid};
    meta.min_time = Timestamp::max();
    meta.end_time = Timestamp::min();
  }
  Result<void> write_small(const std::string& name, std::string_view bytes) {
    TRY(const auto file, FileWriter::create(files, growing + "/" + name));
    TRYV(file->append(bytes));
    return file->finish();
  }

  sys::FileSystem& files;
  std::string parent;
  std::string growing;
  SegmentWriter segments;
  IndexWriter index;
  BlockMeta meta;
  model::Labels last;
};

BlockWriter::BlockWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockWriter::~BlockWriter() = default;
const BlockMeta& BlockWriter::meta() const { return impl_->meta; }

Result<std::unique_ptr<BlockWriter>> BlockWriter::create(sys::FileSystem& files, const std::string& parent, const std::string& ulid,
                                                         std::uint64_t segment_bytes) {
  auto impl = std::make_unique<Impl>(files, parent, ulid, segment_bytes);
  TRYV(files.create_directories(impl->growing + "/chunks"));
  return std::unique_ptr<BlockWriter>(new BlockWriter(std::move(impl)));
}

Result<void> BlockWriter::add_series(const model::Labels& labels, const model::SampleColumns& samples) {
  if (samples.size() == 0) return {};
  BlockMeta& meta = impl_->meta;
  CHECK(meta.series == 0 || impl_->last < labels);
  CHECK(samples.timestamps.back() < INT64_MAX);  // meta.json says the time behind the last sample
  impl_->last = labels;
  std::vector<ChunkMeta> chunks;
  for (const EncodedChunk& chunk : encode_chunks(samples)) {
    TRY(const std::uint64_t ref, impl_->segments.add(chunk));
    chunks.push_back({chunk.min_time, chunk.max_time, ref});
  }
  impl_->index.add_series(labels, chunks);
  ++meta.series;
  meta.samples += samples.size();
  meta.chunks += chunks.size();
  meta.min_time = std::min(meta.min_time, Timestamp{samples.timestamps.front()});
  meta.end_time = std::max(meta.end_time, Timestamp{samples.timestamps.back() + 1});
  return {};
}

Result<void> BlockWriter::finish() {
  Impl& w = *impl_;
  CHECK(w.meta.series > 0);
  TRYV(w.segments.finish());
  TRY(const auto index, FileWriter::create(w.files, w.growing + "/index"));
  TRYV(w.index.write(*index));
  TRYV(index->finish());
  TRYV(w.write_small("tombstones", encode_tombstones({})));
  TRYV(w.write_small("meta.json", encode_block_meta(w.meta)));
  TRYV(w.files.sync_directory(w.growing + "/chunks"));
  TRYV(w.files.sync_directory(w.growing));
  TRYV(w.files.rename(w.growing, w.parent + "/" + w.meta.ulid));
  return w.files.sync_directory(w.parent);
}

}  // namespace isobar::tsdb::prometheus
