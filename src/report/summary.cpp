#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/result_index.h"
#include "report/text.h"
#include "report/words.h"
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

std::string effect_phrase(const ResultComparison& row, Lang lang) {
  return say(lang, "head.effect", signed_number(row.overhead_percent), row.workload,
             metric_label(row.metric, row.workload, lang), fmt::format("{:.0f}", row.confidence * 100),
             interval_text(row.ci_low, row.ci_high, lang));
}

std::string title_for_one(const RunResult& result, const ResultSubject& subject, Lang lang) {
  const std::string name = subject_name(result, subject.id, lang);
  const auto rows = rows_of(result, subject.id, true);
  const Verdict verdict = overall_verdict(result, subject);
  const ResultComparison* worst = worst_row(rows, verdict);
  const std::string effect = worst == nullptr ? "" : say(lang, "head.colon", effect_phrase(*worst, lang));
  switch (verdict) {
    case Verdict::kExceeds:
      return say(lang, "head.exceeds", name, effect);
    case Verdict::kOverhead:
      return say(lang, "head.overhead", name, effect);
    case Verdict::kPass:
      return say(lang, "head.pass", name,
                 worst == nullptr ? "" : say(lang, "head.at_most", effect_phrase(*worst, lang)));
    case Verdict::kInconclusive:
      return say(lang, "head.inconclusive", name, effect);
    case Verdict::kSaturated:
      return say(lang, "head.saturated", name);
    case Verdict::kInvalid:
      break;
  }
  return say(lang, "head.invalid", name,
             subject.reason.empty() ? "" : say(lang, "head.colon", engine_text(lang, subject.reason)));
}

std::string joined_with_and(const std::vector<std::string>& parts, Lang lang) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? word(lang, "head.and") : word(lang, "head.comma");
    text += parts[i];
  }
  return text;
}

std::string title_for_many(const RunResult& result, const std::vector<const ResultSubject*>& subjects,
                           Lang lang) {
  std::map<Verdict, size_t> counts;
  const ResultIndex index(result);
  for (const ResultSubject* subject : subjects) ++counts[index.verdict(*subject)];
  std::vector<std::string> parts;
  const auto add = [&](Verdict verdict, WordKey one, WordKey many) {
    if (const size_t n = counts[verdict]; n > 0) parts.push_back(say_count(lang, n, one, many));
  };
  add(Verdict::kPass, "many.pass.one", "many.pass");
  if (counts[Verdict::kPass] > 0) {
    add(Verdict::kExceeds, "many.exceeds.one", "many.exceeds");
  } else {
    add(Verdict::kExceeds, "many.exceeds_a.one", "many.exceeds_a");
  }
  add(Verdict::kOverhead, "many.overhead.one", "many.overhead");
  add(Verdict::kInconclusive, "many.inconclusive.one", "many.inconclusive");
  add(Verdict::kSaturated, "many.saturated", "many.saturated");
  add(Verdict::kInvalid, "many.invalid", "many.invalid");
  return say(lang, "head.many", subjects.size(), joined_with_and(parts, lang));
}

std::string machine_phrase(const nlohmann::json& facts, Lang lang) {
  std::vector<std::string> parts;
  const auto text = [&](const char* key) -> std::string {
    return facts.is_object() && facts.contains(key) && facts[key].is_string() ? facts[key].get<std::string>()
                                                                              : "";
  };
  const std::string host = text("hostname");
  if (!text("kernel_release").empty()) parts.push_back("Linux " + text("kernel_release"));
  if (facts.is_object() && facts.contains("cpu_count_online") &&
      facts["cpu_count_online"].is_number_integer())
    parts.push_back(say_count(lang, facts["cpu_count_online"].get<size_t>(), "count.cpu.one", "count.cpu"));
  if (!text("architecture").empty()) parts.push_back(text("architecture"));
  if (host.empty() && parts.empty()) return std::string(word(lang, "machine.unknown"));
  if (parts.empty()) return host;
  return say(lang, "machine.facts", host.empty() ? std::string(word(lang, "machine.some")) : host,
             join(parts, ", "));
}

