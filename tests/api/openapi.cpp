#include "openapi.h"

#include <fstream>

#include <simdjson.h>
#include <yaml-cpp/yaml.h>

namespace isobar::api_test {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::string_view type_of(const element& value) {
  switch (value.type()) {
    case element_type::ARRAY: return "array";
    case element_type::OBJECT: return "object";
    case element_type::INT64:
    case element_type::UINT64: return "integer";
    case element_type::DOUBLE: return "number";
    case element_type::STRING: return "string";
    case element_type::BOOL: return "boolean";
    case element_type::NULL_VALUE: return "null";
  }
  return "null";
}

class Checker {
 public:
  explicit Checker(const YAML::Node& root) : root_(root) {}

  // Empty, or the first fault with where it is.
  std::string check(const YAML::Node& raw, const element& value, const std::string& where) {
    const YAML::Node schema = resolve(raw);
    if (const YAML::Node type = schema["type"]; type.IsDefined()) {
      const std::string fault = check_type(type.as<std::string>(), value, where);
      if (!fault.empty()) return fault;
    }
    if (const YAML::Node values = schema["enum"]; values.IsDefined()) {
      const std::string fault = check_enum(values, value, where);
      if (!fault.empty()) return fault;
    }
    for (const YAML::Node& part : schema["allOf"]) {
      if (std::string fault = check(part, value, where); !fault.empty()) return fault;
    }
    if (std::string fault = check_alternatives(schema["anyOf"], value, where, false); !fault.empty()) return fault;
    if (std::string fault = check_alternatives(schema["oneOf"], value, where, true); !fault.empty()) return fault;
    if (value.is_object()) return check_object(schema, value, where);
    if (value.is_array()) return check_array(schema, value, where);
    return {};
  }

 private:
  YAML::Node resolve(const YAML::Node& schema) const {
    if (!schema["$ref"].IsDefined()) return schema;
    const auto ref = schema["$ref"].as<std::string>();
    return root_["components"]["schemas"][ref.substr(ref.rfind('/') + 1)];
  }

  static std::string check_type(const std::string& wanted, const element& value, const std::string& where) {
    const std::string_view actual = type_of(value);
    if (wanted == actual || (wanted == "number" && actual == "integer")) return {};
    return where + ": must be " + wanted + ", is " + std::string(actual);
  }

  static std::string check_enum(const YAML::Node& values, const element& value, const std::string& where) {
    for (const YAML::Node& allowed : values) {
      if (value.is_string() && allowed.as<std::string>() == std::string_view(value)) return {};
    }
    return where + ": is none of the values that the description lists";
  }

  std::string check_alternatives(const YAML::Node& schemas, const element& value, const std::string& where,
                                 bool exactly_one) {
    if (!schemas.IsDefined()) return {};
    std::size_t fitting = 0;
    std::string faults;
    for (const YAML::Node& schema : schemas) {
      const std::string fault = check(schema, value, where);
      if (fault.empty()) ++fitting;
      faults += "; " + fault;
    }
    if (fitting == 0) return where + ": fits no alternative" + faults;
    if (exactly_one && fitting > 1) return where + ": fits several alternatives";
    return {};
  }

  std::string check_object(const YAML::Node& schema, const element& value, const std::string& where) {
    for (const YAML::Node& name : schema["required"]) {
      if (value[name.as<std::string>()].error() != simdjson::SUCCESS) {
        return where + ": lacks \"" + name.as<std::string>() + "\"";
      }
    }
    const YAML::Node properties = schema["properties"];
    const YAML::Node additional = schema["additionalProperties"];
    for (const auto& [key, member] : simdjson::dom::object(value)) {
      const std::string name(key);
      const std::string inside = where + "." + name;
      std::string fault;
      if (properties.IsDefined() && properties[name].IsDefined()) {
        fault = check(properties[name], member, inside);
      } else if (additional.IsDefined() && additional.IsMap()) {
        fault = check(additional, member, inside);
      } else if (additional.IsDefined() && !additional.as<bool>()) {
        fault = inside + ": is not in the description";
      }
      if (!fault.empty()) return fault;
    }
    return {};
  }

  std::string check_array(const YAML::Node& schema, const element& value, const std::string& where) {
    const simdjson::dom::array items(value);
    if (schema["minItems"].IsDefined() && items.size() < schema["minItems"].as<std::size_t>()) {
      return where + ": has too few items";
    }
    if (schema["maxItems"].IsDefined() && items.size() > schema["maxItems"].as<std::size_t>()) {
      return where + ": has too many items";
    }
    if (!schema["items"].IsDefined()) return {};
    std::size_t i = 0;
    for (const element item : items) {
      const std::string fault = check(schema["items"], item, where + "[" + std::to_string(i++) + "]");
      if (!fault.empty()) return fault;
    }
    return {};
  }

  const YAML::Node root_;
};

// /prometheus/api/v1/label/x/values?… gives /label/{name}/values.
std::string described_path(std::string_view path) {
  path = path.substr(0, path.find('?'));
  if (path.starts_with("/prometheus/")) path.remove_prefix(11);
  if (!path.starts_with("/api/v1/")) return {};
  path.remove_prefix(7);
  if (path.starts_with("/label/") && path.ends_with("/values")) return "/label/{name}/values";
  return std::string(path);
}

}  // namespace

struct OpenApi::Document {
  YAML::Node root;
};

OpenApi::OpenApi(std::unique_ptr<Document> document) : document_(std::move(document)) {}
OpenApi::~OpenApi() = default;

std::unique_ptr<OpenApi> OpenApi::load(const std::string& file) {
  if (!std::ifstream(file)) return nullptr;
  auto document = std::make_unique<Document>();
  document->root = YAML::LoadFile(file);
  return std::unique_ptr<OpenApi>(new OpenApi(std::move(document)));
}

std::string OpenApi::check(std::string_view method, std::string_view path, int status, std::string_view json) {
  const YAML::Node operations = std::as_const(document_->root)["paths"][described_path(path)];
  if (!operations.IsDefined()) return {};
  const YAML::Node operation = operations[method == "POST" ? "post" : "get"];
  if (!operation.IsDefined()) return {};
  const YAML::Node responses = operation["responses"];
  const std::string code = responses[std::to_string(status)].IsDefined() ? std::to_string(status) : "default";
  const YAML::Node content = responses[code]["content"];
  if (!content.IsDefined() || !content["application/json"].IsDefined()) return {};
  const YAML::Node schema = content["application/json"]["schema"];
  simdjson::dom::parser parser;
  element value;
  if (parser.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS) return "the answer is no JSON";
  ++checked_;
  return Checker(document_->root).check(schema, value, "answer");
}

}  // namespace isobar::api_test
