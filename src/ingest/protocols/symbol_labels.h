// Label sets of remote write 2.0, whose names and values are numbers of symbols. Series that follow each
// other differ in a few labels, mostly in the middle: only the references that differ are read, and the
// canonical bytes of the others are copied from the series before, all that stand side by side at once. Not
// thread-safe.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ingest/protocols/plain_labels.h"
#include "model/write_batch.h"

namespace isobar::ingest {

class SymbolLabels {
 public:
  // A new request. Only symbols of one to kLongestPlain ASCII characters have a field here.
  void begin(std::span<const PlainText> symbols) {
    symbols_ = symbols;
    forget();
  }
  // The bytes of the last set are not there any more.
  void forget() {
    packed_ = {};
    before_.clear();
    known_ = {};
  }
  // The canonical bytes of packed references to `to`, which has room for kLongestPlain + 1 bytes for each of
  // them and kCopyRoom more. `before`: the bytes that the last successful call wrote; the references of that
  // call are still there. Returns their end, or nullptr if the set is not in order or names something that
  // has no field.
  char* add(std::string_view packed, const char* before, char* to);
  // Of the set that add() wrote, as views of symbols; the series before is the one of the successful call before.
  std::string_view metric() const { return known_.metric.value; }
  model::WriteBatch::Outline outline() const {
    return {known_.job.value, known_.instance.value, static_cast<std::uint32_t>(before_.size()),
            kLongestPlain, head_, tail_};
  }

 private:
  struct Label {
    std::uint32_t name = 0;
    std::uint32_t value = 0;
    std::uint32_t packed_end = 0;  // of its references
    std::uint32_t end = 0;         // in the bytes of the set
  };
  struct Place {
    std::size_t at = SIZE_MAX;  // of the label in the set
    std::string_view value;
  };
  struct Known {
    Place metric, job, instance;
  };
  // Labels [first, last) of the set before are replaced by what the references [begin, end) name.
  struct Difference {
    std::size_t first = 0, last = 0;
    std::size_t begin = 0, end = 0;
  };
  Difference compare(std::string_view packed) const;
  bool parse(std::string_view packed, const Difference& difference);
  bool in_order(std::size_t from, std::size_t to) const;
  char* add_label(std::size_t i, const char* set, char* to);
  void move_known(const Difference& difference);
  std::size_t packed_begin(std::size_t i) const { return i == 0 ? 0 : before_[i - 1].packed_end; }
  std::size_t set_begin(std::size_t i) const { return i == 0 ? 0 : before_[i - 1].end; }

  std::span<const PlainText> symbols_;
  std::string_view packed_;  // of the set before
  std::vector<Label> before_;
  Known known_;
  std::vector<Label> changed_;
  std::uint32_t head_ = 0, tail_ = 0;  // bytes of the set that were copied from the one before
};

}  // namespace isobar::ingest
