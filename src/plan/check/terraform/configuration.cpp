#include "plan/check/terraform/configuration.h"

#include <algorithm>
#include <map>

#include "plan/check/kubernetes/quantity.h"

namespace isobar::plan::terraform {
namespace {

using Kind = Value::Kind;
using Names = std::map<std::string, const Value*, std::less<>>;

std::string folder_of(const std::string& file) {
  return file.substr(0, file.rfind('/') == std::string::npos ? 0 : file.rfind('/'));
}

// Replaces names by values, so deep and so often as a limit allows: locals may name each other.
class Resolver {
 public:
  explicit Resolver(const Names& names) : names_(names) {}

  void resolve(Value& value, int depth = 0) {
    constexpr int kMaxDepth = 20;
    constexpr std::size_t kMaxValues = 200'000;
    if (depth > kMaxDepth || ++seen_ > kMaxValues) return;
    if (value.kind == Kind::kReference) {
      const auto found = names_.find(value.text);
      if (found == names_.end()) return;
      const int line = value.line;
      value = *found->second;
      value.line = line;
      return resolve(value, depth + 1);
    }
    for (Value& item : value.items) resolve(item, depth);
    for (hcl::Field& field : value.fields) resolve(field.value, depth);
  }

 private:
  const Names& names_;
  std::size_t seen_ = 0;
};

bool is_automatic(const std::string& file) { return file.ends_with("terraform.tfvars") || file.ends_with(".auto.tfvars"); }

Names names_in(const std::vector<const TerraformFile*>& files) {
  Names names;
  for (const TerraformFile* file : files) {
    if (file->variables && is_automatic(file->name)) {
      for (const hcl::Field& field : file->parsed.attributes) names.insert_or_assign("var." + field.name, &field.value);
    }
    for (const hcl::Block& block : file->parsed.blocks) {
      if (block.type != "locals") continue;
      for (const hcl::Field& field : block.body.fields) names.insert_or_assign("local." + field.name, &field.value);
    }
  }
  return names;
}

bool is_repeated(const Value& body) {
  const Value* count = body.find("count");
  return body.find("for_each") != nullptr || (count != nullptr && number_of(count) != 1);
}

Configuration read_folder(const std::vector<const TerraformFile*>& files) {
  Configuration out;
  const Names names = names_in(files);
  Resolver resolver(names);
  for (const TerraformFile* file : files) {
    for (const hcl::Block& block : file->parsed.blocks) {
      const Origin origin{file->name, block.line};
      if (block.type == "resource" && block.labels.size() == 2) {
        Resource& one = out.resources.emplace_back(
            Resource{block.labels[0], block.labels[1], block.labels[0] + "." + block.labels[1], "", origin, block.body});
        resolver.resolve(one.body);
        one.repeated = is_repeated(one.body);
        const Value* count = one.body.find("count");
        if (count != nullptr && number_of(count) == 0) out.resources.pop_back();
      } else if (block.type == "module" && block.labels.size() == 1) {
        ModuleCall& one = out.modules.emplace_back(
            ModuleCall{block.labels[0], text_of(block.body.find("source")).value_or(""), origin, block.body});
        resolver.resolve(one.body);
      }
    }
  }
  return out;
}

// --- plans ----------------------------------------------------------------------------------------------------------

Value value_of(const YamlNode& node) {
  Value out;
  out.line = node.line;
  out.text = node.scalar;
  if (node.is_null()) out.kind = Kind::kNull;
  else if (node.kind == YamlNode::Kind::kScalar)
    out.kind = node.quoted ? Kind::kString : node.scalar == "true" || node.scalar == "false" ? Kind::kBool : Kind::kNumber;
  else if (node.is_map()) out.kind = Kind::kObject;
  else out.kind = Kind::kList;
  for (const YamlNode& item : node.items) out.items.push_back(value_of(item));
  for (const YamlPair& pair : node.pairs) out.fields.push_back({pair.first, value_of(pair.second)});
  return out;
}

std::string text_in(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found == nullptr ? "" : found->scalar;
}

// The names that the configuration gives an argument. A plan lists each with its own beginnings: a.b.id, a.b.
Value referring(const YamlNode& expression, const std::string& prefix) {
  Value out;
  out.line = expression.line;
  for (const YamlNode& name : expression.find("references")->items) {
    const std::string full = prefix + name.scalar;
    const bool beginning = !out.references.empty() && out.references.back().starts_with(full);
    if (!beginning) out.references.push_back(full);
  }
  const auto reference = [&](const std::string& name) {
    Value one;
    one.kind = Kind::kReference;
    one.line = out.line;
    one.text = name;
    one.references = {name};
    return one;
  };
  if (out.references.size() == 1) return reference(out.references[0]);
  // Several: all that it may hold. Indexes that are counted are names too, and name nothing here.
  if (!out.references.empty()) out.kind = Kind::kList;
  for (const std::string& name : out.references) out.items.push_back(reference(name));
  return out;
}

// Adds what planned values leave out because it is known only after apply.
void add_references(Value& value, const YamlNode& expressions, const std::string& prefix) {
  for (const YamlPair& pair : expressions.pairs) {
    auto at =
        std::find_if(value.fields.begin(), value.fields.end(), [&](const hcl::Field& field) { return field.name == pair.first; });
    const YamlNode& expression = pair.second;
    if (expression.is_map() && expression.find("references") != nullptr) {
      if (at == value.fields.end()) value.fields.push_back({pair.first, referring(expression, prefix)});
      continue;
    }
    if (at == value.fields.end()) continue;
    if (expression.is_map() && expression.find("constant_value") == nullptr && at->value.items.size() == 1)
      add_references(at->value.items[0], expression, prefix);
    for (std::size_t i = 0; i < std::min(expression.items.size(), at->value.items.size()); ++i)
      add_references(at->value.items[i], expression.items[i], prefix);
  }
}

class PlanReader {
 public:
  PlanReader(const std::string& file, Configuration& out) : file_(file), out_(out) {}

