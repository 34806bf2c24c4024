#include "plan/render/stack_values.h"

namespace isobar::plan::rendering {
Result<Rendering> render_stack_values(const ProfileFacts&) { return Rendering{}; }
}  // namespace isobar::plan::rendering
