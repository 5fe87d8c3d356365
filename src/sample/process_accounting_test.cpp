#include "sample/process_accounting.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

ProcessStat process(int pid, int ppid, int64_t user, int64_t system, int64_t children_user = 0,
                    int64_t children_system = 0, int64_t start = 1) {
  ProcessStat stat;
  stat.pid = pid, stat.ppid = ppid, stat.start_ticks = start;
  stat.user_us = user, stat.system_us = system;
  stat.children_user_us = children_user, stat.children_system_us = children_system;
  return stat;
}

TEST(TreeAccount, AddsUpLivingMembersAndTheirReapedChildren) {
  TreeAccount account;
  account.update({process(1, 0, 100, 10, 5, 1), process(2, 1, 200, 20)});
  EXPECT_EQ(account.user_us(), 305);
  EXPECT_EQ(account.system_us(), 31);
}

TEST(TreeAccount, KeepsTheTimeOfAMemberThatNobodyWaitedFor) {
  TreeAccount account;
  account.update({process(1, 0, 100, 10), process(2, 1, 200, 20)});
  account.update({process(1, 0, 150, 10)});
  EXPECT_EQ(account.user_us(), 350);
  EXPECT_EQ(account.system_us(), 30);
  account.update({});
  EXPECT_EQ(account.user_us(), 350);
}

TEST(TreeAccount, CountsAMemberOnceWhenItsParentHasWaitedForIt) {
  TreeAccount account;
  account.update({process(1, 0, 100, 0), process(2, 1, 200, 20)});
  // It ran a little longer after we had last seen it; the parent's figure has all of it.
  account.update({process(1, 0, 100, 0, 230, 25)});
  EXPECT_EQ(account.user_us(), 330);
  EXPECT_EQ(account.system_us(), 25);
}

TEST(TreeAccount, CountsAWholeBranchOnceWhenItsAncestorHasWaited) {
  TreeAccount account;
  account.update({process(1, 0, 0, 0), process(2, 1, 100, 0), process(3, 2, 50, 0), process(4, 2, 70, 0)});
  // 2 waited for 3 and 4 and ended, 1 waited for 2: 100 + 50 + 70.
  account.update({process(1, 0, 0, 0, 220, 0)});
  EXPECT_EQ(account.user_us(), 220);
}

TEST(TreeAccount, SharesWhatAParentGainedAmongThoseThatEnded) {
  TreeAccount account;
  account.update({process(1, 0, 0, 0), process(2, 1, 100, 0), process(3, 1, 90, 0)});
  // Both ended, only one was waited for: 100 + 90 in either case.
  account.update({process(1, 0, 0, 0, 100, 0)});
  EXPECT_EQ(account.user_us(), 190);
}

TEST(TreeAccount, CountsProcessesThatNoLookEverCaught) {
  TreeAccount account;
  account.update({process(1, 0, 10, 0)});
  account.update({process(1, 0, 10, 0, 500, 0)});
  EXPECT_EQ(account.user_us(), 510);
}

TEST(TreeAccount, TakesAReusedPidForAnotherProcess) {
  TreeAccount account;
  account.update({process(5, 0, 100, 0, 0, 0, 1)});
  account.update({process(5, 0, 1, 0, 0, 0, 2)});
  EXPECT_EQ(account.user_us(), 101);
}

TEST(TreeAccount, NeverFalls) {
  TreeAccount account;
  account.update({process(1, 0, 100, 50)});
  account.update({process(1, 0, 90, 55)});  // the kernel may shift time from one to the other
  EXPECT_EQ(account.user_us(), 100);
  EXPECT_EQ(account.system_us(), 55);
}

}  // namespace
}  // namespace bpftax
