// The reading half of MetricsStore: views, and the SeriesReader calls on top of them.
#include <algorithm>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "blocks/companions.h"
#include "follower/metrics_store.h"
#include "tsdb/deleted_series.h"
#include "tsdb/series_merge.h"

namespace isobar::follower {
namespace {

std::string left_out(const Error& error) {
  return fmt::format("block {} and left out: {}", error.code == Code::kCorrupt ? "is damaged" : "cannot be read now", error.message);
}

constexpr std::string_view kTenantLabel = "__tenant_id__";

bool all_match(std::span<const model::Matcher> matchers, std::string_view value) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const model::Matcher& m) { return m.matches(value); });
}

// With several tenants, __tenant_id__ is a label like any other, but it selects tenants instead of series.
struct TenantQuery {
  std::vector<std::string> tenants;
  std::vector<model::Matcher> matchers;
  bool labelled = false;
};

TenantQuery split_tenants(const model::SelectRequest& request) {
  TenantQuery query;
  query.labelled = request.tenants.size() > 1;
  if (!query.labelled) {
    query.tenants = request.tenants;
    query.matchers = request.matchers;
    return query;
  }
  std::vector<model::Matcher> on_tenant;
  for (const model::Matcher& m : request.matchers) (m.name() == kTenantLabel ? on_tenant : query.matchers).push_back(m);
  for (const std::string& tenant : request.tenants) {
    if (all_match(on_tenant, tenant)) query.tenants.push_back(tenant);
  }
  return query;
}

model::Labels with_tenant(const model::Labels& labels, const std::string& tenant) {
  return model::LabelsBuilder(labels).set(kTenantLabel, tenant).build();
}

// What a selected series costs while a query holds it, beside its samples: labels, handle, copied open chunk.
constexpr std::uint64_t kBytesPerSeries = 400;

blocks::DeletedSeries deleted_in(const blocks::Tombstones& tombstones, const blocks::BlockEntry& block, std::string_view tenant,
                                 const model::SelectRequest& request) {
  return {tombstones, block.end, block.deletes_through, tenant, request.min, request.max};
}

// A delete record ended the generation, so all of it is meant or nothing.
blocks::DeletedSeries deleted_in(const blocks::Tombstones& tombstones, const tsdb::Generation& frozen, std::string_view tenant,
                                 const model::SelectRequest& request) {
  return {tombstones, frozen.end(), {}, tenant, request.min, request.max};
}

void select_in(const tsdb::Generation& frozen, const blocks::DeletedSeries& deleted, std::string_view tenant,
               std::span<const model::Matcher> matchers, const model::SelectRequest& request, std::vector<tsdb::SelectedSeries>& out) {
  const std::size_t from = out.size();
  frozen.select(tenant, matchers, request.min, request.max, out);
  tsdb::hide_deleted(deleted, request.min, request.max, out, from);
}

Result<void> select_in(const tsdb::BlockReader& block, const blocks::DeletedSeries& deleted, std::string_view tenant,
                       std::span<const model::Matcher> matchers, const model::SelectRequest& request,
                       std::vector<tsdb::SelectedSeries>& out) {
  const std::size_t from = out.size();
  Result<void> found = block.select(tenant, matchers, request.min, request.max, out);
  // What was found before an error counts too.
  tsdb::hide_deleted(deleted, request.min, request.max, out, from);
  return found;
}

std::string time_text(Timestamp time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time.ms / 1000))); }

// Gives the series from `from` on, selected from a block, their coarse form of its companion, where that is exact. Both
// have the same series in the same order.
void attach_coarse(const tsdb::BlockReader& companion, std::string_view tenant, std::span<const model::Matcher> matchers,
                   const model::SelectRequest& request, std::vector<tsdb::SelectedSeries>& selected, std::size_t from) {
  std::vector<tsdb::SelectedSeries> coarse;
  // A damaged one is no loss.
  if (!companion.select(tenant, matchers, request.min, request.max, coarse)) return;
  std::size_t next = from;
  for (tsdb::SelectedSeries& series : coarse) {
    while (next < selected.size() && selected[next].labels < series.labels) ++next;
    if (next == selected.size()) return;
    tsdb::SelectedSeries& same = selected[next];
    if (same.labels == series.labels && same.coarse == nullptr && tsdb::exact_for(request, *series.run)) same.coarse = std::move(series.run);
  }
}

