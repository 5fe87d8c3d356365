#include "bench/conditions/memory_room.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample/test_tree.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;

constexpr int64_t kMib = 1 << 20;

// 8 GiB of which `used_percent` are in use.
MemoryState machine(double used_percent, int64_t total_mib = 8192) {
  MemoryState state;
  state.total_kb = total_mib * 1024;
  state.available_kb =
      state.total_kb - static_cast<int64_t>(static_cast<double>(state.total_kb) * used_percent / 100);
  return state;
}

TEST(MemoryRoom, takes_what_is_missing_to_the_target) {
  EXPECT_NEAR(memory_percent(machine(25)), 25, 0.01);
  const auto bytes = bytes_to_take(75, machine(25), std::nullopt);
  ASSERT_TRUE(bytes);
  EXPECT_NEAR(static_cast<double>(*bytes), 4096.0 * kMib, 1.0 * kMib);
}

TEST(MemoryRoom, takes_nothing_where_the_target_is_met_and_refuses_where_it_is_passed) {
  EXPECT_EQ(bytes_to_take(75, machine(75), std::nullopt).value(), 0);
  EXPECT_LE(bytes_to_take(75, machine(78), std::nullopt).value(), 0);
  const auto passed = bytes_to_take(75, machine(81), std::nullopt);
  ASSERT_FALSE(passed);
  EXPECT_EQ(passed.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(passed.error().why, HasSubstr("81.0 %"));
}

TEST(MemoryRoom, leaves_512_mib_to_everything_else) {
  EXPECT_TRUE(bytes_to_take(75, machine(20, 2100), std::nullopt));
  const auto small = bytes_to_take(75, machine(20, 2000), std::nullopt);
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(small.error().why, HasSubstr("512 MiB"));
  EXPECT_FALSE(bytes_to_take(95, machine(10), std::nullopt));
  EXPECT_FALSE(bytes_to_take(75, MemoryState{}, std::nullopt));
}

TEST(MemoryRoom, does_not_run_into_the_limit_of_a_control_group) {
  const auto state = machine(25);  // needs 4 GiB
  EXPECT_TRUE(bytes_to_take(75, state, CgroupRoom{"/x/memory.max", 4700 * kMib}));
  const auto refused = bytes_to_take(75, state, CgroupRoom{"/x/memory.max", 4500 * kMib});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/x/memory.max");
}

TEST(CgroupRoom, is_the_tightest_of_the_group_and_its_parents_v2) {
  const test::TestTree tree;
  tree.write("/proc/self/cgroup", "0::/user.slice/session\n");
  const std::string group = "/sys/fs/cgroup/user.slice";
  tree.write(group + "/memory.max", "1000\n");
  tree.write(group + "/memory.current", "700\n");
  tree.write(group + "/memory.stat", "anon 1\ninactive_file 50\nactive_file 9\n");
  tree.write(group + "/session/memory.max", "max\n");
  tree.write(group + "/session/memory.current", "600\n");
  const auto room = cgroup_room(tree.roots());
  ASSERT_TRUE(room);
  EXPECT_EQ(room->left_bytes, 350);
  EXPECT_THAT(room->path, testing::EndsWith("/user.slice/memory.max"));
  tree.write(group + "/session/memory.max", "800\n");
  EXPECT_EQ(cgroup_room(tree.roots())->left_bytes, 200);
}

TEST(CgroupRoom, reads_version_1_too) {
  const test::TestTree tree;
  tree.write("/proc/self/cgroup", "4:cpu,memory:/a/b\n1:name=systemd:/\n0::/\n");
  tree.write("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9000\n");
  tree.write("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1000\n");
  tree.write("/sys/fs/cgroup/memory/a/memory.stat", "inactive_file 7\ntotal_inactive_file 100\n");
  tree.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  tree.write("/sys/fs/cgroup/memory/memory.usage_in_bytes", "5000\n");
  const auto room = cgroup_room(tree.roots());
  ASSERT_TRUE(room);
  EXPECT_EQ(room->left_bytes, 8100);
}

TEST(CgroupRoom, no_limit_anywhere_is_no_room) {
  const test::TestTree tree;
  EXPECT_FALSE(cgroup_room(tree.roots()));
  tree.write("/proc/self/cgroup", "junk\n0::/\n:\n");
  EXPECT_FALSE(cgroup_room(tree.roots()));
}

}  // namespace
}  // namespace bpftax::bench
