// isobar repair data DIR: prints what a repair would do; with --apply PLAN does exactly that. Exit status 0:
// nothing is damaged, or the plan was done; 1: something is, or it could not be done; 2: wrong usage.
#include <cstdio>

#include <fmt/format.h>

#include "commands.h"
#include "flags.h"
#include "repair/application.h"
#include "repair/examination.h"
#include "sys/posix/posix_file_system.h"
#include "sys/posix/system_clock.h"
#include "telemetry/log.h"

namespace isobar::app {
namespace {

int complain(const std::string& text, int status) {
  std::fprintf(stderr, "isobar repair: %s\n", text.c_str());
  return status;
}

class RepairRun {
 public:
  explicit RepairRun(std::string directory) { layout_.directory = std::move(directory); }

  // `wanted`: the plan to do; empty: only print.
  int run(const std::string& wanted) {
    if (const Result<void> alone = take_lock(!wanted.empty()); !alone)
      return complain(alone.error().message, 1);
    const auto plan = repair::examine(files_, layout_);
    if (!plan) return complain(plan.error().message, 1);
    if (plan->steps.empty()) return nothing_to_do(*plan, wanted);
    if (wanted.empty()) return show(*plan);
    if (wanted == plan->id) return apply(*plan);
    std::fputs(repair::plan_text(*plan).c_str(), stdout);
    return complain(fmt::format("there is no plan {}: the data or the damage is not what it was. The plan is "
                                "now {}, printed above. "
                                "Nothing was changed",
                                wanted, plan->id),
                    1);
  }

 private:
  // A look leaves no trace: where no lock file is, no server was.
  Result<void> take_lock(bool create) {
    const std::string path = layout_.path("lock");
    TRY(const bool there, files_.exists(path));
    if (create) TRYV(files_.list(layout_.directory));
    if (!there && !create) return {};
    auto lock = sys::DirectoryLock::acquire(path);
    if (!lock && lock.error().message.starts_with("another isobar process")) {
      return fail(
          Code::kUnavailable,
          fmt::format(
              "a server uses this data directory, or another repair: stop it first, or repair a copy: {}",
              layout_.directory));
    }
    if (!lock) return fail(lock.error());
    lock_.emplace(*std::move(lock));
    return {};
  }

  // A damaged byte can say so too, but a repair must not throw away what a newer program reads.
  static std::string newer(const repair::Plan& plan) {
    return repair::counted(plan.newer, "block") +
           " named above cannot be read by this program: run a newer isobar, or restore from a copy";
  }

  int nothing_to_do(const repair::Plan& plan, const std::string& wanted) {
    std::fputs(repair::plan_text(plan).c_str(), stdout);
    const auto done = wanted.empty() ? Result<bool>(false)
                                     : files_.exists(layout_.path("set-aside/" + wanted + "/finished.txt"));
    if (done && *done) std::printf("plan %s was done before\n", wanted.c_str());
    if (plan.newer != 0) return complain(newer(plan), 1);
    std::printf("no damage found, nothing to repair\n");
    return 0;
  }

  int show(const repair::Plan& plan) {
    std::printf("%s in %s. Nothing was changed. The plan:\n\n",
                repair::counted(plan.steps.size(), "problem").c_str(), layout_.directory.c_str());
    std::fputs(repair::plan_text(plan).c_str(), stdout);
    std::printf(
        "Files are set aside in %s/%s,\nnone is deleted. A copy of a file that is whole is better than its "
        "repair: put\n"
        "it in place and look again. To do what is printed above, and nothing else:\n\n"
        "  isobar repair data %s --apply %s\n",
        layout_.directory.c_str(), repair::set_aside_folder(plan).c_str(), layout_.directory.c_str(),
        plan.id.c_str());
    return 1;
  }

  int apply(const repair::Plan& plan) {
    std::fputs(repair::plan_text(plan).c_str(), stdout);
    const std::string folder = layout_.path(repair::set_aside_folder(plan));
    if (const Result<void> done = repair::apply(files_, layout_, plan, sys::SystemClock().now()); !done) {
      return complain(
          done.error().message + ". What was done so far is in " + folder + "; ask for the plan again", 1);
    }
    const auto after = repair::examine(files_, layout_);
    if (!after) return complain("repaired, and then: " + after.error().message, 1);
    std::printf("%s done; %s\n", repair::counted(plan.steps.size(), "step").c_str(),
                plan.set_aside.empty() ? "no file had to be set aside" : ("set aside: " + folder).c_str());
    if (after->steps.empty() && after->newer != 0) return complain(newer(*after), 1);
    if (after->steps.empty()) {
      std::printf("looked again: no damage found\n");
      return 0;
    }
    std::printf("looked again: %s left, see isobar repair data %s\n",
                repair::counted(after->steps.size(), "problem").c_str(), layout_.directory.c_str());
    return 1;
  }

  sys::PosixFileSystem files_;
  repair::DataLayout layout_;
  std::optional<sys::DirectoryLock> lock_;
};

std::string without_slashes(std::string directory) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  return directory;
}

}  // namespace

int repair_command(const std::vector<std::string>& words) {
  std::string wanted;
  Flags flags("isobar repair data DIR [--apply PLAN]",
              "Looks at a data directory as isobar check data does and prints a plan: every\n"
              "damaged file, what would be done about it, and what is lost by that. It changes\n"
              "nothing. With --apply it does that plan and nothing else. Damaged files are\n"
              "moved to DIR/set-aside, never deleted. No server may run on the directory.");
  flags.text("apply", "do the plan of this name, as it was printed; refused if the data has changed since",
             wanted);
  std::vector<std::string> arguments;
  const Result<void> parsed = flags.parse(words, arguments);
  if (flags.help_wanted()) {
    std::fputs(flags.help().c_str(), stdout);
    return 0;
  }
  // "isobar repair DIR" means the same.
  if (parsed && arguments.size() == 1 && arguments[0] != "data") arguments.insert(arguments.begin(), "data");
  if (!parsed || arguments.size() != 2 || arguments[0] != "data") {
    std::fprintf(stderr, "isobar repair: %s\n\n%s",
                 parsed ? "say what to repair: isobar repair data DIR" : parsed.error().message.c_str(),
                 flags.help().c_str());
    return 2;
  }
  telemetry::set_log_level(telemetry::LogLevel::kWarn);
  return RepairRun(without_slashes(arguments[1])).run(wanted);
}

}  // namespace isobar::app
