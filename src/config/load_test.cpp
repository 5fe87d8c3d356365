#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/temporary_folder.h"
#include "config/test_data.h"
#include "util/rng.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What the command line prints of an error.
std::string printed(const Error& error) {
  return to_string(error) + (error.hint.empty() ? "" : "\nhint: " + error.hint);
}
std::string test_text(const PerformanceTest& test) {
  return test.type + " " + test.conn + " " + test.workload + " " +
         std::to_string(static_cast<int>(test.duration_s)) + " " + test.target_bandwidth;
}
std::vector<std::string> test_texts(const CampaignConfig& config) {
  std::vector<std::string> texts;
  for (const PerformanceTest& test : config.performance_tests) texts.push_back(test_text(test));
  return texts;
}

TEST(LoadConfig, ReadsARealConfiguration) {
  const auto config =
      load_config(config_data(std::string(kOs630) + "/os630-kernel-510-hygon-physical-full.yaml"));
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->format, CampaignConfig::Format::kUnified);
  EXPECT_EQ(config->version, "1.0");
  EXPECT_EQ(config->name, "os630-kernel-510-hygon-physical");
  EXPECT_EQ(config->hosts.size(), 4u);
  EXPECT_EQ(config->host("vm-client")->address, "172.20.225.106");
  EXPECT_EQ(config->host("vm-client")->workdir, "/home/smartx/lcc");
  EXPECT_EQ(config->host("nobody"), nullptr);
  const ConfiguredEnvironment* vm = config->environment("vm");
  ASSERT_NE(vm, nullptr);
  EXPECT_EQ(vm->server.tool_host(), "host-server");
  EXPECT_EQ(vm->client.vm_interface, "vnet134");
  EXPECT_EQ(vm->client.vhost_pids.size(), 8u);
  EXPECT_THAT(vm->client.physical_nic_members, ElementsAre("ens43f0np0", "ens43f1np1"));
  EXPECT_EQ(config->environment("host")->server.tool_host(), "host-server");
  EXPECT_TRUE(config->use_sudo);
  EXPECT_EQ(config->timeout_s, 120);
  EXPECT_TRUE(config->monitoring.cpu && config->monitoring.memory && config->monitoring.log_size);
  EXPECT_THAT(test_texts(*config),
              ElementsAre("throughput single tcp_stream 10 ", "throughput multi_4 tcp_stream_4 10 ",
                          "latency tcp_rr tcp_rr 10 ", "latency udp_rr udp_rr 10 ",
                          "pps single udp_pps 10 1G", "pps multi_4 udp_pps_4 10 1G"));
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0],
            "'paths.results_dir' has no effect: results are in {workdir}/performance-test-results");
  EXPECT_EQ(config->results_dir, "performance-test-results");
}

TEST(LoadConfig, DetectsTheFormatOfAFolder) {
  const auto unified = load_config(config_data(kOs620));
  ASSERT_TRUE(unified) << to_string(unified.error());
  EXPECT_EQ(unified->name, "phy-620");
  EXPECT_EQ(unified->cases.size(), 97u);
  EXPECT_THAT(unified->files, ElementsAre(HasSubstr("phy-620-full.yaml")));
  const auto legacy = load_config(config_data(kLegacyFolder));
  ASSERT_TRUE(legacy) << to_string(legacy.error());
  EXPECT_EQ(legacy->format, CampaignConfig::Format::kLegacy);
}

TEST(LoadConfig, SaysWhatAFolderLacks) {
  const TemporaryFolder folder;
  EXPECT_THAT(printed(load_config(folder.path()).error()),
              HasSubstr("it has no configuration\nhint: one *-full.yaml"));
  ASSERT_TRUE(write_file_atomically(folder / "minimal-input.yaml", "x"));
  EXPECT_THAT(printed(load_config(folder.path()).error()),
              HasSubstr("it has a minimal input only\nhint: bpftax discover"));
  ASSERT_TRUE(write_file_atomically(folder / "a-full.yaml", small_config()));
  EXPECT_TRUE(load_config(folder.path()));
  ASSERT_TRUE(write_file_atomically(folder / "b-full.yaml", small_config()));
  EXPECT_THAT(printed(load_config(folder.path()).error()),
              HasSubstr("several full configurations: a-full.yaml, b-full.yaml"));
}

