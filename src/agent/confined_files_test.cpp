#include "agent/confined_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/temporary_folder.h"

namespace bpftax {
namespace {

// Everything twice: with openat2 and as on a kernel without it.
class ConfinedFilesTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    root_ = folder_ / "root";
    outside_ = folder_ / "outside";
    ASSERT_TRUE(make_directories(root_ + "/sub"));
    ASSERT_TRUE(make_directories(outside_));
    ASSERT_TRUE(write_file_atomically(outside_ + "/secret", "secret"));
    auto files = ConfinedFiles::open({root_}, GetParam());
    ASSERT_TRUE(files.has_value());
    files_.emplace(std::move(*files));
  }
  void link(const std::string& target, const std::string& name) {
    ASSERT_EQ(::symlink(target.c_str(), (root_ + "/" + name).c_str()), 0);
  }

  TemporaryFolder folder_;
  std::string root_, outside_;
  std::optional<ConfinedFiles> files_;
};

INSTANTIATE_TEST_SUITE_P(Kernels, ConfinedFilesTest, testing::Values(true, false),
                         [](const auto& kernel) { return kernel.param ? "WithOpenat2" : "Without"; });

TEST_P(ConfinedFilesTest, ReadsWhatItWrote) {
  ASSERT_TRUE(files_->write(root_ + "/sub/a", std::string("x\0y", 3)));
  EXPECT_EQ(files_->read(root_ + "/sub/a", 100).value(), std::string("x\0y", 3));
  EXPECT_EQ(files_->read(root_ + "//sub/./a", 100).value().size(), 3U);
  ASSERT_TRUE(files_->write(root_ + "/sub/a", "new"));
  EXPECT_EQ(files_->read(root_ + "/sub/a", 3).value(), "new");
  const auto too_long = files_->read(root_ + "/sub/a", 2);
  ASSERT_FALSE(too_long.has_value()) << "longer than asked for is an error, not a cut";
  EXPECT_EQ(files_->list(root_ + "/sub").value().size(), 1U) << "no temporary is left";
}

TEST_P(ConfinedFilesTest, ReadsAnyPartOfAFile) {
  ASSERT_TRUE(files_->write(root_ + "/sub/a", "0123456789"));
  const auto part = [&](int64_t offset, size_t max_bytes) {
    const auto chunk = files_->read_chunk(root_ + "/sub/a", offset, max_bytes);
    EXPECT_TRUE(chunk.has_value());
    EXPECT_EQ(chunk->file_size, 10);
    return chunk->data;
  };
  EXPECT_EQ(part(0, 4), "0123");
  EXPECT_EQ(part(8, 4), "89");
  EXPECT_EQ(part(10, 4), "");
  EXPECT_EQ(part(INT64_MAX, 4), "");
  EXPECT_EQ(part(3, 0), "");
  EXPECT_FALSE(files_->read_chunk(root_ + "/sub/a", -1, 4).has_value());
  EXPECT_FALSE(files_->read_chunk(outside_ + "/secret", 0, 4).has_value());
}

