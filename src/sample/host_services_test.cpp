#include "sample/host_services.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

constexpr const char* kMounts =
    "proc /proc proc rw 0 0\n"
    "tracefs /sys/kernel/debug/tracing tracefs rw 0 0\n"
    "tracefs /sys/kernel/tracing tracefs rw 0 0\n"
    "bpf /mnt/my\\040bpf bpf rw 0 0\n"
    "cut";

TEST(MountPoint, PrefersTheConventionalPlaceAndDecodesEscapes) {
  EXPECT_EQ(mount_point(kMounts, "tracefs", "/sys/kernel/tracing"), "/sys/kernel/tracing");
  EXPECT_EQ(mount_point(kMounts, "tracefs", "/elsewhere"), "/sys/kernel/debug/tracing");
  EXPECT_EQ(mount_point(kMounts, "bpf", "/sys/fs/bpf"), "/mnt/my bpf");
  EXPECT_EQ(mount_point(kMounts, "debugfs", "/sys/kernel/debug"), "");
}

TEST(Capabilities, ReadTheEffectiveMask) {
  // All but CAP_SYS_RESOURCE (bit 24), as on a machine where bpftrace complains about RLIMIT_MEMLOCK.
  const auto states = capabilities("Name:\tx\nCapEff:\t000001fffeffffff\n");
  ASSERT_EQ(states.size(), 6u);
  for (const CapabilityState& state : states)
    EXPECT_EQ(state.effective, state.name != "CAP_SYS_RESOURCE") << state.name;
  EXPECT_TRUE(capabilities("CapEff:\tjunk\n").empty());
  EXPECT_TRUE(capabilities("").empty());
}

}  // namespace
}  // namespace bpftax
