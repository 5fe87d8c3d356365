// Every case has client results for every test that its environment's baseline has, and both ends were kept.
#include <fmt/format.h>

#include <map>
#include <set>

#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

std::string environment_of(const TreeCase& owner) {
  return owner.folder.substr(owner.folder.rfind('/') + 1);
}

std::set<std::string> tests_of(const TreeCase& owner, bool client) {
  std::set<std::string> tests;
  for (const auto& [key, window] : owner.windows) {
    if (!(client ? window.client : window.server).empty()) tests.insert(window.perf_type + "/" + window.conn);
  }
  return tests;
}

}  // namespace

void check_cases(const ResultTree& tree, Findings& findings) {
  std::map<std::string, std::set<std::string>> baselines;  // by group and environment
  for (const auto& [name, owner] : tree.cases()) {
    const std::string key = owner.group + "/" + environment_of(owner);
    if (owner.baseline) baselines[key] = tests_of(owner, true);
  }
  for (const auto& [name, owner] : tree.cases()) {
    findings.examined();
    const auto client = tests_of(owner, true), server = tests_of(owner, false);
    const auto baseline = baselines.find(owner.group + "/" + environment_of(owner));
    if (baseline == baselines.end()) {
      findings.warn(name, fmt::format("there is no baseline of the environment '{}'", environment_of(owner)),
                    "the case can be compared with nothing", "fetch all hosts of the run");
      continue;
    }
    if (client.empty()) {
      findings.missing(name, "it has no client results", "the client's host was not fetched, or no test ran",
                       "fetch all hosts of the run");
      continue;
    }
    for (const std::string& test : baseline->second) {
      if (client.count(test) == 0)
        findings.missing(name, fmt::format("it has no client results for {}", test), "the baseline has them",
                         "fetch again; when they are missing on the host too, measure the case again");
    }
    // One end's files alone can be analysed: some columns stay empty.
    for (const std::string& test : server) {
      if (client.count(test) == 0)
        findings.missing(name, fmt::format("the server has results for {} and the client none", test));
    }
  }
}

}  // namespace bpftax
