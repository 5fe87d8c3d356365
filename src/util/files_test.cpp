#include "util/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace bpftax {
namespace {

class FilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "bpftax_files_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(folder_)); }
  std::string folder_;
};

TEST_F(FilesTest, AtomicWriteReplacesAndLeavesNoTemporary) {
  const std::string path = folder_ + "/a.json";
  ASSERT_TRUE(write_file_atomically(path, "one"));
  ASSERT_TRUE(write_file_atomically(path, "two"));
  EXPECT_EQ(*read_file(path), "two");
  EXPECT_FALSE(path_exists(path + ".tmp." + std::to_string(getpid())));
}

TEST_F(FilesTest, ReplaceFileReplacesAndLeavesNoTemporary) {
  const std::string path = folder_ + "/file";
  ASSERT_TRUE(replace_file(path, "one"));
  ASSERT_TRUE(replace_file(path, "two"));
  EXPECT_EQ(read_file(path).value_or(""), "two");
  EXPECT_FALSE(path_exists(path + ".tmp." + std::to_string(getpid())));
  EXPECT_FALSE(replace_file(folder_ + "/no/such/file", "x"));
}

TEST_F(FilesTest, CreateFileTouchesNothingThatIsThere) {
  const std::string path = folder_ + "/file";
  ASSERT_TRUE(create_file(path, "one"));
  const auto again = create_file(path, "two");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().errno_value, EEXIST);
  EXPECT_EQ(read_file(path).value_or(""), "one");
  ASSERT_EQ(::symlink((folder_ + "/elsewhere").c_str(), (folder_ + "/link").c_str()), 0);
  EXPECT_FALSE(create_file(folder_ + "/link", "x"));
  EXPECT_FALSE(path_exists(folder_ + "/elsewhere"));
}

TEST_F(FilesTest, AtomicWriteIntoAMissingFolderNamesThePath) {
  const Result<void> written = write_file_atomically(folder_ + "/no/such/file", "x");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().where.find("/no/such/file"), std::string::npos);
}

TEST_F(FilesTest, AFullDiskIsAnErrorAndKeepsTheJournalReadable) {
  Result<AppendFile> full = AppendFile::open("/dev/full");
  ASSERT_TRUE(full);
  const Result<void> appended = full->append_line("x");
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().errno_value, ENOSPC);
  const Result<void> next = full->append_line("y");
  ASSERT_FALSE(next);
  EXPECT_NE(next.error().why.find("could not be taken back"), std::string::npos) << to_string(next.error());
}

// No file of this process may grow beyond that.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit limit{bytes, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    (void)std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(FilesTest, ALineThatDoesNotFitIsTakenBack) {
  const std::string path = folder_ + "/journal";
  Result<AppendFile> journal = AppendFile::open(path);
  ASSERT_TRUE(journal);
  ASSERT_TRUE(journal->append_line("first"));
  Result<void> appended;
  {
    const FileSizeLimit limit(10);
    appended = journal->append_line("longer than that");
  }
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().errno_value, EFBIG);
  EXPECT_EQ(read_file(path).value_or(""), "first\n");
  ASSERT_TRUE(journal->append_line("third"));
  EXPECT_EQ(read_file(path).value_or(""), "first\nthird\n");
}

TEST_F(FilesTest, MakeDirectoriesReportsAFileInTheWay) {
  ASSERT_TRUE(write_file_atomically(folder_ + "/file", "x"));
  EXPECT_FALSE(make_directories(folder_ + "/file/below"));
  EXPECT_TRUE(make_directories(folder_ + "/a/b/c"));
  EXPECT_TRUE(make_directories(folder_ + "/a/b/c"));
}

TEST_F(FilesTest, ReadFileRefusesMoreThanItsLimitAndReadTailCuts) {
  const std::string path = folder_ + "/long";
  ASSERT_TRUE(write_file_atomically(path, std::string(1000, 'a') + "end"));
  EXPECT_FALSE(read_file(path, 100));
  EXPECT_EQ(*read_tail(path, 4), "aend");
  EXPECT_EQ(read_tail(path, 5000)->size(), 1003u);
}

TEST_F(FilesTest, OnlyARegularFileIsReadAndNothingWaitedFor) {
  const std::string file = folder_ + "/file", fifo = folder_ + "/fifo", link = folder_ + "/link";
  ASSERT_TRUE(write_file_atomically(file, "text"));
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(symlink("file", link.c_str()), 0);
  EXPECT_EQ(read_regular_file(file, 4, FileLinks::kRefuse).value_or(""), "text");
  EXPECT_FALSE(read_regular_file(file, 3, FileLinks::kRefuse));
  EXPECT_EQ(read_regular_file(fifo, 100, FileLinks::kFollow).error().why, "it is no regular file");
  EXPECT_EQ(read_regular_file(folder_, 100, FileLinks::kFollow).error().why, "it is no regular file");
  EXPECT_EQ(read_regular_file(link, 100, FileLinks::kFollow).value_or(""), "text");
  EXPECT_NE(read_regular_file(link, 100, FileLinks::kRefuse).error().why.find("symbolic link"),
            std::string::npos);
  EXPECT_EQ(read_regular_file(folder_ + "/none", 100, FileLinks::kRefuse).error().errno_value, ENOENT);
  EXPECT_TRUE(is_regular_file(file));
  EXPECT_FALSE(is_regular_file(link));
  EXPECT_FALSE(is_regular_file(fifo));
}

TEST_F(FilesTest, RemoveTreeDoesNotFollowLinks) {
  ASSERT_TRUE(make_directories(folder_ + "/keep"));
  ASSERT_TRUE(write_file_atomically(folder_ + "/keep/file", "x"));
  ASSERT_TRUE(make_directories(folder_ + "/gone"));
  ASSERT_EQ(symlink((folder_ + "/keep").c_str(), (folder_ + "/gone/link").c_str()), 0);
  ASSERT_TRUE(remove_tree(folder_ + "/gone"));
  EXPECT_TRUE(path_exists(folder_ + "/keep/file"));
}

TEST(Sha256, MatchesFips180Examples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace bpftax
