#include "agent/socket_table.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

// From a Linux 6.18 machine, blanks at the line ends as the kernel writes them.
constexpr char kTcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode        "
    "        "
    "                                     \n"
    "   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5311 1 "
    "0000000000000000 100 0 0 10 0                      \n"
    "   1: 0100007F:4E20 0100007F:D4F2 01 00000000:00000000 00:00000000 00000000     0        0 6002 1 "
    "0000000000000000 20 4 30 10 -1                     \n"
    "   2: 0100007F:D4F2 0100007F:4E20 06 00000000:00000000 03:00001745 00000000     0        0 0 3 "
    "0000000000000000"
    "                                      \n";
constexpr char kTcp6[] =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue "
    "tr "
    "tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000000000000:1451 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 00000000     0        0 52877 1 0000000000000000 100 0 0 10 0\n";
constexpr char kUdp[] =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref "
    "pointer "
    "drops             \n"
    "  713: 00000000:4E21 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7777 2 "
    "0000000000000000 0        \n"
    "  714: 0100007F:4E21 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 7778 2 "
    "0000000000000000 0        \n";

TEST(SocketTable, ReadsTheFilesOfTheKernel) {
  const auto tcp = parse_socket_table(kTcp);
  ASSERT_TRUE(tcp.has_value()) << to_string(tcp.error());
  ASSERT_EQ(tcp->size(), 3U);
  EXPECT_EQ((*tcp)[0].local_port, 20000);
  EXPECT_EQ((*tcp)[0].inode, 5311U);
  EXPECT_EQ((*tcp)[2].state, 6);
  const auto tcp6 = parse_socket_table(kTcp6);
  ASSERT_TRUE(tcp6.has_value());
  EXPECT_EQ((*tcp6)[0].local_port, 0x1451);
  EXPECT_EQ(parse_socket_table(kUdp)->size(), 2U);
  EXPECT_TRUE(parse_socket_table("")->empty());
}

TEST(SocketTable, TellsListenersFromConnections) {
  const auto tcp = parse_socket_table(kTcp).value();
  EXPECT_TRUE(waits_on(tcp[0], PortProtocol::kTcp, 20000));
  EXPECT_FALSE(waits_on(tcp[0], PortProtocol::kTcp, 20001));
  EXPECT_FALSE(waits_on(tcp[1], PortProtocol::kTcp, 20000));
  const auto udp = parse_socket_table(kUdp).value();
  EXPECT_TRUE(waits_on(udp[0], PortProtocol::kUdp, 20001));
  EXPECT_FALSE(waits_on(udp[1], PortProtocol::kUdp, 20001));
}

TEST(SocketTable, RefusesLinesThatAreNoSockets) {
  const std::string header = "sl\n";
  for (const char* line : {"x", "0: 1 2 3 4 5 6 7 8 9", "0: 0:1FFFF 0:0 0A 0 0 0 0 0 5",
                           "0: 0:1 0:0 ZZ 0 0 0 0 0 5", "0: 0:1 0:0 0A 0 0 0 0 0 -5"})
    EXPECT_FALSE(parse_socket_table(header + line).has_value()) << line;
}

TEST(SocketLink, IsReadFromTheLinkOfADescriptor) {
  EXPECT_EQ(parse_socket_link("socket:[12345]"), 12345U);
  for (const char* link : {"", "socket:[", "socket:[]", "socket:[x]", "pipe:[5]", "/dev/null", "socket:[5"})
    EXPECT_FALSE(parse_socket_link(link).has_value()) << link;
}

}  // namespace
}  // namespace bpftax