TEST(LoadConfig, RefusesWhatIsNoConfigurationFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(load_config(folder / "absent.yaml").error().kind, ErrorKind::kUsage);
  ASSERT_EQ(::mkfifo((folder / "fifo.yaml").c_str(), 0600), 0);
  EXPECT_THAT(printed(load_config(folder / "fifo.yaml").error()), HasSubstr("it is no regular file"));
  ASSERT_TRUE(write_file_atomically(folder / "huge.yaml", std::string((4u << 20) + 1, ' ')));
  EXPECT_THAT(printed(load_config(folder / "huge.yaml").error()), HasSubstr("longer than"));
  EXPECT_THAT(printed(load_config(config_data(std::string(kOs620) + "/minimal-input.yaml")).error()),
              HasSubstr("this is a minimal input, not a full configuration"));
}

struct BadInput {
  const char *from, *to, *error;
};

// Each is the small configuration with one text replaced, and the exact words about it.
const BadInput kBadInputs[] = {
    {"environment: small", "enviroment: small",
     "unknown key 'enviroment': c.yaml:2:1: at the top of the file\nhint: did you mean 'environment'?"},
    {"environment: small\n", "", "missing key 'environment': c.yaml:1:1: at the top of the file"},
    {"environment: small", "environment: ../../etc",
     "not a usable name of an environment: c.yaml:2:14: '../../etc'\nhint: letters, digits, '.', '_' and "
     "'-'; it becomes "
     "the name of files"},
    {"version: '1.0'", "version: '7.3'",
     "unknown version of the format: c.yaml:1:10: '7.3'\nhint: 1.0 is known"},
    {"user: me", "usr: me",
     "unknown key 'usr': c.yaml:5:26: in 'ssh.ssh_hosts.a'\nhint: did you mean 'user'?"},
    {"user: me", "user: [me]",
     "wrong type of 'ssh.ssh_hosts.a.user': c.yaml:5:32: expected a text, got a list"},
    {"user: me", "user: -oProxyCommand=x", "not a name of a user: c.yaml:5:5: '-oProxyCommand=x'"},
    {"host: 192.0.2.1", "host: '-x y'",
     "not an address or name of a host: c.yaml:5:5: '-x y'\nhint: an IP address, a DNS name, or a Host of "
     "your ssh config"},
    {", workdir: /home/me", "", "missing key 'workdir': c.yaml:5:8: in 'ssh.ssh_hosts.a'"},
    {"workdir: /home/me", "workdir: lcc",
     "'workdir' is not an absolute path: c.yaml:5:5: 'lcc'\nhint: as /home/me/bpftax; it is a folder on that "
     "machine"},
    {"port: 2222", "port: 99999",
     "'ssh.ssh_hosts.b.port' is out of range: c.yaml:6:44: 99999 is not 1 to 65535"},
    {"port: 2222", "port: '2222'",
     "wrong type of 'ssh.ssh_hosts.b.port': c.yaml:6:44: expected a whole number, got the text '2222'"},
    {"    b: {", "    a: {",
     "duplicate key 'a': c.yaml:6:5: it stands in line 5 already\nhint: remove one of the two"},
    {"ssh_ref: b", "ssh_ref: bb",
     "'ssh_ref' names no host: 'bb': c.yaml:10:23: in 'environments.host.client'\nhint: did you mean 'b'?"},
    {"test_ip: 10.0.0.2", "test_ip: 10.0.0.2, physical_host_ref: hypervisor",
     "'physical_host_ref' names no host: 'hypervisor': c.yaml:10:64: in 'environments.host.client'\nhint: "
     "known are a, b"},
    {"test_ip: 10.0.0.2", "test_ip: nowhere",
     "'environments.host.client.test_ip' is not an IP address: c.yaml:10:35: 'nowhere'\nhint: in numbers, "
     "such as "
     "192.0.2.1 or 2001:db8::1"},
    {"server_physical_interface: eth0", "server_ip: 10.0.0.9",
     "'environments.host.network_config.server_ip' contradicts another key: c.yaml:12:18: '10.0.0.9' here, "
     "'10.0.0.1' "
     "there"},
    {"server_physical_interface", "server_physcal_interface",
     "unknown key 'server_physcal_interface': c.yaml:12:7: in 'environments.host.network_config'\nhint: did "
     "you mean "
     "'server_physical_interface'?"},
    {"      environment: host", "      environment: hots",
     "unknown environment 'hots': c.yaml:15:5: of the category 'net'\nhint: did you mean 'host'?"},
    {"directions:", "direction:",
     "unknown key 'direction': c.yaml:17:7: in 'tools.categories.net'\nhint: did you mean 'directions'?"},
    {"tx: {SRC_IP: '{host_LOCAL_IP}'", "tx: {SRC_IPP: '{host_LOCAL_IP}'",
     "unknown key 'SRC_IPP': c.yaml:19:14: in 'tools.categories.net.directions.tx'\nhint: did you mean "
     "'SRC_IP'?"},
    {"'{host_REMOTE_IP}', DST", "'{host_REMTE_IP}', DST",
     "unknown variable '{host_REMTE_IP}': c.yaml:18:9\nhint: did you mean 'host_REMOTE_IP'?"},
    {"SRC_IP: '{host_REMOTE_IP}', DST", "SRC_IP: {host_REMOTE_IP}, DST",
     "wrong type of 'tools.categories.net.directions.rx.SRC_IP': c.yaml:18:22: expected a text, got a "
     "mapping"},
    {"script:", "scrpt:",
     "unknown key 'scrpt': c.yaml:21:9: in 'tools.categories.net.tools[0]': the template has no "
     "{scrpt}\nhint: did you "
     "mean 'script'?"},
    {"{SRC_IP} --p", "{SRC_PI} --p",
     "unknown variable '{SRC_PI}': c.yaml:22:19\nhint: did you mean 'SRC_IP'?"},
    {"{protocol}\n", "{protocol} {VM_INTERFACE}\n",
     "the variable '{VM_INTERFACE}' has no value here: c.yaml:22:19: the environment 'host' does not say "
     "it\nhint: bpftax "
     "discover finds it; by hand it stands in environments.host.network_config or .kvm_config"},
    {"protocol: [tcp, udp]", "protocol: [tcp, tcp]",
     "the value 'tcp' stands twice: c.yaml:24:27: in 'tools.categories.net.tools[0].parameters.protocol'"},
    {"protocol: [tcp, udp]", "protocol: '{vhost_pid}'",
     "unknown list '{vhost_pid}': c.yaml:24:11: of the parameter 'protocol'\nhint: did you mean "
     "'vhost_pids'?"},
    {"protocol: [tcp, udp]", "protocol: {tcp: 1}",
     "wrong type of 'tools.categories.net.tools[0].parameters.protocol': c.yaml:24:21: expected a list, got "
     "a mapping"},
    {"latency: {duration: 3}", "latncy: {duration: 3}",
     "unknown key 'latncy': c.yaml:26:3: in 'performance_tests'\nhint: did you mean 'latency'?"},
    {"duration: 3", "duration: soon",
     "wrong type of 'performance_tests.latency.duration': c.yaml:26:23: expected seconds, or a duration as "
     "'500ms', '2s', "
     "'5m', got 'soon'"},
    {"duration: 3", "duration: -3",
     "'performance_tests.latency.duration' is out of range: c.yaml:26:23: -3 is not 0.1 to 86400 seconds"},
    {"  latency: {duration: 3}", "  pps: {multi_stream: {streams: [4, 0]}}",
     "'performance_tests.pps.multi_stream.streams' is not a number of streams: c.yaml:26:33: '0'\nhint: 1 to "
     "64, or a list "
     "of such"},
    {"  latency: {duration: 3}", "  pps: {single_stream: {target_bw: fast}}",
     "'performance_tests.pps.single_stream.target_bw' is not a bandwidth: c.yaml:26:36: 'fast'\nhint: bits a "
     "second, such "
     "as 1G or 500M"},
    {"performance_tests:", "defaults: {use_sudo: perhaps}\nperformance_tests:",
     "wrong type of 'defaults.use_sudo': c.yaml:25:22: expected true or false, got 'perhaps'"},
    {"performance_tests:", "measurement: {windw: 5}\nperformance_tests:",
     "unknown key 'windw': c.yaml:25:15: in 'measurement'\nhint: did you mean 'window'?"},
    {"performance_tests:", "measurement: {min_blocks: 9, max_blocks: 8}\nperformance_tests:",
     "'max_blocks' is smaller than 'min_blocks': c.yaml:25:42: in 'measurement'"},
    {"performance_tests:", "measurement: {ready: soon}\nperformance_tests:",
     "unknown value 'soon' of 'measurement.ready': c.yaml:25:22\nhint: bpf, line:REGEX, exec:CMD or delay:S"},
    {"performance_tests:", "hooks: {case_int: []}\nperformance_tests:",
     "unknown key 'case_int': c.yaml:25:9: in 'hooks'\nhint: did you mean 'case_init'?"},
    {"performance_tests:", "hooks: {case_init: [{name: n, cmd: 'echo {reslt_path}'}]}\nperformance_tests:",
     "unknown variable '{reslt_path}': c.yaml:25:36\nhint: did you mean 'result_path'?"},
    {"performance_tests:",
     "hooks: {case_init: [{name: n, cmd: x, condition: 'ebpf_pd is None'}]}\nperformance_tests:",
     "unknown variable 'ebpf_pd' in a condition: c.yaml:25:50\nhint: did you mean 'ebpf_pid'?"},
    {"performance_tests:", "hooks: {case_init: [{name: n, cmd: x, targets: [sever]}]}\nperformance_tests:",
     "unknown target 'sever': c.yaml:25:48: of a task or monitor\nhint: did you mean 'server'?"},
    {"performance_tests:", "hooks: {case_init: [{name: n, cmd: x, on_error: ignore}]}\nperformance_tests:",
     "unknown value 'ignore' of 'hooks.case_init[0].on_error': c.yaml:25:49\nhint: known are fail, warn"},
    {"performance_tests:", "hooks: {tool_post: [{name: n, cmd: x}, {name: n, cmd: y}]}\nperformance_tests:",
     "duplicate task 'n': c.yaml:25:40: it stands in line 25 already"},
    {"performance_tests:", "monitors: [{name: m, collector: memry}]\nperformance_tests:",
     "unknown value 'memry' of 'monitors[0].collector': c.yaml:25:33\nhint: did you mean 'memory'?"},
    {"performance_tests:", "monitors: [{name: m, cmd: x, lifecycle: forever}]\nperformance_tests:",
     "unknown value 'forever' of 'monitors[0].lifecycle': c.yaml:25:41\nhint: known are case, test"},
    {"tools:\n  categories:", "tools: []\nx:", "expected a mapping at 'tools': c.yaml:13:8: got a list"},
    {"version: '1.0'", "version: '1.0", "not valid YAML: c.yaml:18:23: "},
    {"version: '1.0'", "version: [1", "not valid YAML: c.yaml:"},
    {"version: '1.0'", "[a, b]: c", "a key is no plain text: c.yaml:1:1"},
    {"version: '1.0'", "a: &x [*x]", "an alias stands inside its own anchor: c.yaml:1:8"},
};

