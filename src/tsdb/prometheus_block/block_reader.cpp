#include "tsdb/prometheus_block/block_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/crc32c.h"
#include "tsdb/downsample.h"
#include "tsdb/prometheus_block/aggregate_samples.h"
#include "tsdb/prometheus_block/chunk_codec.h"
#include "tsdb/prometheus_block/index_reader.h"
#include "tsdb/prometheus_block/tombstones.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::uint8_t kChunksVersion = 1;
constexpr std::size_t kMaxTombstoneBytes = 256 << 20;

struct StoredChunk {
  Encoding encoding;
  std::string_view data;
};

bool overlaps(const std::vector<ChunkMeta>& chunks, Timestamp min, Timestamp max) {
  return !chunks.empty() && chunks.front().min_time <= max.ms && chunks.back().max_time >= min.ms;
}

}  // namespace

struct BlockReader::Impl {
  std::string directory;
  BlockMeta meta;
  std::unique_ptr<const IndexReader> index;
  std::vector<std::string> segment_names;
  std::vector<std::shared_ptr<const sys::MappedFile>> segments;
  Tombstones tombstones;
  std::map<std::string, std::string> external;

  Error located(Error error, std::string_view file) const { return std::move(error).with_context(directory + "/" + std::string(file)); }
  Result<void> load_meta(sys::FileSystem& files, Downsampled downsampled);
  Result<void> check_resolution(Downsampled downsampled) const;
  Result<void> load_index(sys::FileSystem& files);
  Result<void> load_segments(sys::FileSystem& files);
  Result<void> load_tombstones(sys::FileSystem& files);
  Result<StoredChunk> find_chunk(std::uint64_t ref) const;
  Result<void> decode(const StoredChunk& stored, model::SampleColumns& out) const;
  Result<void> read_chunk(const ChunkMeta& chunk, model::SampleColumns& out) const;
  bool narrow(std::span<const model::Matcher> matchers, std::vector<model::Matcher>& rest) const;
  model::Labels with_external(model::Labels labels) const;
};

Result<void> BlockReader::Impl::load_meta(sys::FileSystem& files, Downsampled downsampled) {
  TRY(const std::string text, sys::read_file(files, directory + "/meta.json"));
  auto parsed = parse_block_meta(text);
  if (!parsed) return fail(std::move(parsed).error().with_context(directory));
  meta = *std::move(parsed);
  for (const auto& [name, value] : meta.external_labels) {
    if (!name.starts_with("__") && !value.empty()) external.emplace(name, value);
  }
  return check_resolution(downsampled);
}

Result<void> BlockReader::Impl::check_resolution(Downsampled downsampled) const {
  if (meta.resolution_ms == 0) return {};
  if (downsampled == Downsampled::kRefused) {
    return fail(Code::kUnsupported, fmt::format("{}: block is downsampled to {} s (Thanos) and is not read in place; isobar import takes it over",
                                                directory, meta.resolution_ms / 1000));
  }
  const bool known = std::any_of(std::begin(kResolutions), std::end(kResolutions),
                                 [this](Duration r) { return static_cast<std::uint64_t>(r.ms) == meta.resolution_ms; });
  if (known) return {};
  return fail(Code::kUnsupported, fmt::format("{}: block is downsampled to {} ms; Thanos and this program know 300000 and 3600000",
                                              directory, meta.resolution_ms));
}

Result<void> BlockReader::Impl::load_index(sys::FileSystem& files) {
  TRY(auto file, files.map(directory + "/index"));
  TRYV(file->fetch(0, file->bytes().size()));
  auto opened = IndexReader::open(std::move(file));
  if (!opened) return fail(located(std::move(opened).error(), "index"));
  index = *std::move(opened);
  return {};
}

Result<void> BlockReader::Impl::load_segments(sys::FileSystem& files) {
  TRY(std::vector<std::string> names, files.list(directory + "/chunks"));
  for (std::string& name : names) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) continue;
    TRY(auto file, files.map(directory + "/chunks/" + name));
    TRYV(file->fetch(0, kChunksHeaderBytes));
    ByteReader in(file->bytes());
    const std::uint32_t magic = be32(in);
    const std::uint8_t version = in.u8();
    if (!in.ok() || magic != kChunksMagic) return fail(located({Code::kCorrupt, "not a segment of chunks"}, "chunks/" + name));
    if (version != kChunksVersion) {
      return fail(located({Code::kUnsupported, fmt::format("version of chunks is {}, this program reads {}", version, kChunksVersion)}, "chunks/" + name));
    }
    segments.push_back(std::move(file));
    segment_names.push_back(std::move(name));
  }
  return {};
}

