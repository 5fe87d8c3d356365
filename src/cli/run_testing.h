// Test support: the command line as the user runs it, in this process.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace bpftax {

struct Ran {
  int code = 0;
  std::string out, err;
};

inline Ran run_bpftax(std::vector<std::string> words) {
  words.insert(words.begin(), "bpftax");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_command_line(static_cast<int>(argv.size()), argv.data());
  (void)std::fflush(nullptr);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

}  // namespace bpftax
