// Id<Tag, Rep>: an integer that cannot be mistaken for another. using SeriesRef = Id<struct SeriesRefTag, uint32_t>;
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace isobar {

template <class Tag, class Rep>
struct Id {
  Rep value{};
  constexpr auto operator<=>(const Id&) const = default;
};

}  // namespace isobar

template <class Tag, class Rep>
struct std::hash<isobar::Id<Tag, Rep>> {
  std::size_t operator()(const isobar::Id<Tag, Rep>& id) const noexcept { return std::hash<Rep>{}(id.value); }
};
