// The embedded files as the API serves them: content type by suffix, ETag by content, hashed names immutable.
#pragma once

#include <map>
#include <string>

#include "api/ui/ui_api.h"

namespace isobar::app {

class EmbeddedAssets final : public api::AssetSource {
 public:
  EmbeddedAssets();
  std::optional<api::Asset> find(std::string_view path) const override;

 private:
  struct Entry {
    api::Asset asset;
    std::string etag;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace isobar::app