std::string measured_sentence(const RunResult& result, Lang lang) {
  const size_t workloads = workloads_of(result).size();
  const auto done = static_cast<size_t>(std::max(0, result.blocks_done));
  const std::string date = result.started_realtime_ns > 0
                               ? format_iso8601(result.started_realtime_ns).substr(0, 10)
                               : std::string(word(lang, "date.unknown"));
  const std::string workload_count = say_count(lang, workloads, "count.workload.one", "count.workload");
  if (result.source == kSourceTree) {
    return say(lang, "measured.tree",
               result.environment.empty() ? std::string(word(lang, "value.unknown")) : result.environment,
               date, say_count(lang, done, "count.iteration.one", "count.iteration"), workload_count);
  }
  const std::string machine = machine_phrase(result.server_facts, lang);
  const std::string blocks = say_count(lang, done, "count.block.one", "count.block");
  if (result.environment == "lab" || result.environment.empty())
    return say(lang, "measured.lab", machine, date, blocks, window_text(result), workload_count);
  const bool several = result.environment.find(',') != std::string::npos;
  return several ? say(lang, "measured.environments", machine, date, blocks, window_text(result),
                       workload_count, result.environment)
                 : say(lang, "measured.environment", machine, date, blocks, window_text(result),
                       workload_count, result.environment);
}

std::string certainty_sentence(const RunResult& result, Lang lang) {
  std::optional<double> noise, low_mde, high_mde;
  for (const ResultComparison* row : rows_of(result, "", true)) {
    if (row->noise_floor_percent) noise = std::max(noise.value_or(0), std::fabs(*row->noise_floor_percent));
    if (!row->mde_percent) continue;
    low_mde = std::min(low_mde.value_or(*row->mde_percent), *row->mde_percent);
    high_mde = std::max(high_mde.value_or(*row->mde_percent), *row->mde_percent);
  }
  const bool tree = result.source == kSourceTree;
  if (!low_mde) return std::string(tree ? word(lang, "sure.tree_nothing") : word(lang, "sure.nothing"));
  const std::string tail = noise ? say(lang, "sure.noise", plain_number(noise)) : "";
  return tree ? say(lang, "sure.tree", plain_number(low_mde), plain_number(high_mde), tail)
              : say(lang, "sure.run", plain_number(low_mde), plain_number(high_mde), tail);
}

}  // namespace

const ResultSubject* find_subject(const RunResult& result, std::string_view id) {
  for (const ResultSubject& subject : result.subjects)
    if (subject.id == id) return &subject;
  return nullptr;
}

std::string subject_name(const RunResult& result, std::string_view id, Lang lang) {
  const ResultSubject* subject = find_subject(result, id);
  const auto same = [&](const ResultSubject& other) {
    return subject != nullptr && other.name == subject->name;
  };
  return shown_name(subject, id,
                    static_cast<size_t>(std::count_if(result.subjects.begin(), result.subjects.end(), same)),
                    lang);
}

std::string shown_name(const ResultSubject* subject, std::string_view id, size_t same, Lang lang) {
  if (id.empty()) return std::string(word(lang, "name.baseline"));
  if (subject == nullptr || subject->name.empty()) return std::string(id);
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
  return overall_verdict(subject, rows_of(result, subject.id, true));
}

Verdict overall_verdict(const ResultSubject& subject, const std::vector<const ResultComparison*>& rows) {
  if (subject.status != "measured" || rows.empty()) return Verdict::kInvalid;
  for (const Verdict verdict : kSeverity)
    for (const ResultComparison* row : rows)
      if (row->verdict == verdict) return verdict;
  return Verdict::kInvalid;
}

std::string_view meaning_of(Verdict verdict, Lang lang) {
  return find_word(lang, "meaning." + std::string(to_string(verdict))).value_or("");
}

