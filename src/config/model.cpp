#include "config/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpftax {
namespace {

const std::string* parameter(const TestCase& test_case, const std::string& name) {
  const auto found = std::find_if(test_case.parameters.begin(), test_case.parameters.end(),
                                  [&](const CaseParameter& each) { return each.name == name; });
  return found == test_case.parameters.end() ? nullptr : &found->value;
}

}  // namespace

std::string to_string(const ConfigPlace& place) {
  if (place.line <= 0) return place.file;
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

std::string TestCase::protocol() const {
  const std::string* value = parameter(*this, "protocol");
  return value == nullptr ? "any" : *value;
}

std::string TestCase::direction() const {
  const std::string* value = parameter(*this, "direction");
  return value == nullptr ? "any" : *value;
}

std::string TestCase::parameter_text() const {
  std::string text = protocol() + "_" + direction();
  for (const CaseParameter& each : parameters) {
    if (each.name != "protocol" && each.name != "direction") text += "_" + each.value;
  }
  return text;
}

const ConfiguredHost* CampaignConfig::host(const std::string& id) const {
  const auto found =
      std::find_if(hosts.begin(), hosts.end(), [&](const auto& each) { return each.id == id; });
  return found == hosts.end() ? nullptr : &*found;
}

const ConfiguredEnvironment* CampaignConfig::environment(const std::string& id) const {
  const auto found = std::find_if(environments.begin(), environments.end(),
                                  [&](const auto& each) { return each.name == id; });
  return found == environments.end() ? nullptr : &*found;
}

}  // namespace bpftax
