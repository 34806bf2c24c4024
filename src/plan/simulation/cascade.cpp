#include "plan/simulation/cascade.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"

namespace isobar::plan::simulation {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kIndent = 11;
constexpr std::size_t kNamedTogether = 4;

std::string since_start(Duration at) {
  return at.ms % 1000 == 0 ? fmt::format("t+{} s", at.ms / 1000) : fmt::format("t+{:.3f} s", at.to_seconds());
}

// Breaks at blanks; a word longer than a line stands alone.
void wrap(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (column != 0 && column + 1 + word.size() > kColumns) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

// What a person would open a ticket for; ordinary progress only when it ends something.
bool worth_a_line(const TraceEntry& entry) {
  static constexpr std::string_view kQuiet[] = {"Scheduled", "Started", "Crashed", "Deleted", "Launched"};
  return std::ranges::find(kQuiet, entry.what) == std::end(kQuiet);
}

// kubectl repeats itself in a crash loop; the first back-off says all.
bool repeats(const Run& run, std::size_t index) {
  const TraceEntry& entry = run.trace[index];
  if (entry.what != "CrashLoopBackOff") return false;
  return std::any_of(run.trace.begin(), run.trace.begin() + static_cast<std::ptrdiff_t>(index), [&](const TraceEntry& other) {
    return other.object == entry.object && other.what == entry.what;
  });
}

// What happens to several at once for one reason is one line: "pod/querier-0, pod/querier-1 CrashLoopBackOff".
void print_group(std::string& out, const TraceEntry& entry, const std::vector<std::string_view>& objects) {
  const std::string text = objects.size() <= kNamedTogether
                               ? fmt::format("{} {}", fmt::join(objects, ", "), entry.what)
                               : fmt::format("{} and {} more {}", objects[0], objects.size() - 1, entry.what);
  std::string lines;
  wrap(lines, text, kIndent);
  const std::string time = since_start(entry.at);
  lines.replace(0, time.size(), time);
  out += lines;
  if (!entry.reason.empty()) wrap(out, entry.reason, kIndent + 2);
}

void print_trace(std::string& out, const Run& run, const CascadeOptions& options) {
  std::size_t printed = 0;
  std::size_t left_out = 0;
  std::vector<bool> done(run.trace.size(), false);
  for (std::size_t i = 0; i < run.trace.size(); ++i) {
    const TraceEntry& entry = run.trace[i];
    if (done[i] || !worth_a_line(entry) || repeats(run, i)) continue;
    std::vector<std::string_view> objects;
    for (std::size_t j = i; j < run.trace.size() && run.trace[j].at == entry.at; ++j) {
      const TraceEntry& other = run.trace[j];
      if (done[j] || other.what != entry.what || other.reason != entry.reason || repeats(run, j)) continue;
      if (other.object.substr(0, other.object.find('/')) != entry.object.substr(0, entry.object.find('/'))) continue;
      done[j] = true;
      objects.push_back(other.object);
    }
    if (printed == options.lines) {
      ++left_out;
      continue;
    }
    ++printed;
    print_group(out, entry, objects);
  }
  if (left_out > 0) out += fmt::format("… and {} more lines\n", left_out);
}

std::string outage_text(const Outage& outage, Duration horizon) {
  if (!outage.ever()) return "never down";
  const std::string sum = format_duration(Duration::millis(outage.down_ms));
  if (const auto recovery = outage.recovery()) return fmt::format("down {}, whole again after {}", sum, format_duration(*recovery));
  return fmt::format("down {} of {}, does not come back by itself", sum, format_duration(horizon));
}

void print_pods(std::string& out, const Run& run) {
  for (const PodOutcome& pod : run.pods) {
    if (pod.ready && pod.reason.empty()) continue;
    out += fmt::format("  {:<28} {}, {} restarts\n", pod.name, pod.state, pod.restarts);
    if (!pod.reason.empty()) wrap(out, pod.reason, 4);
  }
}

}  // namespace

std::string print_cascade(const Run& run, const CascadeOptions& options) {
  std::string out;
  wrap(out, fmt::format("{}: {}", run.world, run.scenario), 0);
  print_trace(out, run, options);
  out += fmt::format("after {}:\n", format_duration(run.horizon));
  out += fmt::format("  write: {}\n", outage_text(run.outcome.write, run.horizon));
  out += fmt::format("  read:  {}\n", outage_text(run.outcome.read, run.horizon));
  if (run.outcome.silent.ever()) out += fmt::format("  Ready but not working: {}\n", outage_text(run.outcome.silent, run.horizon));
  for (std::size_t s = 0; s < run.outcome.stores.size(); ++s) {
    const StoreOutcome& store = run.outcome.stores[s];
    if (store.lost_at >= 0) out += fmt::format("  {}: loses up to {} of accepted data\n", run.store_names[s], format_duration(store.rpo));
    if (store.unreadable) out += fmt::format("  {}: recent data is intact, but on volumes that nothing can mount\n", run.store_names[s]);
  }
  print_pods(out, run);
  if (!run.needs_human.empty()) out += "needs a human:\n";
  for (const std::string& action : run.needs_human) {
    std::string text;
    wrap(text, action, 4);
    text[2] = '-';
    out += text;
  }
  return out;
}

}  // namespace isobar::plan::simulation
