// One embedded file as an answer. Internal to api/ui.
#pragma once

#include <string_view>

#include "api/ui/ui_api.h"
#include "http/message.h"

namespace isobar::api {

http::Response asset_response(const http::Request& request, const AssetSource& assets, std::string_view path);

}  // namespace isobar::api
