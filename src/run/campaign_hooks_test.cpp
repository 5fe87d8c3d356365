// Hooks, monitors, clocks and raw results of campaigns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "host/interrupt.h"
#include "result/manifest.h"
#include "run/arm_tasks.h"
#include "run/campaign.h"
#include "run/testing_world.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

HookTask hook(const std::string& name, const std::string& command, std::vector<std::string> targets = {}) {
  HookTask task;
  task.name = name;
  task.command = command;
  task.targets = std::move(targets);
  return task;
}

CampaignConfig with_all_levels(std::vector<std::string> commands = {"drop --a"}) {
  CampaignConfig config = fake_config(commands);
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  for (const char* level : kHookLevels)
    config.hooks[level] = {hook(level, std::string("note ") + level + " {timestamp}")};
  return config;
}

std::vector<std::string> names_of(const std::vector<HookSeen>& hooks) {
  std::vector<std::string> names;
  for (const HookSeen& seen : hooks) names.push_back(seen.name.substr(5));  // "hook NAME"
  return names;
}

const ResultSubject& only_subject(const CampaignOutcome& outcome, int case_id) {
  for (const ResultSubject& subject : outcome.result.subjects) {
    if (subject.test_case && subject.test_case->id == case_id) return subject;
  }
  static const ResultSubject kNone;
  return kNone;
}

TEST(CampaignHooks, RunInTheirOrderAroundEverything) {
  FakeCampaign campaign(with_all_levels());
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  const std::vector<std::string> names = names_of(campaign.world->hooks());
  // Warm-up and two blocks of three arms, one window each.
  std::vector<std::string> expected = {"global_init", "tool_init"};
  for (int arm = 0; arm < 9; ++arm) {
    for (const char* name : {"case_init", "test_init", "test_post", "case_post"}) expected.emplace_back(name);
  }
  expected.insert(expected.end(), {"tool_post", "global_post"});
  EXPECT_EQ(names, expected);
}

TEST(CampaignHooks, RunOnTheirTargetsWithTrueVariables) {
  CampaignConfig config = fake_config({"drop --a"}, true);
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  config.hooks["global_init"] = {hook("g", "g {environment} {workdir}", {"server", "client", "tool_host"})};
  config.hooks["case_init"] = {hook("c", "c {tool_id} {case_id} {protocol} {server_ip} {client_ip}")};
  config.hooks["case_init"][0].condition = "tool_id is not None";
  config.hooks["case_post"] = {hook("b", "b {environment}")};
  config.hooks["case_post"][0].condition = "tool_id is None";
  config.hooks["test_init"] = {
      hook("t", "t {ebpf_pid} {test_type} {duration} {port} {interface}", {"tool_host"})};
  config.hooks["test_init"][0].condition = "ebpf_pid is not None";
  FakeCampaign campaign(config);
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  std::map<std::string, std::vector<HookSeen>> by_name;
  for (const HookSeen& seen : campaign.world->hooks()) by_name[seen.name].push_back(seen);
  std::set<std::string> hosts;
  for (const HookSeen& seen : by_name["hook g"]) {
    EXPECT_TRUE(hosts.insert(seen.host).second) << "once on each machine";
    EXPECT_THAT(seen.command, HasSubstr("/work/" + seen.host));
  }
  EXPECT_THAT(hosts, ElementsAre("host-client", "host-server", "vm-client", "vm-server", "vm-server-host"));
  ASSERT_EQ(by_name["hook c"].size(), 2u * 3) << "the tool's arms only";
  for (const HookSeen& seen : by_name["hook c"]) {
    const bool vm = seen.host == "vm-server";
    EXPECT_EQ(seen.command, vm ? "c eth_drop 2 tcp 198.51.100.11 198.51.100.12"
                               : "c eth_drop 1 tcp 198.51.100.1 198.51.100.2");
  }
  EXPECT_EQ(by_name["hook b"].size(), 2u * 6) << "the baselines' only";
  ASSERT_EQ(by_name["hook t"].size(), 2u * 3);
  for (const HookSeen& seen : by_name["hook t"]) {
    EXPECT_THAT(seen.command, testing::ContainsRegex("^t [0-9]+ latency 2 20000 (port-mgt|vnet0)$"));
    EXPECT_TRUE(seen.host == "host-server" || seen.host == "vm-server-host") << seen.host;
  }
}

