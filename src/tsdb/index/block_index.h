// The label index of a block, read in place: symbols, tables of values and postings stay in the mapped file, and memory
// holds an entry per tenant and label name only. What open() and verify() accept can be read without further checks.
// Format: docs/formats/metrics_block.md. Immutable; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsdb/index/matching.h"

namespace isobar::tsdb {

// Texts by number, ascending.
class Symbols {
 public:
  // Nothing if damaged: numbers must sort as texts do, series and postings rely on it.
  static std::optional<Symbols> open(std::string_view section);
  std::uint32_t size() const { return count_; }
  std::string_view operator[](std::uint64_t number) const;
  std::optional<std::uint32_t> find(std::string_view text) const;

 private:
  std::uint32_t count_ = 0;
  std::string_view offsets_;
  std::string_view texts_;
};

// Entries of the table of one label name, sorted by value: u32 symbol of the value, u64 place of its postings.
inline constexpr std::size_t kValueEntryBytes = 12;
// Set in a place: the low 32 bits are the only series. Else it is an offset in the section.
inline constexpr std::uint64_t kOnlySeries = std::uint64_t{1} << 63;

struct LabelTable {
  std::uint32_t name;    // symbol
  std::uint32_t values;  // entries
  std::uint64_t offset;  // in the section of postings
};

struct TenantTables {
  std::string name;
  std::uint32_t first_series = 0;
  std::uint32_t series_count = 0;
  std::vector<LabelTable> labels;  // ascending by name
};

// True if all entries of the table are in order and point into `postings`.
bool verify_table(const LabelTable& table, const Symbols& symbols, std::string_view postings, std::uint32_t series_count);

// Appends the table of a name, after the lists that need a place, to a section of postings; returns its offset.
class TableEncoder {
 public:
  explicit TableEncoder(std::string& postings) : postings_(postings) {}
  // Values ascending.
  void add(std::uint32_t value_symbol, const PostingsList& list);
  LabelTable finish(std::uint32_t name_symbol);

 private:
  std::string& postings_;
  std::string table_;
};

class BlockIndex final : public LabelIndex {
 public:
  // `series` is the section of series, of which the block has `series_total`. All must outlive the index.
  BlockIndex(const Symbols& symbols, const TenantTables& tenant, std::string_view postings, std::string_view series, std::uint64_t series_total)
      : symbols_(symbols), tenant_(tenant), postings_(postings), series_(series), series_total_(series_total) {}
  void all(Postings& out) const override;
  std::uint32_t series_bound() const override { return tenant_.series_count; }
  std::optional<ValueId> find(std::string_view name, std::string_view value) const override;
  PostingsView postings(ValueId id) const override;
  std::size_t value_count(std::string_view name) const override;
  void values(std::string_view name, std::string_view prefix, const VisitValue& visit) const override;
  void names(const std::function<void(std::string_view)>& visit) const override;
  std::string_view value_of(std::uint32_t series, std::string_view name) const override;

 private:
  const LabelTable* table(std::string_view name) const;
  std::uint32_t value_symbol(const LabelTable& table, std::uint32_t entry) const;
  // The first entry whose value is not below.
  std::uint32_t lower_bound(const LabelTable& table, std::string_view value) const;

  const Symbols& symbols_;
  const TenantTables& tenant_;
  std::string_view postings_;
  std::string_view series_;
  std::uint64_t series_total_;
};

}  // namespace isobar::tsdb