Result<void> BlockReader::Impl::load_tombstones(sys::FileSystem& files) {
  const std::string path = directory + "/tombstones";
  TRY(const bool there, files.exists(path));
  if (!there) return {};  // Thanos and Mimir do not keep it
  TRY(const auto file, files.map(path));
  if (file->bytes().size() > kMaxTombstoneBytes) return fail(located({Code::kTooLarge, "larger than 256 MB"}, "tombstones"));
  TRYV(file->fetch(0, file->bytes().size()));
  auto decoded = decode_tombstones(file->bytes());
  if (!decoded) return fail(located(std::move(decoded).error(), "tombstones"));
  tombstones = *std::move(decoded);
  return {};
}

Result<StoredChunk> BlockReader::Impl::find_chunk(std::uint64_t ref) const {
  const std::uint64_t segment = ref >> 32;
  const std::uint64_t offset = ref & 0xffff'ffff;
  if (segment >= segments.size()) {
    return fail(located({Code::kCorrupt, fmt::format("segment number {} of the chunks is missing", segment + 1)}, "chunks"));
  }
  const auto damaged = [&](std::string_view what) {
    return fail(located({Code::kCorrupt, fmt::format("chunk at {} is damaged ({})", offset, what)}, "chunks/" + segment_names[segment]));
  };
  const std::string_view bytes = segments[segment]->bytes();
  if (offset < kChunksHeaderBytes || offset > bytes.size()) return damaged("place");
  constexpr std::uint64_t kLongestVarint = 10;
  TRYV(segments[segment]->fetch(offset, std::min<std::uint64_t>(kLongestVarint, bytes.size() - offset)));
  ByteReader in(bytes.substr(offset));
  const std::uint64_t size = in.varint();
  if (size >= kMaxChunkBytes) return damaged("size");
  // With its encoding and checksum.
  TRYV(segments[segment]->fetch(offset, std::min<std::uint64_t>(kLongestVarint + size + 5, bytes.size() - offset)));
  const std::string_view body = in.take(size + 1);  // behind its encoding
  const std::uint32_t checksum = be32(in);
  if (!in.ok()) return damaged("cut short");
  if (checksum != codec::crc32c(body)) return damaged("checksum");
  return StoredChunk{static_cast<Encoding>(body[0]), body.substr(1)};
}

// Thanos has left samples as they are in some downsampled blocks (its issue 5272).
Result<void> BlockReader::Impl::decode(const StoredChunk& stored, model::SampleColumns& out) const {
  if (meta.resolution_ms == 0 || stored.encoding != Encoding::kThanosAggregates) return decode_chunk(stored.encoding, stored.data, out);
  TRY(const AggregateChunk chunk, decode_aggregate_chunk(stored.data));
  append_samples(chunk, {static_cast<std::int64_t>(meta.resolution_ms)}, out);
  return {};
}

