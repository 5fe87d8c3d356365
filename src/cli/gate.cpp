#include "cli/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/class_of_use.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::string_view word_of(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPass:
      return "PASS";
    case GateOutcome::kExceeds:
      return "EXCEEDS";
    case GateOutcome::kUndecided:
      return "INCONCLUSIVE";
    case GateOutcome::kNotMeasured:
      break;
  }
  return "INVALID";
}

GateOutcome outcome_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return GateOutcome::kPass;
    case Verdict::kExceeds:
      return GateOutcome::kExceeds;
    case Verdict::kInvalid:
      return GateOutcome::kNotMeasured;
    case Verdict::kOverhead:
    case Verdict::kInconclusive:
    case Verdict::kSaturated:
      break;
  }
  return GateOutcome::kUndecided;
}

std::string limit_text(double limit, const std::string& unit) {
  return unit == "%" ? fmt::format("{:.4g} %", limit) : value_text(limit, unit);
}

class Gate {
 public:
  Gate(const RunResult& result, const Budgets& budgets) : result_(result), budgets_(budgets) {}
  GateReport run();

 private:
  bool applies(const ToolBudget& budget, const ResultSubject& subject) const {
    if (matches_pattern(budget.tool, subject.name)) return true;
    return subject.test_case && matches_pattern(budget.tool, subject.test_case->tool_id);
  }
  void check_rows(const ResultSubject& subject);
  void check_row(const ResultSubject& subject, const ResultComparison& row, const MetricLimit* limit);
  void missing_rows(const ResultSubject& subject);
  void check_tool(const ResultSubject& subject);
  void check_class(const ResultSubject& subject);
  void check_property(const ResultSubject& subject, const char* what, const std::string& unit,
                      const std::optional<BudgetValue> ToolBudget::*member,
                      const std::optional<double>& measured);
  const MetricLimit* limit_for(const ResultSubject& subject, const ResultComparison& row) const;
  GateCheck start(const ResultSubject& subject, std::string what) const;
  void finish(GateCheck check) {
    if (check.word.empty()) check.word = word_of(check.outcome);
    report_.checks.push_back(std::move(check));
  }
  void note_unused();

  const RunResult& result_;
  const Budgets& budgets_;
  GateReport report_;
};

GateCheck Gate::start(const ResultSubject& subject, std::string what) const {
  GateCheck check;
  check.subject = subject.id;
  check.name = subject_name(result_, subject.id);
  check.what = std::move(what);
  return check;
}

// The last one in the file that fits.
const MetricLimit* Gate::limit_for(const ResultSubject& subject, const ResultComparison& row) const {
  const MetricLimit* found = nullptr;
  for (const ToolBudget& budget : budgets_.tools) {
    if (!applies(budget, subject)) continue;
    for (const MetricLimit& limit : budget.limits)
      if (limit.metric == row.metric && (limit.workload.empty() || limit.workload == row.workload))
        found = &limit;
  }
  return found;
}

void Gate::check_rows(const ResultSubject& subject) {
  for (const ResultComparison& row : result_.comparisons) {
    if (row.subject != subject.id) continue;
    const MetricLimit* limit = limit_for(subject, row);
    if (row.primary || limit != nullptr) check_row(subject, row, limit);
  }
}

