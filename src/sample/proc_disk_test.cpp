#include "sample/proc_disk.h"

#include <gtest/gtest.h>

#include <map>

#include "sample/disk_reader.h"
#include "sample/test_tree.h"

namespace bpftax {
namespace {

TEST(Diskstats, ReadsAllGenerationsOfTheFormat) {
  // 4.19 ends after 14 columns, 4.20 adds discards (18), 5.5 flushes (20).
  const auto disks = parse_diskstats(
      "   8       0 sda 63261 12145 4619794 19676 29136 10709 2632992 5799 0 9044 26070\n"
      " 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
      " 254       0 vda 63261 12145 4619794 19676 29136 10709 2632992 5799 0 9044 26070 6253 50 538024 480 "
      "2180 113\n");
  ASSERT_TRUE(disks.has_value()) << to_string(disks.error());
  ASSERT_EQ(disks->size(), 3u);
  EXPECT_EQ(disks->at(0).name, "sda");
  EXPECT_EQ(disks->at(0).reads, 63261);
  EXPECT_EQ(disks->at(0).read_bytes, 4619794LL * 512);
  EXPECT_EQ(disks->at(0).writes, 29136);
  EXPECT_EQ(disks->at(0).written_bytes, 2632992LL * 512);
  EXPECT_EQ(disks->at(0).busy_ms, 9044);
  EXPECT_EQ(disks->at(1).busy_ms, 10);
  EXPECT_EQ(disks->at(2).reads, disks->at(0).reads);
}

TEST(Diskstats, LeavesOutTheShortRowsOfOldPartitions) {
  const auto disks = parse_diskstats("   8       1 sda1 7 56 9 72\n");
  ASSERT_TRUE(disks.has_value());
  EXPECT_TRUE(disks->empty());
}

TEST(Diskstats, RefusesMalformedRows) {
  for (const char* text : {"8 0\n", "8 0 sda\n", "8 0 sda 1 2 3\n", "8 0 sda 1 2 x 4 5 6 7 8 9 10 11\n",
                           "8 0 sda 1 2 9000000000000000000 4 5 6 7 8 9 10 11\n"})
    EXPECT_FALSE(parse_diskstats(text).has_value()) << text;
}

TEST(HardwareDisks, AreThoseWithADevice) {
  const test::TestTree tree;
  tree.write("/sys/block/sda/device/vendor", "ATA");
  tree.write("/sys/block/loop0/size", "0");
  tree.write("/sys/block/dm-0/dm/name", "root");
  EXPECT_EQ(hardware_disks(tree.roots().sys), (std::set<std::string>{"sda"}));
  EXPECT_TRUE(hardware_disks("/no/such/folder").empty());
}

TEST(DiskReader, ReadsFewDisksFromTheirOwnFilesAndSeesNewOnes) {
  const test::TestTree tree;
  const std::string all = "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 1 sda1 1 2 3 4 5 6 7 8 9 10 11\n";
  tree.write("/proc/diskstats", all);
  tree.write("/sys/block/sda/device/model", "x");
  tree.write("/sys/block/sda/stat", "  100 2 3 4 5 6 7 8 9 10 11\n");
  FdBudget budget = FdBudget::of_this_process();
  std::string buffer;
  auto reader = DiskReader::open(tree.roots(), budget);
  ASSERT_TRUE(reader) << to_string(reader.error());
  constexpr int64_t kS = 1'000'000'000;
  const auto reads = [&](int64_t at_ns) {
    const auto disks = reader->read(at_ns, buffer, budget);
    EXPECT_TRUE(disks);
    std::map<std::string, int64_t> by_name;
    for (const DiskCounters& disk : *disks) by_name[disk.name] = disk.reads;
    return by_name;
  };
  using Reads = std::map<std::string, int64_t>;
  EXPECT_EQ(reads(10 * kS), (Reads{{"sda", 1}}));
  EXPECT_EQ(reads(10 * kS + kS / 2), (Reads{{"sda", 100}}));
  tree.write("/proc/diskstats", all + "9 0 sdb 7 2 3 4 5 6 7 8 9 10 11\n");
  tree.write("/sys/block/sdb/device/model", "x");
  tree.write("/sys/block/sdb/stat", "8 2 3 4 5 6 7 8 9 10 11\n");
  EXPECT_EQ(reads(11 * kS), (Reads{{"sda", 1}, {"sdb", 7}}));
  EXPECT_EQ(reads(11 * kS + 1), (Reads{{"sda", 100}, {"sdb", 8}}));
  tree.write("/sys/block/sda/stat", "no numbers\n");
  EXPECT_EQ(reads(11 * kS + 2), (Reads{{"sda", 1}, {"sdb", 7}})) << "all of them from the table then";
}

}  // namespace
}  // namespace bpftax
