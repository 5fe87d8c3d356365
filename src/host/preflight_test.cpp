#include "host/preflight.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "util/json.h"

namespace bpftax {
namespace {

Json fit_facts() {
  return Json::parse(
      R"({"kernel_release": "6.1.0-18-amd64", "cpu_count_online": 8, "btf": true, "clocksource": "tsc",
    "cpufreq_governor": "performance", "bpf_jit_enable": 1, "bpf_stats_enabled": 0,
    "services": {"uid": 0, "load_average": 0.1, "lockdown": "none",
      "capabilities": {"CAP_BPF": true, "CAP_PERFMON": true, "CAP_NET_ADMIN": true, "CAP_SYS_ADMIN": true,
                       "CAP_SYS_RESOURCE": true},
      "filesystems": {"tracefs": "/sys/kernel/tracing", "debugfs": "/sys/kernel/debug", "bpf": "/sys/fs/bpf"},
      "bpf_features": [{"name": "raw_tp", "available": true, "reason": ""}]}})");
}

std::map<std::string, HostTool> all_tools() {
  return {{"iperf3", {"/usr/bin/iperf3", "iperf 3.12"}},
          {"netperf", {"/usr/bin/netperf", "Netperf version 2.7.0"}},
          {"netserver", {"/usr/bin/netserver", ""}},
          {"ip", {"/usr/sbin/ip", ""}},
          {"stress-ng", {"/usr/bin/stress-ng", "stress-ng, version 0.15.06"}}};
}

const HostFinding* find(const std::vector<HostFinding>& findings, const std::string& topic) {
  const auto it =
      std::find_if(findings.begin(), findings.end(), [&](const HostFinding& f) { return f.topic == topic; });
  return it == findings.end() ? nullptr : &*it;
}

TEST(JudgeHost, FindsNothingWrongWithAFitHost) {
  for (const HostFinding& finding : judge_host(fit_facts(), all_tools()))
    EXPECT_EQ(finding.level, FindingLevel::kOk) << finding.topic << ": " << finding.detail;
}

TEST(JudgeHost, MissesStressNgOnlyWhereBenchRuns) {
  auto tools = all_tools();
  tools.erase("stress-ng");
  const auto here = judge_host(fit_facts(), tools);
  ASSERT_NE(find(here, "stress-ng"), nullptr);
  EXPECT_EQ(find(here, "stress-ng")->level, FindingLevel::kNote);
  EXPECT_EQ(find(here, "stress-ng")->fix, "apt-get install stress-ng");
  const auto there = judge_host(fit_facts(), tools, HostPlace::kOverSsh);
  EXPECT_EQ(find(there, "stress-ng"), nullptr);
}

TEST(JudgeHost, NamesTheCommandThatMountsWhatIsMissing) {
  Json facts = fit_facts();
  facts["services"]["filesystems"]["tracefs"] = nullptr;
  const auto findings = judge_host(facts, all_tools());
  const HostFinding* tracefs = find(findings, "tracefs");
  ASSERT_NE(tracefs, nullptr);
  EXPECT_EQ(tracefs->level, FindingLevel::kWarn);
  EXPECT_EQ(tracefs->fix, "mount -t tracefs tracefs /sys/kernel/tracing");
}

TEST(JudgeHost, RefusesAMachineWithoutPrivilegeOrGenerators) {
  Json facts = fit_facts();
  facts["services"]["capabilities"]["CAP_NET_ADMIN"] = false;
  auto tools = all_tools();
  tools.erase("iperf3");
  tools.erase("netserver");
  const auto findings = judge_host(facts, tools);
  EXPECT_EQ(find(findings, "privilege")->level, FindingLevel::kFail);
  EXPECT_NE(find(findings, "privilege")->detail.find("CAP_NET_ADMIN"), std::string::npos);
  EXPECT_EQ(find(findings, "iperf3")->level, FindingLevel::kFail);
  EXPECT_EQ(find(findings, "netperf")->level, FindingLevel::kFail);
  tools["sockperf"] = {"/usr/bin/sockperf", ""};
  const auto with_sockperf = judge_host(facts, tools);
  EXPECT_EQ(find(with_sockperf, "netperf")->level, FindingLevel::kWarn);
}

TEST(JudgeHost, ReportsAnAbsentFeatureWithItsReason) {
  Json facts = fit_facts();
  facts["services"]["bpf_features"].push_back(
      {{"name", "fentry"},
       {"available", false},
       {"reason", "the program is refused: Operation not permitted"}});
  const auto findings = judge_host(facts, all_tools());
  const HostFinding* fentry = find(findings, "bpf fentry");
  ASSERT_NE(fentry, nullptr);
  EXPECT_EQ(fentry->level, FindingLevel::kNote);
  EXPECT_NE(fentry->detail.find("Operation not permitted"), std::string::npos);
}

TEST(JudgeHost, KnowsWhichKernelsAreTooOld) {
  Json facts = fit_facts();
  facts["kernel_release"] = "4.18.0-553.el8";
  EXPECT_EQ(find(judge_host(facts, all_tools()), "kernel")->level, FindingLevel::kFail);
  facts["kernel_release"] = "4.19.90-2307.3.0.el7.v97.x86_64";
  EXPECT_EQ(find(judge_host(facts, all_tools()), "kernel")->level, FindingLevel::kWarn);
  facts["kernel_release"] = "5.10.0";
  EXPECT_EQ(find(judge_host(facts, all_tools()), "kernel")->level, FindingLevel::kOk);
}

TEST(JudgeHost, SurvivesFactsOfAnyShape) {
  for (const char* text : {"null", "[]", "{}", "3", R"({"kernel_release": 5, "services": []})",
                           R"({"services": {"bpf_features": [1, {"name": 2}], "capabilities": 7}})"}) {
    EXPECT_FALSE(judge_host(Json::parse(text), {}).empty()) << text;
  }
}

}  // namespace
}  // namespace bpftax