void Gate::check_row(const ResultSubject& subject, const ResultComparison& row, const MetricLimit* limit) {
  GateCheck check = start(subject, row.workload + " " + row.metric);
  check.workload = row.workload;
  check.metric = row.metric;
  if (limit == nullptr || row.verdict == Verdict::kInvalid) {
    check.outcome = outcome_of(row.verdict);
    check.word = to_string(row.verdict);
    check.text = row.verdict_text;
    check.unit = "%";
    check.value = row.overhead_percent;
    check.low = row.ci_low;
    check.high = row.ci_high;
    if (limit == nullptr && row.margin_percent > 0) check.limit = row.margin_percent;
    return finish(std::move(check));
  }
  check.budget_file = to_string(limit->place);
  check.limit = limit->limit;
  check.unit = limit->relative ? "%" : row.unit;
  // Of the baseline, in the unit of the limit.
  const std::optional<double> scale = limit->relative     ? std::optional(1.0)
                                      : row.baseline_mean ? std::optional(*row.baseline_mean / 100)
                                                          : std::nullopt;
  const auto scaled = [&](const std::optional<double>& percent) {
    return percent && scale ? std::optional(*percent * *scale) : std::nullopt;
  };
  check.value = scaled(row.overhead_percent);
  check.low = scaled(row.ci_low);
  check.high = scaled(row.ci_high);
  const std::optional<double> finds = scaled(row.mde_percent);
  const std::string limit_words = limit_text(limit->limit, check.unit);
  if (!check.low || !check.high) {
    check.outcome = GateOutcome::kUndecided;
    check.text = "the overhead has no interval to hold against the budget of " + limit_words;
  } else if (*check.low > limit->limit) {
    check.outcome = GateOutcome::kExceeds;
    check.text = "the whole interval lies above the budget of " + limit_words;
  } else if (row.verdict == Verdict::kSaturated) {
    check.outcome = GateOutcome::kUndecided;
    check.word = to_string(row.verdict);
    check.text = row.verdict_text;
  } else if (*check.high < limit->limit && finds && *finds > limit->limit) {
    check.outcome = GateOutcome::kUndecided;
    check.text = fmt::format(
        "the interval lies below the budget of {}, but only effects from {} on are found "
        "reliably: measure longer",
        limit_words, limit_text(*finds, check.unit));
  } else if (*check.high < limit->limit) {
    check.outcome = GateOutcome::kPass;
    check.text = "the whole interval lies below the budget of " + limit_words;
  } else {
    check.outcome = GateOutcome::kUndecided;
    check.text = "the interval holds the budget of " + limit_words;
  }
  finish(std::move(check));
}

// A budget for a row that was not measured is no pass.
void Gate::missing_rows(const ResultSubject& subject) {
  for (const ToolBudget& budget : budgets_.tools) {
    if (!applies(budget, subject)) continue;
    for (const MetricLimit& limit : budget.limits) {
      const bool there = std::any_of(result_.comparisons.begin(), result_.comparisons.end(),
                                     [&](const ResultComparison& row) {
                                       return row.subject == subject.id && row.metric == limit.metric &&
                                              (limit.workload.empty() || row.workload == limit.workload);
                                     });
      if (there) continue;
      GateCheck check =
          start(subject, (limit.workload.empty() ? "any workload" : limit.workload) + " " + limit.metric);
      const auto same = std::find_if(
          report_.checks.begin(), report_.checks.end(),
          [&](const GateCheck& other) { return other.subject == check.subject && other.what == check.what; });
      if (same != report_.checks.end()) continue;
      check.workload = limit.workload;
      check.metric = limit.metric;
      check.limit = limit.limit;
      check.unit = limit.relative ? "%" : "";
      check.budget_file = to_string(limit.place);
      check.text = "there is a budget for it, but it was not measured";
      finish(std::move(check));
    }
  }
}

void Gate::check_class(const ResultSubject& subject) {
  const ToolBudget* found = nullptr;
  for (const ToolBudget& budget : budgets_.tools)
    if (budget.klass && applies(budget, subject)) found = &budget;
  if (found == nullptr) return;
  GateCheck check = start(subject, "class of use");
  check.budget_file = to_string(found->class_place);
  const auto is = use_rank(subject.klass), allowed = use_rank(*found->klass);
  if (!is || !allowed) {
    check.outcome = GateOutcome::kUndecided;
    check.text = "its class of use is not known";
  } else {
    check.outcome = *is <= *allowed ? GateOutcome::kPass : GateOutcome::kExceeds;
    check.text = fmt::format("its class of use is {}, {} is allowed", subject.klass, *found->klass);
  }
  if (!subject.class_reason.empty()) check.text += ": " + subject.class_reason;
  finish(std::move(check));
}

void Gate::check_property(const ResultSubject& subject, const char* what, const std::string& unit,
                          const std::optional<BudgetValue> ToolBudget::*member,
                          const std::optional<double>& measured) {
  const BudgetValue* found = nullptr;
  for (const ToolBudget& budget : budgets_.tools)
    if (budget.*member && applies(budget, subject)) found = &*(budget.*member);
  if (found == nullptr) return;
  GateCheck check = start(subject, what);
  check.budget_file = to_string(found->place);
  check.limit = found->value;
  check.value = measured;
  check.unit = unit;
  const auto words = [&](double value) {
    if (unit == "%") return fmt::format("{:.4g} %", value);
    return format_bytes(value) + (unit == "B/s" ? "/s" : "");
  };
  if (!measured) {
    check.text = "there is a budget for it, but it was not measured";
  } else {
    check.outcome = *measured <= found->value ? GateOutcome::kPass : GateOutcome::kExceeds;
    check.text = fmt::format("{}, {} is allowed", words(*measured), words(found->value));
  }
  finish(std::move(check));
}

