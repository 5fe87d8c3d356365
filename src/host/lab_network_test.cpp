#include "host/lab_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Subnet net(const char* text) {
  return parse_subnet(text).value();
}

TEST(SubnetText, is_read_and_written) {
  EXPECT_EQ(to_string(net("198.18.0.7/30")), "198.18.0.4/30");
  EXPECT_EQ(to_string(net("10.1.2.3")), "10.1.2.3/32");
  EXPECT_EQ(to_string(net("1.2.3.4/0")), "0.0.0.0/0");
  for (const char* text :
       {"", "default", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "a.b.c.d", "::1"}) {
    EXPECT_FALSE(parse_subnet(text)) << text;
  }
}

TEST(SubnetOverlap, is_symmetric_and_knows_nesting) {
  EXPECT_TRUE(net("10.0.0.0/8").overlaps(net("10.9.8.4/30")));
  EXPECT_TRUE(net("10.9.8.4/30").overlaps(net("10.0.0.0/8")));
  EXPECT_FALSE(net("198.18.0.0/30").overlaps(net("198.18.0.4/30")));
  EXPECT_TRUE(net("0.0.0.0/0").overlaps(net("198.18.0.4/30")));
}

TEST(IpJson, addresses_of_all_links_are_found) {
  // From ip (iproute2 6.1), shortened; ip -4 writes {} for links without an IPv4 address.
  const auto subnets =
      subnets_of_addresses(R"([{},{"ifindex":1,"ifname":"lo","operstate":"UNKNOWN","addr_info":
      [{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"},
       {"family":"inet6","local":"::1","prefixlen":128,"scope":"host"}]},
      {"ifindex":4,"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24}]}])");
  ASSERT_TRUE(subnets);
  EXPECT_THAT(*subnets, ElementsAre(net("127.0.0.0/8"), net("192.0.2.0/24")));
}

TEST(IpJson, routes_are_found_without_the_ways_out) {
  const auto subnets = subnets_of_routes(R"([{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},
      {"dst":"0.0.0.0/1","dev":"tun0"},{"dst":"128.0.0.0/1","dev":"tun0"},
      {"type":"blackhole","dst":"198.18.0.0/16"},{"type":"local","dst":"192.0.2.2","dev":"eth0"}])");
  ASSERT_TRUE(subnets);
  EXPECT_THAT(*subnets, ElementsAre(net("198.18.0.0/16"), net("192.0.2.2/32")));
}

TEST(IpJson, nothing_at_all_is_an_empty_list) {
  EXPECT_THAT(*subnets_of_addresses(""), IsEmpty());
  EXPECT_THAT(*subnets_of_routes("[ ]\n"), IsEmpty());
}

TEST(IpJson, junk_is_an_error) {
  EXPECT_FALSE(subnets_of_addresses("RTNETLINK answers: no"));
  EXPECT_FALSE(subnets_of_routes("{}"));
  EXPECT_FALSE(subnets_of_routes(R"([{"dst":7}])"));
  EXPECT_FALSE(operstate_of_link("[]"));
  EXPECT_EQ(*operstate_of_link(R"([{"ifname":"x","operstate":"LOWERLAYERDOWN"}])"), "LOWERLAYERDOWN");
}

TEST(LabSubnet, lies_in_the_benchmarking_range_and_depends_on_the_seed_alone) {
  const auto first = choose_lab_subnet({}, 1);
  ASSERT_TRUE(first);
  EXPECT_TRUE(net("198.18.0.0/15").overlaps(*first));
  EXPECT_EQ(first->prefix, 30);
  EXPECT_EQ(first, choose_lab_subnet({}, 1));
  EXPECT_NE(first, choose_lab_subnet({}, 2));
}

TEST(LabSubnet, avoids_what_is_in_use_also_around_the_end_of_the_range) {
  const uint64_t last = (1u << 15) - 1;
  EXPECT_EQ(to_string(*choose_lab_subnet({}, last)), "198.19.255.252/30");
  EXPECT_EQ(to_string(*choose_lab_subnet({net("198.19.255.254")}, last)), "198.18.0.0/30");
  EXPECT_EQ(to_string(*choose_lab_subnet({net("198.18.0.0/30"), net("198.18.0.4/30")}, 0)), "198.18.0.8/30");
}

TEST(LabSubnet, falls_back_to_the_shared_range_and_then_gives_up) {
  const auto fallback = choose_lab_subnet({net("198.18.0.0/15")}, 0);
  ASSERT_TRUE(fallback);
  EXPECT_EQ(to_string(*fallback), "100.64.0.0/30");
  EXPECT_FALSE(choose_lab_subnet({net("198.18.0.0/15"), net("100.64.0.0/10")}, 0));
}

TEST(LabNames, carry_the_run_id_and_fit_the_kernel) {
  const std::string run_id = "20261120-190312-3f9a";
  EXPECT_EQ(lab_netns(run_id, LabSide::kServer), "bpftax-20261120-190312-3f9a-s");
  EXPECT_EQ(lab_netns(run_id, LabSide::kClient), "bpftax-20261120-190312-3f9a-c");
  EXPECT_EQ(lab_interface(run_id, LabSide::kServer), "bt1903123f9as");
  EXPECT_EQ(lab_interface("my_lab", LabSide::kClient), "btmylabc");
  EXPECT_THAT(lab_interface(std::string(64, 'x'), LabSide::kClient), SizeIs(testing::Le(15u)));
  EXPECT_NE(lab_interface("...", LabSide::kServer), lab_interface("...", LabSide::kClient));
}

}  // namespace
}  // namespace bpftax
