#include "config/registry.h"

#include <algorithm>

#include "config/sections.h"
#include "config/variables.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<std::string> scalar_text(const YamlNode& node, const ConfigFile& file, const std::string& path) {
  if (!node.is_scalar())
    return config_error(file.place(node), "wrong type of '" + path + "'",
                        "expected a text, got " + describe(node));
  return node.text;
}

Result<RegistryDirection> read_direction(const YamlEntry& entry, const ConfigFile& file,
                                         const std::string& path) {
  RegistryDirection direction;
  direction.name = entry.key;
  direction.place = file.place(entry);
  if (!entry.value->is_map())
    return config_error(file.place(*entry.value), "wrong type of '" + path + "'",
                        "expected a mapping, got " + describe(*entry.value));
  for (const YamlEntry& variable : entry.value->entries) {
    const std::vector<std::string> usual = {"SRC_IP", "DST_IP"};
    const auto nearest = nearest_name(variable.key, usual);
    if (!is_identifier(variable.key) || (nearest && *nearest != variable.key))
      return config_error(file.place(variable), "unknown key " + quote_name(variable.key),
                          "in '" + path + "'", hint_nearest(variable.key, usual));
    BPFTAX_ASSIGN(std::string value, scalar_text(*variable.value, file, path + "." + variable.key));
    direction.variables.emplace_back(variable.key, std::move(value));
  }
  return direction;
}

Result<RegistryParameter> read_parameter(const YamlEntry& entry, const ConfigFile& file,
                                         const std::string& path) {
  RegistryParameter parameter;
  parameter.name = entry.key;
  parameter.place = file.place(entry);
  if (!is_identifier(entry.key))
    return config_error(parameter.place, "not a usable name of a parameter", quote_name(entry.key),
                        "letters, digits and '_'");
  const YamlNode& node = *entry.value;
  if (node.is_scalar()) {
    const auto names = variables_in(node.text);
    if (names.size() == 1 && node.text == "{" + names[0] + "}") {
      parameter.list = names[0];
    } else {
      parameter.values.push_back({node.text, !node.quoted && to_double(node.text).has_value()});
    }
    return parameter;
  }
  if (!node.is_sequence())
    return config_error(file.place(node), "wrong type of '" + path + "'",
                        "expected a list, got " + describe(node));
  for (const YamlPtr& item : node.items) {
    BPFTAX_ASSIGN(std::string text, scalar_text(*item, file, path));
    const bool again = std::any_of(parameter.values.begin(), parameter.values.end(),
                                   [&](const RegistryValue& value) { return value.text == text; });
    if (again)
      return config_error(file.place(*item), "the value " + quote_name(text) + " stands twice",
                          "in '" + path + "'");
    const bool number = !item->quoted && to_double(text).has_value();
    parameter.values.push_back({std::move(text), number});
  }
  if (parameter.values.empty()) file.warn(node, "'" + path + "' is an empty list: no case");
  return parameter;
}

bool uses(const RegistryTool& tool, const std::string& name) {
  const auto names = variables_in(tool.command);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A key that is none of ours is a variable of the tool's template, and an error when the template does not
// have it.
Result<void> read_own_keys(Fields& fields, RegistryTool& tool) {
  std::vector<std::string> known = {
      "script", "template", "parameters", "duration", "description", "performance_test_types", "class"};
  for (const std::string& name : variables_in(tool.command)) known.push_back(name);
  for (const YamlEntry* entry : fields.unknown()) {
    if (!uses(tool, entry->key))
      return config_error(
          fields.file().place(*entry), "unknown key " + quote_name(entry->key),
          "in '" + fields.own_path() + "': the template has no {" + shorten(printable(entry->key), 80) + "}",
          hint_nearest(entry->key, known));
    BPFTAX_ASSIGN(std::string text, scalar_text(*entry->value, fields.file(), fields.path(entry->key)));
    tool.own.emplace_back(entry->key, std::move(text));
    fields.ignore(entry->key.c_str());
  }
  return {};
}

Result<RegistryTool> read_tool(const YamlNode& node, const ConfigFile& file, const std::string& path) {
  RegistryTool tool;
  Fields fields(node, file, path);
  tool.place = file.place(node);
  fields.required_text("script", tool.script);
  fields.required_text("template", tool.command);
  if (const YamlNode* command = fields.take("template")) tool.command_place = file.place(*command);
  fields.ignore("description");
  // A template of a time before this key may have a variable of that name.
  if (!uses(tool, "class"))
    fields.one_of("class", tool.design_class, {std::begin(kDesignClasses), std::end(kDesignClasses)});
  fields.texts("performance_test_types", tool.performance_test_types);
  fields.keep(check_performance_types(fields, "performance_test_types"));
  if (fields.has("duration")) {
    fields.seconds("duration", tool.duration_s, 0.1, 86400);
    if (uses(tool, "duration")) tool.own.emplace_back("duration", fields.take("duration")->text);
  }
  fields.each_entry("parameters", [&](const YamlEntry& entry) -> Result<void> {
    BPFTAX_ASSIGN(RegistryParameter parameter,
                  read_parameter(entry, file, path + ".parameters." + entry.key));
    tool.parameters.push_back(std::move(parameter));
    return {};
  });
  if (!fields.failed() && fields.has("template")) fields.keep(read_own_keys(fields, tool));
  BPFTAX_TRY(fields.done());
  return tool;
}

Result<RegistryCategory> read_category(const YamlEntry& entry, const ConfigFile& file,
                                       const std::string& path) {
  RegistryCategory category;
  category.name = entry.key;
  category.place = file.place(entry);
  Fields fields(*entry.value, file, path);
  fields.required_text("environment", category.environment);
  fields.ignore("description");
  fields.each_entry("directions", [&](const YamlEntry& each) -> Result<void> {
    if (!is_identifier(each.key))
      return config_error(file.place(each), "not a usable name of a direction", quote_name(each.key),
                          "rx, tx");
    BPFTAX_ASSIGN(RegistryDirection direction, read_direction(each, file, path + ".directions." + each.key));
    category.directions.push_back(std::move(direction));
    return {};
  });
  fields.require("tools");
  fields.each_item("tools", [&](const YamlNode& node, size_t index) -> Result<void> {
    BPFTAX_ASSIGN(RegistryTool tool, read_tool(node, file, path + ".tools[" + std::to_string(index) + "]"));
    category.tools.push_back(std::move(tool));
    return {};
  });
  BPFTAX_TRY(fields.done());
  return category;
}

}  // namespace

Result<std::vector<RegistryCategory>> read_registry(const YamlNode& tools, const ConfigFile& file,
                                                    const std::string& path) {
  std::vector<RegistryCategory> categories;
  Fields fields(tools, file, path);
  fields.require("categories");
  fields.each_entry("categories", [&](const YamlEntry& entry) -> Result<void> {
    BPFTAX_ASSIGN(RegistryCategory category,
                  read_category(entry, file, path + ".categories." + shorten(printable(entry.key), 80)));
    categories.push_back(std::move(category));
    return {};
  });
  BPFTAX_TRY(fields.done());
  return categories;
}

}  // namespace bpftax