void append_labels(const std::vector<tsdb::SelectedSeries>& series, std::vector<model::Labels>& out) {
  for (const tsdb::SelectedSeries& one : series) out.push_back(one.labels);
}

}  // namespace

Result<std::vector<MetricsStore::View>> MetricsStore::take_views(
    model::Warnings* warnings, const std::function<void(std::size_t, const tsdb::Generation&)>& on_active) {
  std::vector<View> views(partitions_.size());
  Result<void> read;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    Partition& p = *partitions_[i];
    shards_.call(shard_of(p), [&] {
      read = catch_up(p);
      {
        const std::lock_guard lock(views_mutex_);
        views[i] = {p.frozen, p.blocks, p.tombstones};
      }
      on_active(i, *p.active);
    });
    if (warnings != nullptr && p.stopped) {
      warnings->add(fmt::format("partition {} stopped at a damaged record of the ingest log, what was written since is left out: isobar check "
                                "data names the damage",
                                i));
    }
    // Without what is durable but cannot be read the answer would be wrong, and nobody would know.
    if (!read) return fail(std::move(read).error().with_context("the ingest log cannot be read"));
  }
  return views;
}

std::uint64_t MetricsStore::series_of(std::string_view tenant) const {
  std::uint64_t total = 0;
  for (const auto& p : partitions_) {
    shards_.call(shard_of(*p), [&] { total += p->active->series_of(tenant); });
  }
  return total;
}

void MetricsStore::known_series(std::string_view tenant, ingest_log::PartitionId partition,
                                std::span<const Hash128> hashes, std::vector<bool>& known) const {
  const Partition& p = *partitions_[partition.value];
  shards_.call(shard_of(p), [&] {
    known.clear();
    for (const Hash128& hash : hashes) known.push_back(p.active->knows(tenant, hash));
  });
}

Result<std::unique_ptr<model::SeriesSet>> MetricsStore::select(const model::SelectRequest& request,
                                                               const model::ReadContext& context) {
  const TenantQuery query = split_tenants(request);
  telemetry::Reservation held(context.budget);
  std::vector<tsdb::SelectedSeries> selected;
  std::size_t counted = 0;
  const auto count_bytes = [&]() -> Result<void> {
    std::uint64_t bytes = 0;
    for (; counted < selected.size(); ++counted) bytes += kBytesPerSeries + selected[counted].labels.encoded().size();
    TRYV(held.grow(bytes, Code::kUnprocessable));
    return context.cancellation.check();
  };
  for (const std::string& tenant : query.tenants) {
    const std::size_t first = selected.size();
    std::vector<std::vector<tsdb::SelectedSeries>> active(partitions_.size());
    TRY(const std::vector<View> views, take_views(&context.warnings, [&](std::size_t i, const tsdb::Generation& generation) {
      generation.select(tenant, query.matchers, request.min, request.max, active[i]);
    }));
    // Lowest log position first: blocks, then frozen generations, then the active one.
    for (std::size_t i = 0; i < views.size(); ++i) {
      for (const OpenBlock& block : *views[i].blocks) {
        if (block.entry.min_time > request.max || block.entry.max_time < request.min) continue;
        const auto reader = block.handle->open();
        if (!reader) {
          context.warnings.add(left_out(reader.error()));
          continue;
        }
        const blocks::DeletedSeries deleted = deleted_in(*views[i].tombstones, block.entry, tenant, request);
        const std::size_t from = selected.size();
        const Result<void> found = select_in(**reader, deleted, tenant, query.matchers, request, selected);
        // The coarsest first: what has one takes no other.
        for (auto companion = block.coarser.rbegin(); companion != block.coarser.rend() && deleted.none(); ++companion) {
          if (request.grid.ms == 0 || request.grid.ms % companion->entry.resolution.ms != 0 || (request.use & model::kUsesEverySample) != 0) continue;
          if (const auto coarse = companion->handle->open()) attach_coarse(**coarse, tenant, query.matchers, request, selected, from);
        }
        if (!found) context.warnings.add(left_out(found.error()));
        TRYV(count_bytes());
      }
      for (const auto& generation : *views[i].frozen) {
        const blocks::DeletedSeries deleted = deleted_in(*views[i].tombstones, *generation, tenant, request);
        select_in(*generation, deleted, tenant, query.matchers, request, selected);
        TRYV(count_bytes());
      }
      std::move(active[i].begin(), active[i].end(), std::back_inserter(selected));
      TRYV(count_bytes());
    }
    if (!query.labelled) continue;
    for (std::size_t i = first; i < selected.size(); ++i) selected[i].labels = with_tenant(selected[i].labels, tenant);
  }
  return tsdb::merge_series(std::move(selected), std::move(held), request, downsampled_reads(context));
}

