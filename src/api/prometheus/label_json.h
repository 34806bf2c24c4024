// Label sets as JSON objects. Internal to api/.
#pragma once

#include <string>

#include "codec/json_writer.h"
#include "model/labels.h"

namespace isobar::api {

inline void append_labels(std::string& out, const model::Labels& labels) {
  out.push_back('{');
  bool first = true;
  for (const model::LabelView& label : labels) {
    if (!first) out.push_back(',');
    first = false;
    codec::append_json_string(out, label.name);
    out.push_back(':');
    codec::append_json_string(out, label.value);
  }
  out.push_back('}');
}

}  // namespace isobar::api
