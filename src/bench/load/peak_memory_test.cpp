#include "bench/load/peak_memory.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "util/files.h"

namespace bpftax::bench {
namespace {

class PeakMemoryFiles : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/bpftax-peak-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    root_ = folder;
    ASSERT_TRUE(make_directories(root_ + "/self"));
    ASSERT_TRUE(make_directories(root_ + "/cgroup/own"));
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(root_)); }
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(replace_file(root_ + path, text));
  }
  Result<PeakMemory> open() { return PeakMemory::open(root_, root_ + "/cgroup"); }

  std::string root_;
};

TEST_F(PeakMemoryFiles, IsWhatThePeakIsAboveTheCurrentUseBefore) {
  write("/self/cgroup", "4:memory:/elsewhere\n0::/own\n");
  write("/cgroup/own/memory.current", "1000000\n");
  write("/cgroup/own/memory.peak", "1000000\n");
  auto peak = open();
  ASSERT_TRUE(peak) << to_string(peak.error());
  const auto bytes = peak->during([&]() -> Result<void> {
    // In place: the kernel's file stays the one that is open.
    FILE* file = fopen((root_ + "/cgroup/own/memory.peak").c_str(), "w");
    fputs("5000000\n", file);
    fclose(file);
    return {};
  });
  ASSERT_TRUE(bytes) << to_string(bytes.error());
  EXPECT_EQ(*bytes, 4000000u);
}

TEST_F(PeakMemoryFiles, IsUnavailableWithTheReasonWhereTheCgroupHasNone) {
  write("/self/cgroup", "4:memory:/elsewhere\n0::/\n");
  const auto root = open();
  ASSERT_FALSE(root);
  EXPECT_NE(root.error().why.find("(/) has no memory.peak"), std::string::npos) << root.error().why;
  write("/self/cgroup", "4:memory:/elsewhere\n");
  EXPECT_EQ(open().error().why, "this process is in no cgroup of version 2");
}

TEST_F(PeakMemoryFiles, IsUnavailableWhereCgroup2IsNotMounted) {
  write("/self/cgroup", "0::/own\n");
  write("/self/mounts", "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n");
  EXPECT_EQ(PeakMemory::open(root_).error().why, "cgroup v2 is not mounted");
  write("/self/mounts", "cgroup2 " + root_ + "/cgroup cgroup2 rw 0 0\n");
  EXPECT_NE(PeakMemory::open(root_).error().why.find("(/own) has no memory.peak"), std::string::npos);
}

TEST_F(PeakMemoryFiles, FailedWorkIsNoNumber) {
  write("/self/cgroup", "0::/own\n");
  write("/cgroup/own/memory.current", "1\n");
  write("/cgroup/own/memory.peak", "1\n");
  auto peak = open();
  ASSERT_TRUE(peak);
  EXPECT_FALSE(peak->during([]() -> Result<void> { return fail(ErrorKind::kSubject, "refused"); }));
}

}  // namespace
}  // namespace bpftax::bench
