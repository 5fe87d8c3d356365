// The options of `bpftax run` that need thought. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "util/result.h"

namespace bpftax {

// 'YYYY-mm-ddTHH:MM[:SS]' in this machine's time zone -> CLOCK_REALTIME. kUsage when it is none, or no such
// time.
Result<int64_t> parse_start_at(const std::string& text);

// "iteration_001" for 1.
std::string iteration_folder(int number);

// What stands in iterations.json beside the iterations, so that --resume knows what was wanted.
struct Iterations {
  int count = 1;
  double delay_s = 0;
};
inline constexpr const char* kIterationsFile = "iterations.json";
Result<Iterations> read_iterations(const std::string& text, const std::string& where);
std::string iterations_document(const Iterations& iterations);

}  // namespace bpftax
