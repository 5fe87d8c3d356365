#include "sample/process_tree.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include "sample/test_tree.h"

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::string stat_line(int pid, const std::string& comm, int ppid) {
  return std::to_string(pid) + " (" + comm + ") S " + std::to_string(ppid) +
         " 10 10 0 -1 4194304 97 0 0 0 123 45 6 7 20 0 3 0 178414 3133440 360 18446744073709551615 1 1 0 0 "
         "0\n";
}

TEST(ProcessStat, ReadsTheFieldsByTheirPlace) {
  const auto stat = parse_process_stat(stat_line(8660, "cat", 8650));
  ASSERT_TRUE(stat.has_value()) << to_string(stat.error());
  EXPECT_EQ(stat->pid, 8660);
  EXPECT_EQ(stat->comm, "cat");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->ppid, 8650);
  EXPECT_EQ(stat->pgrp, 10);
  EXPECT_EQ(stat->session, 10);
  EXPECT_EQ(stat->user_us, 1'230'000);
  EXPECT_EQ(stat->system_us, 450'000);
  EXPECT_EQ(stat->children_user_us, 60'000);
  EXPECT_EQ(stat->children_system_us, 70'000);
  EXPECT_EQ(stat->threads, 3);
  EXPECT_EQ(stat->start_ticks, 178414);
  EXPECT_EQ(stat->vsz_bytes, 3133440);
  EXPECT_EQ(stat->rss_pages, 360);
  EXPECT_FALSE(stat->dead());
}

TEST(ProcessStat, SurvivesCommandsThatLookLikeTheRestOfTheLine) {
  for (const char* comm : {"a b", "(sd-pam)", ") R 1 (", "x) Z 1 1 1", "line\nbreak", ""}) {
    const auto stat = parse_process_stat(stat_line(7, comm, 3));
    ASSERT_TRUE(stat.has_value()) << comm << ": " << to_string(stat.error());
    EXPECT_EQ(stat->comm, comm);
    EXPECT_EQ(stat->ppid, 3);
  }
}

TEST(ProcessStat, RefusesWhatIsCutOrImpossible) {
  const std::string good = stat_line(7, "x", 3);
  EXPECT_FALSE(parse_process_stat("").has_value());
  EXPECT_FALSE(parse_process_stat("7 x S 1").has_value());
  EXPECT_FALSE(parse_process_stat("0 (x) S 1").has_value());
  EXPECT_FALSE(parse_process_stat(good.substr(0, 40)).has_value());
  EXPECT_FALSE(parse_process_stat("7 (x) S 3 1 1 0 -1 1 1 1 1 1 z 1 1 1 1 1 1 0 1 1 1 1\n").has_value());
  EXPECT_FALSE(parse_process_stat("7 (x) S 3 1 1 0 -1 1 1 1 1 1 99999999999999999 1 1 1 1 1 1 0 1 1 1 1\n")
                   .has_value());
}

TEST(ProcessStat, OfThisProcessNamesItsParent) {
  const auto stat = read_process_stat("/proc", ::getpid());
  ASSERT_TRUE(stat.has_value()) << to_string(stat.error());
  EXPECT_EQ(stat->pid, ::getpid());
  EXPECT_EQ(stat->ppid, ::getppid());
  EXPECT_EQ(stat->session, ::getsid(0));
  EXPECT_GE(stat->threads, 1);
  EXPECT_GT(stat->rss_pages, 0);
}

TEST(Descendants, AreFoundThroughTheChildrenOfEachThread) {
  const test::TestTree tree;
  const auto process = [&](int pid, int tid, const std::string& children) {
    tree.write("/proc/" + std::to_string(pid) + "/stat", stat_line(pid, "x", 1));
    tree.write("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/children", children);
  };
  process(10, 10, "11 12 ");
  process(10, 19, "13 ");  // a second thread has a child of its own
  process(11, 11, "");
  process(12, 12, "14 ");
  process(13, 13, "");
  process(14, 14, "");
  process(99, 99, "");
  EXPECT_THAT(descendants(tree.roots().proc, 10).value(), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(descendants(tree.roots().proc, 14).value(), ElementsAre());
  EXPECT_EQ(descendants(tree.roots().proc, 15).error().errno_value, ESRCH);
}

TEST(Descendants, AreFoundByParentWhereTheKernelListsNoChildren) {
  const test::TestTree tree;
  for (const auto& [pid, ppid] :
       std::vector<std::pair<int, int>>{{10, 1}, {11, 10}, {12, 11}, {13, 1}, {14, 12}})
    tree.write("/proc/" + std::to_string(pid) + "/stat", stat_line(pid, "x", ppid));
  tree.write("/proc/self/stat", "");
  EXPECT_THAT(descendants(tree.roots().proc, 10).value(), ElementsAre(11, 12, 14));
}

TEST(Descendants, OfThisProcessAreThoseItForked) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      const ssize_t written = ::write(ready[1], "r", 1);
      ::pause();
      ::_exit(written == 1 ? 0 : 1);
    }
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto found = descendants("/proc", ::getpid());
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0), child);
  ::kill(found->at(1), SIGKILL);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(Children, AreNumbersOrNothing) {
  EXPECT_THAT(parse_children("5 6 77 ").value(), ElementsAre(5, 6, 77));
  EXPECT_THAT(parse_children("").value(), ElementsAre());
  EXPECT_FALSE(parse_children("5 x").has_value());
  EXPECT_FALSE(parse_children("0").has_value());
  EXPECT_FALSE(parse_children("99999999999").has_value());
}

TEST(Environment, IsNamesAndValues) {
  using namespace std::string_view_literals;
  EXPECT_THAT(
      parse_environment("A=1\0PATH=/bin:/usr/bin\0EMPTY=\0EQ=a=b\0"sv),
      ElementsAre(Pair("A", "1"), Pair("PATH", "/bin:/usr/bin"), Pair("EMPTY", ""), Pair("EQ", "a=b")));
  EXPECT_THAT(parse_environment("overwritten by the process\0=x\0\0A=1"sv), ElementsAre(Pair("A", "1")));
  EXPECT_FALSE(read_environment("/proc", 2147483646).has_value());
}

TEST(SchedStat, HasTimeRunAndTimeWaited) {
  const auto stat = parse_schedstat("4711 36421 1\n");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->run_ns, 4711);
  EXPECT_EQ(stat->wait_ns, 36421);
  EXPECT_FALSE(parse_schedstat("").has_value());
  EXPECT_FALSE(parse_schedstat("1\n2 3").has_value());
  EXPECT_FALSE(parse_schedstat("-1 2 3").has_value());
}

}  // namespace
}  // namespace bpftax