TEST(BadConfigurations, HaveErrorsThatNameThePlaceAndTheFix) {
  for (const BadInput& bad : kBadInputs) {
    const std::string text = with(small_config(), bad.from, bad.to);
    const auto config = parse_full_config(text, "c.yaml");
    ASSERT_FALSE(config) << bad.to;
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage);
    const std::string error = bad.error;
    if (error.ends_with(" ") || error.ends_with(":")) {  // yaml-cpp's own words follow
      EXPECT_THAT(printed(config.error()), testing::StartsWith(error));
    } else if (config.error().what.starts_with("a key is no") ||
               config.error().what.starts_with("an alias")) {
      EXPECT_THAT(printed(config.error()), testing::StartsWith(error));
    } else {
      EXPECT_EQ(printed(config.error()), error);
    }
  }
}

TEST(BadConfigurations, AreBounded) {
  std::string deep = "a:";
  for (int i = 0; i < 500; ++i) deep += "\n" + std::string(static_cast<size_t>(i) + 1, ' ') + "a:";
  EXPECT_EQ(parse_full_config(deep, "c").error().what, "the document is nested too deeply");
  EXPECT_FALSE(parse_full_config("a: " + std::string(5000, '['), "c"));
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += std::string(j > 0 ? "," : "") + "*a" + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_EQ(parse_full_config(bomb, "c").error().what, "the document is too large");
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 1000; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_EQ(parse_full_config(chain, "c").error().what, "the document is nested too deeply");
  EXPECT_EQ(parse_full_config("", "c").error().what, "the file is empty");
  EXPECT_EQ(parse_full_config("a: 1\n---\nb: 2\n", "c").error().what, "the file has more than one document");
  EXPECT_EQ(parse_full_config(std::string("a: \0", 4), "c").error().what, "not a text file");
}

