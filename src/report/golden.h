// Comparison with a file in tests/golden/report. BPFTAX_UPDATE_GOLDEN=1 writes the files anew; look at the
// difference before committing it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "util/files.h"

namespace bpftax {

inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(BPFTAX_SOURCE_DIR) + "/tests/golden/report/" + name;
  if (std::getenv("BPFTAX_UPDATE_GOLDEN") != nullptr) {
    const auto written = write_file_atomically(path, actual);
    ASSERT_TRUE(written) << to_string(written.error());
  }
  const auto expected = read_file(path);
  ASSERT_TRUE(expected) << to_string(expected.error());
  EXPECT_EQ(actual, *expected) << "differs from " << path << "; BPFTAX_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace bpftax