  void read(const YamlNode& root) {
    const YamlNode* planned = root.find("planned_values");
    if (planned == nullptr) planned = root.find("values");
    const YamlNode* module = planned == nullptr ? nullptr : planned->find("root_module");
    if (module != nullptr) read_module(*module, 0);
    else read_changes(root);
    const YamlNode* configuration = root.find("configuration");
    const YamlNode* configured = configuration == nullptr ? nullptr : configuration->find("root_module");
    if (configured != nullptr) join(*configured, "", 0);
  }

 private:
  void read_module(const YamlNode& module, int depth) {
    if (const YamlNode* resources = module.find("resources")) {
      for (const YamlNode& one : resources->items) add(one, one.find("values"));
    }
    const YamlNode* children = module.find("child_modules");
    if (children == nullptr || depth > 20) return;
    for (const YamlNode& child : children->items) read_module(child, depth + 1);
  }

  // A plan cut down to its changes: what is there after them.
  void read_changes(const YamlNode& root) {
    const YamlNode* changes = root.find("resource_changes");
    if (changes == nullptr) return;
    for (const YamlNode& one : changes->items) {
      const YamlNode* change = one.find("change");
      const YamlNode* after = change == nullptr ? nullptr : change->find("after");
      if (after != nullptr && after->is_map()) add(one, after);
    }
  }

  void add(const YamlNode& node, const YamlNode* values) {
    if (values == nullptr || text_in(node, "mode") == "data") return;
    Resource one;
    one.type = text_in(node, "type");
    one.name = text_in(node, "name");
    one.address = text_in(node, "address");
    one.planned = true;
    one.origin = {file_, node.line};
    one.body = value_of(*values);
    const YamlNode* index = node.find("index");
    if (index != nullptr && !index->is_null() && one.address.ends_with(']')) {
      one.index = one.address.substr(one.address.rfind('['));
      one.address.resize(one.address.rfind('['));
    }
    out_.resources.push_back(std::move(one));
  }

  void join(const YamlNode& module, const std::string& prefix, int depth) {
    if (const YamlNode* resources = module.find("resources")) {
      for (const YamlNode& one : resources->items) {
        const YamlNode* expressions = one.find("expressions");
        if (expressions == nullptr) continue;
        for (Resource& resource : out_.resources) {
          if (resource.address == prefix + text_in(one, "address")) add_references(resource.body, *expressions, prefix);
        }
      }
    }
    const YamlNode* calls = module.find("module_calls");
    if (calls == nullptr || depth > 20) return;
    for (const YamlPair& call : calls->pairs) {
      const YamlNode* inside = call.second.find("module");
      if (inside != nullptr) join(*inside, prefix + "module." + call.first + ".", depth + 1);
    }
  }

