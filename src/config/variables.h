// Variables of tool templates, hook commands and monitors: {name} in a text becomes a value. The texts are
// shell text, the values are not: a value with a blank, a quote, ';', '$(...)' or a newline is quoted for the
// place where it stands (bare, in '...', in "...", in $(...), in a comment), and where no quoting can keep it
// from being code (backticks, $'...', here-documents, arithmetic, a program text behind -c) it is an error.
// Plain values stay as they are, so that commands look as they were written.
//
// Nothing else is special: {{ }} has no meaning, ${VAR}, {a,b}, {1..9} and awk '{print $1}' stay.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

// nullopt: the name is known but has no value now ("is None"), as {ebpf_pid} of a baseline.
using Variables = std::map<std::string, std::optional<std::string>>;

// For hooks and monitors: replaces the names in `values`. Another word in braces stays, unless it is close to
// a known name: then it is kUsage that names the nearest. kUsage too when a name without a value is used.
Result<std::string> substitute(std::string_view text, const Variables& values, const ConfigPlace& place);
// For tool templates: every {identifier} must be known.
Result<std::string> substitute_template(std::string_view text, const Variables& values,
                                        const ConfigPlace& place);

// The identifiers that stand in braces, each once, in order of appearance; those of ${...} are not.
std::vector<std::string> variables_in(std::string_view text);

// "", `x is None`, `x is not None`, `x == "v"`, `x != "v"` (or 'v'). "" holds. An unset x equals nothing.
// kUsage when it is none of these, or x is not among the values.
Result<bool> holds(std::string_view condition, const Variables& values, const ConfigPlace& place);

// {host_LOCAL_IP}, {host_REMOTE_IP}, {vm_LOCAL_IP}, ... of all environments, and {PHY_INTERFACE},
// {VM_INTERFACE}, {INTERNAL_INTERFACE}, {QEMU_PID}, {vhost_pids} of one, seen from its server. Those that the
// environment lacks have no value.
Variables environment_variables(const CampaignConfig& config, const ConfiguredEnvironment& environment);

// What hooks and monitors know beyond those: {workdir} {result_path} {timestamp} {tool_id} {case_id}
// {environment} {test_type} {server_ip} {client_ip} {interface} {port} {duration} {ebpf_pid} {ebpf_command}.
const std::vector<std::string>& hook_variable_names();

// All names that a hook may use there, with a plain value: to find misspelt ones while hooks are read.
Variables hook_names(const CampaignConfig& config);

}  // namespace bpftax
