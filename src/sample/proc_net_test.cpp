#include "sample/proc_net.h"

#include <gtest/gtest.h>

#include "sample/source_file.h"

namespace bpftax {
namespace {

constexpr char kHeader[] =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier "
    "compressed\n";

TEST(NetDev, ReadsInterfacesWithTheirNamespace) {
  const auto rows = parse_net_dev(std::string(kHeader) +
                                      "    lo:    3267      29    0    0    0     0          0         0     "
                                      "3267      29    0    0    0     0       "
                                      "0          0\n"
                                      "  eth0: 190749382    3773    1    2    3     4          5         6   "
                                      "159111    2149    7    8    9    10      "
                                      "11         12\n",
                                  "client");
  ASSERT_TRUE(rows.has_value()) << to_string(rows.error());
  ASSERT_EQ(rows->size(), 2u);
  const NetInterface& eth0 = rows->at(1);
  EXPECT_EQ(eth0.netns, "client");
  EXPECT_EQ(eth0.name, "eth0");
  EXPECT_EQ(eth0.rx_bytes, 190749382);
  EXPECT_EQ(eth0.rx_packets, 3773);
  EXPECT_EQ(eth0.rx_errors, 1);
  EXPECT_EQ(eth0.rx_dropped, 2);
  EXPECT_EQ(eth0.tx_bytes, 159111);
  EXPECT_EQ(eth0.tx_packets, 2149);
  EXPECT_EQ(eth0.tx_errors, 7);
  EXPECT_EQ(eth0.tx_dropped, 8);
}

TEST(NetDev, ReadsNamesWithoutABlankBehindThemAndAliases) {
  const auto rows =
      parse_net_dev(std::string(kHeader) + "eth0:1:12 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", "");
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->at(0).name, "eth0:1");
  EXPECT_EQ(rows->at(0).rx_bytes, 12);
}

TEST(NetDev, RefusesMalformedText) {
  for (const std::string& text : {std::string(), std::string("lo: 1 2 3\n"),
                                  kHeader + std::string("lo 1 2 3\n"), kHeader + std::string("lo: 1 2 3\n"),
                                  kHeader + std::string(": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"),
                                  kHeader + std::string("lo: 1 2 3 4 5 6 7 8 9 10 11 -12 13 14 15 16\n")})
    EXPECT_FALSE(parse_net_dev(text, "").has_value()) << text;
}

TEST(NetDev, OfTheRunningKernelHasALoopback) {
  auto fd = open_net_dev("", "/proc");
  ASSERT_TRUE(fd.has_value()) << to_string(fd.error());
  const SourceFile file(std::move(*fd), "net/dev", Records::kMany);
  std::string buffer;
  const auto rows = parse_net_dev(file.read(buffer).value(), "");
  ASSERT_TRUE(rows.has_value());
  EXPECT_TRUE(
      std::any_of(rows->begin(), rows->end(), [](const NetInterface& row) { return row.name == "lo"; }));
}

TEST(NetDev, OfANamespaceThatDoesNotExistSaysSo) {
  const auto fd = open_net_dev("bpftax-no-such-namespace", "/proc");
  ASSERT_FALSE(fd.has_value());
  EXPECT_EQ(fd.error().where, "/run/netns/bpftax-no-such-namespace");
  EXPECT_FALSE(open_net_dev("../../etc", "/proc").has_value());
}

}  // namespace
}  // namespace bpftax
