// What a campaign's configuration says, whichever format it was written in (formats.md section 5): the
// unified files (minimal-input.yaml, <env>-full.yaml) and the four legacy files load into this one model.
// Plain data; loading is config/load.h, the case matrix config/cases.h, variables config/variables.h.
//
// Texts that were in the files are kept as they were; a case's command has its variables filled in.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/result.h"

namespace bpftax {

// Where something stands in a configuration file; lines and columns count from 1, 0 = unknown.
struct ConfigPlace {
  std::string file;
  int line = 0, column = 0;
};
std::string to_string(const ConfigPlace& place);  // "file:line:column"

// One machine that is reached over SSH (`ssh.ssh_hosts`, legacy ssh-config.yaml, minimal `nodes`).
struct ConfiguredHost {
  std::string id;       // "host-server": what ssh_ref and physical_host_ref name
  std::string address;  // what OpenSSH gets: an address, a name, or an alias of the user's own ssh config
  std::string user;     // "" = as the ssh config says
  std::optional<int> port;
  std::string workdir;  // absolute, on that machine
  ConfigPlace place;
};

// Minimal input only: what discovery starts from.
struct MinimalNode {
  ConfiguredHost host;
  std::string role;      // "host" | "vm"
  std::string host_ref;  // vm: the node it runs on
  std::string uuid;      // vm: of the libvirt domain or QEMU process
  std::string test_ip;   // vm: required; host: "" = find it
};
struct DiscoveryHints {
  std::string internal_port_type = "mgt";  // OVS internal port "port-<type>"
  std::string python_interpreter = "python3";
  // Findings that the user gives by hand, which discovery then takes as they are: node id -> field -> value,
  // fields as in discover/findings.h ("interface", "physical_interface", "vm_interface", "qemu_pid", ...).
  std::map<std::string, std::map<std::string, std::string>> overrides;
};
struct TestPair {
  std::string environment;     // "host", "vm": key of test_pairs
  std::string server, client;  // node ids
  ConfigPlace place;
};
struct MinimalInput {
  std::string version, environment;
  std::vector<MinimalNode> nodes;  // in the file's order
  std::vector<TestPair> pairs;
  DiscoveryHints hints;
  ConfigPlace place;
};

// One end of an environment.
struct EnvironmentEnd {
  std::string ssh_ref;            // ConfiguredHost::id
  std::string test_ip;            // numeric
  std::string interface;          // that carries test_ip, in the machine itself
  std::string vm_interface;       // vm: the tap on its physical host
  std::string physical_host_ref;  // vm: ConfiguredHost::id of where it runs
  // Of the physical host (the machine itself for a host environment).
  std::string internal_interface;                 // OVS internal port; may be empty
  std::string physical_interface;                 // NIC or bond
  std::vector<std::string> physical_nic_members;  // of a bond
  std::string qemu_pid;                           // vm
  std::vector<std::string> vhost_pids;            // vm
  ConfigPlace place;
  // The machine where tools run for this end: physical_host_ref for a VM, else ssh_ref.
  const std::string& tool_host() const { return physical_host_ref.empty() ? ssh_ref : physical_host_ref; }
};

struct ConfiguredEnvironment {
  std::string name;  // "host", "vm"
  std::string description;
  EnvironmentEnd server, client;
  ConfigPlace place;
};

// One performance test of a cycle.
struct PerformanceTest {
  std::string type;      // "throughput" | "latency" | "pps"
  std::string conn;      // "single" | "multi_4" | "tcp_rr" | "udp_rr"
  std::string workload;  // "tcp_stream", "tcp_stream_4", "tcp_rr", "udp_rr", "udp_pps", "udp_pps_4"
  double duration_s = 10;
  std::string target_bandwidth;  // iperf3's -b, "1G"; "" = as fast as it goes
};

// How a tool is built, as far as it decides what it should cost (`class:` of a registry entry): it sums up in
// the kernel; it reports single events that passed a filter; it reports every event it sees.
inline constexpr const char* kDesignClasses[] = {"summary", "details-filtered", "details"};

// One row of the case matrix, command ready to run.
struct CaseParameter {
  std::string name, value;
  bool number = false;  // the configuration has it as a number, and so has cases.json
};
struct TestCase {
  int id = 0;  // unique in its file; 1, 2, ... in the matrix's order
  std::string name, command;
  std::string script;       // "" in legacy files that do not say
  std::string tool_id;      // script without its extension, or the legacy tool's id: topic of reports
  std::string category;     // "" in legacy
  std::string environment;  // "host", "vm": ConfiguredEnvironment::name
  std::vector<CaseParameter> parameters;  // in order; "direction" last where there is one
  double duration_s = 10;
  std::vector<std::string> performance_test_types;  // empty = all
  std::string design_class;                         // one of kDesignClasses; "" = the registry does not say
  // By parameter name; "any" where the case has none.
  std::string protocol() const;
  std::string direction() const;
  // "{protocol}_{direction}", and the values of other parameters behind it: what hash6 is made of.
  std::string parameter_text() const;
};

struct HookTask {
  std::string name;
  std::string command;               // shell text with variables, on the target
  std::vector<std::string> targets;  // "server", "client", "tool_host"; empty = server
  std::string condition;             // "" | "x is None" | "x is not None" | "x == \"v\"" | "x != \"v\""
  double timeout_s = 60;
  bool warn_only = false;  // on_error: warn
  ConfigPlace place;
};
// In the order in which they run.
inline constexpr const char* kHookLevels[] = {"global_init", "tool_init", "case_init", "test_init",
                                              "test_post",   "case_post", "tool_post", "global_post"};
struct CustomMonitor {
  std::string name;
  std::string command;  // shell text with variables, run every interval_s; its output is kept
  std::vector<std::string> targets;
  double interval_s = 1;
  std::string lifecycle = "case";  // "case" | "test"
  std::string condition;
  ConfigPlace place;
};

// How to measure; everything has the defaults of `measure` (method.md). `measurement:` in the unified file.
struct MeasurementSettings {
  double window_s = 0;  // 0: the performance test's duration
  double omit_s = 1;
  int min_blocks = 6, max_blocks = 24;
  double budget_s = 0;                    // for each environment; 0 = none
  std::map<std::string, double> margins;  // metric -> percent
  std::string ready = "bpf";              // plan/model.h parse_ready
  double ready_timeout_s = 60;
  std::string placement = "auto";
  bool attribution = true;
  int attribution_starts = 1;  // of each tool; plan/model.h
  int cases_per_block = 6;     // cases that share their blocks' baselines; a block must not last so long that
                               // the machine is another one at its end
  double sample_interval_ms = 100;
  double output_cap_mb = 64;
};

struct MonitoringSettings {
  bool enabled = true, cpu = true, memory = true, log_size = true;
  double interval_s = 1;
};

struct CampaignConfig {
  enum class Format { kUnified, kLegacy };
  Format format = Format::kUnified;
  std::string version;
  std::string name;    // "phy-620": `environment:` of the unified file, the folder's name for legacy
  std::string origin;  // file or folder it was loaded from
  std::vector<std::string> files;     // all that were read
  std::vector<ConfiguredHost> hosts;  // in the file's order
  std::vector<ConfiguredEnvironment> environments;
  std::string tools_dir = "measurement-tools", results_dir = "performance-test-results";
  bool use_sudo = false;  // the agent runs under `sudo -n` on hosts where the login is not root
  std::string python_interpreter = "python3";
  double timeout_s = 120;
  std::vector<PerformanceTest> performance_tests;
  std::vector<TestCase> cases;
  std::map<std::string, std::vector<HookTask>> hooks;  // by level
  std::vector<CustomMonitor> monitors;
  MonitoringSettings monitoring;
  MeasurementSettings measurement;
  std::vector<std::string>
      warnings;  // accepted, but worth knowing (a tool in two spellings, a key with no effect)

  const ConfiguredHost* host(const std::string& id) const;
  const ConfiguredEnvironment* environment(const std::string& id) const;
};

}  // namespace bpftax