tsdb::DownsampledReads MetricsStore::downsampled_reads(const model::ReadContext& context) {
  tsdb::DownsampledReads reads;
  reads.on_run = [this](Duration resolution) {
    const auto counter = downsampled_reads_.find(resolution);
    if (counter != downsampled_reads_.end()) counter->second->add();
  };
  reads.on_loss = [&warnings = context.warnings](Duration resolution, model::TimeRange time) {
    warnings.add(fmt::format("evaluated on data downsampled to {} between {} and {}, where the retention has removed the other samples",
                             blocks::resolution_text(resolution), time_text(time.min), time_text(time.max)));
  };
  return reads;
}

Result<std::vector<model::Labels>> MetricsStore::matching_labels(const model::SelectRequest& request,
                                                                 const model::ReadContext& context) {
  const TenantQuery query = split_tenants(request);
  telemetry::Reservation held(context.budget);
  std::vector<model::Labels> labels;
  for (const std::string& tenant : query.tenants) {
    const std::size_t first = labels.size();
    TRY(const std::vector<View> views, take_views(&context.warnings, [&](std::size_t, const tsdb::Generation& generation) {
      generation.select_labels(tenant, query.matchers, request.min, request.max, labels);
    }));
    for (const View& view : views) {
      for (const auto& generation : *view.frozen) {
        const blocks::DeletedSeries deleted = deleted_in(*view.tombstones, *generation, tenant, request);
        if (deleted.none()) {
          generation->select_labels(tenant, query.matchers, request.min, request.max, labels);
          continue;
        }
        std::vector<tsdb::SelectedSeries> selected;
        select_in(*generation, deleted, tenant, query.matchers, request, selected);
        append_labels(selected, labels);
      }
      for (const OpenBlock& block : *view.blocks) {
        if (block.entry.min_time > request.max || block.entry.max_time < request.min) continue;
        const auto reader = block.handle->open();
        if (!reader) {
          context.warnings.add(left_out(reader.error()));
          continue;
        }
        const blocks::DeletedSeries deleted = deleted_in(*view.tombstones, block.entry, tenant, request);
        std::vector<tsdb::SelectedSeries> selected;
        const auto found = deleted.none() ? (*reader)->select_labels(tenant, query.matchers, request.min, request.max, labels)
                                          : select_in(**reader, deleted, tenant, query.matchers, request, selected);
        append_labels(selected, labels);
        if (!found) context.warnings.add(left_out(found.error()));
        TRYV(context.cancellation.check());
      }
      std::uint64_t bytes = 0;
      for (const model::Labels& l : labels) bytes += sizeof(l) + l.encoded().size();
      if (bytes > held.bytes()) TRYV(held.grow(bytes - held.bytes(), Code::kUnprocessable));
    }
    if (!query.labelled) continue;
    for (std::size_t i = first; i < labels.size(); ++i) labels[i] = with_tenant(labels[i], tenant);
  }
  return labels;
}

