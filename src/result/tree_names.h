// The names in a tree of results (formats.md section 4), taken apart. The way to them: plan/result_paths.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bpftax {

inline constexpr const char* kResultsFolderName = "performance-test-results";

// "single_20261120_184329" -> {"single", "20261120_184329"}; nullopt: not of that form.
struct NameAndTime {
  std::string name, time;
};
std::optional<NameAndTime> split_time(std::string_view text);

// 4 of "multi_4", else 1.
int streams_of(std::string_view conn);

// "pktcount_case_1_tcp_rx_9d5e19" -> {"pktcount", 1, "tcp", "rx", "9d5e19"}. Words that a name does not have
// stay empty; nullopt: nothing like "_case_1" is in it.
struct CaseName {
  std::string tool_id;
  int case_id = 0;
  std::string protocol, direction, hash6;
};
std::optional<CaseName> split_case(std::string_view folder);

}  // namespace bpftax
