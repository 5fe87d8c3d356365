#include "sample/cpu_list.h"

#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {

std::optional<std::vector<int>> parse_cpu_list(std::string_view text) {
  constexpr size_t kMost = 65536;
  std::vector<int> cpus;
  if (text.empty()) return cpus;
  for (const std::string_view range : split(text, ',')) {
    const size_t dash = range.find('-');
    const auto first = scan::to_number(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : scan::to_number(range.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last >= static_cast<int64_t>(kMost))
      return std::nullopt;
    if (cpus.size() + static_cast<size_t>(*last - *first) >= kMost) return std::nullopt;
    for (int64_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

}  // namespace bpftax
