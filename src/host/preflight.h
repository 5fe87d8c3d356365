// Preflight of one host: what works, what does not, and the command that fixes it. `bpftax doctor` prints it,
// `measure` refuses to start on a kFail.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/host.h"
#include "host/host_tools.h"
#include "util/result.h"

namespace bpftax {

enum class FindingLevel {
  kOk,
  kNote,  // worth knowing: this feature of the kernel is not there, nothing to do about it
  kWarn,  // measuring works, but less well
  kFail,  // measuring does not work
};
std::string_view to_string(FindingLevel level);  // "ok", "note", "warn", "fail"

struct HostFinding {
  FindingLevel level = FindingLevel::kOk;
  std::string topic;   // "privilege", "tracefs", "iperf3"
  std::string detail;  // one sentence
  std::string fix;     // a command or an action; empty when there is nothing to do
};

// Where the machine is decides what mends it.
enum class HostPlace { kHere, kOverSsh };
// Judges facts (Host::facts with "services") and tools. Pure.
std::vector<HostFinding> judge_host(const nlohmann::json& facts, const std::map<std::string, HostTool>& tools,
                                    HostPlace place = HostPlace::kHere);

nlohmann::json to_json(const HostFinding& finding);

}  // namespace bpftax