TEST_P(ConfinedFilesTest, SumsWhatIsThereAndSaysWhatIsNot) {
  const std::string text(700'000, 'x');
  ASSERT_TRUE(files_->write(root_ + "/sub/a", text));
  const auto sum = files_->checksum(root_ + "/sub/a");
  ASSERT_TRUE(sum.has_value());
  EXPECT_EQ(sum->size, 700'000);
  EXPECT_EQ(sum->sha256, sha256_hex(text));
  const auto missing = files_->checksum(root_ + "/sub/none");
  ASSERT_TRUE(missing.has_value());
  EXPECT_FALSE(missing->size || missing->sha256);
  EXPECT_FALSE(files_->checksum(root_ + "/sub").has_value()) << "a folder is no file";
  EXPECT_FALSE(files_->checksum(outside_ + "/secret").has_value());
}

TEST_P(ConfinedFilesTest, RenamesInsideTheRootOnly) {
  ASSERT_TRUE(files_->write(root_ + "/sub/a", "new"));
  ASSERT_TRUE(files_->write(root_ + "/b", "old"));
  ASSERT_TRUE(files_->rename(root_ + "/sub/a", root_ + "/b"));
  EXPECT_EQ(files_->read(root_ + "/b", 10).value(), "new");
  EXPECT_FALSE(path_exists(root_ + "/sub/a"));
  link(outside_, "out");
  EXPECT_FALSE(files_->rename(root_ + "/b", root_ + "/out/b").has_value());
  EXPECT_FALSE(files_->rename(root_ + "/b", outside_ + "/b").has_value());
  EXPECT_FALSE(files_->rename(outside_ + "/secret", root_ + "/c").has_value());
  EXPECT_FALSE(files_->rename(root_ + "/b", root_ + "/sub").has_value()) << "a folder is not replaced";
  EXPECT_TRUE(path_exists(root_ + "/b"));
}

TEST_P(ConfinedFilesTest, RefusesPathsThatAreNotBelowARoot) {
  for (const std::string& path :
       {outside_ + "/secret", root_ + "/../outside/secret", root_ + "x", std::string("sub/a"),
        std::string(""), std::string("/"), root_ + "/sub/../../outside/secret"}) {
    for (const auto& refused :
         {files_->read(path, 100).map([](const auto&) {}), files_->write(path, "x").map([] {}),
          files_->make_directories(path).map([] {}), files_->remove_tree(path).map([] {}),
          files_->list(path).map([](const auto&) {}), files_->open_output(path).map([](const auto&) {})}) {
      ASSERT_FALSE(refused.has_value()) << path;
      EXPECT_EQ(refused.error().kind, ErrorKind::kUsage) << path;
    }
    EXPECT_FALSE(files_->root_of(path).has_value());
  }
  EXPECT_EQ(read_file(outside_ + "/secret").value(), "secret");
}

TEST_P(ConfinedFilesTest, FollowsNoLinkThatLeadsOut) {
  link(outside_, "absolute");
  link("../outside", "relative");
  link(outside_ + "/secret", "file");
  for (const std::string name : {"absolute/secret", "relative/secret", "file"}) {
    EXPECT_FALSE(files_->read(root_ + "/" + name, 100).has_value()) << name;
    EXPECT_FALSE(files_->open_output(root_ + "/" + name).has_value()) << name;
  }
  for (const std::string name : {"absolute", "relative"}) {
    EXPECT_FALSE(files_->write(root_ + "/" + name + "/new", "x").has_value()) << name;
    EXPECT_FALSE(files_->list(root_ + "/" + name).has_value()) << name;
    EXPECT_FALSE(files_->make_directories(root_ + "/" + name + "/new").has_value()) << name;
    EXPECT_FALSE(files_->remove_tree(root_ + "/" + name + "/secret").has_value()) << name;
    EXPECT_FALSE(files_->open_output(root_ + "/" + name + "/new").has_value()) << name;
  }
  EXPECT_EQ(read_file(outside_ + "/secret").value(), "secret");
  EXPECT_FALSE(path_exists(outside_ + "/new"));
  // Writing to the name of a link replaces the link.
  ASSERT_TRUE(files_->write(root_ + "/file", "mine"));
  EXPECT_EQ(read_file(outside_ + "/secret").value(), "secret");
}

TEST_P(ConfinedFilesTest, FollowsLinksInsideTheRootOnlyWithOpenat2) {
  ASSERT_TRUE(files_->write(root_ + "/sub/a", "x"));
  link("sub", "inside");
  EXPECT_EQ(files_->read(root_ + "/inside/a", 100).has_value(), GetParam());
}

TEST_P(ConfinedFilesTest, RemovesATreeButNotWhatItsLinksPointTo) {
  ASSERT_TRUE(files_->make_directories(root_ + "/tree/a/b"));
  ASSERT_TRUE(files_->write(root_ + "/tree/a/b/c", "x"));
  link(outside_, "tree/a/link");
  ASSERT_TRUE(files_->remove_tree(root_ + "/tree"));
  EXPECT_FALSE(path_exists(root_ + "/tree"));
  EXPECT_TRUE(path_exists(outside_ + "/secret"));
  EXPECT_TRUE(files_->remove_tree(root_ + "/tree")) << "a missing tree is no error";
  EXPECT_TRUE(files_->remove_tree(root_ + "/never/was")) << "nor is a missing parent";
  EXPECT_FALSE(files_->remove_tree(root_).has_value()) << "a root itself stays";
}

TEST_P(ConfinedFilesTest, ListsByNameWithKindAndSize) {
  ASSERT_TRUE(files_->write(root_ + "/b", "12345"));
  link("b", "a");
  const auto entries = files_->list(root_);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_TRUE((*entries)[0].is_link);
  EXPECT_EQ((*entries)[1].size, 5);
  EXPECT_TRUE((*entries)[2].is_directory);
}

TEST_P(ConfinedFilesTest, OpensNeitherFifosNorFoldersAndDoesNotHang) {
  ASSERT_EQ(::mkfifo((root_ + "/fifo").c_str(), 0600), 0);
  EXPECT_TRUE(files_->list(root_)->at(0).is_special);
  EXPECT_FALSE(files_->list(root_)->at(1).is_special);
  EXPECT_FALSE(files_->read(root_ + "/fifo", 100).has_value());
  EXPECT_FALSE(files_->open_output(root_ + "/fifo").has_value());
  EXPECT_FALSE(files_->read(root_ + "/sub", 100).has_value());
  EXPECT_FALSE(files_->open_output(root_ + "/sub").has_value());
}

TEST_P(ConfinedFilesTest, MakesParentsOfOutputsAndEmptiesThem) {
  ASSERT_TRUE(files_->make_directories(root_ + "/x"));
  ASSERT_TRUE(files_->write(root_ + "/x/out", "old"));
  ASSERT_TRUE(files_->open_output(root_ + "/x/y/z/out").has_value());
  EXPECT_TRUE(path_exists(root_ + "/x/y/z/out"));
  const auto fd = files_->open_output(root_ + "/x/out");
  ASSERT_TRUE(fd.has_value());
  EXPECT_EQ(read_file(root_ + "/x/out").value(), "");
  EXPECT_NE(::fcntl(fd->get(), F_GETFL) & O_APPEND, 0);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_P(ConfinedFilesTest, TakesTheLongestOfSeveralRoots) {
  const auto files = ConfinedFiles::open({"/", root_, root_ + "/sub"}, GetParam());
  ASSERT_TRUE(files.has_value());
  EXPECT_EQ(files->root_of(root_ + "/sub/a"), root_ + "/sub");
  EXPECT_EQ(files->root_of(root_ + "/subway"), root_);
  EXPECT_EQ(files->root_of(outside_), "/");
  EXPECT_EQ(files->read(outside_ + "/secret", 100).value(), "secret");
  EXPECT_EQ(files->read("/proc/self/stat", 10000).has_value(), GetParam()) << "a relative link inside /proc";
}

TEST(ConfinedFilesOpen, MakesMissingRootsAndRefusesRelativeOnes) {
  const TemporaryFolder folder;
  EXPECT_TRUE(ConfinedFiles::open({folder / "a/b/c"}).has_value());
  EXPECT_TRUE(path_exists(folder / "a/b/c"));
  EXPECT_FALSE(ConfinedFiles::open({"relative"}).has_value());
  EXPECT_FALSE(ConfinedFiles::open({folder / "../x"}).has_value());
}

}  // namespace
}  // namespace bpftax
