// A folder of files for a test, gone when the test ends: stands for /proc, /sys and /etc.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sample/paths.h"

namespace bpftax::test {

class TestTree {
 public:
  TestTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bpftax-sample-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  ~TestTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  TestTree(const TestTree&) = delete;
  TestTree& operator=(const TestTree&) = delete;

  // "/proc/stat"; folders are made.
  void write(const std::string& path, std::string_view content) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary | std::ios::trunc) << content;
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root_ + path); }
  SampleRoots roots() const { return {root_ + "/proc", root_ + "/sys", root_ + "/etc"}; }

 private:
  std::string root_;
};

}  // namespace bpftax::test
