// Test support: result trees to break in one place, and what `validate` says about them then.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "agent/temporary_folder.h"
#include "util/files.h"
#include "util/json.h"
#include "validate/checks.h"

namespace bpftax {

inline std::string test_data(const std::string& path) {
  return std::string(BPFTAX_SOURCE_DIR) + "/tests/data/" + path;
}

class TreeFixture : public testing::Test {
 protected:
  void copy_data(const std::string& data, const std::string& as) {
    std::filesystem::copy(test_data(data), folder_ / as, std::filesystem::copy_options::recursive);
  }
  void write(const std::string& path, const std::string& text) {
    const std::string full = folder_ / path;
    ASSERT_TRUE(make_directories(full.substr(0, full.rfind('/'))));
    ASSERT_TRUE(write_file_atomically(full, text));
  }
  std::string text_of(const std::string& path) { return read_file(folder_ / path).value_or("(missing)"); }
  void replace(const std::string& path, const std::string& from, const std::string& to) {
    std::string text = text_of(path);
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << path << ": " << from;
    write(path, text.replace(at, from.size(), to));
  }
  void remove(const std::string& path) { ASSERT_TRUE(remove_tree(folder_ / path)); }

  Findings validate(const std::string& below = "") {
    const auto tree = ResultTree::scan(below.empty() ? folder_.path() : folder_ / below);
    EXPECT_TRUE(tree.has_value()) << to_string(tree.error());
    return tree ? run_checks(*tree) : Findings();
  }
  // "check: file: what", of that level.
  static std::vector<std::string> said(const Findings& findings, CheckLevel level) {
    std::vector<std::string> lines;
    for (const CheckFinding& finding : findings.all()) {
      if (finding.level == level) lines.push_back(finding.check + ": " + finding.file + ": " + finding.what);
    }
    return lines;
  }
  std::vector<std::string> failures(const std::string& below = "") {
    return said(validate(below), CheckLevel::kFail);
  }

  TemporaryFolder folder_;
};

}  // namespace bpftax
