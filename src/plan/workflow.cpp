#include "plan/workflow.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace bpftax {
namespace {

// The machines of an environment, by address: two entries of one address are one machine.
std::set<std::string> machines_of(const Workflow& workflow, const ConfiguredEnvironment& environment) {
  std::set<std::string> machines;
  for (const EnvironmentEnd* end : {&environment.server, &environment.client}) {
    for (const std::string& id : {end->ssh_ref, end->tool_host()}) {
      const ConfiguredHost* host = workflow.host(id);
      machines.insert(host == nullptr ? id : host->address);
    }
  }
  return machines;
}

constexpr size_t kLineColumns = 110;

bool is_scalar(const nlohmann::ordered_json& value) {
  return !value.is_structured() || value.empty();
}

bool all_scalars(const nlohmann::ordered_json& value) {
  return std::all_of(value.begin(), value.end(), is_scalar);
}

// On one line, with a blank behind each ':' and ','.
void write_line(const nlohmann::ordered_json& value, std::string& out) {
  if (is_scalar(value)) {
    out += value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return;
  }
  out += value.is_array() ? '[' : '{';
  bool first = true;
  for (auto item = value.begin(); item != value.end(); ++item) {
    if (!first) out += ", ";
    first = false;
    if (value.is_object()) {
      write_line(nlohmann::ordered_json(item.key()), out);
      out += ": ";
    }
    write_line(*item, out);
  }
  out += value.is_array() ? ']' : '}';
}

std::string one_line(const nlohmann::ordered_json& value) {
  std::string line;
  write_line(value, line);
  return line;
}

// Whether the value may stand on one line if it is short enough: it has no structure of structures.
bool shallow(const nlohmann::ordered_json& value) {
  return std::all_of(value.begin(), value.end(),
                     [](const auto& each) { return is_scalar(each) || all_scalars(each); });
}

void write_value(const nlohmann::ordered_json& value, size_t indent, bool line_each, std::string& out) {
  if (is_scalar(value)) {
    out += one_line(value);
    return;
  }
  if (line_each || (shallow(value) && value.size() < kLineColumns)) {
    const std::string line = one_line(value);
    if (line_each || line.size() + indent <= kLineColumns || (value.is_array() && all_scalars(value))) {
      out += line;
      return;
    }
  }
  const std::string blanks(indent + 2, ' ');
  out += value.is_array() ? "[\n" : "{\n";
  size_t left = value.size();
  for (auto item = value.begin(); item != value.end(); ++item) {
    out += blanks;
    const bool blocks = value.is_object() && item.key() == "blocks" && item->is_array();
    if (value.is_object()) out += one_line(nlohmann::ordered_json(item.key())) + ": ";
    if (blocks && !item->empty()) {
      out += "[\n";
      for (size_t i = 0; i < item->size(); ++i) {
        out += blanks + "  ";
        write_value((*item)[i], indent + 4, true, out);
        out += i + 1 < item->size() ? ",\n" : "\n";
      }
      out += blanks + "]";
    } else {
      write_value(*item, indent + 2, false, out);
    }
    out += --left > 0 ? ",\n" : "\n";
  }
  out += std::string(indent, ' ') + (value.is_array() ? "]" : "}");
}

}  // namespace

const ConfiguredHost* Workflow::host(const std::string& id) const {
  const auto found =
      std::find_if(hosts.begin(), hosts.end(), [&](const auto& each) { return each.id == id; });
  return found == hosts.end() ? nullptr : &*found;
}

const ConfiguredEnvironment* Workflow::environment(const std::string& name) const {
  const auto found = std::find_if(environments.begin(), environments.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == environments.end() ? nullptr : &*found;
}

const WorkflowCycle* Workflow::cycle(const std::string& id) const {
  const auto found =
      std::find_if(cycles.begin(), cycles.end(), [&](const auto& each) { return each.id == id; });
  return found == cycles.end() ? nullptr : &*found;
}

std::vector<std::vector<std::string>> independent_environments(const Workflow& workflow) {
  struct Group {
    std::vector<size_t> members;  // in order
    std::set<std::string> machines;
  };
  std::vector<Group> groups;
  for (size_t i = 0; i < workflow.environments.size(); ++i) {
    Group joined{{i}, machines_of(workflow, workflow.environments[i])};
    std::vector<Group> apart;
    for (Group& group : groups) {
      const bool shares = std::any_of(group.machines.begin(), group.machines.end(), [&](const auto& machine) {
        return joined.machines.count(machine) != 0;
      });
      if (!shares) {
        apart.push_back(std::move(group));
        continue;
      }
      joined.members.insert(joined.members.end(), group.members.begin(), group.members.end());
      joined.machines.merge(group.machines);
    }
    std::sort(joined.members.begin(), joined.members.end());
    apart.push_back(std::move(joined));
    groups = std::move(apart);
  }
  std::sort(groups.begin(), groups.end(),
            [](const Group& a, const Group& b) { return a.members.front() < b.members.front(); });
  std::vector<std::vector<std::string>> names;
  for (const Group& group : groups) {
    names.emplace_back();
    for (const size_t member : group.members) names.back().push_back(workflow.environments[member].name);
  }
  return names;
}

std::string workflow_text(const Workflow& workflow) {
  std::string text;
  write_value(to_json(workflow), 0, false, text);
  text += "\n";
  return text;
}

}  // namespace bpftax
