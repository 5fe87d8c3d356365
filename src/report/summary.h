// What a result says, in sentences and rows: the facts that the terminal, the Markdown and the HTML report
// share, so that they cannot say different things. Text from outside stands in here as it came; each renderer
// makes it safe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

const ResultSubject* find_subject(const RunResult& result, std::string_view id);
// The name for people, with the id where two subjects have the same; the id when there is none; "baseline"
// for "".
std::string subject_name(const RunResult& result, std::string_view id, Lang lang = Lang::kEn);

// The same of a subject that is known (null: none is), `same`: how many subjects have its name.
std::string shown_name(const ResultSubject* subject, std::string_view id, size_t same, Lang lang);

// Rows of a subject in the order of the result; all subjects when `subject` is empty.
std::vector<const ResultComparison*> rows_of(const RunResult& result, std::string_view subject, bool primary);

// One verdict for a subject over its primary rows, the worst in the order EXCEEDS, OVERHEAD, INVALID,
// INCONCLUSIVE, SATURATED, PASS. INVALID when it was not measured or has no primary row.
Verdict overall_verdict(const RunResult& result, const ResultSubject& subject);
Verdict overall_verdict(const ResultSubject& subject,
                        const std::vector<const ResultComparison*>& primary_rows);

// What a verdict means, in a few words: "above the margin".
std::string_view meaning_of(Verdict verdict, Lang lang = Lang::kEn);
// The verdict as it is shown: "PASS", and in Chinese its Chinese word.
std::string_view verdict_word(Verdict verdict, Lang lang);
// A sign that tells verdicts apart without colour: "✓", "✕", ...
std::string_view sign_of(Verdict verdict);

struct Headline {
  std::string title;                   // the answer, one sentence without a full stop
  std::vector<std::string> sentences;  // what was measured, how, how sure; each with a full stop
};
Headline headline(const RunResult& result, Lang lang = Lang::kEn);

// "continuous" -> "may run continuously", ...
std::string_view class_phrase(std::string_view klass, Lang lang = Lang::kEn);

// Measured effect beside attributed time (method.md section 5), one row for each comparison that has both.
struct AttributedTime {
  const ResultComparison* row = nullptr;
  double measured_us = 0;
  std::optional<double> measured_low, measured_high;
  double attributed_us = 0;
  std::optional<double> attributed_low, attributed_high;
  double residual_us = 0;                             // measured - attributed
  std::optional<double> residual_low, residual_high;  // the measurement's interval, shifted
};
std::vector<AttributedTime> attributions(const RunResult& result, std::string_view subject);

// Means of the conditions (confounders) over valid timed windows, one row for each workload and arm; the two
// baseline arms together under "".
struct ConditionRow {
  std::string workload;
  std::string subject;  // id, "" = baseline
  int windows = 0;
  std::map<std::string, double> mean;
};
std::vector<ConditionRow> condition_rows(const RunResult& result);
std::string condition_label(std::string_view condition, Lang lang = Lang::kEn);

// Facts of a host as label and text; nested objects flattened, unknown ones as "unknown".
std::vector<std::pair<std::string, std::string>> host_rows(const nlohmann::json& facts,
                                                           Lang lang = Lang::kEn);
// "same-cpu: server CPU 1, client CPU 1"
std::string placement_text(const nlohmann::json& placement, const std::string& workload,
                           Lang lang = Lang::kEn);

// "2 s": the timed part of a window.
std::string window_text(const RunResult& result);

// What was measured together: one environment and one part of a campaign, with baselines and blocks of its
// own. In the order of the result; one without a name for `measure`.
struct ResultGroup {
  std::string environment, part;
  std::vector<const ResultSubject*> subjects;
  std::vector<const ResultComparison*> rows;
};
std::vector<ResultGroup> groups_of(const RunResult& result);
// "Environment vm, part p2"; and shorter, "vm, part p2".
std::string group_title(const ResultGroup& group, Lang lang);
std::string group_label(const ResultGroup& group, Lang lang);
// Whether a window belongs to the group (windows of `measure` do not say where they were measured).
bool in_group(const ResultWindow& window, const ResultGroup& group);

// Who lost a block, from a key of RunResult::drops: "the baseline (A1)", "packet-trace"; with the part before
// it in a campaign.
std::string dropped_by(const RunResult& result, const std::string& arm, Lang lang);

// Workloads in the order of the comparisons, else of the windows.
std::vector<std::string> workloads_of(const RunResult& result);

std::vector<const ResultWindow*> invalid_windows(const RunResult& result);
// "block 5, packet-trace, udp_pps"
std::string window_name(const RunResult& result, const ResultWindow& window, Lang lang = Lang::kEn);

// The method in a few sentences, with this run's numbers.
std::vector<std::string> method_sentences(const RunResult& result, Lang lang = Lang::kEn);

// A command that measures the same again with the same seed: the recorded command line where there is one,
// else put together from the result. Shell-quoted.
std::string reproduce_command(const RunResult& result);

}  // namespace bpftax
