#include "http/router.h"

#include "base/check.h"
#include "http/form.h"

namespace isobar::http {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(std::min<std::size_t>(1, path.size()));
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_param(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }
bool is_rest(std::string_view segment) { return segment.starts_with('{') && segment.ends_with("...}"); }

std::string allowed_methods(const std::map<Method, const Route*>& methods) {
  std::string list;
  for (const auto& [method, route] : methods) {
    if (!list.empty()) list += ", ";
    list += method_name(method);
    if (method == Method::kGet && !methods.contains(Method::kHead)) list += ", HEAD";
  }
  return list;
}

}  // namespace

void Router::add(std::vector<Method> methods, std::string pattern, RouteOptions options, Handler handler) {
  CHECK(pattern.starts_with('/'));
  routes_.push_back(std::make_unique<Route>(Route{pattern, std::move(options), std::move(handler)}));
  const Route* route = routes_.back().get();
  Node* node = nullptr;
  if (pattern.find('{') == std::string::npos) {
    node = &exact_[pattern];
  } else {
    std::vector<std::string> segments;
    for (const std::string_view segment : split_path(pattern)) segments.emplace_back(segment);
    const auto known = std::find_if(with_params_.begin(), with_params_.end(),
                                    [&](const Node& other) { return other.segments == segments; });
    if (known != with_params_.end()) {
      node = &*known;
    } else {
      auto position = with_params_.end();
      if (!is_rest(segments.back())) {
        position = std::find_if(with_params_.begin(), with_params_.end(),
                                [](const Node& other) { return is_rest(other.segments.back()); });
      } else {
        // Among those that take the rest, the longer pattern is the more precise one.
        position = std::find_if(with_params_.begin(), with_params_.end(), [&](const Node& other) {
          return is_rest(other.segments.back()) && other.segments.size() < segments.size();
        });
      }
      node = &*with_params_.insert(position, Node{segments, {}});
    }
  }
  for (const Method method : methods) CHECK(node->methods.emplace(method, route).second);
}

bool Router::matches(const Node& node, const std::vector<std::string_view>& segments) {
  const bool rest = is_rest(node.segments.back());
  if (rest ? segments.size() < node.segments.size() : segments.size() != node.segments.size()) return false;
  for (std::size_t i = 0; i < node.segments.size(); ++i) {
    if (is_param(node.segments[i])) {
      if (segments[i].empty() && !is_rest(node.segments[i])) return false;
    } else if (node.segments[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

const Router::Node* Router::find(std::string_view path, const std::vector<std::string_view>& segments) const {
  if (const auto exact = exact_.find(path); exact != exact_.end()) return &exact->second;
  for (const Node& node : with_params_) {
    if (matches(node, segments)) return &node;
  }
  return nullptr;
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match result;
  const std::vector<std::string_view> segments = split_path(path);
  const Node* node = find(path, segments);
  if (node == nullptr) {
    result.status = 404;
    return result;
  }
  auto handler = node->methods.find(method);
  if (handler == node->methods.end() && method == Method::kHead) handler = node->methods.find(Method::kGet);
  if (handler == node->methods.end()) {
    result.status = 405;
    result.allow = allowed_methods(node->methods);
    return result;
  }
  for (std::size_t i = 0; i < node->segments.size(); ++i) {
    const std::string_view name = node->segments[i];
    if (!is_param(name)) continue;
    const bool rest = is_rest(name);
    const std::string_view value =
        rest ? path.substr(static_cast<std::size_t>(segments[i].data() - path.data())) : segments[i];
    Result<std::string> decoded = percent_decode(value);
    if (!decoded) {
      result.status = 400;
      return result;
    }
    result.path_params.add(std::string(name.substr(1, name.size() - (rest ? 5 : 2))), *std::move(decoded));
  }
  result.route = handler->second;
  return result;
}

}  // namespace isobar::http
