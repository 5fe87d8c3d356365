#include "discover/qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discover/libvirt.h"
#include "discover/recorded.h"
#include "discover/vhost.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Libvirt, TheTableOfInterfacesIsRead) {
  const auto interfaces = parse_domiflist(recorded("libvirt_host/domiflist.txt"));
  ASSERT_EQ(interfaces.size(), 5u);
  EXPECT_EQ(interfaces[0].name, "vnet126");
  EXPECT_EQ(interfaces[0].type, "bridge");
  EXPECT_EQ(interfaces[0].source, "ovsbr-mgt");
  EXPECT_EQ(interfaces[0].mac, "52:54:00:e3:f0:a8");
  EXPECT_EQ(interfaces[3].name, "") << "'-' is no device";
  EXPECT_THAT(parse_domiflist("Interface  Type       Source     Model       MAC\n"
                              "-------------------------------------------------------\n"
                              "vnet0      bridge     br0        virtio      52:54:00:AA:00:01\n"),
              testing::SizeIs(1))
      << "older releases put no blank in front";
  EXPECT_THAT(parse_domiflist("error: failed to get domain 'x'"), IsEmpty());
}

TEST(Qemu, ARealCommandLineGivesUuidAndTap) {
  const QemuCommand command = parse_qemu_command(recorded("linux_bridge_host/qemu_cmdline"));
  EXPECT_EQ(command.program, "qemu-system-x86_64");
  EXPECT_EQ(command.uuid, "a8366b2a-a709-4e88-ba57-128681bd1efb");
  ASSERT_EQ(command.netdevs.size(), 1u);
  EXPECT_EQ(command.netdevs[0].type, "tap");
  EXPECT_EQ(command.netdevs[0].ifname, "vnet8");
  EXPECT_FALSE(command.netdevs[0].vhost);
  const auto fds = parse_tap_fds(recorded("linux_bridge_host/tap_fds.txt"));
  EXPECT_EQ(fds.at(3), "vnet8");
}

TEST(Qemu, LibvirtsOptionsAreReadInBothForms) {
  const auto fds = parse_tap_fds(recorded("libvirt_host/tap_fds.txt"));
  for (const char* file : {"libvirt_host/qemu_cmdline", "libvirt_host/qemu_cmdline_json"}) {
    SCOPED_TRACE(file);
    const QemuCommand command = parse_qemu_command(recorded(file));
    ASSERT_EQ(command.netdevs.size(), 2u);
    EXPECT_TRUE(command.netdevs[0].vhost);
    EXPECT_EQ(command.netdevs[0].queues, 4);
    EXPECT_THAT(command.netdevs[0].fds, ElementsAre(33, 34, 35, 36));
    const QemuNic* nic = command.nic_with_mac("52:54:00:11:22:33");
    ASSERT_NE(nic, nullptr);
    EXPECT_EQ(nic->netdev, "hostnet1");
    EXPECT_THAT(taps_of(*command.netdev("hostnet0"), fds), ElementsAre("vnet126"));
    EXPECT_THAT(taps_of(*command.netdev("hostnet1"), fds), ElementsAre("vnet127"));
  }
  EXPECT_EQ(parse_qemu_command(recorded("libvirt_host/qemu_cmdline")).other_vhost_threads, 0);
  EXPECT_EQ(parse_qemu_command(recorded("libvirt_host/qemu_cmdline_json")).other_vhost_threads, 1);
}

TEST(Qemu, NicIsNetdevAndDeviceInOne) {
  using namespace std::string_literals;
  const QemuCommand command = parse_qemu_command(
      "qemu\0--uuid\0A8366B2A-A709-4E88-BA57-128681BD1EFB\0-nic\0tap,ifname=a,,b,mac=52:54:00:AA:00:01,vhost=on,queues=2\0-nic\0none\0-netdev\0user,id=u\0-device"s);
  EXPECT_EQ(command.uuid, "a8366b2a-a709-4e88-ba57-128681bd1efb");
  ASSERT_EQ(command.netdevs.size(), 2u);
  EXPECT_EQ(command.netdevs[0].ifname, "a,b") << "',,' is a comma";
  EXPECT_EQ(command.netdevs[0].queues, 2);
  EXPECT_EQ(command.nic_with_mac("52:54:00:aa:00:01")->netdev, command.netdevs[0].id);
  EXPECT_THAT(taps_of(command.netdevs[1], {}), IsEmpty());
}

