#include "bench/network/netlink.h"

#include <gtest/gtest.h>

#include <cstring>

namespace bpftax::bench::network {
namespace {

std::string attributes_of(NetlinkMessage& message, size_t body_size) {
  return std::string(message.bytes().begin() + static_cast<long>(NLMSG_HDRLEN + NLMSG_ALIGN(body_size)),
                     message.bytes().end());
}

TEST(Netlink, AttributesAreFoundByTheirType) {
  NetlinkMessage message(RTM_GETLINK, 0, ifinfomsg{});
  message.attribute(7, uint32_t{42});
  message.attribute(9, std::string_view("veth"));
  const std::string attributes = attributes_of(message, sizeof(ifinfomsg));
  EXPECT_EQ(find_attribute(attributes, 9), std::string_view("veth\0", 5));
  uint32_t number = 0;
  ASSERT_EQ(find_attribute(attributes, 7).size(), sizeof number);
  std::memcpy(&number, find_attribute(attributes, 7).data(), sizeof number);
  EXPECT_EQ(number, 42u);
  EXPECT_TRUE(find_attribute(attributes, 8).empty());
}

TEST(Netlink, AnOpenedAttributeHoldsWhatFollowsUntilItIsClosed) {
  NetlinkMessage message(RTM_NEWLINK, 0, ifinfomsg{});
  const size_t outer = message.open(1);
  message.attribute(2, std::string_view("inside"));
  message.close(outer);
  message.attribute(3, std::string_view("outside"));
  const std::string attributes = attributes_of(message, sizeof(ifinfomsg));
  const std::string_view inner = find_attribute(attributes, 1);
  EXPECT_EQ(find_attribute(inner, 2), std::string_view("inside\0", 7));
  EXPECT_TRUE(find_attribute(inner, 3).empty());
  EXPECT_TRUE(find_attribute(attributes, 2).empty());
  EXPECT_EQ(find_attribute(attributes, 3), std::string_view("outside\0", 8));
}

TEST(Netlink, BrokenAttributesEndTheSearch) {
  NetlinkMessage message(RTM_GETLINK, 0, ifinfomsg{});
  message.attribute(7, uint32_t{42});
  message.attribute(9, uint32_t{43});
  std::string attributes = attributes_of(message, sizeof(ifinfomsg));
  EXPECT_TRUE(find_attribute(std::string_view(attributes).substr(0, 13), 9).empty());  // cut
  attributes[0] = 3;  // shorter than its own header
  attributes[1] = 0;
  EXPECT_TRUE(find_attribute(attributes, 9).empty());
  attributes[0] = 100;  // longer than what there is
  EXPECT_TRUE(find_attribute(attributes, 9).empty());
}

}  // namespace
}  // namespace bpftax::bench::network
