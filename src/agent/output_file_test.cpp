#include "agent/output_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/temporary_folder.h"

namespace bpftax {
namespace {

class OutputFileTest : public testing::Test {
 protected:
  OutputFile create(int64_t cap) {
    files_.emplace(ConfinedFiles::open({folder_.path()}).value());
    return OutputFile::create(*files_, folder_ / "out", cap).value();
  }
  static void write_to(const OutputFile& file, const std::string& text) {
    ASSERT_EQ(::write(file.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  struct stat on_disk() const {
    struct stat info {};
    EXPECT_EQ(::stat((folder_ / "out").c_str(), &info), 0);
    return info;
  }

  TemporaryFolder folder_;
  std::optional<ConfinedFiles> files_;
};

TEST_F(OutputFileTest, KeepsOutputBelowTheCapAsItIs) {
  OutputFile file = create(100);
  write_to(file, "hello ");
  write_to(file, "world");
  ASSERT_TRUE(file.enforce());
  EXPECT_EQ(file.tail(5).value(), "world");
  file.finish();
  EXPECT_EQ(file.fd(), -1);
  EXPECT_FALSE(file.cut());
  EXPECT_EQ(file.total_bytes(), 11);
  EXPECT_EQ(file.removed_bytes(), 0);
  EXPECT_EQ(file.tail(5).value(), "world");
  EXPECT_EQ(file.tail(500).value(), "hello world");
  EXPECT_EQ(file.content().value(), "hello world");
}

TEST_F(OutputFileTest, ReleasesWhatIsBeyondTheCapAndCountsItAll) {
  constexpr int64_t kCap = 1 << 20;
  OutputFile file = create(kCap);
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 16; ++i) {
    write_to(file, block);
    ASSERT_TRUE(file.enforce());
  }
  write_to(file, "last words");
  EXPECT_LT(on_disk().st_blocks * 512, 4 << 20) << "released while it is still being written";
  EXPECT_TRUE(file.cut());
  EXPECT_EQ(file.tail(10).value(), "last words");
  file.finish();
  EXPECT_EQ(file.total_bytes(), (16 << 20) + 10);
  EXPECT_EQ(file.removed_bytes(), (15 << 20) + 10);
  EXPECT_EQ(on_disk().st_size, kCap);
  EXPECT_EQ(file.tail(10).value(), "last words") << "also when the file ends before them";
  EXPECT_EQ(file.content().value(), block);
}

TEST_F(OutputFileTest, SaysWhenItCannotReleaseAndTooMuchHasBeenWritten) {
  OutputFile file = create(10);
  file.forbid_release_for_test();
  write_to(file, std::string(1 << 20, 'x'));
  EXPECT_TRUE(file.enforce()) << "a moderate overshoot is cut in the end";
  // A hole is as long as what was written would be.
  ASSERT_EQ(::ftruncate(file.fd(), int64_t{300} << 20), 0);
  const auto refused = file.enforce();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kSubject);
  file.finish();
  EXPECT_EQ(on_disk().st_size, 10);
}

TEST_F(OutputFileTest, LivesInMemoryWithoutAPath) {
  OutputFile file = OutputFile::create_in_memory(8).value();
  write_to(file, "0123456789");
  file.finish();
  EXPECT_EQ(file.content().value(), "01234567");
  EXPECT_EQ(file.total_bytes(), 10);
  EXPECT_TRUE(file.cut());
  EXPECT_EQ(file.tail(4).value(), "6789");
}

}  // namespace
}  // namespace bpftax
