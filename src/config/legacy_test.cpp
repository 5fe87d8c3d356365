#include "config/legacy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "agent/temporary_folder.h"
#include "config/legacy_cases.h"
#include "config/load.h"
#include "config/test_data.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LegacyFolder, LoadsAllCasesWithTheirCommands) {
  const auto config = load_config(config_data(kLegacyFolder));
  ASSERT_TRUE(config) << to_string(config.error()) << config.error().hint;
  EXPECT_EQ(config->name, "legacy-nested-5.4");
  EXPECT_TRUE(config->use_sudo);
  EXPECT_EQ(config->files.size(), 8u);
  ASSERT_EQ(config->cases.size(), 99u);
  // tool, testcase file, how many
  const std::vector<std::tuple<std::string, std::string, size_t, std::string>> expected = {
      {"system_network_performance", "performance", 10, "host"},
      {"vm_network_performance", "performance", 18, "vm"},
      {"linux_network_stack", "linux-network-stack", 21, "host"},
      {"ovs_monitoring", "ovs", 18, "vm"},
      {"kvm_virt_network", "kvm-virt-network", 32, "vm"}};
  size_t at = 0;
  for (const auto& [tool, file, count, environment] : expected) {
    const Json cases = Json::parse(
        config_text(std::string(kLegacyFolder) + "/test/workflow/case/" + file + "-test-cases.json"));
    for (size_t i = 0; i < count; ++i, ++at) {
      const TestCase& test_case = config->cases[at];
      const Json& source = cases["test_cases"][file == "performance" && environment == "vm" ? i + 10 : i];
      EXPECT_EQ(test_case.tool_id, tool);
      EXPECT_EQ(test_case.environment, environment);
      EXPECT_EQ(test_case.id, source["id"]);
      EXPECT_EQ(test_case.name, source["name"]);
      EXPECT_EQ(test_case.command, source["command"]);
      EXPECT_EQ(test_case.duration_s, source["duration"]);
      EXPECT_EQ(test_case.performance_test_types.size(), 3u);
    }
  }
}

TEST(LegacyFolder, LoadsHostsEnvironmentsTestsAndMonitoring) {
  const auto config = load_config(config_data(kLegacyFolder));
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->host("vm-server")->workdir, "/root/lcc");
  const ConfiguredEnvironment* vm = config->environment("vm");
  EXPECT_EQ(vm->server.vm_interface, "vnet0");
  EXPECT_EQ(vm->client.physical_interface, "ens4");
  EXPECT_EQ(vm->client.tool_host(), "host-server");
  EXPECT_EQ(config->environment("host")->client.internal_interface, "port-storage");
  std::vector<std::string> tests;
  for (const PerformanceTest& test : config->performance_tests)
    tests.push_back(test.conn + " " + test.workload + " " +
                    std::to_string(static_cast<int>(test.duration_s)) + test.target_bandwidth);
  EXPECT_THAT(tests, ElementsAre("single tcp_stream 31G", "multi_4 tcp_stream_4 3", "tcp_rr tcp_rr 3",
                                 "udp_rr udp_rr 3", "single udp_pps 31G", "multi_4 udp_pps_4 3"));
  EXPECT_EQ(config->monitoring.interval_s, 2);
  EXPECT_TRUE(config->monitoring.log_size);
  EXPECT_THAT(config->warnings,
              ElementsAre(HasSubstr(
                  "yaml:5:19: 'performance_tests.throughput.single_stream.server_cmd' has no effect")));
}

TEST(LegacyCases, HaveParametersAsTheirNamesSay) {
  const auto text = [](const std::string& name, const std::string& command) {
    std::string result;
    for (const CaseParameter& each : parameters_from_name(name, command))
      result += each.name + "=" + each.value + " ";
    return result;
  };
  EXPECT_EQ(text("eth_drop_rx_protocol_tcp", "sudo python3 a/eth_drop.py --src-ip 1.1.1.1 --l4-protocol tcp"),
            "protocol=tcp direction=rx ");
  EXPECT_EQ(text("icmp_rtt_tx_protocol_icmp", "python3 a/icmp_rtt.py --direction tx"),
            "protocol=icmp direction=tx ");
  EXPECT_EQ(text("k_s_vhost_pid_68_category_data_subcategory_rx",
                 "sudo python3 k/k_s.py 6 --interval 5 --vhost-pid 68 --category data --subcategory rx"),
            "vhost_pid=68 category=data subcategory=rx ");
  EXPECT_EQ(text("ovs_drop_rx_protocol_udp", "sudo python3 ovs-drop.py --protocol udp"),
            "protocol=udp direction=rx ");
  EXPECT_EQ(text("qdisc_drop_trace", "sudo python3 q/qdisc_drop_trace.py"), "");
  EXPECT_EQ(text("anything", "sh -c x"), "");
}

// A copy of the folder in which files can be changed.
class LegacyCopy : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy(config_data(kLegacyFolder), folder_ / "c",
                          std::filesystem::copy_options::recursive);
  }
  void change(const std::string& file, const std::string& from, const std::string& to) {
    const auto text = read_file(folder_ / ("c/" + file));
    ASSERT_TRUE(text);
    ASSERT_TRUE(write_file_atomically(folder_ / ("c/" + file), with(*text, from, to)));
  }
  std::string error() {
    const auto config = load_config(folder_ / "c");
    if (config) return "loaded";
    EXPECT_EQ(config.error().kind, ErrorKind::kUsage);
    std::string text = to_string(config.error()) + "|" + config.error().hint;
    const std::string prefix = folder_ / "c/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }
  TemporaryFolder folder_;
};

