#include "fetch/fetch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <mutex>
#include <set>
#include <thread>

#include "fetch/fetch_hosts.h"
#include "fetch/fetch_testing.h"
#include "host/interrupt.h"
#include "util/json.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FetchTest : public FetchFixture {};

TEST_F(FetchTest, a_manifest_says_what_comes_and_what_it_must_be) {
  put("baseline/host/a.txt", "hello");
  put("empty", "");
  put_manifest();
  host_.set_file(std::string(kRemoteTree) + "/of_another_run", "x");
  const FetchReport report = fetch("r1");
  EXPECT_TRUE(report.complete()) << (report.error ? to_string(*report.error) : "");
  EXPECT_TRUE(report.manifest);
  EXPECT_EQ(report.files, 3);  // with the manifest itself
  EXPECT_EQ(here("baseline/host/a.txt"), "hello");
  EXPECT_EQ(here("empty"), "");
  EXPECT_EQ(here("of_another_run"), "(missing)");
  EXPECT_THAT(here("manifest_r1.json"), HasSubstr("bpftax.manifest/1"));
  EXPECT_FALSE(left_over());
}

TEST_F(FetchTest, what_is_here_already_is_not_read_again) {
  put("a", "aaa");
  put("b", "bbb");
  put_manifest();
  ASSERT_TRUE(fetch("r1").complete());
  ASSERT_TRUE(write_file_atomically(folder_ / "run/hosts/host-server/tree/b", "bxb"));
  const FetchReport again = fetch("r1");
  EXPECT_EQ(again.skipped, 2);
  EXPECT_EQ(again.files, 1);
  EXPECT_EQ(here("b"), "bbb") << "same size, other content";
}

TEST_F(FetchTest, without_a_manifest_the_whole_tree_comes_checked_by_the_host) {
  put("x/y/z", "deep");
  put("w", "w");
  const FetchReport report = fetch();
  EXPECT_TRUE(report.complete());
  EXPECT_FALSE(report.manifest);
  EXPECT_EQ(here("x/y/z"), "deep");
  EXPECT_EQ(fetch().skipped, 2);
  const FetchReport wanted = fetch("r9");
  EXPECT_TRUE(wanted.complete());
  ASSERT_EQ(wanted.warnings.size(), 1u);
  EXPECT_THAT(wanted.warnings[0], HasSubstr("no manifest of this run"));
}

TEST_F(FetchTest, manifests_found_in_a_listed_tree_are_obeyed) {
  put("a", "good");
  put_manifest();
  host_.set_file(std::string(kRemoteTree) + "/a", "evil");
  const FetchReport report = fetch();
  ASSERT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.failed[0].path, "a");
  EXPECT_THAT(report.failed[0].why, HasSubstr("not what the manifest says"));
  EXPECT_EQ(here("a"), "(missing)");
}

TEST_F(FetchTest, a_file_larger_than_a_message_comes_in_parts) {
  std::string big(100'000, 'x');
  for (size_t i = 0; i < big.size(); i += 97) big[i] = static_cast<char>(i);
  put("big", big);
  put_manifest();
  FetchOptions options;
  options.chunk_bytes = 1000;
  int64_t most = 0, total = 0;
  options.progress = [&](const FetchProgress& progress) {
    EXPECT_GE(progress.bytes, most);
    most = progress.bytes;
    total = progress.bytes_total;
  };
  EXPECT_TRUE(fetch("r1", options).complete());
  EXPECT_TRUE(here("big") == big);
  EXPECT_EQ(most, total);
}

TEST_F(FetchTest, a_file_that_is_not_what_the_manifest_says_fails_and_the_old_one_stays) {
  put("a", "1234");
  put("b", "1234");
  put("c", "1234");
  put("d", "1234");
  put_manifest();
  const std::string tree = std::string(kRemoteTree) + "/";
  host_.set_file(tree + "a", "1235");
  host_.set_file(tree + "b", "123");
  host_.set_file(tree + "c", std::string(5'000'000, 'x'));
  ASSERT_TRUE(host_.remove_tree(tree + "d"));
  ASSERT_TRUE(make_directories(folder_ / "run/hosts/host-server/tree"));
  ASSERT_TRUE(write_file_atomically(folder_ / "run/hosts/host-server/tree/a", "old"));
  const FetchReport report = fetch("r1");
  EXPECT_EQ(report.failed.size(), 4u);
  EXPECT_EQ(report.files, 1) << "the manifest";
  EXPECT_EQ(here("a"), "old");
  EXPECT_EQ(here("c"), "(missing)");
  EXPECT_FALSE(left_over());
  EXPECT_EQ(fetch_exit_code({report}), 3);
}

TEST_F(FetchTest, what_a_killed_attempt_left_is_removed) {
  put("a", "1");
  put_manifest();
  ASSERT_TRUE(make_directories(folder_ / "run/hosts/host-server/tree/.bpftax-fetch"));
  ASSERT_TRUE(write_file_atomically(folder_ / "run/hosts/host-server/tree/.bpftax-fetch/part", "half"));
  EXPECT_TRUE(fetch("r1").complete());
  EXPECT_FALSE(left_over());
}

TEST_F(FetchTest, a_lost_host_ends_it_and_the_next_fetch_goes_on) {
  for (int i = 0; i < 20; ++i) put(std::to_string(i), std::to_string(i));
  put_manifest();
  host_.lose_at_call(12);
  const FetchReport report = fetch("r1");
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->kind, ErrorKind::kLost);
  EXPECT_GT(report.files, 0);
  EXPECT_FALSE(left_over());
  HostileHost same(clock_);
  for (const ManifestFile& file : manifest_.files)
    same.set_file(std::string(kRemoteTree) + "/" + file.path, file.path);
  same.set_file(std::string(kRemoteTree) + "/manifest_r1.json", manifest_document(manifest_).value());
  const FetchReport rest = fetch_tree(same, source("r1"), {});
  EXPECT_TRUE(rest.complete());
  EXPECT_EQ(rest.skipped, report.files);
}

