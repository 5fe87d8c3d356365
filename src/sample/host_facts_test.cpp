#include "sample/host_facts.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample/test_tree.h"

namespace bpftax {
namespace {

using Json = nlohmann::json;
using test::TestTree;

TEST(HostFacts, OfABareMetalServer) {
  const TestTree tree;
  tree.write("/proc/cpuinfo", "processor : 0\nmodel name : AMD EPYC 7543\nflags : fpu sse aperfmperf\n");
  tree.write("/proc/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\n");
  tree.write("/proc/sys/kernel/hostname", "node1\n");
  tree.write("/proc/sys/kernel/osrelease", "4.19.90-2107.6.0.0192.oe1.x86_64\n");
  tree.write("/proc/sys/kernel/version", "#1 SMP Mon Jul 5 12:00:00 UTC 2021\n");
  tree.write("/proc/sys/kernel/random/boot_id", "7a0c35de-0000-4000-8000-0123456789ab\n");
  tree.write("/proc/sys/net/core/bpf_jit_enable", "1\n");
  tree.write("/proc/sys/net/core/bpf_jit_harden", "0\n");
  tree.write("/proc/uptime", "1784.23 3409.93\n");
  tree.write("/sys/devices/system/cpu/online", "0-2\n");
  tree.write("/sys/devices/system/cpu/possible", "0-127\n");
  tree.write("/sys/devices/system/cpu/smt/active", "1\n");
  tree.write("/sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n");
  tree.write("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  tree.write("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  tree.write("/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", "acpi-cpufreq\n");
  tree.write("/sys/devices/system/cpu/cpu0/cpuidle/state0/name", "POLL\n");
  tree.write("/sys/devices/system/cpu/cpu0/cpuidle/state1/name", "C1\n");
  tree.write("/sys/devices/system/cpu/cpuidle/current_driver", "acpi_idle\n");
  tree.write("/sys/devices/system/cpu/cpufreq/boost", "0\n");
  tree.write("/sys/devices/system/node/online", "0-1\n");
  tree.write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
  tree.write("/sys/class/dmi/id/sys_vendor", "Alibaba Cloud\n");  // makes hardware too
  tree.write("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  tree.write("/sys/kernel/debug/sched/preempt", "none voluntary (full)\n");
  tree.write("/sys/fs/cgroup/cgroup.controllers", "cpu io memory\n");
  tree.write("/etc/os-release", "NAME=\"openEuler\"\nPRETTY_NAME=\"openEuler 20.03 (LTS-SP1)\"\n");
  tree.write("/sys/class/net/eth0/device/vendor", "0x15b3\n");
  tree.write("/sys/class/net/eth0/speed", "25000\n");
  tree.write("/sys/class/net/eth0/mtu", "9000\n");
  tree.write("/sys/class/net/eth1/device/vendor", "0x15b3\n");
  tree.write("/sys/class/net/eth1/speed", "-1\n");
  tree.write("/sys/class/net/veth0/mtu", "1500\n");
  const Json facts = read_host_facts(tree.roots());
  EXPECT_EQ(facts["hostname"], "node1");
  EXPECT_EQ(facts["kernel_release"], "4.19.90-2107.6.0.0192.oe1.x86_64");
  EXPECT_EQ(facts["distribution"], "openEuler 20.03 (LTS-SP1)");
  EXPECT_EQ(facts["cpu_model"], "AMD EPYC 7543");
  EXPECT_EQ(facts["cpus_possible"], "0-127");
  EXPECT_EQ(facts["cpu_count_online"], 3);
  EXPECT_EQ(facts["cpu_count_possible"], 128);
  EXPECT_EQ(facts["smt"], true);
  EXPECT_EQ(facts["numa_nodes"], 2);
  EXPECT_EQ(facts["memory_total_kb"], 1000);
  EXPECT_EQ(facts["hypervisor"], "none");
  EXPECT_EQ(facts["clocksource"], "tsc");
  EXPECT_EQ(facts["cpufreq_governor"], "performance, powersave");
  EXPECT_EQ(facts["cpufreq_driver"], "acpi-cpufreq");
  EXPECT_EQ(facts["cpuidle_driver"], "acpi_idle");
  EXPECT_EQ(facts["cpuidle_states"], Json({"POLL", "C1"}));
  EXPECT_EQ(facts["turbo"], false);
  EXPECT_EQ(facts["mitigations"]["meltdown"], "Not affected");
  EXPECT_EQ(facts["nics"],
            Json({{"eth0", {{"driver", nullptr}, {"speed_mbps", 25000}, {"mtu", 9000}}},
                  {"eth1", {{"driver", nullptr}, {"speed_mbps", nullptr}, {"mtu", nullptr}}}}));
  EXPECT_EQ(facts["preemption"], "full");
  EXPECT_EQ(facts["bpf_jit_enable"], 1);
  EXPECT_EQ(facts["bpf_jit_harden"], 0);
  EXPECT_TRUE(facts["bpf_stats_enabled"].is_null()) << "4.19 has no such file";
  EXPECT_EQ(facts["btf"], false);
  EXPECT_EQ(facts["lockdown"], "integrity");
  EXPECT_EQ(facts["cgroup_mode"], "unified");
  EXPECT_EQ(facts["psi"], false);
  EXPECT_DOUBLE_EQ(facts["uptime_s"].get<double>(), 1784.23);
}

TEST(HostFacts, OfNothingAreAllNull) {
  const TestTree tree;
  const Json facts = read_host_facts(tree.roots());
  for (const auto& [key, value] : facts.items()) {
    if (key == "architecture" || key == "timezone_offset_s" || key == "btf" || key == "psi") continue;
    EXPECT_TRUE(value.is_null()) << key << " is " << value;
  }
}

TEST(HostFacts, TellAVirtualMachineByItsCpuFlag) {
  const TestTree tree;
  tree.write("/proc/cpuinfo", "flags : fpu hypervisor sse\n");
  EXPECT_EQ(read_host_facts(tree.roots())["hypervisor"], "unknown");
  tree.write("/sys/class/dmi/id/sys_vendor", "QEMU\n");
  EXPECT_EQ(read_host_facts(tree.roots())["hypervisor"], "qemu");
}

TEST(HostFacts, NameAnArmCpuByItsNumbers) {
  const TestTree tree;
  tree.write("/proc/cpuinfo", "processor : 0\nCPU implementer : 0x48\nCPU part : 0xd01\n");
  EXPECT_EQ(read_host_facts(tree.roots())["cpu_model"], "implementer 0x48 part 0xd01");
}

TEST(HostFacts, OfThisMachine) {
  const Json facts = read_host_facts();
  for (const char* key : {"hostname", "kernel_release", "architecture", "boot_id", "uptime_s",
                          "cpu_count_online", "memory_total_kb", "timezone_offset_s"})
    EXPECT_FALSE(facts[key].is_null()) << key;
}

TEST(Preemption, IsInTheVersionLine) {
  EXPECT_EQ(preemption_from_version("#1 SMP PREEMPT_DYNAMIC Debian 6.1"), "dynamic");
  EXPECT_EQ(preemption_from_version("#1 SMP PREEMPT_RT Debian 6.1"), "rt");
  EXPECT_EQ(preemption_from_version("#1 SMP PREEMPT Mon"), "full");
  EXPECT_EQ(preemption_from_version("#1 SMP Mon"), std::nullopt);
}

TEST(CpuCount, CountsListsOfRanges) {
  EXPECT_EQ(count_cpu_list("0-3,8\n"), 5);
  EXPECT_EQ(count_cpu_list(""), std::nullopt);
  EXPECT_EQ(count_cpu_list("all"), std::nullopt);
}

}  // namespace
}  // namespace bpftax
