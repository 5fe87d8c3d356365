// The design class of a tool: how it is built, which says what it should cost. And the cost model behind it,
// set beside what was measured. Pure functions.
//
//   summary           sums up in the kernel (counters, histograms); user space reads sums at an interval
//   details-filtered  hands single events to user space, those that pass a filter or a threshold
//   details           hands every event it sees to user space
//   unknown           nothing says which
//
// A tool's class comes from its registry entry (`class:`), else from evidence: how often its programs run for
// each packet or transaction, how many bytes it writes for each run, and whether it has a buffer for events.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/lang.h"
#include "report/result_index.h"
#include "result/model.h"

namespace bpftax {

// subject.design where the registry set it, else what the evidence says.
ResultDesign design_of(const ResultSubject& subject);

// "summary" -> "sums up in the kernel", ...
std::string_view design_phrase(std::string_view design_class);

// What the cost model expects of a class: percent of one CPU, percent of latency added. high: nullopt = open.
struct ExpectedCost {
  double cpu_low = 0;
  std::optional<double> cpu_high;
  double latency_low = 0;
  std::optional<double> latency_high;
};
std::optional<ExpectedCost> expected_cost(std::string_view design_class);  // nullopt for "unknown"

struct ExpectationCheck {
  std::string what;      // "CPU", "latency"
  double measured = 0;   // percent; of several the worst
  std::string expected;  // "5 to 15 %", "below 5 %", "15 % or more"
  std::string outcome;   // "below": cheaper than expected; "within"; "above"
  std::string text;      // one sentence with the numbers
};
// Of what is known; empty for an unknown class.
std::vector<ExpectationCheck> check_expectations(std::string_view design_class,
                                                 const std::optional<double>& cpu_percent,
                                                 const std::optional<double>& latency_percent);
// The same for a subject: its CPU is user space and programs together where both are known, the latency the
// worst increase of a mean latency among its primary rows.
std::vector<ExpectationCheck> check_expectations(const ResultSubject& subject, const PrimaryRows& rows);
std::vector<ExpectationCheck> check_expectations(const RunResult& result, const ResultSubject& subject);

// "summary", "details, filtered", ..., in that language.
std::string design_word(const std::string& design_class, Lang lang);
// For the reader of a report: the design, why it is thought to be that, and what it should cost beside what
// it did cost.
std::vector<std::string> design_sentences(const ResultSubject& subject, const PrimaryRows& rows, Lang lang);

// Most runs of one of its programs for each packet or transaction, and of which. Streams do not count: their
// unit is a GB, which is many events.
struct RunsPerEvent {
  double runs = 0;
  std::string unit;
};
RunsPerEvent runs_per_event(const ResultSubject& subject);
// From here on a program is said to run for every event.
inline constexpr double kEveryEvent = 0.9;

// Bytes that it writes for each run of its most frequent program; nullopt when either is not known.
std::optional<double> output_bytes_per_run(const ResultSubject& subject);

// What handing one event to user space costs the CPU that does it, nanoseconds (perf buffer).
inline constexpr double kSubmitLowNs = 500, kSubmitHighNs = 1000;
// What walking a stack costs.
inline constexpr double kStackLowNs = 500, kStackHighNs = 2000;

}  // namespace bpftax
