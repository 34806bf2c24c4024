#include "blocks/manifest.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>
#include <simdjson.h>

#include "codec/crc32c.h"
#include "codec/json_writer.h"

namespace isobar::blocks {
namespace {

constexpr std::int64_t kFormat = 3;  // 1 had no deletes, 2 nothing downsampled
constexpr int kMaxRaces = 20;
// The last member: CRC32C of the text before it. Quotes within values are escaped, so that it stands nowhere else.
constexpr std::string_view kChecksumMark = ",\"checksum\":\"";

std::string checksum_of(std::string_view text) { return fmt::format("{:08x}", codec::crc32c(text)); }

void encode_block(codec::JsonWriter& json, const BlockEntry& block) {
  json.begin_object();
  json.field("id", block.id).field("key", block.key).field("partition", std::uint64_t{block.partition.value});
  json.field("first", block.first.value).field("end", block.end.value);
  json.field("min_time", block.min_time.ms).field("max_time", block.max_time.ms);
  json.field("series", block.series).field("samples", block.samples).field("size_bytes", block.size_bytes);
  if (block.deletes_through.value != 0) json.field("deletes_through", block.deletes_through.value);
  if (block.resolution.ms != 0) json.field("resolution", block.resolution.ms);
  json.end_object();
}

constexpr std::string_view kOperators[] = {"=", "!=", "=~", "!~"};

void encode_tombstone(codec::JsonWriter& json, const Tombstone& tombstone) {
  const model::SeriesDeletion& deletion = *tombstone.deletion;
  json.begin_object();
  json.field("partition", std::uint64_t{tombstone.partition.value}).field("position", tombstone.position.value);
  json.field("time", tombstone.time.ms).field("tenant", deletion.tenant);
  json.field("min", deletion.min.ms).field("max", deletion.max.ms).key("selectors").begin_array();
  for (const std::vector<model::Matcher>& selector : deletion.selectors) {
    json.begin_array();
    for (const model::Matcher& matcher : selector) {
      json.begin_object().field("name", matcher.name()).field("operator", kOperators[static_cast<std::size_t>(matcher.type())]);
      json.field("value", matcher.value()).end_object();
    }
    json.end_array();
  }
  json.end_array().end_object();
}

// Reads one member; the first failure is kept and the rest gives zeros.
class ObjectReader {
 public:
  explicit ObjectReader(simdjson::dom::object object) : object_(object) {}
  std::uint64_t u64(std::string_view key) {
    std::uint64_t v = 0;
    if (object_[key].get(v) != simdjson::SUCCESS) missing(key);
    return v;
  }
  std::int64_t i64(std::string_view key) {
    std::int64_t v = 0;
    if (object_[key].get(v) != simdjson::SUCCESS) missing(key);
    return v;
  }
  std::string text(std::string_view key) {
    std::string_view v;
    if (object_[key].get(v) != simdjson::SUCCESS) missing(key);
    return std::string(v);
  }
  // Empty if missing: a default-constructed simdjson array must not be walked.
  std::vector<simdjson::dom::element> array(std::string_view key) {
    simdjson::dom::array v;
    if (object_[key].get(v) != simdjson::SUCCESS) {
      missing(key);
      return {};
    }
    return {v.begin(), v.end()};
  }
  bool has(std::string_view key) const { return object_[key].error() == simdjson::SUCCESS; }
  const std::string& fault() const { return fault_; }

 private:
  void missing(std::string_view key) {
    if (fault_.empty()) fault_ = fmt::format("missing or of another type: \"{}\"", key);
  }
  simdjson::dom::object object_;
  std::string fault_;
};

Result<BlockEntry> decode_block(simdjson::dom::element element) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(Code::kCorrupt, "manifest block is no object");
  ObjectReader in(object);
  BlockEntry block;
  block.id = in.text("id");
  block.key = in.text("key");
  block.partition.value = static_cast<std::uint32_t>(in.u64("partition"));
  block.first.value = in.u64("first");
  block.end.value = in.u64("end");
  block.min_time.ms = in.i64("min_time");
  block.max_time.ms = in.i64("max_time");
  block.series = in.u64("series");
  block.samples = in.u64("samples");
  block.size_bytes = in.u64("size_bytes");
  if (in.has("deletes_through")) block.deletes_through.value = in.u64("deletes_through");
  if (in.has("resolution")) block.resolution.ms = in.i64("resolution");
  if (!in.fault().empty()) return fail(Code::kCorrupt, "manifest block: " + in.fault());
  if (block.resolution.ms < 0) return fail(Code::kCorrupt, "manifest block: a resolution below zero");
  return block;
}

Result<model::Matcher> decode_matcher(simdjson::dom::element element) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(Code::kCorrupt, "manifest tombstone: a matcher is no object");
  ObjectReader in(object);
  std::string name = in.text("name");
  const std::string op = in.text("operator");
  std::string value = in.text("value");
  if (!in.fault().empty()) return fail(Code::kCorrupt, "manifest tombstone: " + in.fault());
  const auto known = std::find(std::begin(kOperators), std::end(kOperators), op);
  if (known == std::end(kOperators)) return fail(Code::kCorrupt, "manifest tombstone: no such operator: " + op);
  auto matcher = model::Matcher::create(static_cast<model::MatchType>(known - std::begin(kOperators)), std::move(name), std::move(value));
  if (!matcher) return fail(Code::kCorrupt, "manifest tombstone: " + matcher.error().message);
  return *std::move(matcher);
}

