#include "object_store/probe.h"

#include <fmt/format.h>

namespace isobar::object_store {
namespace {

// Refused as it should be; else the store ignores the condition, or does not know it.
Result<bool> is_refused(const Result<std::string>& put) {
  if (put) return false;
  if (put.error().code == Code::kConflict) return true;
  if (put.error().code == Code::kUnsupported || put.error().code == Code::kInvalid) return false;
  return fail(put.error());
}

}  // namespace

Result<StoreAbilities> probe(ObjectStore& store, const std::string& key) {
  StoreAbilities found;
  TRY(const std::string etag, store.put(key, "1"));
  TRY(found.if_none_match, is_refused(store.put(key, "2", PutCondition::if_absent())));
  const auto changed = store.put(key, "3");
  TRY(found.if_match, is_refused(store.put(key, "4", PutCondition::if_match(etag))));
  (void)store.remove(key);
  return found;
}

std::string StoreAbilities::warning(const std::string& store) const {
  if (all()) return {};
  return fmt::format("{} does not honour {}{}{}: two processes that use it at once are not noticed and destroy each other's data", store,
                     if_none_match ? "" : "If-None-Match", !if_none_match && !if_match ? " and " : "", if_match ? "" : "If-Match");
}

}  // namespace isobar::object_store
