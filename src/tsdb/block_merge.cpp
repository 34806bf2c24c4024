#include "tsdb/block_merge.h"

#include <algorithm>
#include <set>

#include "tsdb/deleted_series.h"

namespace isobar::tsdb {
namespace {

// The series of one tenant in one block, one after the other.
class Cursor {
 public:
  Cursor(const BlockReader& block, std::string_view tenant) : block_(block), tenant_(tenant), count_(block.series_count(tenant)) {}
  bool done() const { return at_ == count_; }
  const model::Labels& labels() const { return current_.labels; }
  // Reads the series that it stands on.
  Result<void> load() {
    if (done()) return {};
    model::Labels before = std::move(current_.labels);
    TRY(current_, block_.series_at(tenant_, at_));
    if (at_ > 0 && !(before < current_.labels)) return fail(Code::kCorrupt, "series of a block are not in order: " + current_.labels.to_string());
    return {};
  }
  Result<void> read(const model::TimeRanges& left_out, model::SampleColumns& out) const {
    return read_except(*current_.run, left_out, Timestamp::min(), Timestamp::max(), out);
  }
  Result<void> advance() {
    ++at_;
    return load();
  }

 private:
  const BlockReader& block_;
  std::string tenant_;
  std::uint32_t count_;
  std::uint32_t at_ = 0;
  SelectedSeries current_;
};

Result<void> merge_tenant(const std::vector<std::shared_ptr<const BlockReader>>& blocks, const std::string& tenant, BlockWriter& writer,
                          MergeCounts& counts, const std::function<Result<void>()>& stop, const LeftOut& left_out) {
  std::vector<Cursor> cursors;
  for (const auto& block : blocks) {
    cursors.emplace_back(*block, tenant);
    TRYV(cursors.back().load());
  }
  model::SampleColumns merged;
  model::SampleColumns next;
  while (true) {
    const model::Labels* least = nullptr;
    for (const Cursor& cursor : cursors) {
      if (!cursor.done() && (least == nullptr || cursor.labels() < *least)) least = &cursor.labels();
    }
    if (least == nullptr) return {};
    if (stop) TRYV(stop());
    const model::Labels labels = *least;
    merged.clear();
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      Cursor& cursor = cursors[i];
      if (cursor.done() || cursor.labels() != labels) continue;
      const model::TimeRanges gone = left_out ? left_out(i, tenant, labels) : model::TimeRanges();
      if (merged.size() == 0) {
        TRYV(cursor.read(gone, merged));
      } else {
        next.clear();
        TRYV(cursor.read(gone, next));
        model::SampleColumns both;
        merge_columns(merged, next, both, &counts);
        std::swap(merged, both);
      }
      TRYV(cursor.advance());
    }
    if (merged.size() != 0) writer.add_series(tenant, labels, merged);
  }
}

bool merge_exemplars(const std::vector<std::shared_ptr<const BlockReader>>& blocks, const std::string& tenant, BlockWriter& writer,
                     const LeftOut& left_out) {
  std::map<model::Labels, std::vector<model::Exemplar>> all;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    std::vector<model::SeriesExemplars> found;
    (void)blocks[i]->exemplars(tenant, {}, Timestamp::min(), Timestamp::max(), found);  // without matchers nothing can fail
    for (model::SeriesExemplars& series : found) {
      if (left_out) remove_within(left_out(i, tenant, series.series), series.exemplars);
      if (series.exemplars.empty()) continue;
      std::vector<model::Exemplar>& list = all[series.series];
      for (model::Exemplar& e : series.exemplars) {
        if (std::find(list.begin(), list.end(), e) == list.end()) list.push_back(std::move(e));
      }
    }
  }
  for (auto& [labels, list] : all) writer.add_exemplars(tenant, {labels, std::move(list)});
  return !all.empty();
}

bool merge_metadata(const std::vector<std::shared_ptr<const BlockReader>>& blocks, const std::string& tenant, BlockWriter& writer) {
  std::vector<model::Metadata> all;
  for (const auto& block : blocks) block->metadata(tenant, "", all);
  std::stable_sort(all.begin(), all.end(), [](const model::Metadata& a, const model::Metadata& b) { return a.metric < b.metric; });
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool known = false;
    for (std::size_t j = i; j-- > 0 && all[j].metric == all[i].metric && !known;) known = all[j] == all[i];
    if (!known) writer.add_metadata(tenant, all[i]);
  }
  return !all.empty();
}

}  // namespace

Result<bool> merge_blocks(const std::vector<std::shared_ptr<const BlockReader>>& blocks, BlockWriter& writer, MergeCounts& counts,
                          const std::function<Result<void>()>& stop, const LeftOut& left_out) {
  std::set<std::string> tenants;
  for (const auto& block : blocks) {
    for (std::string& tenant : block->tenants()) tenants.insert(std::move(tenant));
  }
  bool beside_samples = false;
  for (const std::string& tenant : tenants) {
    TRYV(merge_tenant(blocks, tenant, writer, counts, stop, left_out));
    beside_samples = merge_exemplars(blocks, tenant, writer, left_out) || beside_samples;
    beside_samples = merge_metadata(blocks, tenant, writer) || beside_samples;
  }
  return beside_samples || writer.summary().samples != 0;
}

}  // namespace isobar::tsdb
