#include "tsdb/chunk/integer_vector.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"

namespace isobar::tsdb {
namespace {

__extension__ using Uint128 = unsigned __int128;
using Residuals = std::array<std::uint64_t, kVectorSamples>;

constexpr std::size_t kGroup = 128;
constexpr std::uint8_t kOrderMask = 3;
constexpr std::uint8_t kHasDivisor = 4;

unsigned width_of(std::uint64_t v) { return static_cast<unsigned>(std::bit_width(v)); }
std::size_t varint_size(std::uint64_t v) { return v == 0 ? 1 : (width_of(v) + 6) / 7; }
constexpr std::size_t packed_size(std::size_t count, unsigned width) { return (count * width + 7) / 8; }

// How one group is written.
struct Plan {
  std::int64_t base = 0;  // the least residual
  unsigned width = 0;
  std::size_t patches = 0;
  std::size_t bytes = 0;
};

std::uint64_t above(std::uint64_t residual, std::int64_t base) { return residual - static_cast<std::uint64_t>(base); }

Plan plan_with_base(std::span<const std::uint64_t> residuals, std::int64_t base) {
  Plan plan;
  plan.base = base;
  std::array<std::uint32_t, 65> of_width{};
  unsigned widest = 0;
  for (const std::uint64_t r : residuals) {
    const unsigned width = width_of(above(r, plan.base));
    ++of_width[width];
    widest = std::max(widest, width);
  }
  // From the widest down: what no longer fits becomes a patch of a position and its high bits.
  plan.width = widest;
  std::size_t best = packed_size(residuals.size(), widest);
  std::size_t patches = 0;
  std::size_t high_bits = 0;  // bits above `width` of all patches
  for (unsigned width = widest; width-- > 0;) {
    patches += of_width[width + 1];
    high_bits += patches;
    const std::size_t bytes = packed_size(residuals.size(), width) + patches * 2 + high_bits / 8;
    if (bytes >= best) continue;
    best = bytes;
    plan.width = width;
    plan.patches = patches;
  }
  plan.bytes = best + 2 + varint_size(zigzag(plan.base));
  return plan;
}

// The base is the least residual; or the third, if the two below (a counter that starts anew) are far off. What lies
// below the base wraps around and is patched.
Plan plan_group(std::span<const std::uint64_t> residuals) {
  std::array<std::int64_t, 3> least{INT64_MAX, INT64_MAX, INT64_MAX};
  std::int64_t most = INT64_MIN;
  for (const std::uint64_t r : residuals) {
    const auto value = static_cast<std::int64_t>(r);
    most = std::max(most, value);
    if (value >= least[2]) continue;
    least[2] = value;
    if (least[2] < least[1]) std::swap(least[1], least[2]);
    if (least[1] < least[0]) std::swap(least[0], least[1]);
  }
  const Plan plan = plan_with_base(residuals, least[0]);
  const auto distance = [](std::int64_t low, std::int64_t high) { return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low); };
  if (residuals.size() < 16 || width_of(distance(least[2], most)) + 2 > width_of(distance(least[0], most))) return plan;
  const Plan other = plan_with_base(residuals, least[2]);
  return other.bytes < plan.bytes ? other : plan;
}

void pack(std::span<const std::uint64_t> residuals, const Plan& plan, std::string& out) {
  if (plan.width == 0) return;
  const std::uint64_t mask = plan.width == 64 ? ~0ULL : (1ULL << plan.width) - 1;
  const std::size_t start = out.size();
  const std::size_t size = packed_size(residuals.size(), plan.width);
  out.resize(start + size + 8);
  unsigned char* to = reinterpret_cast<unsigned char*>(out.data()) + start;
  Uint128 pending = 0;
  unsigned bits = 0;
  for (const std::uint64_t r : residuals) {
    pending |= static_cast<Uint128>(above(r, plan.base) & mask) << bits;
    bits += plan.width;
    if (bits < 64) continue;
    const auto word = static_cast<std::uint64_t>(pending);
    std::memcpy(to, &word, 8);
    to += 8;
    pending >>= 64;
    bits -= 64;
  }
  const auto word = static_cast<std::uint64_t>(pending);
  std::memcpy(to, &word, 8);
  out.resize(start + size);
}

void write_group(std::span<const std::uint64_t> residuals, const Plan& plan, std::string& out) {
  put_zigzag(out, plan.base);
  put_u8(out, static_cast<std::uint8_t>(plan.width));
  put_u8(out, static_cast<std::uint8_t>(plan.patches));
  pack(residuals, plan, out);
  if (plan.patches == 0) return;
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    const std::uint64_t high = above(residuals[i], plan.base) >> plan.width;
    if (high == 0) continue;
    put_u8(out, static_cast<std::uint8_t>(i));
    put_varint(out, high);
  }
}

