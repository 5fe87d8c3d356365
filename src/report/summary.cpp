#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/text.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Worst first.
constexpr std::array<Verdict, 6> kSeverity = {Verdict::kExceeds,      Verdict::kOverhead,  Verdict::kInvalid,
                                              Verdict::kInconclusive, Verdict::kSaturated, Verdict::kPass};

const ResultComparison* worst_row(const std::vector<const ResultComparison*>& rows, Verdict verdict) {
  const ResultComparison* worst = nullptr;
  for (const ResultComparison* row : rows) {
    if (row->verdict != verdict || !row->overhead_percent) continue;
    if (worst == nullptr || *row->overhead_percent > *worst->overhead_percent) worst = row;
  }
  return worst;
}

std::string effect_phrase(const ResultComparison& row) {
  return fmt::format("{} % on {} {} ({:.0f} % interval {} %)", signed_number(row.overhead_percent),
                     row.workload, metric_label(row.metric, row.workload), row.confidence * 100,
                     interval_text(row.ci_low, row.ci_high));
}

std::string title_for_one(const RunResult& result, const ResultSubject& subject) {
  const std::string name = subject_name(result, subject.id);
  const auto rows = rows_of(result, subject.id, true);
  const Verdict verdict = overall_verdict(result, subject);
  const ResultComparison* worst = worst_row(rows, verdict);
  const std::string effect = worst == nullptr ? "" : ": " + effect_phrase(*worst);
  switch (verdict) {
    case Verdict::kExceeds:
      return fmt::format("{} costs more than the margin allows{}", name, effect);
    case Verdict::kOverhead:
      return fmt::format("{} has an overhead that may be above its margin{}", name, effect);
    case Verdict::kPass:
      return fmt::format("{} stays within every margin{}", name,
                         worst == nullptr ? "" : ": at most " + effect_phrase(*worst));
    case Verdict::kInconclusive:
      return fmt::format("This run cannot say yet whether {} stays within its margins{}", name, effect);
    case Verdict::kSaturated:
      return fmt::format("The traffic sits at its ceiling, so what {} costs cannot show", name);
    case Verdict::kInvalid:
      break;
  }
  return fmt::format("{} could not be measured{}", name, subject.reason.empty() ? "" : ": " + subject.reason);
}

std::string joined_with_and(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::string title_for_many(const RunResult& result, const std::vector<const ResultSubject*>& subjects) {
  std::map<Verdict, size_t> counts;
  for (const ResultSubject* subject : subjects) ++counts[overall_verdict(result, *subject)];
  std::vector<std::string> parts;
  const auto add = [&](Verdict verdict, std::string_view one, std::string_view many) {
    const size_t n = counts[verdict];
    if (n > 0) parts.push_back(fmt::format("{} {}", n, n == 1 ? one : many));
  };
  add(Verdict::kPass, "stays within every margin", "stay within every margin");
  add(Verdict::kExceeds, "exceeds one", "exceed one");
  add(Verdict::kOverhead, "has an overhead that may", "have an overhead that may");
  add(Verdict::kInconclusive, "is not decided", "are not decided");
  add(Verdict::kSaturated, "cannot show at the traffic's ceiling", "cannot show at the traffic's ceiling");
  add(Verdict::kInvalid, "could not be measured", "could not be measured");
  if (counts[Verdict::kPass] == 0 && counts[Verdict::kExceeds] > 0)
    parts.front() = fmt::format("{} {} a margin", counts[Verdict::kExceeds],
                                counts[Verdict::kExceeds] == 1 ? "exceeds" : "exceed");
  return fmt::format("Of {} tools, {}", subjects.size(), joined_with_and(parts));
}

std::string machine_phrase(const nlohmann::json& facts) {
  std::vector<std::string> parts;
  const auto text = [&](const char* key) -> std::string {
    return facts.is_object() && facts.contains(key) && facts[key].is_string() ? facts[key].get<std::string>()
                                                                              : "";
  };
  const std::string host = text("hostname");
  if (!text("kernel_release").empty()) parts.push_back("Linux " + text("kernel_release"));
  if (facts.is_object() && facts.contains("cpu_count_online") &&
      facts["cpu_count_online"].is_number_integer())
    parts.push_back(counted(facts["cpu_count_online"].get<size_t>(), "CPU"));
  if (!text("architecture").empty()) parts.push_back(text("architecture"));
  if (host.empty() && parts.empty()) return "an unknown machine";
  if (parts.empty()) return host;
  return fmt::format("{} ({})", host.empty() ? "a machine" : host, join(parts, ", "));
}

std::string measured_sentence(const RunResult& result) {
  const std::vector<std::string> workloads = workloads_of(result);
  const std::string where = result.environment == "lab" || result.environment.empty()
                                ? "in the lab (two network namespaces joined by veth)"
                                : "in " + result.environment;
  return fmt::format("Measured on {} {}, {}: {} of {} windows, {}.", machine_phrase(result.server_facts),
                     where,
                     result.started_realtime_ns > 0 ? format_iso8601(result.started_realtime_ns).substr(0, 10)
                                                    : std::string("date unknown"),
                     counted(static_cast<size_t>(std::max(0, result.blocks_done)), "block"),
                     window_text(result), counted(workloads.size(), "workload"));
}

std::string certainty_sentence(const RunResult& result) {
  std::optional<double> noise, low_mde, high_mde;
  for (const ResultComparison* row : rows_of(result, "", true)) {
    if (row->noise_floor_percent) noise = std::max(noise.value_or(0), std::fabs(*row->noise_floor_percent));
    if (!row->mde_percent) continue;
    low_mde = std::min(low_mde.value_or(*row->mde_percent), *row->mde_percent);
    high_mde = std::max(high_mde.value_or(*row->mde_percent), *row->mde_percent);
  }
  if (!low_mde) return "Nothing could be estimated.";
  std::string text = fmt::format(
      "The baseline ran twice in every block; the smallest effect that this run would find (4 times out "
      "of 5) lies between {} and {} %, depending on the metric",
      plain_number(low_mde), plain_number(high_mde));
  if (noise)
    text += fmt::format(", and the baseline differs from itself by at most {} %", plain_number(noise));
  return text + ".";
}

}  // namespace

