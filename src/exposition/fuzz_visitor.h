// For the fuzz targets: decodes every series, so that both stages see the bytes.
#pragma once

#include "exposition/exposition.h"

namespace isobar::exposition {

class FuzzVisitor : public Visitor {
 public:
  explicit FuzzVisitor(Format format) : format_(format) {}
  Next on_sample(const SampleEvent& sample) override {
    Arena arena;
    std::vector<model::LabelView> labels;
    if (decode_series(format_, sample.series, sample.type, arena, labels)) {
      static_cast<void>(model::Labels::from_pairs(std::move(labels)).to_string());
    }
    return Next::kContinue;
  }

 private:
  Format format_;
};

inline int fuzz(Format format, const unsigned char* data, std::size_t size) {
  FuzzVisitor visitor(format);
  static_cast<void>(parse(format, {reinterpret_cast<const char*>(data), size}, visitor, {.always_classic_histograms = true}));
  return 0;
}

}  // namespace isobar::exposition
