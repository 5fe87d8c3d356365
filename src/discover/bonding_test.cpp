#include "discover/bonding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/recorded.h"

namespace bpftax {
namespace {

using testing::IsEmpty;

TEST(Bonding, AnLacpBondTellsMembersStatesAndSpeeds) {
  const auto bond = parse_bonding(recorded("linux_bond_host/bonding.txt"));
  ASSERT_TRUE(bond);
  EXPECT_EQ(bond->mode, "IEEE 802.3ad Dynamic link aggregation");
  EXPECT_EQ(bond->active, "");
  ASSERT_EQ(bond->members.size(), 2u);
  EXPECT_EQ(bond->members[0].name, "ens19f0np0");
  EXPECT_TRUE(bond->members[0].up);
  EXPECT_EQ(bond->members[0].speed_mbps, 25000);
  EXPECT_FALSE(bond->members[1].up);
  EXPECT_EQ(bond->members[1].speed_mbps, std::nullopt) << "Unknown is not 0";
}

TEST(Bonding, AnActiveBackupBondNamesTheActiveMember) {
  const auto bond = parse_bonding(recorded("bonding_active_backup.txt"));
  ASSERT_TRUE(bond);
  EXPECT_EQ(bond->active, "eth0");
  ASSERT_EQ(bond->members.size(), 2u);
  EXPECT_EQ(bond->members[1].speed_mbps, 1000);
  EXPECT_FALSE(parse_bonding("cat: /proc/net/bonding/bond0: No such file or directory"));
}

TEST(Speeds, AreReadOfThoseThatHaveOne) {
  const auto speeds = parse_speeds(
      "/sys/class/net/ens1/speed:25000\n/sys/class/net/ens2/speed:-1\n/sys/class/net/ens3/speed:65535\n"
      "/sys/class/net/ens4/speed:4294967295\n/sys/class/net//speed:10\nnonsense\n/sys/class/net/a:b/"
      "speed:100\n");
  EXPECT_EQ(speeds.size(), 2u);
  EXPECT_EQ(speeds.at("ens1"), 25000);
  EXPECT_EQ(speeds.at("a:b"), 100);
  EXPECT_THAT(parse_speeds(""), IsEmpty());
}

}  // namespace
}  // namespace bpftax
