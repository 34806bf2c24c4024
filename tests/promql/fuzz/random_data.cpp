#include "random_data.h"

#include <cmath>
#include <limits>

#include "model/sample.h"

namespace isobar::promqltest {
namespace {

using Hint = model::CounterResetHint;

struct Place {
  std::string job;
  std::string instance;
};
const std::vector<Place> kPlaces{{"api", "1"}, {"api", "2"}, {"api", "10"}, {"db", "1"}, {"db", "2"}};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kSamples = 36;

class Generator {
 public:
  Generator(Random& random, MemoryReader& reader) : random_(random), reader_(reader) {
    times_.interval = random.any_number<std::int64_t>({10000, 15000, 30000, 60000});
    times_.first = random.percent(50) ? 0 : 1600000000000 + random.between(0, 100000);
    times_.last = times_.first + times_.interval * static_cast<std::int64_t>(kSamples);
  }

  DataTimes run() {
    for (const Place& p : kPlaces) {
      counter(labels("requests_total", p, {{"code", "200"}}));
      counter(labels("requests_total", p, {{"code", "500"}}));
      if (random_.percent(70)) counter(labels("errors_total", p, {}));
      gauge(labels("temperature", p, {}));
      if (random_.percent(60)) gauge(labels("load", p, {}));
      classic(p);
      native(labels("latency", p, {}), false, false);
      if (random_.percent(60)) native(labels("size", p, {}), false, true);
      if (random_.percent(60)) native(labels("spread", p, {}), true, false);
      if (random_.percent(50)) mixed(labels("mixed", p, {}));
      information(p);
    }
    for (const char* job : {"api", "db"}) gauge(model::Labels{{"__name__", "limit"}, {"job", job}});
    return times_;
  }

 private:
  static model::Labels labels(std::string_view name, const Place& p,
                              std::initializer_list<model::LabelView> more) {
    std::vector<model::LabelView> pairs{{"__name__", name}, {"job", p.job}, {"instance", p.instance}};
    pairs.insert(pairs.end(), more.begin(), more.end());
    return model::Labels::from_pairs(pairs);
  }

  // Calls `sample(t, start timestamp)` at the times of a series with gaps, and appends stale markers.
  template <class Sample>
  void at_times(const model::Labels& series, Sample sample) {
    const bool jitter = random_.percent(30);
    const bool starts = random_.percent(25);
    std::int64_t start = random_.percent(50) ? times_.first - 1000 : times_.first + times_.interval * 3 / 2;
    std::int64_t previous = 0;
    for (std::size_t i = 0; i < kSamples; ++i) {
      if (random_.percent(8)) i += random_.below(12);
      std::int64_t t = times_.first + static_cast<std::int64_t>(i) * times_.interval;
      if (jitter) t += random_.between(-2000, 2000);
      if (random_.percent(3)) {
        reader_.append(series, t, model::stale_nan(), 0);
        continue;
      }
      if (starts && random_.percent(10))
        start = random_.percent(50) ? previous : t - random_.between(0, 20000);
      sample(t, starts && !random_.percent(10) ? start : 0);
      previous = t;
    }
  }

  double gauge_value() {
    switch (random_.below(12)) {
      case 0:
        return std::numeric_limits<double>::quiet_NaN();
      case 1:
        return random_.percent(50) ? kInfinity : -kInfinity;
      case 2:
        return 0;
      case 3:
        return random_.percent(50) ? 1e16 : -1e16;
      case 4:
        return 1e-9 * static_cast<double>(random_.between(-100, 100));
      case 5:
      case 6:
        return (random_.unit() - 0.5) * 200;
      default:
        return static_cast<double>(random_.between(-5, 20));
    }
  }

  // Large values that cancel: what a sum without compensation loses is all that is left.
  double cancelling_value() {
    const double large = random_.percent(50) ? 1e16 : -1e16;
    return random_.percent(60) ? large : static_cast<double>(random_.between(1, 9));
  }

  void gauge(const model::Labels& series) {
    const bool wild = random_.percent(25);
    const bool cancels = !wild && random_.percent(20);
    double value = static_cast<double>(random_.between(-5, 50));
    at_times(series, [&](std::int64_t t, std::int64_t start) {
      if (!random_.percent(20)) value += static_cast<double>(random_.between(-30, 30)) / 4;
      double sample = wild ? gauge_value() : value;
      if (cancels) sample = cancelling_value();
      reader_.append(series, t, sample, start);
    });
  }

  void counter(const model::Labels& series) {
    const double unit = random_.percent(50) ? 1 : 0.1;
    double value = random_.percent(50) ? 0 : static_cast<double>(random_.between(0, 1000000));
    at_times(series, [&](std::int64_t t, std::int64_t start) {
      value = random_.percent(6) ? static_cast<double>(random_.below(5))
                                 : value + unit * static_cast<double>(random_.below(40));
      reader_.append(series, t, random_.percent(1) ? std::numeric_limits<double>::quiet_NaN() : value, start);
    });
  }

