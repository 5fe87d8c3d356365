#include "host/host_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "host/child_process.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kAnswer =
    "irqbalance yes\n"
    "idle 0 0 POLL\nidle 133 0 C6\nidle 300 1 C10\n"
    "lowest_khz 800000\nhighest_khz 3900000\nethtool yes\nheld 7\nheld 12\nheld x\n"
    "workdir_df /dev/sda1 100 40 1048576 40% /\n"
    "python /usr/bin/python3\n"
    "link eth0\nexists yes\nup yes\nmtu 1500\noffload tcp-segmentation-offload on\noffload "
    "large-receive-offload on\n"
    "offload generic-receive-offload off\nspeed 25000\nduplex full\nrps 00000000,00000000\nrps 0000000f\n"
    "irq 3\nirq 3\n"
    "link eth9\n";

const HostFinding* finding(const std::vector<HostFinding>& findings, const std::string& topic,
                           FindingLevel level = FindingLevel::kOk) {
  for (const HostFinding& one : findings) {
    if (one.topic == topic && (level == FindingLevel::kOk || one.level == level)) return &one;
  }
  return nullptr;
}

TEST(HostSettingsTest, the_script_runs_here_and_its_answer_is_understood) {
  auto child = start_child({"sh", "-c", host_settings_script("/nowhere/x", "python3", {"lo", "it's none"})},
                           ChildGroup::kOwnGroup, "", "");
  ASSERT_TRUE(child);
  const auto text = exchange_with(*child, Exchange{}, "", "");
  ASSERT_TRUE(text);
  ASSERT_TRUE(wait_for_child(*child, 5'000));
  EXPECT_THAT(last_words(child->words), IsEmpty());
  EXPECT_TRUE(child->status->ok());
  const HostSettings settings = parse_host_settings(*text);
  ASSERT_EQ(settings.links.size(), 2u);
  EXPECT_EQ(settings.links[0].name, "lo");
  EXPECT_TRUE(settings.links[0].exists);
  EXPECT_EQ(settings.links[0].mtu, 65536);
  EXPECT_EQ(settings.links[1].name, "it's none");
  EXPECT_FALSE(settings.links[1].exists);
  EXPECT_TRUE(settings.irqbalance.has_value());
  EXPECT_GT(settings.workdir_free_bytes.value_or(0), 0);
}

TEST(HostSettingsTest, an_answer_becomes_settings) {
  const HostSettings settings = parse_host_settings(kAnswer);
  EXPECT_EQ(settings.irqbalance, true);
  ASSERT_EQ(settings.idle_states.size(), 3u);
  EXPECT_TRUE(settings.idle_states[2].disabled);
  EXPECT_THAT(settings.held_programs, ElementsAre(7u, 12u));
  EXPECT_EQ(settings.workdir_free_bytes, int64_t{1} << 30);
  ASSERT_EQ(settings.links.size(), 2u);
  const LinkSettings& link = settings.links[0];
  EXPECT_EQ(link.speed_mbps, 25'000);
  EXPECT_EQ(link.rx_queues, 2);
  EXPECT_EQ(link.rps_queues, 1);
  EXPECT_EQ(link.irqs, 2);
  EXPECT_THAT(link.irq_cpus, ElementsAre("3"));
  EXPECT_EQ(link.offloads.at("generic-receive-offload"), "off");
}

TEST(HostSettingsTest, any_text_is_survived) {
  for (const char* text : {"", "\n\n", "link", "link \n", "speed 1\n", "idle x y z\n", "held -1\n",
                           "link a\nspeed -1\n", "lowest_khz 99999999999999999999\n", "workdir_df %\n"}) {
    const HostSettings settings = parse_host_settings(text);
    EXPECT_FALSE(settings.lowest_khz) << text;
    EXPECT_THAT(settings.held_programs, IsEmpty()) << text;
  }
}

TEST(HostSettingsTest, each_finding_has_its_fix) {
  const auto findings = judge_settings({{"turbo", true}}, parse_host_settings(kAnswer));
  for (const char* topic :
       {"disk", "frequency", "turbo", "irqbalance", "python", "queues eth0", "offloads eth0", "link eth9"}) {
    const HostFinding* found = finding(findings, topic);
    ASSERT_NE(found, nullptr) << topic;
    EXPECT_NE(found->level, FindingLevel::kOk) << topic;
    EXPECT_FALSE(found->fix.empty()) << topic;
  }
  EXPECT_THAT(finding(findings, "idle states")->detail, HasSubstr("C6 takes 133 us")) << "C10 is off";
  EXPECT_EQ(finding(findings, "link eth9")->level, FindingLevel::kFail);
  EXPECT_EQ(finding(findings, "link eth0")->detail, "25000 Mb/s, full duplex, MTU 1500");
}

TEST(HostSettingsTest, a_machine_that_is_set_up_well_has_no_findings_but_ok) {
  HostSettings settings = parse_host_settings(kAnswer);
  settings.irqbalance = false;
  settings.workdir_free_bytes = int64_t{100} << 30;
  settings.python_bcc = true;
  settings.idle_states.resize(1);
  settings.lowest_khz = settings.highest_khz;
  settings.links.pop_back();
  settings.links[0].irq_cpus = {"1", "2"};
  settings.links[0].offloads = {{"generic-receive-offload", "on"}, {"large-receive-offload", "off"}};
  for (const HostFinding& one : judge_settings({{"turbo", false}}, settings))
    EXPECT_EQ(one.level, FindingLevel::kOk) << one.topic << ": " << one.detail;
}

TEST(HostSettingsTest, programs_that_no_process_holds_are_found) {
  BpfInventory inventory;
  inventory.programs = {{.id = 7, .name = "held", .type = "kprobe"}};
  EXPECT_EQ(judge_stale_programs(inventory, {7}).level, FindingLevel::kOk);
  inventory.programs.push_back({.id = 8, .name = "sd_devices", .type = "cgroup_device"});
  EXPECT_EQ(judge_stale_programs(inventory, {7}).level, FindingLevel::kNote);
  inventory.programs.push_back({.id = 9, .name = "forgotten", .type = "sched_cls", .attach = "eth0"});
  const HostFinding stale = judge_stale_programs(inventory, {7});
  EXPECT_EQ(stale.level, FindingLevel::kWarn);
  EXPECT_THAT(stale.detail,
              testing::AllOf(HasSubstr("2 held by no process"), HasSubstr("9 forgotten (sched_cls, eth0)")));
  EXPECT_FALSE(stale.fix.empty());
  EXPECT_EQ(judge_stale_programs(fail(ErrorKind::kEnvironment, "no"), {}).level, FindingLevel::kWarn);
}

TEST(HostSettingsTest, the_ends_of_a_pair_should_be_alike) {
  LinkSettings server, client;
  server.speed_mbps = client.speed_mbps = 25'000;
  server.mtu = client.mtu = 1'500;
  server.offloads = client.offloads = {{"generic-receive-offload", "on"}};
  EXPECT_THAT(judge_pair(server, client), IsEmpty());
  client.speed_mbps = 10'000;
  client.mtu = 9'000;
  client.offloads["generic-receive-offload"] = "off";
  EXPECT_EQ(judge_pair(server, client).size(), 3u);
  client.speed_mbps.reset();
  EXPECT_EQ(judge_pair(server, client).size(), 2u) << "unknown is not different";
}

}  // namespace
}  // namespace bpftax
