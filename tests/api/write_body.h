// Remote write messages as protobuf, uncompressed: what a sender would make of a case's series.
#pragma once

#include <string>

#include "case_file.h"

namespace isobar::api_test {

std::string write_body(const WriteRequest& request);

}  // namespace isobar::api_test