TEST_F(FetchTest, an_interrupt_ends_it_with_its_exit_code) {
  for (int i = 0; i < 20; ++i) put(std::to_string(i), "x");
  put_manifest();
  host_.interrupt_at_call(8);
  const FetchReport report = fetch("r1");
  ASSERT_TRUE(report.error);
  EXPECT_EQ(fetch_exit_code({report}), 130);
  EXPECT_FALSE(left_over());
}

TEST_F(FetchTest, too_little_space_is_said_before_anything_is_read) {
  put("a", std::string(1000, 'x'));
  put_manifest();
  FetchOptions options;
  options.free_bytes = 500;
  const FetchReport report = fetch("r1", options);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(to_string(*report.error), HasSubstr("500 B are free here"));
  EXPECT_EQ(here("a"), "(missing)");
}

TEST_F(FetchTest, a_disk_that_fills_up_ends_it_with_a_clear_error) {
  put("a", "small");
  put("b", std::string(1 << 20, 'x'));
  put("c", "small");
  put_manifest();
  // As on a full disk, but without one: no file of this process may be longer.
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{64 << 10, old.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const FetchReport report = fetch("r1");
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  ASSERT_TRUE(report.error);
  EXPECT_THAT(report.error->hint, HasSubstr("free some space here and fetch again"));
  EXPECT_EQ(here("a"), "small");
  EXPECT_EQ(here("b"), "(missing)");
  EXPECT_FALSE(left_over());
}

TEST_F(FetchTest, two_fetches_do_not_write_to_one_folder) {
  put("a", "1");
  const std::string tree = folder_ / "run/hosts/host-server/tree";
  ASSERT_TRUE(make_directories(tree));
  const Fd lock(::open(tree.c_str(), O_RDONLY | O_DIRECTORY));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  const FetchReport report = fetch();
  ASSERT_TRUE(report.error);
  EXPECT_THAT(to_string(*report.error), HasSubstr("another fetch is writing to it"));
}

TEST(FetchHosts, hosts_are_fetched_side_by_side_and_one_that_is_away_stops_nobody) {
  const TemporaryFolder folder;
  FakeClock clocks[6];
  std::vector<std::unique_ptr<FakeHost>> hosts;
  for (int i = 0; i < 6; ++i) {
    hosts.push_back(std::make_unique<FakeHost>(clocks[i], "h" + std::to_string(i)));
    hosts.back()->set_file(std::string(kRemoteTree) + "/a", "h" + std::to_string(i));
  }
  std::vector<FetchSource> sources;
  for (int i = 0; i < 6; ++i)
    sources.push_back(
        {"h" + std::to_string(i), kRemoteTree, "", folder / "run", "hosts/h" + std::to_string(i)});
  const auto open = [&](const FetchSource& source) -> Result<Host*> {
    if (source.name == "h3") return fail(ErrorKind::kEnvironment, "cannot connect", "h3", "no route to host");
    return hosts[static_cast<size_t>(source.name[1] - '0')].get();
  };
  FetchOptions options;
  std::set<std::string> seen;
  options.progress = [&](const FetchProgress& progress) { seen.insert(progress.name); };
  const auto reports = fetch_hosts(sources, open, options, 3);
  ASSERT_EQ(reports.size(), 6u);
  EXPECT_EQ(seen.size(), 5u);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(reports[static_cast<size_t>(i)].name, "h" + std::to_string(i));
    EXPECT_EQ(reports[static_cast<size_t>(i)].complete(), i != 3);
  }
  EXPECT_EQ(read_file(folder / "run/hosts/h5/a").value(), "h5");
  const std::string table = fetch_table(reports);
  EXPECT_THAT(table, HasSubstr("ended early"));
  EXPECT_THAT(table, HasSubstr("error h3: cannot connect: h3: no route to host"));
  EXPECT_EQ(fetch_json(reports)["complete"], false);
  EXPECT_EQ(fetch_json(reports)["hosts"][5]["files"], 1);
  EXPECT_EQ(fetch_exit_code(reports), 3);
}

}  // namespace
}  // namespace bpftax