void Gate::check_tool(const ResultSubject& subject) {
  if (subject.kind == "placebo") return;  // it has nothing of its own to limit
  check_class(subject);
  std::optional<double> map_bytes;
  if (subject.map_bytes) map_bytes = static_cast<double>(*subject.map_bytes);
  check_property(subject, "map memory", "B", &ToolBudget::map_bytes, map_bytes);
  check_property(subject, "CPU", "%", &ToolBudget::cpu_percent, subject.process_cpu_percent.avg);
  check_property(subject, "CPU in BPF programs", "%", &ToolBudget::bpf_cpu_percent, subject.bpf_cpu_percent);
  check_property(subject, "resident memory", "B", &ToolBudget::rss_bytes,
                 kb_to_bytes(subject.process_rss_kb.peak));
  check_property(subject, "output", "B/s", &ToolBudget::output_bytes_per_s, subject.output_bytes_per_s);
}

// A tool that is named in full and is not there may be misspelt; then its budget would hold for nobody.
void Gate::note_unused() {
  std::vector<std::string> names;
  for (const ResultSubject& subject : result_.subjects) {
    names.push_back(subject.name);
    if (subject.test_case) names.push_back(subject.test_case->tool_id);
  }
  for (const ToolBudget& budget : budgets_.tools) {
    const bool used = std::any_of(result_.subjects.begin(), result_.subjects.end(),
                                  [&](const ResultSubject& subject) { return applies(budget, subject); });
    if (used || budget.tool.find_first_of("*?") != std::string::npos) continue;
    const auto nearest = nearest_name(budget.tool, names);
    report_.notes.push_back(fmt::format("{}: no tool of this result is called {}{}", to_string(budget.place),
                                        budget.tool, nearest ? "; there is " + *nearest : ""));
  }
}

GateReport Gate::run() {
  report_.result = &result_;
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.status != "measured") {
      GateCheck check = start(subject, "measurement");
      check.text = subject.reason.empty() ? "it was not measured" : "it was not measured: " + subject.reason;
      finish(std::move(check));
      check_rows(subject);  // what there is may still exceed
      continue;
    }
    const size_t before = report_.checks.size();
    check_rows(subject);
    if (report_.checks.size() == before) {
      GateCheck check = start(subject, "measurement");
      check.text = "nothing was measured that decides";
      finish(std::move(check));
    }
    missing_rows(subject);
    check_tool(subject);
  }
  // Rows of subjects that the result does not list.
  for (const ResultComparison& row : result_.comparisons) {
    if (!row.primary || find_subject(result_, row.subject) != nullptr) continue;
    ResultSubject unknown;
    unknown.id = row.subject;
    check_row(unknown, row, nullptr);
  }
  note_unused();
  const auto has = [&](GateOutcome outcome) {
    return std::any_of(report_.checks.begin(), report_.checks.end(),
                       [&](const GateCheck& check) { return check.outcome == outcome; });
  };
  if (has(GateOutcome::kExceeds)) {
    report_.exit_code = 1;
  } else if (has(GateOutcome::kNotMeasured) || report_.checks.empty()) {
    report_.exit_code = 3;
  } else {
    report_.exit_code = has(GateOutcome::kUndecided) ? 4 : 0;
  }
  return std::move(report_);
}

}  // namespace

int worse_exit_code(int a, int b) {
  for (const int code : {1, 3, 4})
    if (a == code || b == code) return code;
  return 0;
}

int worst_exit_code(const std::vector<GateReport>& reports) {
  if (reports.empty()) return 3;
  int worst = 0;
  for (const GateReport& report : reports) worst = worse_exit_code(worst, report.exit_code);
  return worst;
}

GateReport check_gate(const RunResult& result, const Budgets& budgets) {
  return Gate(result, budgets).run();
}

int exit_code_of(const RunResult& result, bool gate) {
  return gate ? check_gate(result).exit_code : 0;
}

}  // namespace bpftax
