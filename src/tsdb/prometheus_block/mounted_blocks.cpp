#include "tsdb/prometheus_block/mounted_blocks.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tsdb/series_merge.h"

namespace isobar::tsdb::prometheus {
namespace {

constexpr std::string_view kTenantLabel = "__tenant_id__";
constexpr std::size_t kBatch = 256;

// What a selected series costs while a query holds it, beside its samples: labels, handle, places of chunks.
constexpr std::uint64_t kBytesPerSeries = 400;

using Handle = std::shared_ptr<const model::Series>;

class JoinedSeries final : public model::Series {
 public:
  JoinedSeries(Handle own, Handle mounted) : own_(std::move(own)), mounted_(std::move(mounted)) {}
  const model::Labels& labels() const override { return own_->labels(); }
  Result<void> read(Timestamp min, Timestamp max, model::SampleColumns& out) const override {
    model::SampleColumns own;
    model::SampleColumns mounted;
    TRYV(own_->read(min, max, own));
    TRYV(mounted_->read(min, max, mounted));
    // Appends either in order of time where they do not overlap; mounted ones are the older as a rule.
    if (own.size() > 0 && mounted.size() > 0 && mounted.timestamps.back() < own.timestamps.front()) std::swap(own, mounted);
    merge_columns(own, mounted, out);
    return {};
  }
  std::size_t sample_count_bound() const override { return own_->sample_count_bound() + mounted_->sample_count_bound(); }
  Duration resolution() const override { return own_->resolution(); }

 private:
  Handle own_;
  Handle mounted_;
};

// Two sorted sets as one.
class JoinedSet final : public model::SeriesSet {
 public:
  JoinedSet(std::unique_ptr<model::SeriesSet> own, std::unique_ptr<model::SeriesSet> mounted)
      : own_{std::move(own), {}, 0, false}, mounted_{std::move(mounted), {}, 0, false} {}

  Result<void> next(std::vector<Handle>& batch) override {
    batch.clear();
    while (batch.size() < kBatch) {
      TRYV(own_.fill());
      TRYV(mounted_.fill());
      if (own_.done() && mounted_.done()) return {};
      if (mounted_.done() || (!own_.done() && own_.labels() < mounted_.labels())) {
        batch.push_back(own_.take());
      } else if (own_.done() || mounted_.labels() < own_.labels()) {
        batch.push_back(mounted_.take());
      } else {
        batch.push_back(std::make_shared<JoinedSeries>(own_.take(), mounted_.take()));
      }
    }
    return {};
  }

 private:
  struct Side {
    std::unique_ptr<model::SeriesSet> set;  // kept to the end: it holds what the budget counts
    std::vector<Handle> batch;
    std::size_t at = 0;
    bool ended = false;

