// ui/v1/state as JSON. Internal to api/ui.
#pragma once

#include <string>
#include <string_view>

#include "api/server_status.h"

namespace isobar::api {

std::string state_json(const StatusSource& status, std::string_view tenant);

}  // namespace isobar::api