  void classic(const Place& p) {
    static constexpr std::string_view kBounds[] = {"0.1", "0.5", "1", "2.5", "+Inf"};
    std::vector<double> counts(std::size(kBounds));
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < kSamples; ++i) {
      double total = 0;
      for (double& c : counts) {
        total += static_cast<double>(random_.below(6));
        c += total;
      }
      if (random_.percent(4)) counts.assign(counts.size(), 0);
      rows.push_back(counts);
    }
    const bool torn = random_.percent(20);  // buckets of different scrapes
    for (std::size_t b = 0; b < counts.size(); ++b) {
      const model::Labels series = labels("latency_bucket", p, {{"le", kBounds[b]}});
      for (std::size_t i = 0; i < kSamples; ++i) {
        if (torn && random_.percent(15)) continue;
        reader_.append(series, times_.first + static_cast<std::int64_t>(i) * times_.interval, rows[i][b], 0);
      }
    }
  }

  void observe(std::vector<model::BucketSpan>& spans, std::vector<double>& buckets, bool custom) {
    if (buckets.empty()) {
      std::int32_t at = custom ? 0 : static_cast<std::int32_t>(random_.between(-6, 4));
      for (std::uint64_t i = random_.below(3) + 1; i > 0; --i) {
        const auto length = static_cast<std::uint32_t>(random_.between(1, custom ? 1 : 3));
        spans.push_back({at, length});
        buckets.resize(buckets.size() + length);
        at = static_cast<std::int32_t>(random_.below(custom ? 2 : 4) + 1);
      }
      if (custom) spans.front().offset = 0;
    }
    for (double& b : buckets) b += static_cast<double>(random_.below(5));
  }

  model::Histogram empty_histogram(bool custom) {
    model::Histogram h;
    h.is_integer = true;
    if (custom) {
      h.schema = model::kCustomBucketsSchema;
      h.custom_values = random_.percent(60) ? std::vector<double>{0.1, 1, 5, 10, 25, 100}
                                            : std::vector<double>{-1, 0.1, 1, 10, 50, 100, 200};
    } else {
      h.schema = static_cast<std::int8_t>(random_.between(-1, 3));
      h.zero_threshold = random_.any_number({0.0, 1e-128, 0.001, 0.25});
    }
    return h;
  }

  void grow(model::Histogram& h, bool fractional) {
    observe(h.positive_spans, h.positive_buckets, h.uses_custom_buckets());
    if (!h.uses_custom_buckets()) {
      h.zero_count += static_cast<double>(random_.below(3));
      if (!h.negative_buckets.empty() || random_.percent(10))
        observe(h.negative_spans, h.negative_buckets, false);
    }
    if (fractional) {
      h.is_integer = false;
      for (double& b : h.positive_buckets) b += 0.25;
    }
    h.count = h.zero_count;
    for (const double b : h.positive_buckets) h.count += b;
    for (const double b : h.negative_buckets) h.count += b;
    h.sum += static_cast<double>(random_.between(-3, 30)) / 2;
  }

  void native(const model::Labels& series, bool is_gauge, bool custom) {
    model::Histogram h = empty_histogram(custom);
    const bool fractional = random_.percent(30);
    const bool nan = random_.percent(5);
    const bool hints = random_.percent(40);
    at_times(series, [&](std::int64_t t, std::int64_t start) {
      const bool anew = random_.percent(8) || (is_gauge && random_.percent(30));
      if (anew) h = empty_histogram(random_.percent(4) ? !custom : custom);
      grow(h, fractional);
      h.reset_hint = is_gauge ? Hint::kGauge : (anew && hints ? Hint::kReset : Hint::kUnknown);
      model::Histogram sample = h;
      if (nan) {
        sample.count += 2;
        sample.sum = std::numeric_limits<double>::quiet_NaN();
      }
      reader_.append(series, t, sample, start);
    });
  }

  void mixed(const model::Labels& series) {
    model::Histogram h = empty_histogram(random_.percent(30));
    bool histograms = random_.percent(50);
    at_times(series, [&](std::int64_t t, std::int64_t start) {
      if (random_.percent(15)) histograms = !histograms;
      grow(h, false);
      if (histograms) {
        reader_.append(series, t, h, start);
      } else {
        reader_.append(series, t, h.count, start);
      }
    });
  }

  void information(const Place& p) {
    const bool changes = random_.percent(40);
    const std::string first = "v" + std::to_string(random_.below(3));
    for (std::size_t i = 0; i < kSamples; ++i) {
      const bool late = changes && i >= kSamples / 2;
      const std::int64_t t = times_.first + static_cast<std::int64_t>(i) * times_.interval;
      const model::Labels series =
          labels("target_info", p, {{"version", late ? "v9" : first}, {"region", "eu"}});
      if (changes && i == kSamples / 2)
        reader_.append(labels("target_info", p, {{"version", first}, {"region", "eu"}}), t,
                       model::stale_nan(), 0);
      reader_.append(series, t, 1, 0);
      if (p.job == "api") reader_.append(labels("build_info", p, {{"commit", "c" + p.instance}}), t, 1, 0);
    }
  }

  Random& random_;
  MemoryReader& reader_;
  DataTimes times_;
};

}  // namespace

DataTimes fill_with_random_data(Random& random, MemoryReader& reader) {
  return Generator(random, reader).run();
}

}  // namespace isobar::promqltest
