#include "bench/guide/guide_parts.h"

#include <algorithm>

#include "bench/guide/row_text.h"

namespace bpftax::bench {

bool is_answered(const Recommendation& recommendation) {
  return std::any_of(recommendation.candidates.begin(), recommendation.candidates.end(),
                     [](const Candidate& one) { return one.cost.has_value(); });
}

std::vector<const JudgedStatement*> statements_with(const Guide& guide, Finding finding) {
  std::vector<const JudgedStatement*> out;
  for (const JudgedStatement& statement : guide.statements)
    if (statement.finding == finding) out.push_back(&statement);
  return out;
}

Absent absent_of(const Guide& guide) {
  Absent out;
  const auto add = [&](const Missing& missing) {
    if (missing.command.empty()) {
      const std::pair<std::string, std::string> entry{missing.what, missing.reason};
      if (std::find(out.unavailable.begin(), out.unavailable.end(), entry) == out.unavailable.end())
        out.unavailable.push_back(entry);
      return;
    }
    auto at = std::find_if(out.by_command.begin(), out.by_command.end(),
                           [&](const auto& entry) { return entry.first == missing.command; });
    if (at == out.by_command.end()) at = out.by_command.insert(at, {missing.command, {}});
    if (std::find(at->second.begin(), at->second.end(), missing.what) == at->second.end())
      at->second.push_back(missing.what);
  };
  for (const Recommendation& one : guide.recommendations)
    for (const Missing& missing : one.missing) add(missing);
  for (const JudgedStatement& one : guide.statements)
    for (const Missing& missing : one.missing) add(missing);
  return out;
}

std::string cost_text(const Candidate& candidate, const std::string& unit) {
  return candidate.cost ? value_text(*candidate.cost, unit) : "not measured";
}

std::string metrics_line(const Candidate& candidate) {
  std::string out;
  for (const Metric& metric : candidate.metrics) {
    std::string name = metric.name;
    std::replace(name.begin(), name.end(), '_', ' ');
    out += (out.empty() ? "" : ", ") + name + " " + amount_text(metric.value.mean, metric.unit);
  }
  return out;
}

}  // namespace bpftax::bench
