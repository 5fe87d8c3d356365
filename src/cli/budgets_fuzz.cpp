#include <cstdint>
#include <string_view>

#include "cli/gate_budgets.h"

// No text crashes the reader; every error is kUsage and names the file; what is read limits something.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto budgets = bpftax::parse_budgets(text, "fuzz");
  if (!budgets) {
    if (budgets.error().kind != bpftax::ErrorKind::kUsage || !budgets.error().where.starts_with("fuzz"))
      __builtin_trap();
    return 0;
  }
  for (const bpftax::ToolBudget& budget : budgets->tools) {
    if (budget.tool.empty()) __builtin_trap();
    for (const bpftax::MetricLimit& limit : budget.limits)
      if (!(limit.limit > 0)) __builtin_trap();
    (void)bpftax::matches_pattern(budget.tool, text.substr(0, 256));
  }
  return 0;
}
