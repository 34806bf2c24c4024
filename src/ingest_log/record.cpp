#include "ingest_log/record.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace isobar::ingest_log {
void encode_record_header(std::string& out, const RecordHeader& h) {
  put_u8(out, kRecordVersion);
  put_u8(out, static_cast<std::uint8_t>(h.kind));
  put_u8(out, static_cast<std::uint8_t>(h.signal));
  put_bytes(out, h.tenant);
  put_u64(out, h.writer_id);
  put_varint(out, h.sequence);
  put_zigzag(out, h.ingest_time.ms);
  put_u64(out, h.request_digest.low);
  put_u64(out, h.request_digest.high);
  put_varint(out, h.fragment);
  put_varint(out, h.fragment_count);
}

Result<Record> decode_record(std::string_view bytes) {
  ByteReader in(bytes);
  const std::uint8_t version = in.u8();
  if (in.ok() && (version == 0 || version > kRecordVersion)) {
    return fail(Code::kUnsupported,
                fmt::format("record version is {}, this program reads up to {}; run a newer isobar", version,
                            kRecordVersion));
  }
  Record record;
  record.version = version;
  RecordHeader& h = record.header;
  const std::uint8_t kind = in.u8();
  const std::uint8_t signal = in.u8();
  h.kind = static_cast<RecordKind>(kind);
  h.signal = static_cast<Signal>(signal);
  h.tenant = in.bytes();
  h.writer_id = in.u64();
  h.sequence = in.varint();
  h.ingest_time.ms = in.zigzag_varint();
  h.request_digest.low = in.u64();
  h.request_digest.high = in.u64();
  const std::uint64_t fragment = in.varint();
  const std::uint64_t count = in.varint();
  if (!in.ok() || kind < 1 || kind > 3 || signal < 1 || signal > 2 || fragment >= count || count > UINT32_MAX) {
    return fail(Code::kCorrupt, "record header is damaged");
  }
  h.fragment = static_cast<std::uint32_t>(fragment);
  h.fragment_count = static_cast<std::uint32_t>(count);
  record.payload = in.take(in.remaining());
  return record;
}

}  // namespace isobar::ingest_log