// Numbers of up to so many bits lie within eight bytes, wherever they begin.
constexpr unsigned kNarrow = 57;

void unpack_narrow(std::string_view packed, unsigned width, std::uint64_t base, std::span<std::int64_t> out) {
  // Room behind the last number; what is read there is masked away.
  std::array<char, packed_size(kGroup, kNarrow) + 8> bytes;
  std::memcpy(bytes.data(), packed.data(), packed.size());
  std::memset(bytes.data() + packed.size(), 0, 8);
  const std::uint64_t mask = (1ULL << width) - 1;
  std::size_t bit = 0;
  for (std::int64_t& value : out) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + bit / 8, 8);
    value = static_cast<std::int64_t>(((word >> (bit % 8)) & mask) + base);
    bit += width;
  }
}

bool read_group(ByteReader& in, std::span<std::int64_t> out) {
  const auto base = static_cast<std::uint64_t>(in.zigzag_varint());
  const unsigned width = in.u8();
  const unsigned patches = in.u8();
  if (!in.ok() || width > 64 || patches > out.size()) return false;
  const std::string_view packed = in.take(packed_size(out.size(), width));
  if (!in.ok()) return false;
  if (width == 0) {
    std::fill(out.begin(), out.end(), static_cast<std::int64_t>(base));
  } else if (width <= kNarrow) {
    unpack_narrow(packed, width, base, out);
  } else {
    const std::uint64_t mask = width == 64 ? ~0ULL : (1ULL << width) - 1;
    const auto* at = reinterpret_cast<const unsigned char*>(packed.data());
    const auto* end = at + packed.size();
    Uint128 pending = 0;
    unsigned bits = 0;
    for (std::int64_t& value : out) {
      if (bits < width) {
        std::uint64_t word = 0;
        const std::size_t n = std::min<std::size_t>(8, static_cast<std::size_t>(end - at));
        std::memcpy(&word, at, n);
        at += n;
        pending |= static_cast<Uint128>(word) << bits;
        bits += 64;
      }
      value = static_cast<std::int64_t>((static_cast<std::uint64_t>(pending) & mask) + base);
      pending >>= width;
      bits -= width;
    }
  }
  for (unsigned i = 0; i < patches; ++i) {
    const unsigned position = in.u8();
    const std::uint64_t high = in.varint();
    if (position >= out.size() || width == 64) return false;
    out[position] = static_cast<std::int64_t>(static_cast<std::uint64_t>(out[position]) + (high << width));
  }
  return in.ok();
}

// The greatest common divisor of all distances to the first value; most sequences have 1 after a few steps.
std::uint64_t common_divisor(std::span<const std::int64_t> values) {
  std::uint64_t divisor = 0;
  for (const std::int64_t v : values) {
    std::uint64_t a = static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(values[0]);
    if (static_cast<std::int64_t>(a) < 0) a = 0 - a;
    while (a != 0) {
      divisor %= a;
      std::swap(a, divisor);
    }
    if (divisor == 1) return 1;
  }
  return divisor == 0 ? 1 : divisor;
}

// How the residuals of one order are written.
struct OrderPlan {
  std::array<Plan, kVectorSamples / kGroup> groups;
  std::size_t bytes = 0;
  bool flat = true;  // each group is its base alone
};

std::span<const std::uint64_t> group_of(std::span<const std::uint64_t> residuals, std::size_t i) {
  return residuals.subspan(i * kGroup, std::min(kGroup, residuals.size() - i * kGroup));
}

void plan_order(std::span<const std::uint64_t> residuals, OrderPlan& plan) {
  plan.bytes = 0;
  plan.flat = true;
  for (std::size_t i = 0; i * kGroup < residuals.size(); ++i) {
    plan.groups[i] = plan_group(group_of(residuals, i));
    plan.bytes += plan.groups[i].bytes;
    plan.flat = plan.flat && plan.groups[i].width == 0 && plan.groups[i].patches == 0;
  }
}

