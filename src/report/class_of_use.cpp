#include "report/class_of_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/summary.h"
#include "report/text.h"

namespace bpftax {
namespace {

constexpr std::array<const char*, 4> kUseClasses = {"continuous", "diagnosis", "short-term", "avoid"};

// In measurements on four kinds of machine (docs/published_tables.md) tools that only count or keep
// histograms mostly stayed below 20 % latency and, in user space, below 5 % of a CPU, which is also what
// their design promises; tools with an effective filter mostly below 36 % latency and 31 % of the throughput;
// tools that report every packet took 15 % of a CPU and more and mostly multiplied the latency and lost 55 %
// of the throughput and more. The bands lie between these groups. The first band of the share lost is about
// the slowdown of the first band of the increase: x % more time is x/(100+x) of the rate.
constexpr UseBands kIncreaseBands = {20, 100, 300};   // of a latency or of CPU per unit
constexpr UseBands kShareLostBands = {15, 40, 60};    // of throughput, packets, transactions
constexpr UseBands kUserSpaceCpuBands = {5, 15, 50};  // of one CPU

int level_of(UseEvidence::Kind kind, double percent) {
  const UseBands bands = use_bands(kind);
  return percent < bands.continuous ? 0 : percent < bands.diagnosis ? 1 : percent < bands.short_term ? 2 : 3;
}

std::string limits_text(UseEvidence::Kind kind, int level) {
  const UseBands bands = use_bands(kind);
  switch (level) {
    case 0:
      return fmt::format("below {:g} %", bands.continuous);
    case 1:
      return fmt::format("{:g} to {:g} %", bands.continuous, bands.diagnosis);
    case 2:
      return fmt::format("{:g} to {:g} %", bands.diagnosis, bands.short_term);
    default:
      return fmt::format("{:g} % or more", bands.short_term);
  }
}

std::string_view name_of(UseEvidence::Kind kind) {
  switch (kind) {
    case UseEvidence::Kind::kIncrease:
      return "increase";
    case UseEvidence::Kind::kShareLost:
      return "share lost";
    case UseEvidence::Kind::kUserSpaceCpu:
      break;
  }
  return "user-space CPU";
}

struct JudgedEvidence {
  const UseEvidence* evidence = nullptr;
  int level = 0, best = 0, worst = 0;  // at the estimate and at the ends of its interval
};

JudgedEvidence judged(const UseEvidence& evidence) {
  return {&evidence, level_of(evidence.kind, evidence.percent),
          level_of(evidence.kind, evidence.low.value_or(evidence.percent)),
          level_of(evidence.kind, evidence.high.value_or(evidence.percent))};
}

bool is_traffic(const UseEvidence& evidence) {
  return evidence.kind != UseEvidence::Kind::kUserSpaceCpu;
}

std::string reason_of(const std::vector<UseEvidence>& evidence, const JudgedEvidence& decides) {
  if (decides.level == 0) {
    const bool cpu_known = !std::all_of(evidence.begin(), evidence.end(), is_traffic);
    return fmt::format(
        "Everything stays low: every latency and CPU increase {}, every share lost {}, user-space CPU {}.",
        limits_text(UseEvidence::Kind::kIncrease, 0), limits_text(UseEvidence::Kind::kShareLost, 0),
        cpu_known ? limits_text(UseEvidence::Kind::kUserSpaceCpu, 0) : "unknown");
  }
  std::string text = decides.evidence->text;
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return fmt::format("{}: in the band \"{}\" ({} {}).", text,
                     class_phrase(kUseClasses[static_cast<size_t>(decides.level)]),
                     name_of(decides.evidence->kind), limits_text(decides.evidence->kind, decides.level));
}

std::vector<UseEvidence> traffic_evidence(const PrimaryRows& rows) {
  std::vector<UseEvidence> all;
  for (const ResultComparison* row : rows) {
    if (!row->overhead_percent || row->verdict == Verdict::kInvalid) continue;
    // At its ceiling the traffic can hide a cost, not invent one.
    if (row->verdict == Verdict::kSaturated && *row->overhead_percent < kShareLostBands.continuous) continue;
    all.push_back({row->better == "higher" ? UseEvidence::Kind::kShareLost : UseEvidence::Kind::kIncrease,
                   *row->overhead_percent, row->ci_low, row->ci_high,
                   fmt::format("{} % on {} {}", signed_number(row->overhead_percent), row->workload,
                               metric_label(row->metric, row->workload))});
  }
  return all;
}

}  // namespace

UseBands use_bands(UseEvidence::Kind kind) {
  switch (kind) {
    case UseEvidence::Kind::kIncrease:
      return kIncreaseBands;
    case UseEvidence::Kind::kShareLost:
      return kShareLostBands;
    case UseEvidence::Kind::kUserSpaceCpu:
      break;
  }
  return kUserSpaceCpuBands;
}

std::optional<int> use_rank(std::string_view klass) {
  for (size_t i = 0; i < kUseClasses.size(); ++i)
    if (kUseClasses[i] == klass) return static_cast<int>(i);
  return std::nullopt;
}

ClassOfUse class_from(const std::vector<UseEvidence>& evidence) {
  if (std::none_of(evidence.begin(), evidence.end(), is_traffic))
    return {"unknown", "No primary metric could be estimated."};
  std::vector<JudgedEvidence> all;
  for (const UseEvidence& each : evidence) all.push_back(judged(each));
  // The worst decides; among equals the first, which is in the order of the result.
  const auto by = [](int JudgedEvidence::*field) {
    return [field](const JudgedEvidence& a, const JudgedEvidence& b) { return a.*field < b.*field; };
  };
  const JudgedEvidence& decides = *std::max_element(all.begin(), all.end(), by(&JudgedEvidence::level));
  const JudgedEvidence& at_worst = *std::max_element(all.begin(), all.end(), by(&JudgedEvidence::worst));
  const int best = std::max_element(all.begin(), all.end(), by(&JudgedEvidence::best))->best;
  if (at_worst.worst - best >= 2) {
    return {"unknown", fmt::format("The evidence is too weak: the intervals allow everything from \"{}\" to "
                                   "\"{}\" ({}, upper bound {} %).",
                                   kUseClasses[static_cast<size_t>(best)],
                                   kUseClasses[static_cast<size_t>(at_worst.worst)], at_worst.evidence->text,
                                   signed_number(at_worst.evidence->high))};
  }
  std::string reason = reason_of(evidence, decides);
  if (at_worst.worst > decides.level) {
    reason += fmt::format(" It may be worse: {} reaches up to {} %.", at_worst.evidence->text,
                          signed_number(at_worst.evidence->high));
  }
  const bool repeated = std::any_of(evidence.begin(), evidence.end(), [](const UseEvidence& each) {
    return is_traffic(each) && each.low && each.high;
  });
  if (!repeated) reason += " No interval is known: how much of this is chance cannot be told.";
  return {kUseClasses[static_cast<size_t>(decides.level)], reason};
}

ClassOfUse class_of_use(const RunResult& result, const ResultSubject& subject) {
  return class_of_use(subject, rows_of(result, subject.id, true));
}

ClassOfUse class_of_use(const ResultSubject& subject, const PrimaryRows& rows) {
  if (subject.status != "measured")
    return {"unknown", "It was not measured" + (subject.reason.empty() ? "." : ": " + subject.reason + ".")};
  std::vector<UseEvidence> all = traffic_evidence(rows);
  if (const std::optional<double>& cpu = subject.process_cpu_percent.avg) {
    all.push_back({UseEvidence::Kind::kUserSpaceCpu, *cpu, std::nullopt, std::nullopt,
                   fmt::format("{} of a CPU in user space", percent_text(cpu))});
  }
  return class_from(all);
}

}  // namespace bpftax
