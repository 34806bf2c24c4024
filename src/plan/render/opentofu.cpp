#include "plan/render/render.h"
namespace isobar::plan {
Result<Rendering> render_opentofu(const Ledger&, std::string_view) { return Rendering{}; }
}  // namespace isobar::plan