const ResultSubject* find_subject(const RunResult& result, std::string_view id) {
  for (const ResultSubject& subject : result.subjects)
    if (subject.id == id) return &subject;
  return nullptr;
}

std::string subject_name(const RunResult& result, std::string_view id) {
  if (id.empty()) return "baseline";
  const ResultSubject* subject = find_subject(result, id);
  if (subject == nullptr || subject->name.empty()) return std::string(id);
  const auto same = std::count_if(result.subjects.begin(), result.subjects.end(),
                                  [&](const ResultSubject& other) { return other.name == subject->name; });
  return same > 1 ? fmt::format("{} ({})", subject->name, subject->id) : subject->name;
}

std::vector<const ResultComparison*> rows_of(const RunResult& result, std::string_view subject,
                                             bool primary) {
  std::vector<const ResultComparison*> rows;
  for (const ResultComparison& row : result.comparisons)
    if ((subject.empty() || row.subject == subject) && row.primary == primary) rows.push_back(&row);
  return rows;
}

Verdict overall_verdict(const RunResult& result, const ResultSubject& subject) {
  const auto rows = rows_of(result, subject.id, true);
  if (subject.status != "measured" || rows.empty()) return Verdict::kInvalid;
  for (const Verdict verdict : kSeverity)
    for (const ResultComparison* row : rows)
      if (row->verdict == verdict) return verdict;
  return Verdict::kInvalid;
}

std::string_view meaning_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "below the margin";
    case Verdict::kOverhead:
      return "an overhead, not known to stay below the margin";
    case Verdict::kExceeds:
      return "above the margin";
    case Verdict::kInconclusive:
      return "not decided by this run";
    case Verdict::kSaturated:
      return "the traffic is at its ceiling, the metric cannot see the tool";
    case Verdict::kInvalid:
      break;
  }
  return "did not do what was asked";
}

std::string_view sign_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "\u2713";  // check mark
    case Verdict::kOverhead:
      return "\u25b2";  // triangle
    case Verdict::kExceeds:
      return "\u2715";  // multiplication x
    case Verdict::kInconclusive:
      return "?";
    case Verdict::kSaturated:
      return "\u2261";  // three bars
    case Verdict::kInvalid:
      break;
  }
  return "\u2013";  // dash
}

Headline headline(const RunResult& result) {
  std::vector<const ResultSubject*> tools;
  for (const ResultSubject& subject : result.subjects)
    if (subject.kind == "tool") tools.push_back(&subject);
  Headline out;
  if (tools.size() == 1) {
    out.title = title_for_one(result, *tools.front());
  } else if (!tools.empty()) {
    out.title = title_for_many(result, tools);
  } else if (!result.subjects.empty()) {
    out.title = title_for_one(result, result.subjects.front());
  } else {
    out.title = "Nothing was measured";
  }
  out.sentences = {measured_sentence(result), certainty_sentence(result)};
  if (!result.stop_reason.empty()) {
    std::string reason = result.stop_reason;
    if (reason.back() == '.') reason.pop_back();
    out.sentences.push_back("Measuring ended because " + reason + ".");
  }
  if (!result.complete) out.sentences.emplace_back("This is an intermediate result: the run has not ended.");
  return out;
}

std::string_view class_phrase(std::string_view klass) {
  if (klass == "continuous") return "may run continuously";
  if (klass == "diagnosis") return "for diagnosis";
  if (klass == "short-term") return "only briefly";
  if (klass == "avoid") return "avoid";
  return "unknown";
}

std::vector<Attribution> attributions(const RunResult& result, std::string_view subject) {
  std::vector<Attribution> out;
  for (const ResultComparison& row : result.comparisons) {
    if (!subject.empty() && row.subject != subject) continue;
    if (!row.measured_added_us || !row.attributed_added_us) continue;
    Attribution a{.row = &row,
                  .measured_us = *row.measured_added_us,
                  .measured_low = row.measured_added_low,
                  .measured_high = row.measured_added_high,
                  .attributed_us = *row.attributed_added_us,
                  .residual_us = *row.measured_added_us - *row.attributed_added_us};
    if (a.measured_low) a.residual_low = *a.measured_low - a.attributed_us;
    if (a.measured_high) a.residual_high = *a.measured_high - a.attributed_us;
    out.push_back(a);
  }
  return out;
}

std::vector<std::string> workloads_of(const RunResult& result) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const ResultComparison& row : result.comparisons) add(row.workload);
  for (const ResultWindow& window : result.windows) add(window.workload);
  return names;
}

std::vector<const ResultWindow*> invalid_windows(const RunResult& result) {
  std::vector<const ResultWindow*> windows;
  for (const ResultWindow& window : result.windows)
    if (!window.valid) windows.push_back(&window);
  return windows;
}

std::string window_name(const RunResult& result, const ResultWindow& window) {
  return fmt::format("block {}, {}, {}{}", window.block, subject_name(result, window.subject),
                     window.workload, window.purpose == "timed" ? "" : " (" + window.purpose + ")");
}

}  // namespace bpftax