Result<Tombstone> decode_tombstone(simdjson::dom::element element) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(Code::kCorrupt, "manifest tombstone is no object");
  ObjectReader in(object);
  Tombstone tombstone;
  auto deletion = std::make_shared<model::SeriesDeletion>();
  tombstone.partition.value = static_cast<std::uint32_t>(in.u64("partition"));
  tombstone.position.value = in.u64("position");
  tombstone.time.ms = in.i64("time");
  deletion->tenant = in.text("tenant");
  deletion->min.ms = in.i64("min");
  deletion->max.ms = in.i64("max");
  for (const simdjson::dom::element selector : in.array("selectors")) {
    simdjson::dom::array matchers;
    if (selector.get(matchers) != simdjson::SUCCESS) return fail(Code::kCorrupt, "manifest tombstone: a selector is no array");
    deletion->selectors.emplace_back();
    for (const simdjson::dom::element one : matchers) {
      TRY(model::Matcher matcher, decode_matcher(one));
      deletion->selectors.back().push_back(std::move(matcher));
    }
  }
  if (!in.fault().empty()) return fail(Code::kCorrupt, "manifest tombstone: " + in.fault());
  if (const Result<void> fits = deletion->check(); !fits) return fail(Code::kCorrupt, "manifest tombstone: " + fits.error().message);
  tombstone.deletion = std::move(deletion);
  return tombstone;
}

bool before(const BlockEntry& a, const BlockEntry& b) {
  return std::tie(a.partition, a.first, a.min_time, a.id) < std::tie(b.partition, b.first, b.min_time, b.id);
}

}  // namespace

void sort_blocks(Manifest& manifest) { std::sort(manifest.blocks.begin(), manifest.blocks.end(), before); }

std::string encode_manifest(const Manifest& manifest) {
  std::string out;
  codec::JsonWriter json(out);
  // What has nothing downsampled stays readable for older programs.
  const bool downsampled = std::any_of(manifest.blocks.begin(), manifest.blocks.end(), [](const BlockEntry& b) { return b.resolution.ms != 0; });
  json.begin_object().field("format", downsampled ? kFormat : kFormat - 1).field("version", manifest.version);
  json.field("log_identity", fmt::format("{:016x}", manifest.log_identity));
  if (manifest.epoch != 0) json.field("epoch", manifest.epoch);
  json.key("watermarks").begin_array();
  for (const Position watermark : manifest.watermarks) json.unsigned_integer(watermark.value);
  json.end_array().key("blocks").begin_array();
  for (const BlockEntry& block : manifest.blocks) {
    out.append(&block == manifest.blocks.data() ? "\n" : "");
    encode_block(json, block);
    out.push_back('\n');
  }
  json.end_array().key("tombstones").begin_array();
  for (const Tombstone& tombstone : manifest.tombstones) {
    out.append(&tombstone == manifest.tombstones.data() ? "\n" : "");
    encode_tombstone(json, tombstone);
    out.push_back('\n');
  }
  json.end_array();
  const std::string checksum = checksum_of(out);
  json.field("checksum", checksum).end_object();
  out.push_back('\n');
  return out;
}

