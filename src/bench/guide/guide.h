// `bpftax bench guide FILE.json...`: which map type, hook and submission path for which purpose, from what
// was measured on one machine, with the theory beside it, and where measurement and theory contradict each
// other.
//
// Two tables are judged: statements of the theory (statements.h), each a predicate over rows, and purposes
// (purposes.h), each a mix of operations whose cost is added up for each candidate. What was not measured is
// neither judged nor recommended; the command that would measure it is named instead. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/model.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

enum class Finding {
  kConfirmed,     // no comparison says the opposite, and more say so than cannot tell
  kContradicted,  // at least one comparison says the opposite, and its intervals do not overlap
  kUndecided,     // intervals overlap, or are not known
  kNotMeasured,
};
std::string_view to_string(Finding finding);  // "confirmed", "contradicted", "undecided", "not measured"

// Something that would be needed and is not there.
struct Missing {
  std::string what;     // "percpu_hash update in the program"
  std::string reason;   // why it is unavailable or invalid; empty: it was not asked for
  std::string command;  // that would measure it; empty where it cannot be measured here
};

// Two values side by side. `value` is ns for one operation, or a metric in its unit.
struct Compared {
  std::string left, right;  // "array lookup", "hash lookup"
  std::string where;        // what both have in common: "program, idle, entries=1024"; may be empty
  Value left_value, right_value;
  Finding finding = Finding::kUndecided;
};

struct JudgedStatement {
  std::string id, topic;   // topic: "maps", "hooks", "submit", "load"
  std::string claim, why;  // the theory: what it says, and from what it follows
  std::string unit;        // of the values: "ns" or a metric's unit
  Finding finding = Finding::kNotMeasured;
  std::string detail;  // the numbers in a sentence
  std::vector<Compared> compared;
  std::vector<Missing> missing;
};

// One candidate of a purpose.
struct Candidate {
  std::string name;             // "percpu_array"
  std::optional<Value> cost;    // of the purpose's mix of operations, in its unit; nullopt: not measured
  std::string made_of;          // "1000 x update in the program 12.1 ns + 1 x lookup from user space 812 ns"
  std::vector<Metric> metrics;  // what else is known: memory, lost records, consumer CPU
  bool best = false;            // the cheapest, or not told apart from it by its interval
  std::string limits;           // what it cannot do: "keys are indices from 0"
};

struct Recommendation {
  std::string id, topic, purpose;     // "Counters by index, written often, read seldom"
  std::string mix;                    // what was added up, in words
  std::string where;                  // condition and parameters that all candidates share
  std::string unit;                   // of costs: "ns"
  std::string answer;                 // a sentence; says so when nothing can be recommended
  std::string why;                    // the theory behind it
  std::vector<Candidate> candidates;  // cheapest first, those not measured last
  std::vector<Missing> missing;
};

struct Guide {
  std::string machine;               // "Intel Xeon ..., 2 CPUs, Linux 6.18.0"; what is known of it
  std::vector<std::string> sources;  // commands and start times of the documents
  std::vector<Recommendation> recommendations;
  std::vector<JudgedStatement> statements;
  std::vector<std::string> notes;   // what limits all of it: invalid rows, conditions not reached, ...
  std::vector<std::string> tables;  // operation_tables.h as Markdown, one a document that has any
};

// kUsage when there is no document, no row, or when the documents come from different machines or kernels
// (`bpftax bench compare` is for those).
Result<Guide> make_guide(std::span<const Document> documents);

std::string guide_text(const Guide& guide, size_t width = 100);  // for a terminal
std::string guide_markdown(const Guide& guide);
OrderedJson guide_json(const Guide& guide);  // schema "bpftax.bench.guide/1" (docs/bench_guide.md)

}  // namespace bpftax::bench
