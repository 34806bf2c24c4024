// Holds answers against an OpenAPI 3.1 description: types, required and forbidden members, enums, anyOf, oneOf, allOf.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace isobar::api_test {

class OpenApi {
 public:
  // Null if the file is not there.
  static std::unique_ptr<OpenApi> load(const std::string& file);
  ~OpenApi();

  // What is wrong, or empty. Paths that the description does not know (and answers without JSON) have nothing wrong.
  std::string check(std::string_view method, std::string_view path, int status, std::string_view json);
  std::size_t checked() const { return checked_; }

 private:
  struct Document;
  explicit OpenApi(std::unique_ptr<Document> document);
  std::unique_ptr<Document> document_;
  std::size_t checked_ = 0;
};

}  // namespace isobar::api_test