std::string_view verdict_word(Verdict verdict, Lang lang) {
  return find_word(lang, "verdict." + std::string(to_string(verdict))).value_or("");
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

Headline headline(const RunResult& result, Lang lang) {
  std::vector<const ResultSubject*> tools;
  for (const ResultSubject& subject : result.subjects)
    if (subject.kind == "tool") tools.push_back(&subject);
  Headline out;
  if (tools.size() == 1) {
    out.title = title_for_one(result, *tools.front(), lang);
  } else if (!tools.empty()) {
    out.title = title_for_many(result, tools, lang);
  } else if (!result.subjects.empty()) {
    out.title = title_for_one(result, result.subjects.front(), lang);
  } else {
    out.title = word(lang, "head.nothing");
  }
  out.sentences = {measured_sentence(result, lang), certainty_sentence(result, lang)};
  if (!result.stop_reason.empty()) {
    std::string reason = result.stop_reason;
    if (reason.back() == '.') reason.pop_back();
    out.sentences.push_back(say(lang, "head.ended", engine_text(lang, reason)));
  }
  if (!result.complete) out.sentences.emplace_back(word(lang, "head.intermediate"));
  return out;
}

std::string_view class_phrase(std::string_view klass, Lang lang) {
  return find_word(lang, "class." + std::string(klass)).value_or(word(lang, "class.unknown"));
}

std::vector<AttributedTime> attributions(const RunResult& result, std::string_view subject) {
  std::vector<AttributedTime> out;
  for (const ResultComparison& row : result.comparisons) {
    if (!subject.empty() && row.subject != subject) continue;
    if (!row.measured_added_us || !row.attributed_added_us) continue;
    AttributedTime a{.row = &row,
                     .measured_us = *row.measured_added_us,
                     .measured_low = row.measured_added_low,
                     .measured_high = row.measured_added_high,
                     .attributed_us = *row.attributed_added_us,
                     .attributed_low = row.attributed_added_low,
                     .attributed_high = row.attributed_added_high,
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

std::string window_name(const RunResult& result, const ResultWindow& window, Lang lang) {
  const auto purpose = find_word(lang, "purpose." + window.purpose);
  return say(
      lang, "window.name", window.block, subject_name(result, window.subject, lang), window.workload,
      window.purpose == "timed" ? "" : say(lang, "window.purpose", purpose ? *purpose : window.purpose));
}

std::vector<ResultGroup> groups_of(const RunResult& result) {
  std::vector<ResultGroup> groups;
  const ResultIndex index(result);
  const auto group = [&](const std::string& environment, const std::string& part) -> ResultGroup& {
    for (ResultGroup& known : groups)
      if (known.environment == environment && known.part == part) return known;
    return groups.emplace_back(ResultGroup{environment, part, {}, {}});
  };
  for (const ResultSubject& subject : result.subjects)
    group(subject.environment, subject.part).subjects.push_back(&subject);
  for (const ResultComparison& row : result.comparisons) {
    const ResultSubject* subject = index.subject(row.subject);
    // The subject says where it was measured; a row of a subject that is not listed says it itself.
    (subject != nullptr ? group(subject->environment, subject->part) : group(row.environment, row.part))
        .rows.push_back(&row);
  }
  return groups;
}

std::string group_title(const ResultGroup& group, Lang lang) {
  const std::string environment =
      group.environment.empty() ? std::string(word(lang, "group.unnamed")) : group.environment;
  return group.part.empty() ? say(lang, "group.title", environment)
                            : say(lang, "group.title_part", environment, group.part);
}

std::string group_label(const ResultGroup& group, Lang lang) {
  if (group.part.empty())
    return group.environment.empty() ? std::string(word(lang, "group.unnamed")) : group.environment;
  return group.environment.empty() ? say(lang, "group.part_only", group.part)
                                   : say(lang, "group.short", group.environment, group.part);
}

bool in_group(const ResultWindow& window, const ResultGroup& group) {
  return (window.environment.empty() || window.environment == group.environment) && window.part == group.part;
}

std::string dropped_by(const RunResult& result, const std::string& arm, Lang lang) {
  const size_t slash = arm.rfind('/');
  const std::string who = slash == std::string::npos ? arm : arm.substr(slash + 1);
  const std::string name =
      who == "A1" || who == "A2" ? say(lang, "warnings.baseline", who) : subject_name(result, who, lang);
  return slash == std::string::npos ? name
                                    : arm.substr(0, slash) + std::string(word(lang, "text.separator")) + name;
}

}  // namespace bpftax
