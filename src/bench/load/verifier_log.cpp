#include "bench/load/verifier_log.h"

#include <utility>
#include <vector>

#include "util/strings.h"

namespace bpftax::bench {
namespace {

bool starts_with(std::string_view line, std::string_view start) {
  return line.substr(0, start.size()) == start;
}

// "0+8+16": their sum; nullopt when a part is no number.
std::optional<uint64_t> sum_of_depths(std::string_view text) {
  uint64_t sum = 0;
  for (const std::string_view part : split(trim(text), '+')) {
    const auto depth = to_uint64(part);
    if (!depth || *depth > UINT32_MAX) return std::nullopt;
    sum += *depth;
  }
  return sum;
}

// "12," of "processed 12 insns, stack depth 8" may carry a comma.
std::optional<uint64_t> count_of(std::string_view word) {
  while (!word.empty() && (word.back() == ',' || word.back() == ')')) word.remove_suffix(1);
  return to_uint64(word);
}

void parse_processed(std::string_view line, VerifierStats& stats) {
  constexpr std::string_view kDepth = "stack depth ";
  if (const size_t at = line.find(kDepth); at != line.npos) {
    if (const auto depth = sum_of_depths(line.substr(at + kDepth.size()))) stats.stack_depth = depth;
    line = line.substr(0, at);
  }
  const std::vector<std::string_view> words = split_blank(line);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const auto count = count_of(words[i + 1]);
    if (!count) continue;
    if (words[i] == "processed") stats.instructions = count;
    if (words[i] == "max_states_per_insn") stats.max_states_per_instruction = count;
    if (words[i] == "total_states") stats.total_states = count;
    if (words[i] == "peak_states") stats.peak_states = count;
    if (words[i] == "mark_read") stats.mark_read = count;
  }
}

bool is_statistics(std::string_view line) {
  return starts_with(line, "verification time ") || starts_with(line, "stack depth ") ||
         starts_with(line, "processed ");
}

}  // namespace

VerifierStats parse_verifier_log(std::string_view log) {
  VerifierStats stats;
  for (const std::string_view raw : split(log, '\n')) {
    const std::string_view line = trim(raw);
    if (starts_with(line, "verification time ")) {
      const std::vector<std::string_view> words = split_blank(line);
      if (words.size() >= 4 && words[3] == "usec")
        if (const auto time = to_uint64(words[2])) stats.time_us = time;
    } else if (starts_with(line, "stack depth ")) {
      if (const auto depth = sum_of_depths(line.substr(12))) stats.stack_depth = depth;
    } else if (starts_with(line, "processed ")) {
      parse_processed(line, stats);
    }
  }
  return stats;
}

std::string last_complaint(std::string_view log) {
  std::string_view last;
  for (const std::string_view raw : split(log, '\n')) {
    const std::string_view line = trim(raw);
    if (!line.empty() && !is_statistics(line)) last = line;
  }
  return shorten(printable(last), 300);
}

}  // namespace bpftax::bench