TEST(CampaignHooks, ThatFailMakeTheirCaseInvalidAndNoOther) {
  CampaignConfig config = with_all_levels({"drop --a", "drop --b"});
  config.hooks["case_init"] = {hook("load module", "modprobe case {case_id}")};
  config.hooks["case_init"][0].condition = "case_id is not None";
  FakeCampaign campaign(config);
  campaign.world->script.hook = [&](const std::string&, const std::string&, Host::Finished& finished) {
    if (campaign.world->hooks().back().command != "modprobe case 1") return;
    finished.status.code = 1;
    finished.out = "x";
    finished.err = "something\nmodprobe: FATAL: Module not found\n";
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_NE(only_subject(outcome, 1).status, "measured");
  EXPECT_EQ(only_subject(outcome, 1).reason,
            "hook load module failed: exit code 1: modprobe: FATAL: Module not found");
  EXPECT_EQ(only_subject(outcome, 2).status, "measured");
  // The failed arm had its post hook, and what the hook wrote is kept.
  const std::vector<std::string> names = names_of(campaign.world->hooks());
  const auto failed = std::find(names.begin(), names.end(), "load module");
  EXPECT_EQ(*(failed + 1), "case_post");
  bool kept = false;
  for (const auto& [path, text] : campaign.world->machine("host-server").host->files()) {
    if (path.find("hook_results_") == std::string::npos || text.find("modprobe case 1") == std::string::npos)
      continue;
    kept = true;
    EXPECT_THAT(path, HasSubstr("ebpf/eth_drop_case_1_tcp_rx_9d5e19/host/hook_results_"));
    const auto json = parse_json(text, path);
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["tasks"][0]["exit_code"], 1);
    EXPECT_THAT((*json)["tasks"][0]["stderr"].get<std::string>(), HasSubstr("Module not found"));
  }
  EXPECT_TRUE(kept);
  const bool warned = std::any_of(outcome.result.warnings.begin(), outcome.result.warnings.end(),
                                  [](const ResultWarning& w) { return w.code == "hook"; });
  EXPECT_TRUE(warned);
}

