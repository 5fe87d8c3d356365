// Tier netns: interfaces of a network namespace, read from outside it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "sample/sampler.h"
#include "util/files.h"

namespace bpftax {
namespace {

// A namespace of our own, made and removed with ip(8).
class NamedNetns {
 public:
  explicit NamedNetns(const std::string& suffix) : name_("bpftax-t" + std::to_string(::getpid()) + suffix) {
    made_ = std::system(("ip netns add " + name_).c_str()) == 0;
  }
  ~NamedNetns() { remove(); }
  void remove() {
    if (made_) made_ = std::system(("ip netns del " + name_).c_str()) != 0;
  }
  bool made() const { return made_; }
  const std::string& name() const { return name_; }
  int run(const std::string& command) const {
    return std::system(("ip netns exec " + name_ + " " + command + " >/dev/null").c_str());
  }

 private:
  std::string name_;
  bool made_ = false;
};

const NetInterface* find(const Sample& sample, const std::string& netns, const std::string& name) {
  const auto found =
      std::find_if(sample.interfaces.begin(), sample.interfaces.end(),
                   [&](const NetInterface& row) { return row.netns == netns && row.name == name; });
  return found != sample.interfaces.end() ? &*found : nullptr;
}

TEST(NetnsEnvironment, IsFit) {
  ASSERT_EQ(::geteuid(), 0u) << "the netns tier needs root";
  const NamedNetns netns("e");
  ASSERT_TRUE(netns.made()) << "'ip netns add' does not work";
}

TEST(HostSamplerInNetns, ReadsTheInterfacesOfEachNamespaceApart) {
  NamedNetns one("a"), two("b");
  ASSERT_TRUE(one.made() && two.made());
  ASSERT_EQ(one.run("ip link add bpftax0 type veth peer name bpftax1"), 0);
  ASSERT_EQ(one.run("ip link set lo up"), 0);

  SamplingSpec spec;
  spec.netns = {one.name(), two.name(), ""};
  spec.hardware_counters = false;
  auto sampler = HostSampler::open(spec, {});
  ASSERT_TRUE(sampler.has_value()) << to_string(sampler.error());
  const Sample before = sampler->take();
  EXPECT_NE(find(before, one.name(), "bpftax0"), nullptr);
  EXPECT_EQ(find(before, two.name(), "bpftax0"), nullptr);
  EXPECT_EQ(find(before, "", "bpftax0"), nullptr);
  ASSERT_NE(find(before, one.name(), "lo"), nullptr);
  ASSERT_NE(find(before, two.name(), "lo"), nullptr);

  // Three echo requests and their answers cross the loopback of the first namespace, and of no other.
  ASSERT_EQ(one.run("ping -q -c 3 -i 0.01 -s 100 127.0.0.1"), 0);
  const Sample after = sampler->take();
  EXPECT_EQ(find(after, one.name(), "lo")->rx_packets - find(before, one.name(), "lo")->rx_packets, 6);
  EXPECT_EQ(find(after, one.name(), "lo")->rx_bytes - find(before, one.name(), "lo")->rx_bytes, 6 * 128);
  EXPECT_EQ(find(after, two.name(), "lo")->rx_packets, find(before, two.name(), "lo")->rx_packets);

  // The name may go while the sampler lives; it reads on.
  one.remove();
  EXPECT_NE(find(sampler->take(), one.name(), "lo"), nullptr);
  EXPECT_TRUE(sampler->unavailable().find("interfaces:" + one.name()) == sampler->unavailable().end());
}

TEST(HostSamplerInNetns, SeesALinkThatFlapsBetweenTwoSamples) {
  NamedNetns one("l"), two("m");
  ASSERT_TRUE(one.made() && two.made());
  ASSERT_EQ(one.run("ip link add bpftax0 type veth peer name bpftax1 netns " + two.name()), 0);
  ASSERT_EQ(one.run("ip link set bpftax0 up"), 0);
  ASSERT_EQ(two.run("ip link set bpftax1 up"), 0);
  SamplingSpec spec;
  spec.netns = {one.name()};
  spec.hardware_counters = false;
  auto sampler = HostSampler::open(spec, {});
  ASSERT_TRUE(sampler.has_value()) << to_string(sampler.error());
  const Sample before = sampler->take();
  ASSERT_TRUE(find(before, one.name(), "bpftax0")->carrier_changes);
  EXPECT_EQ(find(before, one.name(), "bpftax0")->operstate, "up");
  EXPECT_FALSE(find(sampler->take(), one.name(), "bpftax0")->operstate) << "once a second";
  ASSERT_EQ(two.run("ip link set bpftax1 down"), 0);
  ASSERT_EQ(two.run("ip link set bpftax1 up"), 0);
  const Sample after = sampler->take(true);
  const NetInterface& link = *find(after, one.name(), "bpftax0");
  EXPECT_EQ(link.carrier_changes.value_or(0) - *find(before, one.name(), "bpftax0")->carrier_changes, 2);
  EXPECT_EQ(link.operstate, "up");
  EXPECT_FALSE(sampler->unavailable().contains("links:" + one.name()));
}

}  // namespace
}  // namespace bpftax
