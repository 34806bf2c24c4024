// What a repair does about the log: from what it holds and what the manifest needs of it.
#pragma once

#include "repair/plan.h"

namespace isobar::repair {

// Adds steps and patches. The watermarks of `manifest` say which records are in blocks already.
void plan_log(const DataLayout& layout, const ingest_log::LogSurvey& survey, const blocks::Manifest& manifest,
              Plan& plan);

}  // namespace isobar::repair
