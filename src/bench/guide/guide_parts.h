// What the text and the Markdown of a guide share. Only for guide_*.cpp.
#pragma once

#include <string>
#include <vector>

#include "bench/guide/guide.h"

namespace bpftax::bench {

// A purpose of which at least one candidate was measured.
bool is_answered(const Recommendation& recommendation);
std::vector<const JudgedStatement*> statements_with(const Guide& guide, Finding finding);

// Everything that was missing, each once: what can be measured by command, and what cannot with its reason.
struct Absent {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_command;  // command, what it would measure
  std::vector<std::pair<std::string, std::string>> unavailable;              // what, reason
};
Absent absent_of(const Guide& guide);

// "12.1 us (11.9 to 12.4)"; "not measured"
std::string cost_text(const Candidate& candidate, const std::string& unit);
std::string metrics_line(const Candidate& candidate);

}  // namespace bpftax::bench
