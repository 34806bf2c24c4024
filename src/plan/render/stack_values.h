// Values for the charts of a profile without Isobar: what its decisions say, and what cannot work corrected. A correction is
// a comment at the value, and a note.
//
// Thread safety: pure functions.
#pragma once

#include "plan/render/profile_facts.h"
#include "plan/render/render.h"

namespace isobar::plan::rendering {

Result<Rendering> render_stack_values(const ProfileFacts& facts);

}  // namespace isobar::plan::rendering
