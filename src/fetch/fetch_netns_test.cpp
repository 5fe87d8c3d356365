// A real agent on a real file system, with everything in the tree that a tree may hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/temporary_folder.h"
#include "fetch/fetch_hosts.h"
#include "host/local_host.h"
#include "result/manifest.h"
#include "util/files.h"

namespace bpftax {
namespace {

using ::testing::UnorderedElementsAre;

class RealFetch : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(remote_ + "/a/b"));
    ASSERT_TRUE(write_file_atomically(remote_ + "/a/b/small", "small"));
    std::string big(9 << 20, 'x');
    for (size_t i = 0; i < big.size(); i += 4093) big[i] = static_cast<char>(i);
    ASSERT_TRUE(write_file_atomically(remote_ + "/big", big));
    LocalHostOptions options;
    options.run_id = "fetch-test-" + std::to_string(::getpid());
    options.roots = {remote_};
    options.agent_path = std::string(BPFTAX_BIN_DIR) + "/bpftax-agent";
    options.state_dir = folder_ / "state";
    auto host = start_local_agent(options);
    ASSERT_TRUE(host.has_value()) << to_string(host.error());
    host_ = std::move(*host);
  }
  FetchReport fetch(const std::string& run_id = "") {
    return fetch_tree(*host_, {"h", remote_, run_id, folder_ / "here", "tree"}, {});
  }

  TemporaryFolder folder_;
  std::string remote_ = folder_ / "remote";
  std::unique_ptr<AgentHost> host_;
};

TEST_F(RealFetch, files_come_whole_and_everything_else_is_refused) {
  ASSERT_EQ(::symlink("/etc/passwd", (remote_ + "/link").c_str()), 0);
  ASSERT_EQ(::symlink("/etc", (remote_ + "/a/folder_link").c_str()), 0);
  ASSERT_EQ(::mkfifo((remote_ + "/fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((remote_ + "/null").c_str(), S_IFCHR | 0600, makedev(1, 3)), 0);
  ASSERT_TRUE(write_file_atomically(remote_ + "/new\nline", "x"));
  ASSERT_TRUE(write_file_atomically(remote_ + "/bytes\xff", "x"));
  const FetchReport report = fetch();
  ASSERT_FALSE(report.error) << to_string(*report.error);
  EXPECT_EQ(report.files, 2);
  std::vector<std::string> refused;
  for (const FetchRemark& remark : report.refused) refused.push_back(remark.path);
  EXPECT_THAT(refused,
              UnorderedElementsAre("link", "a/folder_link", "fifo", "null", "new\nline", "bytes\xff"));
  EXPECT_EQ(read_file(folder_ / "here/tree/a/b/small").value(), "small");
  EXPECT_EQ(sha256_file(folder_ / "here/tree/big").value(), sha256_file(remote_ + "/big").value());
  EXPECT_FALSE(path_exists(folder_ / "here/tree/.bpftax-fetch"));
  EXPECT_EQ(fetch().skipped, 2);
}

TEST_F(RealFetch, a_listed_file_that_has_become_a_link_is_not_followed) {
  Manifest manifest;
  manifest.run_id = "r";
  manifest.files = {{"gone", 4, sha256_hex("gone")}, {"out", 5, sha256_hex("hello")}};
  ASSERT_TRUE(write_file_atomically(remote_ + "/manifest_r.json", manifest_document(manifest).value()));
  ASSERT_TRUE(write_file_atomically(folder_ / "outside", "hello"));
  ASSERT_EQ(::symlink((folder_ / "outside").c_str(), (remote_ + "/out").c_str()), 0);
  const FetchReport report = fetch("r");
  ASSERT_FALSE(report.error);
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_EQ(report.refused[0].path, "out");
  ASSERT_EQ(report.failed.size(), 1u);
  EXPECT_EQ(report.failed[0].path, "gone");
}

TEST_F(RealFetch, a_folder_that_is_not_there_is_an_error) {
  ASSERT_TRUE(remove_tree(remote_ + "/a"));
  const FetchReport report = fetch_tree(*host_, {"h", remote_ + "/a", "", folder_ / "here", ""}, {});
  ASSERT_TRUE(report.error);
  EXPECT_EQ(fetch_exit_code({report}), 3);
}

}  // namespace
}  // namespace bpftax
