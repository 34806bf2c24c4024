// What a remote read answers, series by series. Messages: prometheus/prometheus prompb/remote.proto and prompb/types.proto;
// frames: storage/remote/chunked.go there. Pure functions. Internal to api/prometheus.
#pragma once

#include <cstdint>
#include <string>

#include "model/labels.h"
#include "model/sample.h"

namespace isobar::api {

// As field 1 of a prometheus.QueryResult: a TimeSeries with all samples, floats and histograms apart.
void append_time_series(std::string& out, const model::Labels& labels, const model::SampleColumns& samples);

// Frames of one series: the message's size as a varint, its CRC-32C (big-endian), and a prometheus.ChunkedReadResponse with
// the labels and chunks of at most 120 samples, in order. A frame is ended by the chunk that takes it to `max_frame_bytes`,
// labels included. Without samples there is one chunk of none, since a series is known by its frames.
void append_frames(std::string& out, const model::Labels& labels, const model::SampleColumns& samples, std::int64_t query_index,
                   std::size_t max_frame_bytes);

}  // namespace isobar::api
