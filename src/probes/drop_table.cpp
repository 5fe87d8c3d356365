#include "probes/drop_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "probes/output.h"

namespace bpftax {
namespace {

constexpr const char* kDropTableRow = "{:>10}  {:<26} {:<8} {}";

}  // namespace

DropCounts operator-(const DropCounts& now, const DropCounts& before) {
  DropCounts difference;
  for (const auto& [key, count] : now) {
    const auto old = before.find(key);
    const uint64_t came = count - (old == before.end() ? 0 : old->second);
    if (came != 0) difference.emplace(key, came);
  }
  return difference;
}

uint64_t total_of(const DropCounts& counts) {
  uint64_t sum = 0;
  for (const auto& [key, count] : counts) sum += count;
  return sum;
}

std::vector<std::string> format_drops(const std::string& title, const DropCounts& counts,
                                      const DropNames& names) {
  const uint64_t total = total_of(counts);
  std::vector<std::string> lines = {fmt::format("{} {} {}", total, total == 1 ? "drop" : "drops", title)};
  if (counts.empty()) return lines;
  lines.push_back(fmt::format(kDropTableRow, "drops", "reason", "proto", "location"));
  std::vector<std::pair<DropKey, uint64_t>> rows(counts.begin(), counts.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [key, count] : rows) {
    lines.push_back(fmt::format(kDropTableRow, count, names.reason(key.reason),
                                protocol_name(static_cast<int>(key.protocol)), names.location(key.location)));
    if (!names.stack) continue;
    const std::vector<std::string> stack = names.stack(key.stack_id);
    lines.insert(lines.end(), stack.begin(), stack.end());
  }
  return lines;
}

}  // namespace bpftax
