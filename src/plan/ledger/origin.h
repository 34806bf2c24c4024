// Where a row of the ledger stands, and where its figure was taken from.
//
// Thread safety: values.
#pragma once

#include <string>

namespace isobar::plan {

struct Origin {
  std::string file;
  int line = 0;
  std::string to_string() const;  // file:line
};

// Where a figure was taken from, and on what day it was true there.
struct Source {
  std::string text;
  std::string date;  // YYYY-MM-DD or YYYY-MM
};

}  // namespace isobar::plan
