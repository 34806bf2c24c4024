// A whole server for one case file: store and log on simulated files, a clock that stands still, every route.
#pragma once

#include <memory>

#include "base/result.h"
#include "case_file.h"
#include "http/client.h"

namespace isobar::api_test {

class ApiWorld {
 public:
  static Result<std::unique_ptr<ApiWorld>> start(const CaseFile& file);
  ~ApiWorld();

  // Sends one case's request over the network.
  Result<http::ClientResponse> send(const Case& c);

 private:
  struct Impl;
  explicit ApiWorld(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace isobar::api_test
