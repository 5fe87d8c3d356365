// The tool registry, `tools:` of a configuration: what may be run, with which parameters, in which
// environment.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/fields.h"
#include "config/model.h"
#include "util/result.h"

namespace bpftax {

struct RegistryValue {
  std::string text;
  bool number = false;  // written as one, not in quotes
};
struct RegistryParameter {
  std::string name;
  std::vector<RegistryValue> values;
  std::string list;  // instead of values: the name of a variable that is a list ("vhost_pids")
  ConfigPlace place;
};
struct RegistryTool {
  std::string script;   // file name in the category's folder; also the tool's name
  std::string command;  // `template`: shell text with variables
  std::vector<RegistryParameter> parameters;
  std::vector<std::pair<std::string, std::string>> own;  // the tool's own keys: more variables
  std::vector<std::string> performance_test_types;
  double duration_s = 0;     // 0: the default
  std::string design_class;  // `class`: one of kDesignClasses; "" = not said
  ConfigPlace place, command_place;
};
struct RegistryDirection {
  std::string name;                                            // "rx", "tx"
  std::vector<std::pair<std::string, std::string>> variables;  // SRC_IP -> "{host_REMOTE_IP}"
  ConfigPlace place;
};
struct RegistryCategory {
  std::string name;  // "performance/vm-network": the tools' folder below paths.tools_dir
  std::string environment;
  std::vector<RegistryDirection> directions;
  std::vector<RegistryTool> tools;
  ConfigPlace place;
};

// The mapping `tools`.
Result<std::vector<RegistryCategory>> read_registry(const YamlNode& tools, const ConfigFile& file,
                                                    const std::string& path);

}  // namespace bpftax
