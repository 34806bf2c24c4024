// Whether a store holds what a log and a manifest in it rest on: conditional puts.
#pragma once

#include <string>

#include "object_store/object_store.h"

namespace isobar::object_store {

struct StoreAbilities {
  bool if_none_match = false;
  bool if_match = false;
  bool all() const { return if_none_match && if_match; }
  // What is missing and what that means; empty if nothing is.
  std::string warning(const std::string& store) const;
};

// Puts a small object under `key`, which nobody else uses, tries both conditions on it, and removes it. kUnavailable: the store
// cannot be reached.
Result<StoreAbilities> probe(ObjectStore& store, const std::string& key);

}  // namespace isobar::object_store
