#include "report/class_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "report/summary.h"
#include "report/text.h"
#include "report/words.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// A record of an event, printed or not, has at least an address or a time stamp. What is written for each run
// of a program below this is less than one record a run.
constexpr double kRecordBytes = 8;
// Programs that hardly ever run tell nothing about what they would hand out if they did.
constexpr double kSeldomRunsPerS = 10;

bool is_event_buffer(const ResultMap& map) {
  return map.type == "perf_event_array" || map.type == "ringbuf" || map.type == "user_ringbuf";
}

// bpftrace makes a buffer for its own messages, whether the script prints events or not.
bool runs_bpftrace(const ResultSubject& subject) {
  for (const std::string_view word : split_blank(subject.command)) {
    const size_t slash = word.rfind('/');
    if ((slash == std::string_view::npos ? word : word.substr(slash + 1)) == "bpftrace") return true;
  }
  return false;
}

double most_runs_per_s(const ResultSubject& subject) {
  double most = 0;
  for (const ResultProgram& program : subject.programs) most = std::max(most, program.runs_per_s.value_or(0));
  return most;
}

ResultDesign from_evidence(std::string klass, std::string reason) {
  return {std::move(klass), "evidence", std::move(reason)};
}
ResultDesign unknown_design(std::string reason) {
  return {"unknown", "none", std::move(reason)};
}

std::string frequency_text(const ResultSubject& subject) {
  const RunsPerEvent most = runs_per_event(subject);
  if (most.runs > 0) return fmt::format("{} times for each {}", format_significant(most.runs, 2), most.unit);
  return fmt::format("{} times/s", count_text(most_runs_per_s(subject)));
}

std::string band_text(double low, const std::optional<double>& high) {
  if (!high) return fmt::format("{:g} % or more", low);
  if (low <= 0) return fmt::format("below {:g} %", *high);
  return fmt::format("{:g} to {:g} %", low, *high);
}

ExpectationCheck check(const char* what, double measured, double low, const std::optional<double>& high,
                       std::string_view design_class) {
  ExpectationCheck result;
  result.what = what;
  result.measured = measured;
  result.expected = band_text(low, high);
  result.outcome = measured < low ? "below" : high && measured >= *high ? "above" : "within";
  const std::string_view verdict = result.outcome == "below"    ? "cheaper than"
                                   : result.outcome == "within" ? "as"
                                                                : "more than";
  result.text = fmt::format("{} {}: {} a tool that {} is expected to cost ({}).",
                            what == std::string_view("CPU") ? "CPU" : "Added latency", percent_text(measured),
                            verdict, design_phrase(design_class), result.expected);
  return result;
}

}  // namespace

RunsPerEvent runs_per_event(const ResultSubject& subject) {
  RunsPerEvent most;
  for (const ResultProgram& program : subject.programs) {
    for (const auto& workload : program.workloads) {
      const std::string unit = unit_of_work(workload.workload);
      if ((unit == "packet" || unit == "transaction") && workload.runs_per_unit > most.runs)
        most = {workload.runs_per_unit, unit};
    }
  }
  return most;
}

std::optional<double> output_bytes_per_run(const ResultSubject& subject) {
  const double runs = most_runs_per_s(subject);
  if (!subject.output_bytes_per_s || runs <= 0) return std::nullopt;
  return *subject.output_bytes_per_s / runs;
}