TEST(Qemu, PidsAndUuidsAreNumbersAndNothingElse) {
  EXPECT_THAT(parse_pids("12\n x\n-4\n0\n99999999999999\n 7 \n"), ElementsAre(12, 7));
  EXPECT_TRUE(is_uuid("a8366b2a-a709-4e88-ba57-128681bd1efb"));
  EXPECT_FALSE(is_uuid("a8366b2a-a709-4e88-ba57-128681bd1efg"));
  EXPECT_FALSE(is_uuid(".*"));
  EXPECT_FALSE(is_uuid(""));
}

TEST(Vhost, ThreadsAreThoseNamedAfterTheProcessOldestFirst) {
  const auto threads = parse_vhost_threads(recorded("libvirt_host/threads.txt"), 43272);
  ASSERT_EQ(threads.size(), 8u);
  EXPECT_EQ(threads[0].id, 43278);
  EXPECT_THAT(parse_vhost_threads(recorded("libvirt_host/threads.txt"), 4327), IsEmpty());
  const auto wrapped = parse_vhost_threads(" 9 101 50 vhost-7\n 9 32000 51 vhost-7\n 9 100 50 vhost-7\n", 7);
  ASSERT_EQ(wrapped.size(), 3u);
  EXPECT_EQ(wrapped[0].id, 32000) << "ids wrap around, ages do not";
  EXPECT_EQ(wrapped[1].id, 100);
}

TEST(Vhost, TheOrderOfNetdevsAndQueuesSaysWhoseTheThreadsAre) {
  const QemuCommand command = parse_qemu_command(recorded("libvirt_host/qemu_cmdline"));
  const auto threads = parse_vhost_threads(recorded("libvirt_host/threads.txt"), 43272);
  EXPECT_THAT(vhost_threads_of(threads, command, command.netdev("hostnet0")).ids,
              ElementsAre(43278, 43279, 43280, 43281));
  EXPECT_THAT(vhost_threads_of(threads, command, command.netdev("hostnet1")).ids,
              ElementsAre(43282, 43283, 43284, 43285));
  const VhostAnswer unclear = vhost_threads_of(threads, command, nullptr);
  EXPECT_THAT(unclear.ids, IsEmpty());
  EXPECT_FALSE(unclear.none);
}

TEST(Vhost, ThreadsOfVsockComeAfterThoseOfInterfaces) {
  const QemuCommand command = parse_qemu_command(recorded("libvirt_host/qemu_cmdline_json"));
  const auto threads = parse_vhost_threads(recorded("libvirt_host/threads_6_4.txt"), 43272);
  ASSERT_EQ(threads.size(), 6u) << "since Linux 6.4 they are threads of QEMU";
  EXPECT_THAT(vhost_threads_of(threads, command, command.netdev("hostnet1")).ids, ElementsAre(43282));
}

TEST(Vhost, WhatCannotBeToldApartIsNotGuessed) {
  const QemuCommand command = parse_qemu_command(recorded("libvirt_host/qemu_cmdline"));
  auto threads = parse_vhost_threads(recorded("libvirt_host/threads.txt"), 43272);
  threads.push_back({50000, 10});  // of a hot-plugged interface
  const VhostAnswer answer = vhost_threads_of(threads, command, command.netdev("hostnet0"));
  EXPECT_THAT(answer.ids, IsEmpty());
  EXPECT_FALSE(answer.none);
  EXPECT_THAT(answer.why, HasSubstr("9 vhost threads"));
  EXPECT_THAT(vhost_threads_of({}, command, command.netdev("hostnet0")).ids, IsEmpty());
}

TEST(Vhost, AnInterfaceWithoutVhostHasNoThreadsAndMissesNone) {
  const QemuCommand command = parse_qemu_command(recorded("linux_bridge_host/qemu_cmdline"));
  EXPECT_TRUE(vhost_threads_of({}, command, &command.netdevs[0]).none);
  EXPECT_TRUE(vhost_threads_of({}, QemuCommand(), nullptr).none);
  // A process of which only the pid is known, all of its threads then.
  EXPECT_THAT(vhost_threads_of({{5, 9}, {4, 9}}, QemuCommand(), nullptr).ids, ElementsAre(4, 5));
}

}  // namespace
}  // namespace bpftax
