// A ledger of any bytes: it loads or names its problems, and what loads can be computed and simulated.
#include <cstddef>
#include <cstdint>
#include <string>

#include "plan/ledger/evaluation.h"
#include "plan/ledger/ledger.h"
#include "plan/survival/world_of.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace isobar::plan;
  if (size > 20'000) return 0;
  const LoadedLedger loaded = load_ledger({{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)}});
  if (loaded.ledger.has_value() == !loaded.problems.empty()) __builtin_trap();
  if (!loaded.ledger) return 0;
  for (const Profile& profile : loaded.ledger->profiles) {
    const auto settings = settings_of(*loaded.ledger, profile.id);
    if (!settings) __builtin_trap();
    if (!evaluate(*loaded.ledger, profile.id, *settings)) __builtin_trap();  // validation has computed it before
    static_cast<void>(world_of(*loaded.ledger, profile.id, *settings));
  }
  return 0;
}