ResultDesign design_of(const ResultSubject& subject) {
  if (subject.design.source == "registry") return subject.design;
  if (subject.kind == "placebo") return unknown_design("It is the placebo: it has no programs.");
  if (subject.status != "measured") return unknown_design("It was not measured.");
  if (subject.programs.empty()) return unknown_design("Nothing is known of its programs.");
  const std::optional<double> bytes = output_bytes_per_run(subject);
  if (!bytes) return unknown_design("How much it writes, or how often its programs run, is not known.");
  if (most_runs_per_s(subject) < kSeldomRunsPerS) {
    return unknown_design(fmt::format("Its programs ran {} times/s: too seldom to tell what they hand out.",
                                      format_significant(most_runs_per_s(subject), 2)));
  }
  const std::string numbers = fmt::format("its programs run {}, and it writes {} bytes for each run",
                                          frequency_text(subject), format_significant(*bytes, 2));
  const bool reports_runs = *bytes >= kRecordBytes;
  const auto every_run = [&] {
    return from_evidence("details", "It reports what it sees: " + numbers + ".");
  };
  // Whatever way it takes: a packet's worth of output for every packet.
  if (reports_runs && runs_per_event(subject).runs >= kEveryEvent) return every_run();
  const auto buffer = std::find_if(subject.maps.begin(), subject.maps.end(), is_event_buffer);
  if (buffer == subject.maps.end())
    return from_evidence("summary", "It has no buffer for events: " + numbers + ".");
  if (runs_bpftrace(subject)) {
    return unknown_design(fmt::format(
        "bpftrace always has a buffer for events ({}), so what it writes may be sums or events: {}. "
        "`class:` in its registry entry says which.",
        buffer->name, numbers));
  }
  if (reports_runs) return every_run();
  return from_evidence("details-filtered",
                       fmt::format("It has a buffer for events (map {}, {}) and hands out few of them: {}.",
                                   buffer->name, buffer->type, numbers));
}

std::string_view design_phrase(std::string_view design_class) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPhrases = {
      {{"summary", "sums up in the kernel"},
       {"details-filtered", "reports single events behind a filter"},
       {"details", "reports every event"}}};
  for (const auto& [name, phrase] : kPhrases)
    if (name == design_class) return phrase;
  return "is of unknown design";
}

// Expected costs of document 003's cost model (section 4.1.1): CPU and latency of each class, percent.
std::optional<ExpectedCost> expected_cost(std::string_view design_class) {
  if (design_class == "summary") return ExpectedCost{0, 5, 0, 5};
  if (design_class == "details-filtered") return ExpectedCost{5, 15, 5, 20};
  if (design_class == "details") return ExpectedCost{15, std::nullopt, 20, std::nullopt};
  return std::nullopt;
}

std::vector<ExpectationCheck> check_expectations(std::string_view design_class,
                                                 const std::optional<double>& cpu_percent,
                                                 const std::optional<double>& latency_percent) {
  std::vector<ExpectationCheck> checks;
  const auto expected = expected_cost(design_class);
  if (!expected) return checks;
  if (cpu_percent)
    checks.push_back(check("CPU", *cpu_percent, expected->cpu_low, expected->cpu_high, design_class));
  if (latency_percent)
    checks.push_back(
        check("latency", *latency_percent, expected->latency_low, expected->latency_high, design_class));
  return checks;
}

std::vector<ExpectationCheck> check_expectations(const RunResult& result, const ResultSubject& subject) {
  return check_expectations(subject, rows_of(result, subject.id, true));
}

std::vector<ExpectationCheck> check_expectations(const ResultSubject& subject, const PrimaryRows& rows) {
  std::optional<double> cpu = subject.process_cpu_percent.avg;
  if (cpu && subject.bpf_cpu_percent) *cpu += *subject.bpf_cpu_percent;
  std::optional<double> latency;
  for (const ResultComparison* row : rows) {
    if (row->metric != "latency_mean_us" || !row->overhead_percent || row->verdict == Verdict::kInvalid)
      continue;
    latency = std::max(latency.value_or(*row->overhead_percent), *row->overhead_percent);
  }
  return check_expectations(subject.design.klass, cpu, latency);
}

std::string design_word(const std::string& design, Lang lang) {
  if (design == "summary") return std::string(word(lang, "story.design.summary"));
  if (design == "details-filtered") return std::string(word(lang, "story.design.details-filtered"));
  if (design == "details") return std::string(word(lang, "story.design.details"));
  if (design == "mixed") return std::string(word(lang, "story.design.mixed"));
  return std::string(word(lang, "story.design.unknown"));
}

std::vector<std::string> design_sentences(const ResultSubject& subject, const PrimaryRows& rows, Lang lang) {
  std::vector<std::string> sentences = {say(lang, "tool.design", design_word(subject.design.klass, lang))};
  if (!subject.design.reason.empty()) sentences.push_back(engine_text(lang, subject.design.reason));
  for (const ExpectationCheck& check : check_expectations(subject, rows))
    sentences.push_back(engine_text(lang, check.text));
  return sentences;
}

}  // namespace bpftax
