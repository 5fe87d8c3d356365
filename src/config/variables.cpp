#include "config/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/fields.h"
#include "config/shell_text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool continues_identifier(char c) {
  return starts_identifier(c) || (c >= '0' && c <= '9');
}

// The identifier of "{identifier}" at text[at], "" when there is none.
std::string_view variable_at(std::string_view text, size_t at) {
  if (text[at] != '{' || at + 1 >= text.size() || !starts_identifier(text[at + 1])) return {};
  if (at > 0 && text[at - 1] == '$') return {};
  size_t end = at + 1;
  while (end < text.size() && continues_identifier(text[end])) ++end;
  if (end >= text.size() || text[end] != '}') return {};
  return text.substr(at + 1, end - at - 1);
}

std::vector<std::string> names_of(const Variables& values) {
  std::vector<std::string> names;
  names.reserve(values.size());
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

tl::unexpected<Error> unknown_variable(const std::string& name, const Variables& values,
                                       const ConfigPlace& place) {
  return config_error(place, "unknown variable '{" + name + "}'", "", hint_nearest(name, names_of(values)));
}

Result<std::string> filled(std::string_view text, const Variables& values, const ConfigPlace& place,
                           bool all_must_be_known) {
  std::string result;
  ShellText shell;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string name(variable_at(text, at));
    const auto found = name.empty() ? values.end() : values.find(name);
    if (found == values.end()) {
      if (!name.empty() && (all_must_be_known || nearest_name(name, names_of(values))))
        return unknown_variable(name, values, place);
      shell.feed(text[at]);
      result += text[at];
      continue;
    }
    if (!found->second)
      return config_error(place, "the variable '{" + name + "}' has no value here", "",
                          "condition: \"" + name + " is not None\" leaves the task out then");
    auto written = shell.written(*found->second);
    if (!written)
      return config_error(place, "cannot put a value in the place of '{" + name + "}'", written.error().why,
                          written.error().hint);
    result += *written;
    shell.feed('_');
    at += name.size() + 1;
  }
  return result;
}

std::optional<std::string> or_none(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

Result<std::string> substitute(std::string_view text, const Variables& values, const ConfigPlace& place) {
  return filled(text, values, place, false);
}

Result<std::string> substitute_template(std::string_view text, const Variables& values,
                                        const ConfigPlace& place) {
  return filled(text, values, place, true);
}

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string name(variable_at(text, at));
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

Variables environment_variables(const CampaignConfig& config, const ConfiguredEnvironment& environment) {
  Variables values;
  for (const ConfiguredEnvironment& each : config.environments) {
    values[each.name + "_LOCAL_IP"] = or_none(each.server.test_ip);
    values[each.name + "_REMOTE_IP"] = or_none(each.client.test_ip);
  }
  const EnvironmentEnd& end = environment.server;
  // The tool of a host without an internal port is given the interface that carries the traffic.
  const bool virtual_machine = !end.physical_host_ref.empty();
  values["INTERNAL_INTERFACE"] =
      or_none(end.internal_interface.empty() && !virtual_machine ? end.interface : end.internal_interface);
  values["PHY_INTERFACE"] = or_none(end.physical_nic_members.empty() ? end.physical_interface
                                                                     : join(end.physical_nic_members, ","));
  values["VM_INTERFACE"] = or_none(end.vm_interface);
  values["QEMU_PID"] = or_none(end.qemu_pid);
  values["vhost_pids"] = or_none(join(end.vhost_pids, ","));
  values["python_interpreter"] = or_none(config.python_interpreter);
  return values;
}

const std::vector<std::string>& hook_variable_names() {
  static const std::vector<std::string> kNames = {
      "workdir",   "result_path", "timestamp", "tool_id", "case_id",  "environment", "test_type",
      "server_ip", "client_ip",   "interface", "port",    "duration", "ebpf_pid",    "ebpf_command"};
  return kNames;
}

Variables hook_names(const CampaignConfig& config) {
  Variables values;
  for (const ConfiguredEnvironment& environment : config.environments)
    values.merge(environment_variables(config, environment));
  for (const std::string& name : hook_variable_names()) values[name];
  for (auto& [name, value] : values) value = "x";  // substitution itself cannot fail
  return values;
}

}  // namespace bpftax