TEST(CampaignHooks, OfAToolTakeOutAllItsCases) {
  CampaignConfig config = with_all_levels({"drop --a", "drop --b", "other"});
  config.cases[2].tool_id = "other_tool";
  FakeCampaign campaign(config);
  campaign.world->script.hook = [&](const std::string&, const std::string& name, Host::Finished& finished) {
    if (name != "hook tool_init") return;
    const std::vector<std::string> names = names_of(campaign.world->hooks());
    if (std::count(names.begin(), names.end(), "tool_init") == 1) finished.status.code = 3;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(only_subject(outcome, 1).reason, "hook tool_init failed: exit code 3");
  EXPECT_EQ(only_subject(outcome, 2).reason, "hook tool_init failed: exit code 3");
  EXPECT_EQ(only_subject(outcome, 3).status, "measured");
}

TEST(CampaignHooks, ThatOnlyWarnChangeNothing) {
  CampaignConfig config = with_all_levels();
  for (auto& [level, tasks] : config.hooks) tasks[0].warn_only = true;
  FakeCampaign campaign(config);
  campaign.world->script.hook = [](const std::string&, const std::string&, Host::Finished& finished) {
    finished.status.signaled = true;
    finished.status.code = SIGKILL;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(only_subject(outcome, 1).status, "measured");
  EXPECT_EQ(names_of(campaign.world->hooks()).size(), 4u + 9 * 4);
}

TEST(CampaignHooks, OfTheCampaignStopItBeforeItBeginsAndStillCleanUp) {
  FakeCampaign campaign(with_all_levels());
  campaign.world->script.hook = [](const std::string&, const std::string& name, Host::Finished& finished) {
    if (name == "hook global_init") finished.status.code = 1;
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kEnvironment);
  EXPECT_THAT(to_string(*outcome.error), HasSubstr("hook global_init failed"));
  EXPECT_TRUE(outcome.resumable);
  EXPECT_THAT(names_of(campaign.world->hooks()), ElementsAre("global_init", "global_post"));
  campaign.world->script.hook = nullptr;
  EXPECT_FALSE(campaign.run(true).error);
}

TEST(CampaignHooks, CleanUpAfterAnInterrupt) {
  FakeCampaign campaign(with_all_levels());
  int clients = 0;
  campaign.world->script.start = [&](const std::string&, const ProcessSpec& spec, FakeProcess&) {
    if (spec.name.starts_with("client ") && ++clients == 4) request_interrupt(SIGINT);
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kInterrupted);
  EXPECT_TRUE(outcome.resumable);
  const std::vector<std::string> names = names_of(campaign.world->hooks());
  ASSERT_GE(names.size(), 4u);
  EXPECT_THAT(std::vector<std::string>(names.end() - 4, names.end()),
              ElementsAre("test_post", "case_post", "tool_post", "global_post"));
  EXPECT_THAT(campaign.world->running(), IsEmpty());
  campaign.world->script.start = nullptr;
  const CampaignOutcome again = campaign.run(true);
  ASSERT_FALSE(again.error) << to_string(*again.error);
}

TEST(CampaignHooks, WithAVariableThatHasNoValueFail) {
  CampaignConfig config = with_all_levels();
  config.hooks["case_init"] = {hook("pid", "ls /proc/{ebpf_pid}")};
  FakeCampaign campaign(config);
  const CampaignOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(only_subject(outcome, 1).reason, AllOf(HasSubstr("hook pid failed"), HasSubstr("ebpf_pid")));
}

TEST(CampaignMonitors, RunAroundArmsAndWindowsAndOnlyWarn) {
  CampaignConfig config = fake_config({"drop --a"});
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  CustomMonitor cpu;
  cpu.name = "top_of_tool";
  cpu.command = "top -b -n 1 -p {ebpf_pid}";
  cpu.condition = "ebpf_pid is not None";
  cpu.targets = {"tool_host"};
  CustomMonitor net;
  net.name = "net";
  net.command = "ss -s";
  net.targets = {"server", "client"};
  net.lifecycle = "test";
  config.monitors = {cpu, net};
  FakeCampaign campaign(config);
  campaign.world->script.start = [](const std::string& id, const ProcessSpec& spec, FakeProcess& process) {
    if (spec.name == "monitor net" && id == "host-client") process.err = "exit code 127\n";
  };
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(only_subject(outcome, 1).status, "measured");
  FakeHost& server = *campaign.world->machine("host-server").host;
  int tool_monitors = 0, net_monitors = 0;
  for (const ProcessSpec& spec : server.started()) {
    if (spec.name == "monitor top_of_tool") {
      ++tool_monitors;
      EXPECT_THAT(spec.argv[4], testing::ContainsRegex("^top -b -n 1 -p [0-9]+$"));
      EXPECT_THAT(spec.stdout_path,
                  testing::ContainsRegex("case_1_tcp_rx_9d5e19/host/monitoring/top_of_tool_[0-9_]+.log$"));
    }
    net_monitors += spec.name == "monitor net" ? 1 : 0;
  }
  EXPECT_EQ(tool_monitors, 3);
  EXPECT_EQ(net_monitors, 9);
  // The tool's own ends before the tool.
  const std::vector<std::string> log = server.log();
  const auto monitor = std::find(log.begin(), log.end(), "stop monitor top_of_tool");
  const auto tool =
      std::find(log.begin(), log.end(), "stop tool " + campaign.workflow.parts[0].plan.subjects[0].name);
  ASSERT_TRUE(monitor != log.end() && tool != log.end());
  EXPECT_LT(monitor - log.begin(), tool - log.begin());
  EXPECT_THAT(campaign.world->running(), IsEmpty());
  const bool warned =
      std::any_of(outcome.result.warnings.begin(), outcome.result.warnings.end(), [](const ResultWarning& w) {
        return w.code == "hook" &&
               w.text.find("host-client: monitor net failed: exit code 127 (9 times)") != std::string::npos;
      });
  EXPECT_TRUE(warned);
}

// ---- raw results ----

// Times replaced by T, so that the tree can be compared.
std::set<std::string> shapes(const std::set<std::string>& paths) {
  std::set<std::string> all;
  for (std::string path : paths) {
    for (size_t i = 0; i + 15 <= path.size(); ++i) {
      const std::string part = path.substr(i, 15);
      const bool time = part[8] == '_' && part.find_first_not_of("0123456789_") == std::string::npos;
      if (time) path.replace(i, 15, "T");
    }
    all.insert(path);
  }
  return all;
}

TEST(CampaignRawResults, FollowTheTreeOnEveryHost) {
  CampaignConfig config = fake_config({"drop --a"}, true);
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  FakeCampaign campaign(config);
  ASSERT_FALSE(campaign.run().error);
  const std::string manifest = manifest_name(campaign.workflow.run_id);
  const std::string base = "baseline/vm/", tool = "ebpf/eth_drop_case_2_tcp_rx_9d5e19/vm/";
  const auto everywhere = [&](const std::string& folder) {
    // FakeHost has no disks.
    return std::set<std::string>{folder + "monitoring/cpu_T.log", folder + "monitoring/memory_T.log",
                                 folder + "monitoring/network_T.log", folder + "monitoring/psi_T.log"};
  };
  const auto with = [&](std::set<std::string> files, const std::vector<std::string>& more) {
    files.merge(everywhere(base));
    files.merge(everywhere(tool));
    files.insert(manifest);
    files.insert(more.begin(), more.end());
    return files;
  };
  std::vector<std::string> client;
  for (const std::string& folder : {base, tool}) {
    const std::string results = folder + "client_results/latency/tcp_rr_T/";
    client.insert(client.end(), {results + "client.txt", results + "client.err",
                                 results + "latency_tcp_rr_timing.log", folder + "metadata_T.json"});
  }
  EXPECT_EQ(shapes(campaign.world->files("vm-client")), with({}, client));
  EXPECT_EQ(shapes(campaign.world->files("vm-server")),
            with({}, {base + "server_results/latency/tcp_rr_T/server.err",
                      tool + "server_results/latency/tcp_rr_T/server.err"}));
  EXPECT_EQ(
      shapes(campaign.world->files("vm-server-host")),
      with({}, {base + "metadata_T.json", tool + "metadata_T.json", tool + "ebpf_output_T.log",
                tool + "ebpf_error_T.log", tool + "ebpf_monitoring/tool_cpu_usage_T.log",
                tool + "ebpf_monitoring/tool_memory_T.log", tool + "ebpf_monitoring/tool_logsize_T.log"}));
  EXPECT_EQ(shapes(campaign.world->files("vm-client-host")), with({}, {}));
}

TEST(CampaignRawResults, AreAllInTheManifestWithTheirSums) {
  CampaignConfig config = with_all_levels({"drop --a", "drop --b"});
  config.measurement.cases_per_block = 1;  // two parts, one manifest
  FakeCampaign campaign(config);
  ASSERT_FALSE(campaign.run().error);
  const std::string name = manifest_name(campaign.workflow.run_id);
  for (const char* id : {"host-server", "host-client"}) {
    const auto& files = campaign.world->machine(id).host->files();
    const std::string root = "/work/" + std::string(id) + "/performance-test-results/";
    const auto manifest = parse_manifest(files.at(root + name), id);
    ASSERT_TRUE(manifest) << to_string(manifest.error());
    EXPECT_EQ(manifest->host, id);
    std::set<std::string> listed;
    for (const ManifestFile& file : manifest->files) {
      listed.insert(file.path);
      const auto found = files.find(root + file.path);
      ASSERT_NE(found, files.end()) << file.path;
      EXPECT_EQ(file.size, static_cast<int64_t>(found->second.size())) << file.path;
      EXPECT_EQ(file.sha256, sha256_hex(found->second)) << file.path;
    }
    std::set<std::string> there = campaign.world->files(id);
    there.erase(name);
    EXPECT_EQ(listed, there);
  }
}

TEST(CampaignRawResults, SayWhatWasTestedAndWhen) {
  CampaignConfig config = fake_config({"drop --a"});
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  config.monitoring.interval_s = 1;
  config.measurement.sample_interval_ms = 100;
  FakeCampaign campaign(config);
  campaign.world->script.clock_error_ns = 7;
  ASSERT_FALSE(campaign.run().error);
  int metadata = 0;
  for (const auto& [path, text] : campaign.world->machine("host-server").host->files()) {
    if (path.find("/ebpf/") != std::string::npos && path.find("metadata_") != std::string::npos) {
      ++metadata;
      const auto json = parse_json(text, path);
      ASSERT_TRUE(json);
      EXPECT_EQ((*json)["status"], "success");
      EXPECT_EQ((*json)["hosts"]["client"], "host-client");
      EXPECT_EQ((*json)["test_case"]["case_id"], 1);
      EXPECT_EQ((*json)["tool"]["command"], "drop --a");
      EXPECT_EQ((*json)["clock_offsets"]["host-client"]["error_ns"], 7);
      EXPECT_THAT((*json)["server_results"].get<std::string>(), HasSubstr("/server_results/latency/tcp_rr_"));
    }
    if (path.find("monitoring/cpu_") != std::string::npos) {
      // 2 s at one row a second and CPU: a header, and 3 or 4 rows of each.
      const auto lines = split(trim(text), '\n');
      EXPECT_THAT(std::string(lines[0]), StartsWith("# date time_utc(+00:00) monotonic_ns cpu user_us"));
      EXPECT_GE(lines.size(), 1u + 3 * 2) << text;
      EXPECT_LE(lines.size(), 1u + 4 * 2) << text;
    }
    if (path.find("/ebpf_monitoring/tool_memory_") != std::string::npos) {
      EXPECT_THAT(text, testing::ContainsRegex("\n2026-09-21 [0-9:]+\\.[0-9]{9} [0-9]+ "));
    }
  }
  EXPECT_EQ(metadata, 3);
}

TEST(CampaignClocks, ThatAreHardlyKnownAreAWarning) {
  CampaignConfig config = fake_config({"drop --a"});
  config.measurement.min_blocks = config.measurement.max_blocks = 2;
  FakeCampaign campaign(config);
  campaign.world->script.clock_error_ns = 15 * kNsPerMs;  // of both ends together 1.5 % of 2 s
  const CampaignOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  const bool warned =
      std::any_of(outcome.result.warnings.begin(), outcome.result.warnings.end(), [](const ResultWarning& w) {
        return w.text.find("the clock of host-server is known") != std::string::npos;
      });
  EXPECT_TRUE(warned);
  EXPECT_THAT(campaign.text("parts/host-01/journal.jsonl"),
              HasSubstr("{\"error_ns\":15000000,\"host\":\"host-client\",\"offset_ns\":0}"));
}

}  // namespace
}  // namespace bpftax
