// A configuration for tests: two environments, "host" (two machines) and "vm" (two guests on them).
#pragma once

#include <string>

#include "config/model.h"
#include "plan/workflow.h"
#include "util/json.h"

namespace bpftax::testing_workflow {

inline TestCase make_case(int id, const std::string& tool, const std::string& environment,
                          const std::string& protocol, const std::string& direction) {
  TestCase made;
  made.id = id;
  made.tool_id = tool;
  made.script = tool + ".py";
  made.name = tool + "_" + direction + "_protocol_" + protocol;
  made.command = "sudo python3 " + tool + ".py --direction " + direction;
  made.category = environment == "host" ? "performance/system-network" : "kvm-virt-network/kvm";
  made.environment = environment;
  if (!protocol.empty()) made.parameters.push_back({"protocol", protocol});
  if (!direction.empty()) made.parameters.push_back({"direction", direction});
  return made;
}

inline ConfiguredHost make_host(const std::string& id, const std::string& address) {
  ConfiguredHost host;
  host.id = id;
  host.address = address;
  host.user = "root";
  host.workdir = "/root/lcc";
  return host;
}

inline ConfiguredEnvironment make_environment(const std::string& name, const std::string& server,
                                              const std::string& client) {
  ConfiguredEnvironment environment;
  environment.name = name;
  environment.server.ssh_ref = server;
  environment.server.test_ip = "192.0.2.1";
  environment.server.interface = "eth0";
  environment.client.ssh_ref = client;
  environment.client.test_ip = "192.0.2.2";
  return environment;
}

// host: metrics 1-4 (tcp, udp x rx, tx), drops 5-6; vm: tun 7.
inline CampaignConfig make_config() {
  CampaignConfig config;
  config.name = "phy";
  config.origin = "phy-full.yaml";
  config.hosts = {make_host("host-server", "192.0.2.1"), make_host("host-client", "192.0.2.2"),
                  make_host("vm-server", "192.0.2.11"), make_host("vm-client", "192.0.2.12"),
                  make_host("unused", "192.0.2.99")};
  config.environments = {make_environment("host", "host-server", "host-client"),
                         make_environment("vm", "vm-server", "vm-client")};
  config.environments[1].server.physical_host_ref = "host-server";
  config.environments[1].client.physical_host_ref = "host-client";
  config.performance_tests = {{"throughput", "single", "tcp_stream", 10, "1G"},
                              {"latency", "tcp_rr", "tcp_rr", 5, ""},
                              {"pps", "multi_4", "udp_pps_4", 10, ""}};
  config.cases = {make_case(1, "metrics", "host", "tcp", "rx"), make_case(2, "metrics", "host", "tcp", "tx"),
                  make_case(3, "metrics", "host", "udp", "rx"), make_case(4, "metrics", "host", "udp", "tx"),
                  make_case(5, "drops", "host", "tcp", "rx"),   make_case(6, "drops", "host", "icmp", "rx"),
                  make_case(7, "tun", "vm", "", "rx")};
  config.cases[6].parameters.insert(config.cases[6].parameters.begin(), {"vhost_pid", "4711", true});
  config.hooks["case_init"] = {{"drop caches", "sync; echo {workdir}", {"server"}, "", 30, true, {}}};
  config.monitors = {{"softnet", "cat /proc/net/softnet_stat", {"server", "client"}, 1, "case", "", {}}};
  config.measurement.cases_per_block = 4;
  return config;
}

inline WorkflowOptions make_options() {
  WorkflowOptions options;
  options.seed = 42;
  options.command_line = "bpftax plan phy-full.yaml";
  options.now_realtime_ns = 1'790'000'000'000'000'000;
  return options;
}

inline Json document_of(const Workflow& workflow) {
  return Json::parse(workflow_text(workflow));
}

}  // namespace bpftax::testing_workflow
