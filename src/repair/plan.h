// What a repair would do to a data directory. A plan is made by looking only (examination.h), shown, and then
// done as it was shown (application.h). Values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "blocks/manifest.h"
#include "ingest_log/local/log_survey.h"

namespace isobar::repair {

// Where things are below a data directory.
struct DataLayout {
  std::string directory;
  std::string log = "log/metrics";
  std::string objects = "objects";
  std::string prefix = "metrics";  // of keys in the object store

  std::string path(const std::string& relative) const { return directory + "/" + relative; }
  std::string object(const std::string& key) const { return objects + "/" + key; }
  std::string manifest_key() const { return prefix + "/manifest.json"; }
};

// One problem. Sentences without a period at the end.
struct Step {
  std::string file;  // below the data directory, as all paths here
  std::string wrong;
  std::string repair;
  std::vector<std::string> lost;
};

struct Salvage {
  blocks::BlockEntry damaged;
  blocks::BlockEntry sound;  // its size is known once it is written
};

struct Plan {
  std::string id;  // says what the steps are and what they were made from; empty without steps
  std::vector<Step> steps;
  std::vector<std::string> notes;  // what is left alone
  std::uint64_t newer = 0;         // blocks among these that say that a newer program wrote them

  // How the steps are done.
  std::vector<std::string> set_aside;        // gets a second name below set-aside/ before anything changes
  std::vector<std::string> removed;          // of these, those that lose their first name in the end
  std::vector<blocks::BlockEntry> refolded;  // written again from the log, under the same name
  std::vector<Salvage> salvages;
  std::vector<ingest_log::LogPatch> patches;
  std::uint64_t log_identity = 0;
  std::optional<blocks::Manifest> manifest;  // the new one
  std::string manifest_etag;  // of the one that it replaces; empty: there is none, or it is damaged
};

// set-aside/ID
std::string set_aside_folder(const Plan& plan);
// Steps and notes in at most 80 columns where words allow.
std::string plan_text(const Plan& plan);
// Eight hexadecimal digits. `beside`: what else must not have changed.
std::string plan_id(const Plan& plan, const std::string& beside);

// 2026-01-31T12:00:00Z; milliseconds are cut off.
std::string utc_text(Timestamp time);
// "1 record", "2 records".
std::string counted(std::uint64_t n, const std::string& noun);

}  // namespace isobar::repair