  const std::string& file_;
  Configuration& out_;
};

// aws_subnet.private[0].id: "aws_subnet.private", "[0]"; module.vpc.aws_subnet.private.id likewise.
std::pair<std::string, std::string> address_of(std::string_view reference) {
  std::size_t from = 0;
  while (reference.substr(from).starts_with("module.")) {
    const std::size_t dot = reference.find('.', from + 7);
    if (dot == std::string_view::npos) break;
    from = dot + 1;
  }
  const std::size_t dot = reference.find('.', from);
  if (dot == std::string_view::npos) return {std::string(reference), ""};
  const std::size_t end = std::min(reference.find_first_of(".[", dot + 1), reference.size());
  std::string index;
  if (end < reference.size() && reference[end] == '[') index = reference.substr(end, reference.find(']', end) - end + 1);
  return {std::string(reference.substr(0, end)), index == "[*]" ? "" : index};
}

}  // namespace

std::vector<const Resource*> Configuration::of_type(std::string_view type) const {
  std::vector<const Resource*> out;
  for (const Resource& one : resources) {
    if (one.type == type) out.push_back(&one);
  }
  return out;
}

std::vector<const Resource*> Configuration::named(const Value& reference) const {
  std::vector<const Resource*> out;
  if (reference.kind != Kind::kReference) return out;
  const auto [address, index] = address_of(reference.text);
  for (const Resource& one : resources) {
    if (one.address == address && (index.empty() || one.index.empty() || one.index == index)) out.push_back(&one);
  }
  return out;
}

const Resource* Configuration::only_named(const Value& value, std::string_view type) const {
  const std::vector<const Resource*> exact = named(value);
  if (exact.size() == 1) return exact[0]->type == type ? exact[0] : nullptr;
  const Resource* found = nullptr;
  for (const std::string& reference : value.references) {
    if (reference.starts_with("count.") || reference.starts_with("each.")) continue;
    const std::string address = address_of(reference).first;
    const auto at = std::find_if(resources.begin(), resources.end(), [&](const Resource& one) { return one.address == address; });
    if (at == resources.end() || at->type != type || (found != nullptr && found->address != address)) return nullptr;
    if (found == nullptr) found = &*at;
  }
  return found;
}

const ModuleCall* Configuration::module_named(const Value& reference) const {
  if (reference.kind != Kind::kReference || !reference.text.starts_with("module.")) return nullptr;
  const std::string name = reference.text.substr(7, reference.text.find_first_of(".[", 7) - 7);
  const auto found = std::find_if(modules.begin(), modules.end(), [&](const ModuleCall& one) { return one.name == name; });
  return found == modules.end() ? nullptr : &*found;
}

const Value* get(const Value& body, std::string_view path) {
  const Value* here = &body;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (here->kind == Kind::kList && here->items.size() == 1) here = &here->items[0];
    here = here->kind == Kind::kObject ? here->find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return here;
}

std::optional<std::string> text_of(const Value* value) {
  return value != nullptr && value->is_literal() ? std::optional(value->text) : std::nullopt;
}

std::optional<std::int64_t> number_of(const Value* value) {
  return value != nullptr && value->is_literal() ? kubernetes::whole_number(value->text) : std::nullopt;
}

std::optional<bool> truth_of(const Value* value) {
  if (value == nullptr || !value->is_literal() || (value->text != "true" && value->text != "false")) return std::nullopt;
  return value->text == "true";
}

bool unset(const Value* value) { return value == nullptr || value->kind == Kind::kNull; }

bool is_module(const ModuleCall& call, std::string_view name) {
  const std::string wanted = "terraform-aws-modules/" + std::string(name) + "/aws";
  const std::string repository = "terraform-aws-modules/terraform-aws-" + std::string(name);
  const std::size_t at = call.source.find(wanted);
  if (at != std::string::npos) return at + wanted.size() == call.source.size() || call.source.find("//") == std::string::npos;
  return call.source.find(repository) != std::string::npos && call.source.find("//modules") == std::string::npos;
}

std::vector<Configuration> read_configurations(const std::vector<TerraformFile>& files) {
  std::map<std::string, std::vector<const TerraformFile*>> folders;
  for (const TerraformFile& file : files) folders[folder_of(file.name)].push_back(&file);
  std::vector<Configuration> out;
  for (const auto& [folder, inside] : folders) out.push_back(read_folder(inside));
  return out;
}

Configuration read_plan(const std::string& file, const YamlNode& root) {
  Configuration out;
  PlanReader(file, out).read(root);
  return out;
}

}  // namespace isobar::plan::terraform
