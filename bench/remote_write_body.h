// Remote-write bodies, 1.0 and 2.0, one sample a series. Timestamps and values stand at known places, so that one body
// serves for many instants. Formats: prometheus.io/docs/specs/prw/remote_write_spec{,_2_0}.
#pragma once

#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "series_shapes.h"

namespace isobar::bench {

inline void put_message(std::string& out, int field, std::string_view bytes) {
  put_varint(out, static_cast<std::uint64_t>(field << 3 | 2));
  put_bytes(out, bytes);
}

struct RemoteWriteBody {
  std::string bytes;
  std::vector<std::size_t> samples;  // where each sample's value starts; its timestamp follows after one tag byte

  // Varints of six bytes hold milliseconds from 2004 to 3084.
  void set_sample(std::size_t i, std::int64_t timestamp, double value) {
    std::memcpy(bytes.data() + samples[i], &value, sizeof(value));
    auto t = static_cast<std::uint64_t>(timestamp);
    char* to = bytes.data() + samples[i] + 9;
    for (int b = 0; b < 6; ++b, t >>= 7) to[b] = static_cast<char>(b < 5 ? (t | 0x80) & 0xff : t);
  }
  // Sample i gets the value i * 1.5 + salt.
  void set(std::int64_t timestamp, double salt) {
    for (std::size_t i = 0; i < samples.size(); ++i) set_sample(i, timestamp, static_cast<double>(i) * 1.5 + salt);
  }
};

class RemoteWriteBodyBuilder {
 public:
  // Version 1 or 2. `metadata`: each series of version 2 says type and help, as Prometheus 3 sends it.
  explicit RemoteWriteBodyBuilder(int version, bool metadata = false) : version_(version), metadata_(metadata) {
    if (version_ == 2) (void)symbol("");
  }

  void add(const LabelPairs& labels) {
    std::string message;
    if (version_ == 1) {
      for (const auto& [name, value] : labels) {
        std::string label;
        put_message(label, 1, name);
        put_message(label, 2, value);
        put_message(message, 1, label);
      }
    } else {
      std::string refs;
      for (const auto& [name, value] : labels) {
        put_varint(refs, symbol(name));
        put_varint(refs, symbol(value));
      }
      put_message(message, 1, refs);
    }
    std::string sample;
    put_u8(sample, 1 << 3 | 1);
    put_f64(sample, 0);
    put_u8(sample, 2 << 3);
    sample.append(6, '\x01');
    put_message(message, 2, sample);
    const std::size_t value_at = message.size() - sample.size() + 1;
    if (version_ == 2 && metadata_) {
      std::string said;
      put_u8(said, 1 << 3);
      put_varint(said, 1);  // a counter
      put_u8(said, 3 << 3);
      put_varint(said, symbol("Help of " + labels.front().second + ", as long as such texts are."));
      put_message(message, 5, said);
    }
    put_message(series_, version_ == 1 ? 1 : 5, message);
    values_.push_back(series_.size() - message.size() + value_at);
  }

  RemoteWriteBody finish() {
    RemoteWriteBody body;
    body.bytes = std::move(symbols_);
    for (const std::size_t at : values_) body.samples.push_back(body.bytes.size() + at);
    body.bytes += series_;
    body.set(1'700'000'000'000, 0);
    return body;
  }

 private:
  std::uint64_t symbol(const std::string& text) {
    const auto [at, added] = refs_.try_emplace(text, refs_.size());
    if (added) put_message(symbols_, 4, text);
    return at->second;
  }

  int version_;
  bool metadata_;
  std::string symbols_;
  std::unordered_map<std::string, std::uint64_t> refs_;
  std::string series_;
  std::vector<std::size_t> values_;
};

// Node series first … first+count-1, version 1.0. `mixed`: neighbours come from different targets, as when one agent sends
// for many.
inline RemoteWriteBody remote_write_body(int first, int count, bool mixed) {
  RemoteWriteBodyBuilder builder(1);
  for (int n = 0; n < count; ++n) builder.add(node_series(first + (mixed ? n * 7919 % count : n)));
  return builder.finish();
}

}  // namespace isobar::bench
