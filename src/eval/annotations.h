// Warnings and infos of one query, each text once, in the order of their first appearance. Not thread-safe:
// one evaluation owns it.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace isobar::eval {

class Annotations {
 public:
  void warn(std::string text) { add(std::move(text), warnings_); }
  void info(std::string text) { add(std::move(text), infos_); }

  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::vector<std::string>& infos() const { return infos_; }

 private:
  void add(std::string text, std::vector<std::string>& list) {
    if (known_.insert(text).second) list.push_back(std::move(text));
  }
  std::unordered_set<std::string> known_;
  std::vector<std::string> warnings_;
  std::vector<std::string> infos_;
};

}  // namespace isobar::eval
