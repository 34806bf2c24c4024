// Parts of a date in UTC, of the values of a vector or of the step's time.
// The civil calendar from days is Howard Hinnant's "chrono-compatible low-level date algorithms".
#include <cmath>

#include "promql/cell_streams.h"
#include "promql/functions/families.h"

namespace isobar::promql {
namespace {

using eval::Cell;

struct Date {
  std::int64_t year = 1970;
  unsigned month = 1;
  unsigned day = 1;
  std::int64_t days = 0;     // since 1970-01-01
  std::int64_t seconds = 0;  // of the day
};

Date date_of(double unix_seconds) {
  // Fractions are cut off, also before 1970.
  const auto whole = static_cast<std::int64_t>(std::clamp(std::trunc(unix_seconds), -1e15, 1e15));
  Date d;
  d.days = whole / 86400 - (whole % 86400 < 0 ? 1 : 0);
  d.seconds = whole - d.days * 86400;
  const std::int64_t z = d.days + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  d.day = day_of_year - (153 * shifted + 2) / 5 + 1;
  d.month = shifted < 10 ? shifted + 3 : shifted - 9;
  d.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (d.month <= 2 ? 1 : 0);
  return d;
}

bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

double minute(const Date& d) {
  return static_cast<double>(d.seconds / 60 % 60);
}
double hour(const Date& d) {
  return static_cast<double>(d.seconds / 3600);
}
double day_of_month(const Date& d) {
  return d.day;
}
double day_of_week(const Date& d) {
  return static_cast<double>(((d.days + 4) % 7 + 7) % 7);
}
double month(const Date& d) {
  return d.month;
}
double year(const Date& d) {
  return static_cast<double>(d.year);
}
double day_of_year(const Date& d) {
  static constexpr unsigned kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  return kBefore[d.month - 1] + d.day + (d.month > 2 && is_leap(d.year) ? 1 : 0);
}
double days_in_month(const Date& d) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[d.month - 1] + (d.month == 2 && is_leap(d.year) ? 1 : 0);
}

template <double (*part)(const Date&)>
Result<Value> part_of_date(CallContext& call) {
  if (call.count() == 0) {
    Scalars values(call.steps());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = part(date_of(static_cast<double>(call.grid().at(i)) / 1000));
    }
    return single_series(call, values);
  }
  TRY(eval::StreamPtr stream, call.vector(0));
  stream = map_cells(std::move(stream), [](const Cell& cell, std::size_t, const model::Labels&) {
    if (cell.kind != eval::Kind::kFloat) return Cell{};
    return Cell::of(std::isnan(cell.value) ? cell.value : part(date_of(cell.value)));
  });
  TRY(stream, drop_names(std::move(stream), call.state()));
  return Value::of(std::move(stream));
}

constexpr FunctionSpec of_date(std::string_view name, BuildKernel build, std::string_view doc,
                               std::string_view example) {
  FunctionSpec spec;
  spec.name = name;
  spec.arguments = {ValueType::kVector};
  spec.max_arguments = 1;
  spec.uses_step_time = true;
  spec.doc = doc;
  spec.example = example;
  spec.code.build = build;
  return spec;
}

constexpr FunctionSpec kFunctions[] = {
    of_date("minute", part_of_date<minute>, "Minute of the hour, 0 to 59, in UTC.", "minute()"),
    of_date("hour", part_of_date<hour>, "Hour of the day, 0 to 23, in UTC.", "hour()"),
    of_date("day_of_month", part_of_date<day_of_month>, "Day of the month, 1 to 31, in UTC.",
            "day_of_month()"),
    of_date("day_of_week", part_of_date<day_of_week>, "Day of the week, 0 (Sunday) to 6, in UTC.",
            "day_of_week()"),
    of_date("day_of_year", part_of_date<day_of_year>, "Day of the year, 1 to 366, in UTC.", "day_of_year()"),
    of_date("days_in_month", part_of_date<days_in_month>, "Number of days of the month, 28 to 31, in UTC.",
            "days_in_month()"),
    of_date("month", part_of_date<month>, "Month of the year, 1 to 12, in UTC.", "month()"),
    of_date("year", part_of_date<year>, "Year, in UTC.", "year()"),
};

}  // namespace

std::span<const FunctionSpec> calendar_functions() {
  return kFunctions;
}

}  // namespace isobar::promql