TEST_F(LegacyCopy, TheOtherSpellingLoadsToTheSame) {
  change("ebpf-tools-config.yaml",
         "    testcase_source:\n      file: \"test/workflow/case/ovs-test-cases.json\"\n      case_ids:",
         "    testcase_file: \"test/workflow/case/ovs-test-cases.json\"\n    case_ids:");
  const auto changed = load_config(folder_ / "c");
  const auto original = load_config(config_data(kLegacyFolder));
  ASSERT_TRUE(changed) << to_string(changed.error());
  EXPECT_EQ(cases_json(*changed)["test_cases"], cases_json(*original)["test_cases"]);
}

TEST_F(LegacyCopy, TheSpellingsDoNotMix) {
  change("ebpf-tools-config.yaml", "    test_associations:", "    testcase_file: x\n    test_associations:");
  EXPECT_THAT(error(), HasSubstr("the cases are named twice: ebpf-tools-config.yaml:18:7: in "));
}

TEST_F(LegacyCopy, ATestcaseFileStaysInTheFolder) {
  change("ebpf-tools-config.yaml", "test/workflow/case/ovs-test-cases.json", "../outside.json");
  EXPECT_EQ(error(),
            "cannot use the testcase file '../outside.json': ebpf-tools-config.yaml:84:13: it leaves the "
            "configuration's "
            "folder|a path relative to the folder, without '..'");
}

TEST_F(LegacyCopy, NotByALinkEither) {
  ASSERT_TRUE(write_file_atomically(folder_ / "outside.json", "{\"test_cases\": []}"));
  ASSERT_EQ(::symlink("../outside.json", (folder_ / "c/link.json").c_str()), 0);
  change("ebpf-tools-config.yaml", "test/workflow/case/ovs-test-cases.json", "link.json");
  EXPECT_THAT(error(), HasSubstr("it is a link that leaves the configuration's folder"));
}

TEST_F(LegacyCopy, ErrorsNameThePlace) {
  change("ebpf-tools-config.yaml", "case_ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "case_ids: [1, 29]");
  EXPECT_EQ(error(),
            "no case 29: ebpf-tools-config.yaml:19:17: in 'test/workflow/case/performance-test-cases.json', "
            "which has 28|");
}

TEST_F(LegacyCopy, ErrorsOfJsonNameThePlaceToo) {
  change("test/workflow/case/ovs-test-cases.json", "\"duration\": 10", "\"duration\": \"x\"");
  EXPECT_THAT(
      error(),
      HasSubstr("wrong type of 'test_cases[0].duration': test/workflow/case/ovs-test-cases.json:13:19"));
}

TEST_F(LegacyCopy, RefusesADuplicateIdAndADanglingEnvironment) {
  change("ebpf-tools-config.yaml", "id: \"ovs_monitoring\"", "id: \"linux_network_stack\"");
  EXPECT_EQ(error(),
            "duplicate id 'linux_network_stack': ebpf-tools-config.yaml:79:3: of the tool 'ovs_monitoring'|");
  change("ebpf-tools-config.yaml", "id: \"linux_network_stack\"", "id: \"a\"");
  change("ebpf-tools-config.yaml", "applicable_environments: [\"vm\"]", "applicable_environments: [\"vms\"]");
  EXPECT_THAT(error(), HasSubstr("unknown environment 'vms'"));
}

TEST_F(LegacyCopy, NamesTheFileThatIsMissing) {
  std::filesystem::remove(folder_ / "c/ssh-config.yaml");
  EXPECT_THAT(
      error(),
      HasSubstr("cannot read the configuration: ssh-config.yaml: it does not exist|the older format has"));
}

TEST_F(LegacyCopy, ReadsTheSpellingsOfTheDesignDocument) {
  ASSERT_TRUE(write_file_atomically(folder_ / "c/performance-test-spec.yaml", R"(performance_tests:
  throughput:
    single_stream: {duration: 30, target_bw: ["1G", "10G"], ports: [5001]}
    multi_stream: {streams: [2, 4, 8], base_port: 5001, duration: 30}
  latency: {duration: 20, ports: [12865]}
  pps: {multi_stream_only: true, sar_cmd: x, streams: [4, 8], duration: 30}
)"));
  const auto config = load_config(folder_ / "c");
  ASSERT_TRUE(config) << to_string(config.error());
  std::vector<std::string> tests;
  for (const PerformanceTest& test : config->performance_tests)
    tests.push_back(test.workload + " " + test.target_bandwidth);
  EXPECT_THAT(tests, ElementsAre("tcp_stream 1G", "tcp_stream 10G", "tcp_stream_2 ", "tcp_stream_4 ",
                                 "tcp_stream_8 ", "tcp_rr ", "udp_rr ", "udp_pps_4 ", "udp_pps_8 "));
}

}  // namespace
}  // namespace bpftax