TEST(UnifiedConfig, TakesHooksMonitorsAndMeasurement) {
  const auto config = parse_full_config(std::string(small_config()) + R"(
hooks:
  global_init:
    stage: global
    execution: once_per_session
    targets: [server, client]
    tasks:
    - name: folders
      cmd: "mkdir -p {workdir}/performance-test-results/{baseline,ebpf}"
      output: "{workdir}/x.log"
    - {name: quiet, cmd: 'true', targets: [tool host]}
  case_init:
  - name: note
    condition: ebpf_command is not None
    cmd: |
      echo "case {case_id}: {ebpf_command}" | awk '{print $1}' > "${HOME}/x"
    timeout: 5m
    on_error: warn
monitors:
- {name: softnet, collector: softnet, interval: 500ms, targets: [server, client]}
- {name: mine, command: 'ps -p {ebpf_pid}', lifecycle: test, condition: ebpf_pid is not None}
measurement:
  window: 5s
  min_blocks: 30
  budget: 2h
  margins: {latency_p99_us: 12, throughput_gbps: 1.5}
  ready: 'line:Tracing'
  ready_timeout: 90
  placement: cross-cpu
  attribution: false
  attribution_starts: 4
  cases_per_block: 3
  sample_interval_ms: 250
  output_cap_mb: 8
provenance:
  anything: {goes: [here]}
)",
                                        "c.yaml");
  ASSERT_TRUE(config) << printed(config.error());
  ASSERT_EQ(config->hooks.at("global_init").size(), 2u);
  EXPECT_THAT(config->hooks.at("global_init")[0].targets, ElementsAre("server", "client"));
  EXPECT_THAT(config->hooks.at("global_init")[1].targets, ElementsAre("tool_host"));
  const HookTask& note = config->hooks.at("case_init")[0];
  EXPECT_THAT(note.command, HasSubstr("{ebpf_command}\" | awk '{print $1}'"));
  EXPECT_EQ(note.condition, "ebpf_command is not None");
  EXPECT_EQ(note.timeout_s, 300);
  EXPECT_TRUE(note.warn_only);
  EXPECT_EQ(to_string(note.place), "c.yaml:39:5");
  ASSERT_EQ(config->monitors.size(), 2u);
  EXPECT_EQ(config->monitors[0].command, "cat /proc/net/softnet_stat");
  EXPECT_EQ(config->monitors[0].interval_s, 0.5);
  EXPECT_EQ(config->monitors[1].lifecycle, "test");
  const MeasurementSettings& measurement = config->measurement;
  EXPECT_EQ(measurement.window_s, 5);
  EXPECT_EQ(measurement.min_blocks, 30);
  EXPECT_EQ(measurement.max_blocks, 30);
  EXPECT_EQ(measurement.budget_s, 7200);
  EXPECT_EQ(measurement.margins.at("latency_p99_us"), 12);
  EXPECT_EQ(measurement.ready, "line:Tracing");
  EXPECT_EQ(measurement.placement, "cross-cpu");
  EXPECT_FALSE(measurement.attribution);
  EXPECT_EQ(measurement.attribution_starts, 4);
  EXPECT_EQ(measurement.cases_per_block, 3);
  EXPECT_EQ(measurement.sample_interval_ms, 250);
  EXPECT_EQ(measurement.output_cap_mb, 8);
  EXPECT_THAT(config->warnings, ElementsAre(HasSubstr("'hooks.global_init[0].output' has no effect")));
}

