#include "config/cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "config/variables.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxCases = 100'000;

// File name without its extension; a leading dot is none.
std::string stem_of(const std::string& script) {
  const size_t dot = script.rfind('.');
  const size_t slash = script.rfind('/');
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return dot == std::string::npos || dot <= begin ? script : script.substr(0, dot);
}

class CaseMaker {
 public:
  CaseMaker(const CampaignConfig& config, double default_duration_s, std::vector<std::string>& warnings)
      : config_(config), default_duration_s_(default_duration_s), warnings_(warnings) {}

  Result<void> add_category(const RegistryCategory& category) {
    const ConfiguredEnvironment* environment = config_.environment(category.environment);
    if (environment == nullptr) return without_environment(category);
    const Variables common = environment_variables(config_, *environment);
    for (const RegistryTool& tool : category.tools)
      BPFTAX_TRY(add_tool(category, tool, *environment, common));
    return {};
  }

  std::vector<TestCase> cases;

 private:
  Result<void> without_environment(const RegistryCategory& category) {
    if (category.environment != "host" && category.environment != "vm") {
      std::vector<std::string> names;
      for (const ConfiguredEnvironment& each : config_.environments) names.push_back(each.name);
      return config_error(category.place, "unknown environment " + quote_name(category.environment),
                          "of the category " + quote_name(category.name),
                          hint_nearest(category.environment, names));
    }
    warnings_.push_back(to_string(category.place) + ": category " + quote_name(category.name) +
                        " left out: there is no environment '" + category.environment + "'");
    return {};
  }

  // The values of each parameter, lists of the environment filled in.
  static Result<std::vector<RegistryParameter>> parameters_of(const RegistryTool& tool,
                                                              const ConfiguredEnvironment& environment) {
    std::vector<RegistryParameter> parameters = tool.parameters;
    for (RegistryParameter& parameter : parameters) {
      if (parameter.list.empty()) continue;
      const std::vector<std::string> known = {"vhost_pids", "physical_nic_members"};
      if (std::find(known.begin(), known.end(), parameter.list) == known.end())
        return config_error(parameter.place, "unknown list " + quote_name("{" + parameter.list + "}"),
                            "of the parameter '" + parameter.name + "'", hint_nearest(parameter.list, known));
      const EnvironmentEnd& end = environment.server;
      for (const std::string& text :
           parameter.list == "vhost_pids" ? end.vhost_pids : end.physical_nic_members)
        parameter.values.push_back({text, false});
    }
    return parameters;
  }

  // The directions that the tool is run for; one nameless entry when it has none.
  static Result<std::vector<const RegistryDirection*>> directions_of(
      const RegistryCategory& category, const RegistryTool& tool,
      std::vector<RegistryParameter>& parameters) {
    const auto used = variables_in(tool.command);
    const auto uses = [&](const std::string& name) {
      return std::find(used.begin(), used.end(), name) != used.end();
    };
    const auto listed = std::find_if(parameters.begin(), parameters.end(),
                                     [](const RegistryParameter& each) { return each.name == "direction"; });
    std::vector<const RegistryDirection*> directions;
    if (listed != parameters.end() && !category.directions.empty()) {  // some of the category's
      for (const RegistryValue& value : listed->values) {
        std::vector<std::string> names;
        for (const RegistryDirection& each : category.directions) {
          names.push_back(each.name);
          if (each.name == value.text) directions.push_back(&each);
        }
        if (std::find(names.begin(), names.end(), value.text) == names.end())
          return config_error(listed->place, "unknown direction " + quote_name(value.text),
                              "in the category " + quote_name(category.name),
                              hint_nearest(value.text, names));
      }
      parameters.erase(listed);
      return directions;
    }
    for (const RegistryDirection& each : category.directions) {
      const bool wanted =
          uses("direction") || std::any_of(each.variables.begin(), each.variables.end(),
                                           [&](const auto& variable) { return uses(variable.first); });
      if (wanted) directions.push_back(&each);
    }
    if (directions.empty()) directions.push_back(nullptr);
    return directions;
  }

  Result<void> add_tool(const RegistryCategory& category, const RegistryTool& tool,
                        const ConfiguredEnvironment& environment, const Variables& common) {
    BPFTAX_ASSIGN(auto parameters, parameters_of(tool, environment));
    BPFTAX_ASSIGN(const auto directions, directions_of(category, tool, parameters));
    Variables values = common;
    std::string folder = config_.tools_dir;
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    values["path"] = folder + "/" + category.name + "/" + tool.script;
    for (const auto& [name, text] : tool.own) {
      BPFTAX_ASSIGN(values[name], raw(text, common, tool.place));
    }
    std::vector<size_t> at(parameters.size(), 0);
    if (std::any_of(parameters.begin(), parameters.end(),
                    [](const auto& each) { return each.values.empty(); }))
      return {};
    while (true) {
      for (const RegistryDirection* direction : directions)
        BPFTAX_TRY(add_case(category, tool, parameters, at, direction, values, common));
      size_t last = parameters.size();  // the last parameter varies fastest
      while (last > 0 && ++at[last - 1] == parameters[last - 1].values.size()) at[--last] = 0;
      if (last == 0) return {};
    }
  }

  // A value that consists of text and environment variables, not yet for a shell.
  static Result<std::string> raw(const std::string& text, const Variables& known, const ConfigPlace& place) {
    std::string result = text;
    for (const std::string& name : variables_in(text)) {
      const auto found = known.find(name);
      std::vector<std::string> names;
      for (const auto& [each, value] : known) names.push_back(each);
      if (found == known.end())
        return config_error(place, "unknown variable '{" + name + "}'", "", hint_nearest(name, names));
      if (!found->second) return config_error(place, "the variable '{" + name + "}' has no value here");
      const std::string braced = "{" + name + "}";
      for (size_t i = result.find(braced); i != std::string::npos;
           i = result.find(braced, i + found->second->size()))
        result.replace(i, braced.size(), *found->second);
    }
    return result;
  }