Result<void> BlockReader::Impl::read_chunk(const ChunkMeta& chunk, model::SampleColumns& out) const {
  TRY(const StoredChunk stored, find_chunk(chunk.ref));
  if (auto decoded = decode(stored, out); !decoded) {
    const std::string place = fmt::format("chunks/{}: chunk at {}", segment_names[chunk.ref >> 32], chunk.ref & 0xffff'ffff);
    return fail(located(std::move(decoded).error(), place));
  }
  return {};
}

// What is left for the index once external labels are looked at; false if they exclude the block.
bool BlockReader::Impl::narrow(std::span<const model::Matcher> matchers, std::vector<model::Matcher>& rest) const {
  for (const model::Matcher& matcher : matchers) {
    const auto label = external.find(matcher.name());
    if (label == external.end()) rest.push_back(matcher);
    else if (!matcher.matches(label->second)) return false;
  }
  return true;
}

model::Labels BlockReader::Impl::with_external(model::Labels labels) const {
  if (external.empty()) return labels;
  model::LabelsBuilder builder(labels);
  for (const auto& [name, value] : external) builder.set(name, value);
  return builder.build();
}

class Run final : public SampleRun {
 public:
  Run(std::shared_ptr<const BlockReader> block, const StoredSeries& series) : block_(std::move(block)), chunks_(series.chunks) {
    const Tombstones& all = block_->impl_->tombstones;
    if (const auto found = all.find(series.reference); found != all.end()) deleted_ = &found->second;
  }

  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    const BlockMeta& meta = block_->meta();
    // The samples of a window lie anywhere in it.
    std::int64_t from = std::max(min.ms, meta.min_time.ms - static_cast<std::int64_t>(meta.resolution_ms));
    const std::int64_t to = std::min(max.ms, meta.end_time.ms - 1);
    model::SampleColumns chunk;
    model::SampleColumns kept;
    for (const ChunkMeta& place : chunks_) {
      if (place.max_time < from) continue;
      if (place.min_time > to) break;
      chunk.clear();
      TRYV(block_->impl_->read_chunk(place, chunk));
      if (chunk.size() == 0) continue;
      kept.clear();
      if (deleted_ != nullptr) append_kept(chunk, *deleted_, kept);
      append_range(deleted_ == nullptr ? chunk : kept, {from}, {to}, out);
      // Chunks may touch: the earlier one has said what it has up to here.
      if (chunk.timestamps.back() == INT64_MAX) break;
      from = std::max(from, chunk.timestamps.back() + 1);
    }
    return {};
  }

  Duration resolution() const override { return block_->resolution(); }

  std::size_t sample_count_bound() const override {
    std::size_t n = 0;
    for (const ChunkMeta& place : chunks_) {
      const auto stored = block_->impl_->find_chunk(place.ref);
      if (stored) n += stored->encoding == Encoding::kThanosAggregates ? aggregate_sample_bound(stored->data) : chunk_sample_count(stored->data);
    }
    return n;
  }

 private:
  std::shared_ptr<const BlockReader> block_;
  std::vector<ChunkMeta> chunks_;
  const std::vector<DeletedRange>* deleted_ = nullptr;
};

BlockReader::BlockReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockReader::~BlockReader() = default;

Result<std::shared_ptr<const BlockReader>> BlockReader::open(sys::FileSystem& files, const std::string& directory,
                                                             Downsampled downsampled) {
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  TRYV(impl->load_meta(files, downsampled));
  TRYV(impl->load_index(files));
  TRYV(impl->load_segments(files));
  TRYV(impl->load_tombstones(files));
  return std::shared_ptr<const BlockReader>(new BlockReader(std::move(impl)));
}

const BlockMeta& BlockReader::meta() const { return impl_->meta; }
Duration BlockReader::resolution() const { return {static_cast<std::int64_t>(impl_->meta.resolution_ms)}; }
bool BlockReader::has_external_labels() const { return !impl_->external.empty(); }

Result<std::vector<std::uint32_t>> BlockReader::references() const {
  auto all = impl_->index->all();
  if (!all) return fail(impl_->located(std::move(all).error(), "index"));
  return all;
}

Result<StoredSeries> BlockReader::series_at(std::uint32_t reference) const {
  StoredSeries series;
  series.reference = reference;
  if (auto read = impl_->index->series(reference, series.labels, &series.chunks); !read) {
    return fail(impl_->located(std::move(read).error(), "index"));
  }
  series.labels = impl_->with_external(std::move(series.labels));
  return series;
}

std::shared_ptr<const SampleRun> BlockReader::run_of(const StoredSeries& series) const {
  return std::make_shared<Run>(shared_from_this(), series);
}

Result<void> BlockReader::select(std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                                 std::vector<SelectedSeries>& out) const {
  std::vector<model::Matcher> rest;
  if (!impl_->narrow(matchers, rest)) return {};
  auto found = impl_->index->match(rest);
  if (!found) return fail(impl_->located(std::move(found).error(), "index"));
  for (const std::uint32_t reference : *found) {
    TRY(StoredSeries series, series_at(reference));
    if (!overlaps(series.chunks, min, max)) continue;
    auto run = run_of(series);
    out.push_back({std::move(series.labels), std::move(run)});
  }
  return {};
}

Result<void> BlockReader::select_labels(std::span<const model::Matcher> matchers, Timestamp min, Timestamp max,
                                        std::vector<model::Labels>& out) const {
  std::vector<SelectedSeries> selected;
  TRYV(select(matchers, min, max, selected));
  for (SelectedSeries& series : selected) out.push_back(std::move(series.labels));
  return {};
}

Result<void> BlockReader::verify() const {
  TRY(const std::vector<std::uint32_t> all, references());
  for (const std::uint32_t reference : all) {
    TRY(const StoredSeries series, series_at(reference));
    for (const ChunkMeta& chunk : series.chunks) {
      model::SampleColumns samples;
      TRYV(impl_->read_chunk(chunk, samples));
    }
  }
  return {};
}

}  // namespace isobar::tsdb::prometheus
