// A manifest made anew from the blocks, where there is none that can be read. Names of blocks say partition,
// positions and day; the rest is read from the blocks themselves.
//
// What only the manifest knew is gone: deletes that were not yet applied to every block, and how far a
// partition is in blocks. The latter is taken to be the highest end of its blocks; the log is folded again
// from there on, and folding what is in blocks already changes nothing.
#pragma once

#include "object_store/object_store.h"
#include "repair/plan.h"

namespace isobar::repair {

// Adds the steps; `wrong` says what is the matter with the manifest.
Result<blocks::Manifest> plan_manifest(const DataLayout& layout, object_store::ObjectStore& objects,
                                       const ingest_log::LogSurvey& survey, const std::string& wrong,
                                       Plan& plan);

}  // namespace isobar::repair