  Result<void> add_case(const RegistryCategory& category, const RegistryTool& tool,
                        const std::vector<RegistryParameter>& parameters, const std::vector<size_t>& at,
                        const RegistryDirection* direction, Variables values, const Variables& common) {
    if (cases.size() >= kMaxCases)
      return config_error(tool.place, "too many cases", fmt::format("more than {}", kMaxCases),
                          "shorten the lists of parameters");
    TestCase made;
    made.id = static_cast<int>(cases.size()) + 1;
    made.script = tool.script;
    made.tool_id = tool_id_of(tool.script);
    made.category = category.name;
    made.environment = category.environment;
    made.duration_s = tool.duration_s > 0 ? tool.duration_s : default_duration_s_;
    made.performance_test_types = tool.performance_test_types;
    made.design_class = tool.design_class;
    made.name = stem_of(tool.script);
    std::replace(made.name.begin(), made.name.end(), '-', '_');
    if (direction != nullptr) {
      made.name += "_" + direction->name;
      values["direction"] = direction->name;
      for (const auto& [name, text] : direction->variables) {
        BPFTAX_ASSIGN(values[name], raw(text, common, direction->place));
      }
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
      const RegistryValue& value = parameters[i].values[at[i]];
      made.name += "_" + parameters[i].name + "_" + value.text;
      made.parameters.push_back({parameters[i].name, value.text, value.number});
      values[parameters[i].name] = value.text;
    }
    if (direction != nullptr) made.parameters.push_back({"direction", direction->name});
    auto command = substitute_template(tool.command, values, tool.command_place);
    if (!command) return explained(std::move(command.error()), category, tool, direction, values);
    made.command = std::move(*command);
    cases.push_back(std::move(made));
    return {};
  }

  // Which environment lacks the value, and why a direction's variable is unknown.
  static tl::unexpected<Error> explained(Error error, const RegistryCategory& category,
                                         const RegistryTool& tool, const RegistryDirection* direction,
                                         const Variables& values) {
    if (error.what.find("has no value") != std::string::npos) {
      error.why = "the environment '" + category.environment + "' does not say it";
      error.hint = "bpftax discover finds it; by hand it stands in environments." + category.environment +
                   ".network_config or .kvm_config";
    } else if (direction == nullptr && category.directions.empty() &&
               (error.what.find("{direction}") != std::string::npos ||
                error.what.find("{SRC_IP}") != std::string::npos ||
                error.what.find("{DST_IP}") != std::string::npos)) {
      error.why = "the category " + quote_name(category.name) + " has no 'directions'";
      error.hint = "directions: {rx: {SRC_IP: ..., DST_IP: ...}, tx: {...}}";
    } else if (error.what.starts_with("unknown variable")) {
      std::vector<std::string> known = {"direction"};
      for (const auto& [name, value] : values) known.push_back(name);
      for (const RegistryDirection& each : category.directions) {
        for (const auto& [name, text] : each.variables) known.push_back(name);
      }
      for (const std::string& name : variables_in(tool.command)) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        error.hint = hint_nearest(name, known);
        break;
      }
    }
    return tl::unexpected<Error>(std::move(error));
  }

  const CampaignConfig& config_;
  double default_duration_s_;
  std::vector<std::string>& warnings_;
};

OrderedJson parameter_json(const CaseParameter& parameter) {
  if (!parameter.number) return parameter.value;
  if (const auto whole = to_int64(parameter.value)) return *whole;
  const auto real = to_double(parameter.value);
  return real ? OrderedJson(*real) : OrderedJson(parameter.value);
}

OrderedJson seconds_json(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  return static_cast<double>(whole) == seconds ? OrderedJson(whole) : OrderedJson(seconds);
}

}  // namespace

std::string tool_id_of(const std::string& script) {
  std::string id = stem_of(script);
  for (char& c : id) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
    if (!kept) c = '_';
  }
  while (!id.empty() && id[0] == '.') id.erase(0, 1);
  return id.empty() ? "tool" : shorten(id, 100);
}

Result<std::vector<TestCase>> make_cases(const std::vector<RegistryCategory>& registry,
                                         const CampaignConfig& config, double default_duration_s,
                                         std::vector<std::string>& warnings) {
  CaseMaker maker(config, default_duration_s, warnings);
  for (const RegistryCategory& category : registry) BPFTAX_TRY(maker.add_category(category));
  return std::move(maker.cases);
}

OrderedJson cases_json(const CampaignConfig& config) {
  OrderedJson cases = OrderedJson::array();
  for (const TestCase& each : config.cases) {
    OrderedJson json;
    json["id"] = each.id;
    json["name"] = each.name;
    json["command"] = each.command;
    json["script"] = each.script;
    json["category"] = each.category;
    json["environment"] = each.environment;
    json["parameters"] = OrderedJson::object();
    for (const CaseParameter& parameter : each.parameters)
      json["parameters"][parameter.name] = parameter_json(parameter);
    json["duration"] = seconds_json(each.duration_s);
    cases.push_back(std::move(json));
  }
  OrderedJson document;
  document["metadata"] = {{"environment", config.name}, {"total_cases", config.cases.size()}};
  document["test_cases"] = std::move(cases);
  return document;
}

}  // namespace bpftax
