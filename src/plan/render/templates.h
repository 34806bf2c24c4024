// The files of templates/, embedded in the program.
//
// Thread safety: immutable after the first call.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/render/render.h"

namespace isobar::plan::rendering {

using Words = std::vector<std::pair<std::string_view, std::string>>;

// Those below a folder ("helm"), with paths relative to it, by path; each "@WORD@" replaced.
Result<std::vector<RenderedFile>> templates(std::string_view folder, const Words& words);

// By path, so that the order of making them does not show.
void sort_by_path(std::vector<RenderedFile>& files);

}  // namespace isobar::plan::rendering