Result<std::vector<std::string>> MetricsStore::label_names(const model::SelectRequest& request,
                                                           const model::ReadContext& context) {
  TRY(const std::vector<model::Labels> all, matching_labels(request, context));
  std::set<std::string, std::less<>> names;
  for (const model::Labels& labels : all) {
    for (const model::LabelView& label : labels) {
      if (!names.contains(label.name)) names.emplace(label.name);
    }
  }
  std::vector<std::string> out(names.begin(), names.end());
  if (request.limit != 0 && out.size() > request.limit) {
    out.resize(request.limit);
    context.warnings.add("results truncated due to limit");
  }
  return out;
}

Result<std::vector<std::string>> MetricsStore::label_values(const std::string& name,
                                                            const model::SelectRequest& request,
                                                            const model::ReadContext& context) {
  TRY(const std::vector<model::Labels> all, matching_labels(request, context));
  std::set<std::string, std::less<>> values;
  for (const model::Labels& labels : all) {
    const std::string_view value = labels.get(name);
    if (!value.empty() && !values.contains(value)) values.emplace(value);
  }
  std::vector<std::string> out(values.begin(), values.end());
  if (request.limit != 0 && out.size() > request.limit) {
    out.resize(request.limit);
    context.warnings.add("results truncated due to limit");
  }
  return out;
}

Result<std::vector<model::SeriesExemplars>> MetricsStore::exemplars(const model::SelectRequest& request,
                                                                    const model::ReadContext& context) {
  const TenantQuery query = split_tenants(request);
  std::map<model::Labels, std::vector<model::Exemplar>> merged;
  for (const std::string& tenant : query.tenants) {
    std::vector<model::SeriesExemplars> found;
    TRY(const std::vector<View> views, take_views(&context.warnings, [&](std::size_t, const tsdb::Generation& generation) {
      generation.exemplars(tenant, query.matchers, request.min, request.max, found);
    }));
    for (const View& view : views) {
      for (const auto& generation : *view.frozen) {
        const std::size_t from = found.size();
        generation->exemplars(tenant, query.matchers, request.min, request.max, found);
        tsdb::hide_deleted(deleted_in(*view.tombstones, *generation, tenant, request), found, from);
      }
      for (const OpenBlock& block : *view.blocks) {
        const auto reader = block.handle->open();
        if (!reader) continue;
        const std::size_t from = found.size();
        TRYV((*reader)->exemplars(tenant, query.matchers, request.min, request.max, found));
        tsdb::hide_deleted(deleted_in(*view.tombstones, block.entry, tenant, request), found, from);
        TRYV(context.cancellation.check());
      }
    }
    for (model::SeriesExemplars& series : found) {
      const model::Labels labels = query.labelled ? with_tenant(series.series, tenant) : series.series;
      auto& list = merged[labels];
      list.insert(list.end(), series.exemplars.begin(), series.exemplars.end());
    }
  }
  std::vector<model::SeriesExemplars> out;
  for (auto& [labels, list] : merged) {
    std::stable_sort(list.begin(), list.end(),
                     [](const model::Exemplar& a, const model::Exemplar& b) { return a.timestamp < b.timestamp; });
    list.erase(std::unique(list.begin(), list.end()), list.end());
    out.push_back({labels, std::move(list)});
  }
  return out;
}

Result<std::vector<model::Metadata>> MetricsStore::metadata(const std::vector<std::string>& tenants,
                                                            const std::string& metric,
                                                            const model::ReadContext& context) {
  std::vector<model::Metadata> all;
  for (const std::string& tenant : tenants) {
    TRY(const std::vector<View> views, take_views(&context.warnings, [&](std::size_t, const tsdb::Generation& generation) {
      generation.metadata(tenant, metric, all);
    }));
    for (const View& view : views) {
      for (const auto& generation : *view.frozen) generation->metadata(tenant, metric, all);
      for (const OpenBlock& block : *view.blocks) {
        if (const auto reader = block.handle->open()) (*reader)->metadata(tenant, metric, all);
        TRYV(context.cancellation.check());
      }
    }
  }
  // Sorted by name; what several partitions or blocks say alike, once.
  const auto key = [](const model::Metadata& m) { return std::tie(m.metric, m.type, m.help, m.unit); };
  std::sort(all.begin(), all.end(),
            [&](const model::Metadata& a, const model::Metadata& b) { return key(a) < key(b); });
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace isobar::follower
