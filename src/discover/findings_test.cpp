#include "discover/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/json.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

NodeFindings sample_findings() {
  NodeFindings node{"host-server", "host", "root@192.0.2.1", {}};
  node.fields.push_back({"interface",
                         FindingStatus::kFound,
                         true,
                         {"eth0"},
                         "the route to the peer",
                         "",
                         {{"host-server", "ip -json route get 192.0.2.2", "[{\"dev\":\"eth0\"}]"}}});
  node.fields.push_back(
      {"physical_nic_members", FindingStatus::kFound, false, {"a", "b"}, "Linux bond", "", {}});
  node.fields.push_back({"bridge", FindingStatus::kNone, false, {}, "", "eth0 is on no bridge", {}});
  node.fields.push_back(
      {"physical_interface", FindingStatus::kMissing, true, {}, "", "several: x, y\x1b[2J", {}});
  return node;
}

TEST(Findings, TheTableShowsValuesReasonsAndWhereToGiveWhatIsMissing) {
  const std::string table = findings_table({sample_findings()}, 200);
  EXPECT_THAT(table, HasSubstr("host-server (host, root@192.0.2.1)\n"));
  EXPECT_THAT(table, testing::ContainsRegex("interface +eth0 +found +the route to the peer"));
  EXPECT_THAT(table, testing::ContainsRegex("physical_nic_members a,b +found"));
  EXPECT_THAT(table, testing::ContainsRegex("bridge +- +none +eth0 is on no bridge"));
  EXPECT_THAT(table, HasSubstr("MISSING several: x, y\\x1b[2J; give it as "
                               "discovery_hints.overrides.host-server.physical_interface"));
  EXPECT_THAT(findings_table({sample_findings()}, 0), HasSubstr("MISSING")) << "any width will do";
}

TEST(Findings, WhatIsMissingIsListedAndReadyToBeFilledIn) {
  EXPECT_THAT(missing_fields({sample_findings()}), ElementsAre("host-server.physical_interface"));
  EXPECT_EQ(overrides_to_give({sample_findings()}),
            "discovery_hints:\n  overrides:\n    host-server:\n"
            "      physical_interface: \"\"   # NIC or bond\n");
  EXPECT_EQ(overrides_to_give({}), "");
}

TEST(Findings, ProvenanceKeepsCommandAndOutput) {
  const OrderedJson json = provenance({sample_findings()});
  const OrderedJson& interface = json["host-server"]["interface"];
  EXPECT_EQ(interface["value"], "eth0");
  EXPECT_EQ(interface["status"], "found");
  EXPECT_EQ(interface["from"][0]["on"], "host-server");
  EXPECT_EQ(interface["from"][0]["command"], "ip -json route get 192.0.2.2");
  EXPECT_EQ(json["host-server"]["physical_interface"]["why"], "several: x, y\\x1b[2J");
  EXPECT_FALSE(json["host-server"]["physical_interface"].contains("value"));
}

MinimalInput input_with(const std::string& field, const std::string& value,
                        const std::string& role = "host") {
  MinimalInput input;
  input.place.file = "minimal.yaml";
  MinimalNode node;
  node.host.id = "n";
  node.role = role;
  input.nodes = {node};
  input.hints.overrides["n"][field] = value;
  return input;
}

TEST(Overrides, AreCheckedForFieldAndKind) {
  EXPECT_TRUE(check_overrides(input_with("physical_nic_members", "eth0, eth1")));
  EXPECT_TRUE(check_overrides(input_with("vhost_pids", "12,13", "vm")));
  const auto unknown = check_overrides(input_with("physical_interfaces", "eth0"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(unknown.error().where, "minimal.yaml: discovery_hints.overrides.n.physical_interfaces");
  EXPECT_THAT(unknown.error().hint, HasSubstr("'physical_interface'"));
  EXPECT_FALSE(check_overrides(input_with("qemu_pid", "12"))) << "a host has none";
  for (const auto& [field, value] : {std::pair("interface", "a b"),
                                     {"interface", "../x"},
                                     {"interface", "-j"},
                                     {"interface", ""},
                                     {"test_ip", "host-a"},
                                     {"physical_nic_members", "a,,b"}})
    EXPECT_FALSE(check_overrides(input_with(field, value))) << field << "=" << value;
  for (const auto& [field, value] :
       {std::pair("qemu_pid", "0"), {"vhost_pids", "1;2"}, {"mac", "52:54:00:00:00"}})
    EXPECT_FALSE(check_overrides(input_with(field, value, "vm"))) << field << "=" << value;
}

}  // namespace
}  // namespace bpftax
