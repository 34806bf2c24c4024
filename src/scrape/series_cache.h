// Internal: the series of one target, by a 128-bit hash of the bytes that name them on the page, and which of them the
// last scrape had. Not thread-safe.
//
// A scrape is begin(), then find()/add() and see() for each sample, then commit() or rollback(). Entries keep their
// address until the scrape after the one that last saw them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace isobar::scrape {

class SeriesCache {
 public:
  struct Entry {
    Hash128 raw;
    std::string canonical;  // labels
    Hash128 hash;           // of them
    bool dropped = false;              // by relabelling: has no canonical labels
    bool is_histogram = false;         // what its last sample was
    std::uint64_t created = 0;         // scrape numbers
    std::uint64_t seen = 0;
    std::uint64_t tracked = 0;         // last scrape with a sample that a staleness marker would end
    std::uint64_t tracked_before = 0;  // the same, before the current scrape
    std::uint64_t last_exemplar = 0;   // hash
    std::uint32_t batch_index = 0;     // valid for the scrape `batched`
    std::uint64_t batched = 0;
    std::uint32_t position = 0;  // in order_ or, once seen, in next_order_
  };
  // A series that has to be marked stale. The canonical bytes live until the next begin().
  struct Gone {
    std::string_view canonical;
    bool is_histogram;
  };

  SeriesCache();
  ~SeriesCache();

  void begin();
  std::uint64_t scrape() const { return current_; }
  Entry* find(const Hash128& raw);
  // Empty `canonical`: relabelling dropped the series.
  Entry& add(const Hash128& raw, std::string canonical);
  // The current scrape has a sample of it; `tracked` unless the sample brought its own timestamp.
  void see(Entry& entry, bool tracked);

  // The scrape succeeded: forgets entries it did not see and returns those that need a marker.
  std::vector<Gone> commit();
  // The scrape failed: forgets what it added and returns all series of the last good scrape.
  std::vector<Gone> rollback();
  // The rules that made series of lines changed: forgets lines, but still marks their series if they do not return.
  void forget_lines();

  std::size_t size() const;

 private:
  struct Table;
  bool was_tracked(const Entry& entry) const;

  std::unique_ptr<Table> table_;
  std::vector<std::unique_ptr<Entry>> leaving_;  // kept alive for the markers
  std::vector<std::unique_ptr<Entry>> orphans_;  // from forget_lines()
  std::uint64_t current_ = 0;
  std::uint64_t last_good_ = 0;  // 0: none, or its series were marked already
  // Targets list their series in the same order again and again: the entry after the last one found is most likely
  // the next, and comparing with it costs no look-up in the table.
  std::vector<Entry*> order_;       // of the last good scrape
  std::vector<Entry*> next_order_;  // of the current one
  std::size_t expected_ = 0;        // index into order_
};

}  // namespace isobar::scrape
