#include "report/export_openmetrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "report/summary.h"
#include "report/text.h"
#include "util/version.h"

namespace bpftax {
namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

// Backslash, quote and newline are all that a label value escapes; one_line() has made the rest visible.
std::string label_text(std::string_view raw) {
  std::string out;
  for (const char c : one_line(raw)) {
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

// One metric family: its head once, then its samples. No label set twice, which the format forbids.
class Family {
 public:
  Family(std::string name, const char* unit, const char* help)
      : name_(std::move(name)), unit_(unit), help_(help) {}

  void add(const Labels& labels, const std::optional<double>& value) {
    if (!value || !std::isfinite(*value)) return;
    std::string set;
    for (const auto& [label, text] : labels) {
      if (!set.empty()) set += ",";
      set += fmt::format("{}=\"{}\"", label, label_text(text));
    }
    if (!seen_.insert(set).second) return;
    samples_ += set.empty() ? name_ : name_ + "{" + set + "}";
    samples_ += fmt::format(" {}\n", *value);
  }

  std::string text() const {
    if (samples_.empty()) return "";
    std::string out = fmt::format("# TYPE {} gauge\n", name_);
    if (*unit_ != '\0') out += fmt::format("# UNIT {} {}\n", name_, unit_);
    return out + fmt::format("# HELP {} {}\n", name_, help_) + samples_;
  }

 private:
  std::string name_;
  const char* unit_;
  const char* help_;
  std::set<std::string> seen_;
  std::string samples_;
};

std::optional<double> as_ratio(const std::optional<double>& percent) {
  return percent ? std::optional(*percent / 100) : std::nullopt;
}

std::optional<double> as_number(const std::optional<int64_t>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

// Labels that name a result among several: none where there is one, so that the series of a tool go on from
// run to run.
class Exposition {
 public:
  explicit Exposition(const std::vector<GateReport>& reports) : reports_(reports) { name_runs(); }
  std::string text();

 private:
  Labels tool_labels(const GateReport& report, const ResultSubject& subject) const {
    const std::string& environment =
        subject.environment.empty() ? report.result->environment : subject.environment;
    Labels labels = run_labels(report);
    labels.insert(labels.end(),
                  {{"tool", subject_name(*report.result, subject.id)}, {"environment", environment}});
    return labels;
  }
  Labels run_labels(const GateReport& report) const {
    if (reports_.size() < 2) return {};
    return {{"run", run_name(report)}};
  }
  const std::string& run_name(const GateReport& report) const {
    return names_[static_cast<size_t>(&report - reports_.data())];
  }
  void name_runs();
  // Adds a sample for each tool of each result.
  void of_tools(Family family, const std::function<void(Family&, Labels, const ResultSubject&)>& add);
  void of_rows(Family family, const std::function<void(Family&, Labels, const ResultComparison&)>& add);
  void of_runs(Family family, const std::function<void(Family&, Labels, const GateReport&)>& add);
  void rows();
  void tools();
  void runs();

  const std::vector<GateReport>& reports_;
  std::vector<std::string> names_;  // of the runs, by report
  std::string out_;
};

// Copies of a run, or runs without an id, are numbered: label sets must differ.
void Exposition::name_runs() {
  std::set<std::string> used;
  for (const GateReport& report : reports_) used.insert(report.result->run_id);
  std::set<std::string> given;
  for (const GateReport& report : reports_) {
    std::string name = report.result->run_id;
    if (!given.insert(name).second) {
      for (int number = 2; !used.insert(name).second; ++number)
        name = fmt::format("{} ({})", report.result->run_id, number);
    }
    names_.push_back(std::move(name));
  }
}

void Exposition::of_tools(Family family,
                          const std::function<void(Family&, Labels, const ResultSubject&)>& add) {
  for (const GateReport& report : reports_)
    for (const ResultSubject& subject : report.result->subjects)
      add(family, tool_labels(report, subject), subject);
  out_ += family.text();
}

void Exposition::of_rows(Family family,
                         const std::function<void(Family&, Labels, const ResultComparison&)>& add) {
  for (const GateReport& report : reports_) {
    for (const ResultComparison& row : report.result->comparisons) {
      const ResultSubject* subject = find_subject(*report.result, row.subject);
      if (subject == nullptr) continue;
      Labels labels = tool_labels(report, *subject);
      labels.insert(labels.end(), {{"workload", row.workload}, {"metric", row.metric}});
      add(family, std::move(labels), row);
    }
  }
  out_ += family.text();
}

void Exposition::of_runs(Family family, const std::function<void(Family&, Labels, const GateReport&)>& add) {
  for (const GateReport& report : reports_) add(family, run_labels(report), report);
  out_ += family.text();
}

void Exposition::rows() {
  const auto ratio = [&](const char* name, const char* help,
                         std::optional<double> ResultComparison::*member) {
    of_rows({name, "ratio", help},
            [member](Family& family, const Labels& labels, const ResultComparison& row) {
              family.add(labels, as_ratio(row.*member));
            });
  };
  ratio("bpftax_overhead_ratio", "Relative change for the worse with the tool; positive is worse.",
        &ResultComparison::overhead_percent);
  ratio("bpftax_overhead_lower_ratio", "Lower end of the overhead's confidence interval.",
        &ResultComparison::ci_low);
  ratio("bpftax_overhead_upper_ratio", "Upper end of the overhead's confidence interval.",
        &ResultComparison::ci_high);
  of_rows({"bpftax_margin_ratio", "ratio", "Overhead that the run allows."},
          [](Family& family, const Labels& labels, const ResultComparison& row) {
            if (row.margin_percent > 0) family.add(labels, row.margin_percent / 100);
          });
  of_rows({"bpftax_verdict", "", "1 for the verdict of the row."},
          [](Family& family, Labels labels, const ResultComparison& row) {
            labels.emplace_back("verdict", std::string(to_string(row.verdict)));
            family.add(labels, 1);
          });
}

void Exposition::tools() {
  using Value = std::function<std::optional<double>(const ResultSubject&)>;
  const auto value = [&](const char* name, const char* unit, const char* help, const Value& of) {
    of_tools({name, unit, help}, [&of](Family& family, const Labels& labels, const ResultSubject& subject) {
      family.add(labels, of(subject));
    });
  };
  value("bpftax_tool_measured", "", "1 where the tool could be measured, else 0.",
        [](const ResultSubject& s) { return s.status == "measured" ? 1.0 : 0.0; });
  value("bpftax_tool_cpu_ratio", "ratio", "CPU time of the tool's processes, share of one CPU, average.",
        [](const ResultSubject& s) { return as_ratio(s.process_cpu_percent.avg); });
  value("bpftax_tool_bpf_cpu_ratio", "ratio", "CPU time in the tool's BPF programs, share of one CPU.",
        [](const ResultSubject& s) { return as_ratio(s.bpf_cpu_percent); });
  value("bpftax_tool_resident_memory_bytes", "bytes", "Resident memory of the tool's processes, peak.",
        [](const ResultSubject& s) { return kb_to_bytes(s.process_rss_kb.peak); });
  value("bpftax_tool_map_memory_bytes", "bytes", "Memory of the tool's BPF maps.",
        [](const ResultSubject& s) { return as_number(s.map_bytes); });
  value("bpftax_tool_output_bytes_per_second", "bytes_per_second", "What the tool writes.",
        [](const ResultSubject& s) { return s.output_bytes_per_s; });
  of_tools({"bpftax_tool_class", "", "1 for the class of use of the tool."},
           [](Family& family, Labels labels, const ResultSubject& subject) {
             labels.emplace_back("class", subject.klass);
             family.add(labels, 1);
           });
}

void Exposition::runs() {
  of_runs({"bpftax_gate_checks", "", "Checks of the gate by outcome."},
          [](Family& family, const Labels& labels, const GateReport& report) {
            static constexpr std::pair<GateOutcome, const char*> kOutcomes[] = {
                {GateOutcome::kPass, "pass"},
                {GateOutcome::kExceeds, "exceeds"},
                {GateOutcome::kUndecided, "undecided"},
                {GateOutcome::kNotMeasured, "not-measured"}};
            for (const auto& [outcome, word] : kOutcomes) {
              Labels with = labels;
              with.emplace_back("outcome", word);
              const auto n =
                  std::count_if(report.checks.begin(), report.checks.end(),
                                [o = outcome](const GateCheck& check) { return check.outcome == o; });
              family.add(with, static_cast<double>(n));
            }
          });
  of_runs({"bpftax_gate_exit_code", "",
           "Exit code of the gate: 0 all pass, 1 exceeded, 3 not measured, 4 undecided."},
          [](Family& family, const Labels& labels, const GateReport& report) {
            family.add(labels, report.exit_code);
          });
  of_runs({"bpftax_run_finished_timestamp_seconds", "seconds", "When the measurement ended, since 1970 UTC."},
          [](Family& family, const Labels& labels, const GateReport& report) {
            const int64_t ns = report.result->finished_realtime_ns;
            if (ns > 0) family.add(labels, std::round(static_cast<double>(ns) / 1e6) / 1e3);
          });
  of_runs({"bpftax_run_info", "", "1; which run the other metrics are of."},
          [this](Family& family, const Labels&, const GateReport& report) {
            const RunResult& result = *report.result;
            family.add({{"run", run_name(report)},
                        {"environment", result.environment},
                        {"version", result.tool_version.empty() ? kVersion : result.tool_version}},
                       1);
          });
}

std::string Exposition::text() {
  rows();
  tools();
  runs();
  return std::move(out_) + "# EOF\n";
}

}  // namespace

std::string render_openmetrics(const std::vector<GateReport>& reports) {
  return Exposition(reports).text();
}

}  // namespace bpftax