TEST(UnifiedConfig, ListsOfStreamsAndBandwidthsBecomeTests) {
  const auto config = parse_full_config(with(small_config(), "  latency: {duration: 3}",
                                             "  throughput:\n    duration: 2\n    single_stream: {target_bw: "
                                             "[1G, 10G]}\n    multi_stream: {streams: [2, 8]}\n"
                                             "  latency: {tcp_rr: , duration: 4}"),
                                        "c.yaml");
  ASSERT_TRUE(config) << printed(config.error());
  EXPECT_THAT(test_texts(*config),
              ElementsAre("throughput single tcp_stream 2 1G", "throughput single tcp_stream 2 10G",
                          "throughput multi_2 tcp_stream_2 2 ", "throughput multi_8 tcp_stream_8 2 ",
                          "latency tcp_rr tcp_rr 4 "));
}

TEST(UnifiedConfig, KeepsAnIpv6AddressAndAnAlias) {
  const auto config =
      parse_full_config(with(with(small_config(), "host: 192.0.2.1, user: me", "host: my-alias"),
                             "test_ip: 10.0.0.2", "test_ip: '2001:db8::2'"),
                        "c.yaml");
  ASSERT_TRUE(config) << printed(config.error());
  EXPECT_EQ(config->hosts[0].address, "my-alias");
  EXPECT_EQ(config->hosts[0].user, "");
  EXPECT_EQ(config->hosts[1].port, 2222);
  EXPECT_EQ(config->cases[0].command, "python3 measurement-tools/net/watch-it.py --src 2001:db8::2 --p tcp");
}

// Damaged files: an error or a configuration, never a crash. The fuzz target goes on from here.
TEST(BadConfigurations, SurviveDamage) {
  const std::vector<std::string> texts = {small_config(),
                                          config_text(std::string(kOs620) + "/minimal-input.yaml")};
  const std::string pieces = "[]{}:,-?&*!|>'\"%@`# \n\t<a0.";
  PcgRng rng(7, 1);
  constexpr int kRounds = 1000;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = texts[static_cast<size_t>(round) % texts.size()];
    for (int change = 0; change < 3; ++change) {
      const size_t at = rng.below(static_cast<uint32_t>(text.size()));
      const size_t length = rng.below(4);
      text.replace(at, length, 1, pieces[rng.below(static_cast<uint32_t>(pieces.size()))]);
    }
    const auto config = parse_full_config(text, "c");
    const auto input = parse_minimal(text, "c");
    EXPECT_TRUE(config || config.error().kind == ErrorKind::kUsage) << text;
    EXPECT_TRUE(input || input.error().kind == ErrorKind::kUsage) << text;
  }
}

}  // namespace
}  // namespace bpftax
