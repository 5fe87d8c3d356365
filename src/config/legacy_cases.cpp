#include "config/legacy_cases.h"

#include <algorithm>
#include <set>

#include "config/cases.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// The script that a command starts: its first word that is a path to a program text.
std::string script_of(const std::string& command) {
  for (const std::string_view word : split_blank(command)) {
    const std::string_view file =
        word.substr(word.rfind('/') == std::string_view::npos ? 0 : word.rfind('/') + 1);
    if (file.ends_with(".py") || file.ends_with(".bt") || file.ends_with(".sh")) return std::string(file);
  }
  return "";
}

// "--vhost-pid 43278" -> ("vhost_pid", "43278")
std::vector<CaseParameter> options_of(const std::string& command) {
  std::vector<CaseParameter> options;
  const auto words = split_blank(command);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words[i].starts_with("--") || words[i].size() < 3 || words[i + 1].starts_with("-")) continue;
    std::string name(words[i].substr(2));
    std::replace(name.begin(), name.end(), '-', '_');
    options.push_back({std::move(name), std::string(words[i + 1])});
  }
  return options;
}

// Position of "_name_value" in rest, ended by '_' or the end.
size_t find_part(const std::string& rest, const std::string& name, const std::string& value) {
  const std::string part = "_" + name + "_" + value;
  for (size_t at = rest.find(part); at != std::string::npos; at = rest.find(part, at + 1)) {
    if (at + part.size() == rest.size() || rest[at + part.size()] == '_') return at;
  }
  return std::string::npos;
}

Result<TestCase> read_case(const YamlNode& node, const ConfigFile& file, const std::string& path) {
  TestCase test_case;
  Fields fields(node, file, path);
  fields.require("id");
  fields.integer("id", test_case.id, 0, 1'000'000'000);
  fields.required_text("name", test_case.name);
  fields.required_text("command", test_case.command);
  fields.seconds("duration", test_case.duration_s, 0.1, 86400);
  fields.text("script", test_case.script);
  fields.text("category", test_case.category);
  fields.ignore("environment");  // the tool's entry says where it runs
  fields.ignore("description");
  fields.each_entry("parameters", [&](const YamlEntry& entry) -> Result<void> {
    if (!entry.value->is_scalar())
      return config_error(file.place(*entry.value),
                          "wrong type of '" + path + ".parameters." + entry.key + "'",
                          "expected a text, got " + describe(*entry.value));
    test_case.parameters.push_back(
        {entry.key, entry.value->text, !entry.value->quoted && to_double(entry.value->text).has_value()});
    return {};
  });
  BPFTAX_TRY(fields.done());
  if (node.find("parameters") == nullptr)
    test_case.parameters = parameters_from_name(test_case.name, test_case.command);
  return test_case;
}

}  // namespace

std::vector<CaseParameter> parameters_from_name(const std::string& name, const std::string& command) {
  std::vector<CaseParameter> parameters;
  const std::string script = script_of(command);
  std::string tool = tool_id_of(script);
  std::replace(tool.begin(), tool.end(), '-', '_');
  if (script.empty() || !name.starts_with(tool)) return parameters;
  std::string rest = name.substr(tool.size());
  std::string direction;
  for (const char* each : {"rx", "tx"}) {
    const std::string part = std::string("_") + each;
    if (rest == part || rest.starts_with(part + "_")) {
      direction = each;
      rest = rest.substr(part.size());
      break;
    }
  }
  std::vector<std::pair<size_t, CaseParameter>> found;
  for (const CaseParameter& option : options_of(command)) {
    // The parameter "protocol" may be the option "--l4-protocol".
    for (std::string key = option.name; !key.empty();) {
      const size_t at = find_part(rest, key, option.value);
      if (at != std::string::npos) {
        found.emplace_back(at, CaseParameter{key, option.value});
        break;
      }
      const size_t next = key.find('_');
      key = next == std::string::npos ? "" : key.substr(next + 1);
    }
  }
  // A protocol that is in the name only (a tool for one protocol has no option for it).
  const auto is_protocol = [](const auto& each) { return each.second.name == "protocol"; };
  for (const char* protocol : {"tcp", "udp", "icmp"}) {
    const size_t at = find_part(rest, "protocol", protocol);
    if (at != std::string::npos && std::none_of(found.begin(), found.end(), is_protocol))
      found.emplace_back(at, CaseParameter{"protocol", protocol});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [at, parameter] : found) parameters.push_back(std::move(parameter));
  if (!direction.empty()) parameters.push_back({"direction", direction});
  return parameters;
}

Result<std::vector<TestCase>> read_testcase_file(const YamlNode& root, const ConfigFile& file) {
  std::vector<TestCase> cases;
  std::set<int> ids;
  Fields fields(root, file, "");
  fields.ignore("metadata");
  fields.ignore("summary");
  fields.require("test_cases");
  fields.each_item("test_cases", [&](const YamlNode& node, size_t index) -> Result<void> {
    const std::string path = "test_cases[" + std::to_string(index) + "]";
    BPFTAX_ASSIGN(TestCase test_case, read_case(node, file, path));
    if (!ids.insert(test_case.id).second)
      return config_error(file.place(*node.find("id")), "duplicate id " + std::to_string(test_case.id),
                          "in '" + path + "'");
    cases.push_back(std::move(test_case));
    return {};
  });
  BPFTAX_TRY(fields.done());
  return cases;
}

}  // namespace bpftax
