// isobar check data DIR: verifies every checksum of a data directory and changes nothing.
#pragma once

#include <string>

namespace isobar::app {

// Prints a line for each damaged file and a summary. Exit status 0: all is well; 1: something is damaged or missing.
int check_data(const std::string& directory);

}  // namespace isobar::app