Result<Manifest> decode_manifest(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(simdjson::padded_string(text)).get(object) != simdjson::SUCCESS) {
    return fail(Code::kCorrupt, "manifest is not a JSON object");
  }
  ObjectReader in(object);
  const std::int64_t format = in.i64("format");
  if (in.fault().empty() && (format < 1 || format > kFormat)) {
    return fail(Code::kUnsupported, fmt::format("manifest format is {}, this program reads up to {}", format, kFormat));
  }
  // Those of older programs have none.
  if (in.has("checksum") && checksum_of(text.substr(0, text.rfind(kChecksumMark))) != in.text("checksum")) {
    return fail(Code::kCorrupt, "manifest: its content does not fit its checksum");
  }
  Manifest manifest;
  manifest.version = in.u64("version");
  const std::string identity = in.text("log_identity");
  const auto parsed = std::from_chars(identity.data(), identity.data() + identity.size(), manifest.log_identity, 16);
  if (parsed.ec != std::errc{}) return fail(Code::kCorrupt, "manifest: log_identity is no hexadecimal number");
  if (in.has("epoch")) manifest.epoch = in.u64("epoch");
  for (const simdjson::dom::element watermark : in.array("watermarks")) {
    std::uint64_t value = 0;
    if (watermark.get(value) != simdjson::SUCCESS) return fail(Code::kCorrupt, "manifest: watermark is no number");
    manifest.watermarks.push_back({value});
  }
  for (const simdjson::dom::element element : in.array("blocks")) {
    TRY(BlockEntry block, decode_block(element));
    manifest.blocks.push_back(std::move(block));
  }
  if (format >= 2) {
    for (const simdjson::dom::element element : in.array("tombstones")) {
      TRY(Tombstone tombstone, decode_tombstone(element));
      manifest.tombstones.push_back(std::move(tombstone));
    }
  }
  if (!in.fault().empty()) return fail(Code::kCorrupt, "manifest: " + in.fault());
  return manifest;
}

Result<void> ManifestStore::load() {
  TRY(object_store::Object object, store_.get(key_));
  auto manifest = decode_manifest(object.bytes);
  if (!manifest) return fail(std::move(manifest).error().with_context(key_));
  if (manifest->epoch > epoch_) {
    return fail(Code::kUnavailable, fmt::format("another process has taken the data over (epoch {}, this one has {}): {}", manifest->epoch, epoch_, key_));
  }
  current_ = *std::move(manifest);
  etag_ = std::move(object.etag);
  return {};
}

Result<Manifest> ManifestStore::open(const Manifest& initial) {
  const std::lock_guard lock(mutex_);
  const Result<void> loaded = load();
  if (loaded) {
    // An attempt of a process that died may not be durable yet. A full disk is no reason not to start.
    unsettled_ = true;
    if (epoch_ != 0) {
      TRYV(claim());
    } else {
      (void)replace(current_);
    }
    return current_;
  }
  if (loaded.error().code != Code::kNotFound) return fail(loaded.error());
  Manifest first = initial;
  first.epoch = epoch_;
  const auto put = store_.put(key_, encode_manifest(first), object_store::PutCondition::if_absent());
  if (!put && put.error().code != Code::kConflict) return fail(put.error());
  TRYV(load());
  if (epoch_ != 0 && current_.epoch != epoch_) TRYV(claim());
  return current_;
}

// What the owner before changes meanwhile is kept.
Result<void> ManifestStore::claim() {
  for (int race = 0; race < kMaxRaces; ++race) {
    Manifest next = current_;
    next.epoch = epoch_;
    ++next.version;
    const Result<void> done = replace(std::move(next));
    if (done || done.error().code != Code::kConflict) return done;
  }
  return fail(Code::kUnavailable, "manifest changes too fast: " + key_);
}

bool ManifestStore::settled() {
  const std::lock_guard lock(mutex_);
  return !unsettled_;
}

Manifest ManifestStore::current() {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<void> ManifestStore::replace(Manifest next) {
  auto etag = store_.put(key_, encode_manifest(next), object_store::PutCondition::if_match(etag_));
  if (!etag) {
    // After any failure the put may have happened: the next round starts from what is there.
    if (etag.error().code != Code::kConflict) unsettled_ = true;
    const Result<void> loaded = load();
    if (etag.error().code == Code::kConflict && !loaded) return fail(loaded.error());
    return fail(etag.error());
  }
  current_ = std::move(next);
  etag_ = *std::move(etag);
  unsettled_ = false;
  return {};
}

Result<Manifest> ManifestStore::update(const std::function<Result<void>(Manifest&)>& change) {
  const std::lock_guard lock(mutex_);
  for (int race = 0; race < kMaxRaces; ++race) {
    // Before anything is concluded from what a failed put has left: files are removed and the log is trimmed by it.
    if (unsettled_) TRYV(load());
    Result<void> done = unsettled_ ? replace(current_) : Result<void>();
    Manifest next = current_;
    if (done) {
      TRYV(change(next));
      ++next.version;
      sort_blocks(next);
      done = replace(std::move(next));
    }
    if (done) return current_;
    if (done.error().code != Code::kConflict) return fail(done.error());
  }
  return fail(Code::kUnavailable, "manifest changes too fast: " + key_);
}

}  // namespace isobar::blocks