    Result<void> fill() {
      if (at < batch.size() || ended) return {};
      at = 0;
      TRYV(set->next(batch));
      ended = batch.empty();
      return {};
    }
    bool done() const { return at == batch.size(); }
    const model::Labels& labels() const { return batch[at]->labels(); }
    Handle take() { return std::move(batch[at++]); }
  };
  Side own_;
  Side mounted_;
};

void limit_results(const model::SelectRequest& request, const model::ReadContext& context, std::vector<std::string>& out) {
  if (request.limit == 0 || out.size() <= request.limit) return;
  out.resize(request.limit);
  context.warnings.add("results truncated due to limit");
}

}  // namespace

MountedBlocks::MountedBlocks(model::SeriesReader& own, std::vector<std::shared_ptr<const BlockReader>> blocks, std::string tenant)
    : own_(own), blocks_(std::move(blocks)), tenant_(std::move(tenant)) {}

MountedBlocks::Share MountedBlocks::share_of(const model::SelectRequest& request) const {
  Share share;
  share.any = std::find(request.tenants.begin(), request.tenants.end(), tenant_) != request.tenants.end();
  share.labelled = request.tenants.size() > 1;
  for (const model::Matcher& matcher : request.matchers) {
    if (!share.labelled || matcher.name() != kTenantLabel) share.matchers.push_back(matcher);
    else if (!matcher.matches(tenant_)) share.any = false;
  }
  return share;
}

Result<std::vector<SelectedSeries>> MountedBlocks::select_mounted(const model::SelectRequest& request, const model::ReadContext& context,
                                                                  telemetry::Reservation& held) const {
  std::vector<SelectedSeries> selected;
  const Share share = share_of(request);
  if (!share.any) return selected;
  for (const auto& block : blocks_) {
    if (block->meta().min_time > request.max || block->meta().end_time <= request.min) continue;
    const std::size_t first = selected.size();
    if (const auto found = block->select(share.matchers, request.min, request.max, selected); !found) {
      context.warnings.add(fmt::format("block is damaged and left out: {}", found.error().message));
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = first; i < selected.size(); ++i) {
      if (share.labelled) selected[i].labels = model::LabelsBuilder(selected[i].labels).set(kTenantLabel, tenant_).build();
      bytes += kBytesPerSeries + selected[i].labels.encoded().size();
    }
    TRYV(held.grow(bytes, Code::kUnprocessable));
    TRYV(context.cancellation.check());
  }
  return selected;
}

Result<std::unique_ptr<model::SeriesSet>> MountedBlocks::select(const model::SelectRequest& request, const model::ReadContext& context) {
  telemetry::Reservation held(context.budget);
  TRY(std::vector<SelectedSeries> selected, select_mounted(request, context, held));
  if (selected.empty()) return own_.select(request, context);
  // A sample that both have could hide in one that stands for others.
  model::SelectRequest every = request;
  every.grid = {};
  TRY(auto own, own_.select(every, context));
  return std::make_unique<JoinedSet>(std::move(own), merge_series(std::move(selected), std::move(held)));
}

template <class Visit>
Result<void> MountedBlocks::each_label_set(const model::SelectRequest& request, const model::ReadContext& context, Visit visit) const {
  telemetry::Reservation held(context.budget);
  TRY(const std::vector<SelectedSeries> selected, select_mounted(request, context, held));
  for (const SelectedSeries& series : selected) visit(series.labels);
  return {};
}

Result<std::vector<std::string>> MountedBlocks::label_names(const model::SelectRequest& request, const model::ReadContext& context) {
  TRY(const std::vector<std::string> own, own_.label_names(request, context));
  std::set<std::string, std::less<>> names(own.begin(), own.end());
  TRYV(each_label_set(request, context, [&](const model::Labels& labels) {
    for (const model::LabelView& label : labels) {
      if (!names.contains(label.name)) names.emplace(label.name);
    }
  }));
  std::vector<std::string> out(names.begin(), names.end());
  limit_results(request, context, out);
  return out;
}

Result<std::vector<std::string>> MountedBlocks::label_values(const std::string& name, const model::SelectRequest& request,
                                                             const model::ReadContext& context) {
  TRY(const std::vector<std::string> own, own_.label_values(name, request, context));
  std::set<std::string, std::less<>> values(own.begin(), own.end());
  TRYV(each_label_set(request, context, [&](const model::Labels& labels) {
    const std::string_view value = labels.get(name);
    if (!value.empty() && !values.contains(value)) values.emplace(value);
  }));
  std::vector<std::string> out(values.begin(), values.end());
  limit_results(request, context, out);
  return out;
}

Result<std::vector<model::SeriesExemplars>> MountedBlocks::exemplars(const model::SelectRequest& request, const model::ReadContext& context) {
  return own_.exemplars(request, context);
}

Result<std::vector<model::Metadata>> MountedBlocks::metadata(const std::vector<std::string>& tenants, const std::string& metric,
                                                             const model::ReadContext& context) {
  return own_.metadata(tenants, metric, context);
}

}  // namespace isobar::tsdb::prometheus
