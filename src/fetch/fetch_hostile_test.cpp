// A host that lies: nothing it says may be written outside the destination, or stop the honest files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "fetch/fetch_hosts.h"
#include "fetch/fetch_testing.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

class HostileFetch : public FetchFixture {
 protected:
  void SetUp() override {
    put("good", "good");
    ASSERT_TRUE(write_file_atomically(folder_ / "victim", "untouched"));
  }
  // After any of these attacks.
  void TearDown() override {
    EXPECT_EQ(here("good"), "good");
    EXPECT_EQ(read_file(folder_ / "victim").value(), "untouched");
    EXPECT_FALSE(left_over());
  }
  static bool refused(const FetchReport& report, const std::string& path) {
    return std::any_of(report.refused.begin(), report.refused.end(),
                       [&](const FetchRemark& remark) { return remark.path == path && !remark.why.empty(); });
  }
};

TEST_F(HostileFetch, names_that_leave_or_hide_are_refused_and_listed) {
  const std::vector<std::string> names = {
      "..",  ".",        "../../../victim",        "/etc/victim",         "a\nb",         "", "x\x1b[2J",
      "a/b", "\xff\xfe", std::string("nul\0x", 5), std::string(300, 'n'), ".bpftax-fetch"};
  for (const std::string& name : names) {
    host_.show(kRemoteTree, {.name = name, .size = 3});
    if (name.find('/') == std::string::npos) host_.set_file(std::string(kRemoteTree) + "/" + name, "bad");
  }
  const FetchReport report = fetch();
  for (const std::string& name : names) EXPECT_TRUE(refused(report, name)) << name;
  EXPECT_FALSE(report.error);
  EXPECT_EQ(report.files, 1);
  EXPECT_EQ(fetch_exit_code({report}), 3);
  const std::string table = fetch_table({report});
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_THAT(table, HasSubstr("a\\nb")) << "a newline in a name must not make lines of its own";
}

TEST_F(HostileFetch, folders_with_such_names_are_not_entered) {
  host_.show(kRemoteTree, {.name = "..", .is_directory = true});
  host_.show(std::string(kRemoteTree) + "/..", {.name = "victim", .size = 3});
  const FetchReport report = fetch();
  EXPECT_TRUE(refused(report, ".."));
  EXPECT_EQ(report.files, 1);
}

TEST_F(HostileFetch, links_fifos_and_devices_are_refused) {
  host_.show(kRemoteTree, {.name = "link", .is_link = true, .size = 3});
  host_.show(kRemoteTree, {.name = "fifo", .is_special = true});
  const FetchReport report = fetch();
  EXPECT_TRUE(refused(report, "link"));
  EXPECT_TRUE(refused(report, "fifo"));
  EXPECT_EQ(here("link"), "(missing)");
}

TEST_F(HostileFetch, a_file_that_turns_into_a_fifo_after_the_listing_is_refused) {
  put("zz", "x");
  host_.fail_next("read_chunk", {ErrorKind::kUsage, "cannot open", "zz", "it is no regular file", "", 0});
  const FetchReport report = fetch();  // the first file read is "good"
  EXPECT_TRUE(refused(report, "good"));
  ASSERT_TRUE(fetch().complete());
}

TEST_F(HostileFetch, names_that_are_one_file_here_do_not_overwrite_each_other) {
  put("ReadMe", "first");
  put("readme", "second");
  FetchOptions options;
  options.folds_case = true;
  const FetchReport report = fetch("", options);
  EXPECT_TRUE(refused(report, "readme"));
  EXPECT_EQ(here("ReadMe"), "first");
  options.folds_case = false;
  EXPECT_TRUE(fetch("", options).complete());
  EXPECT_EQ(here("readme"), "second");
}

TEST_F(HostileFetch, a_manifest_that_leaves_the_tree_is_not_used_but_the_tree_comes) {
  put_manifest();
  std::string text = manifest_document(manifest_).value();
  text.replace(text.find("\"good\""), 6, "\"../../../../victim\"");
  host_.set_file(std::string(kRemoteTree) + "/manifest_r1.json", text);
  const FetchReport report = fetch("r1");
  EXPECT_FALSE(report.manifest);
  ASSERT_FALSE(report.warnings.empty());
  EXPECT_THAT(report.warnings[0], HasSubstr("it has the component '..'"));
}

TEST_F(HostileFetch, links_in_the_destination_do_not_lead_out_of_it) {
  put("sub/victim", "bad");
  put("also", "bad");
  const std::string tree = folder_ / "run/hosts/host-server/tree";
  ASSERT_TRUE(make_directories(tree));
  ASSERT_EQ(::symlink(folder_.path().c_str(), (tree + "/sub").c_str()), 0);
  ASSERT_EQ(::symlink((folder_ / "victim").c_str(), (tree + "/also").c_str()), 0);
  const FetchReport report = fetch();
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(here("also"), "bad") << "the link is replaced, not followed";
}

TEST_F(HostileFetch, a_size_that_cannot_be_is_stopped_before_the_disk_is_full) {
  FetchOptions options;
  options.free_bytes = INT64_MAX;
  host_.show(kRemoteTree, {.name = "huge", .size = INT64_MAX});
  host_.show(kRemoteTree, {.name = "huger", .size = INT64_MAX});
  host_.set_file(std::string(kRemoteTree) + "/huge", "tiny");
  host_.set_file(std::string(kRemoteTree) + "/huger", "tiny");
  const FetchReport report = fetch("", options);
  EXPECT_FALSE(report.complete());
  FetchOptions real;
  EXPECT_TRUE(fetch("", real).error);
  EXPECT_TRUE(path_exists(folder_ / "run/hosts/host-server/tree/good"));
}

TEST_F(HostileFetch, thousands_of_bad_names_stay_a_bounded_report) {
  for (int i = 0; i < 5000; ++i) host_.show(kRemoteTree, {.name = "l" + std::to_string(i), .is_link = true});
  const FetchReport report = fetch();
  EXPECT_LE(report.refused.size(), 1000u);
  EXPECT_LT(fetch_table({report}).size(), 10'000u);
}

}  // namespace
}  // namespace bpftax