// differences of `from`, whose first is kept apart by the caller.
void differences(std::span<const std::uint64_t> from, std::uint64_t* to) {
  for (std::size_t i = 1; i < from.size(); ++i) to[i - 1] = from[i] - from[i - 1];
}

}  // namespace

void encode_integers(std::span<const std::int64_t> values, std::string& out) {
  CHECK(values.size() <= kVectorSamples);
  if (values.empty()) return;
  const std::uint64_t divisor = common_divisor(values);
  std::array<Residuals, 3> orders;
  const std::size_t n = values.size();
  for (std::size_t i = 0; i < n; ++i) {
    // Distances wrap around; as signed numbers they divide exactly, which is what the decoder multiplies back.
    const auto distance = static_cast<std::int64_t>(static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[0]));
    orders[0][i] = divisor == 1 ? static_cast<std::uint64_t>(distance) : static_cast<std::uint64_t>(distance / static_cast<std::int64_t>(divisor));
  }
  std::array<std::size_t, 3> lengths{n, n - 1, n < 2 ? 0 : n - 2};
  differences({orders[0].data(), n}, orders[1].data());
  if (n >= 2) differences({orders[1].data(), n - 1}, orders[2].data());
  std::size_t order = 0;
  std::array<OrderPlan, 2> plans;
  OrderPlan* best = &plans[0];
  OrderPlan* other = &plans[1];
  best->bytes = SIZE_MAX;
  // Differences first: where they are all the same nothing else need be tried.
  for (const std::size_t o : {std::size_t{1}, std::size_t{0}, std::size_t{2}}) {
    if (o >= n) continue;
    plan_order({orders[o].data(), lengths[o]}, *other);
    if (o == 2) other->bytes += varint_size(zigzag(static_cast<std::int64_t>(orders[1][0])));
    if (other->bytes > best->bytes || (other->bytes == best->bytes && o > order)) continue;
    std::swap(best, other);
    order = o;
    if (best->flat) break;
  }
  put_u8(out, static_cast<std::uint8_t>(order | (divisor == 1 ? 0 : kHasDivisor)));
  put_zigzag(out, values[0]);
  if (divisor != 1) put_varint(out, divisor);
  if (order == 2) put_zigzag(out, static_cast<std::int64_t>(orders[1][0]));
  const std::span<const std::uint64_t> residuals(orders[order].data(), lengths[order]);
  for (std::size_t i = 0; i * kGroup < residuals.size(); ++i)
    write_group(group_of(residuals, i), best->groups[i], out);
}

bool decode_integers(ByteReader& in, std::span<std::int64_t> out) {
  if (out.empty()) return true;
  if (out.size() > kVectorSamples) return false;
  const std::uint8_t head = in.u8();
  const std::size_t order = head & kOrderMask;
  const auto first = static_cast<std::uint64_t>(in.zigzag_varint());
  const std::uint64_t divisor = (head & kHasDivisor) != 0 ? in.varint() : 1;
  const std::uint64_t first_difference = order == 2 ? static_cast<std::uint64_t>(in.zigzag_varint()) : 0;
  if (!in.ok() || head > (kOrderMask | kHasDivisor) || order == 3 || order >= out.size()) return false;
  const std::span<std::int64_t> residuals = out.subspan(order);
  for (std::size_t i = 0; i < residuals.size(); i += kGroup) {
    if (!read_group(in, residuals.subspan(i, std::min(kGroup, residuals.size() - i)))) return false;
  }
  // Sums and products wrap around, so the divisor may be multiplied before summing.
  auto* value = reinterpret_cast<std::uint64_t*>(out.data());
  if (order == 0) {
    for (std::size_t i = 0; i < out.size(); ++i) value[i] = value[i] * divisor + first;
    return true;
  }
  value[0] = first;
  if (order == 1) {
    for (std::size_t i = 1; i < out.size(); ++i) value[i] = value[i - 1] + value[i] * divisor;
    return true;
  }
  std::uint64_t difference = first_difference * divisor;
  value[1] = first + difference;
  for (std::size_t i = 2; i < out.size(); ++i) {
    difference += value[i] * divisor;
    value[i] = value[i - 1] + difference;
  }
  return true;
}

}  // namespace isobar::tsdb
