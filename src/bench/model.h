// What primitive benchmarks measured: rows, and the document bpftax.bench/1 that holds them
// (docs/format-bench.md).
//
// All times are nanoseconds for one operation. A value that was not measured is nullopt here, null in JSON
// and empty in CSV; never 0.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

enum class Status {
  kMeasured,
  kUnavailable,  // this kernel or machine does not have it, or the type has no such operation
  kInvalid,      // it ran, and what it did was not what it had to do
};
std::string_view to_string(Status status);  // "measured", "unavailable", "invalid"

// A mean over processes with its 95 % interval (Student's t; aggregate.h says more).
// low and high are missing where there is one process only.
struct Value {
  double mean = 0;
  std::optional<double> low, high;
};

// Anything beside the time that a row tells: "memory" in "bytes", "lost" in "share", "pps" in "1/s".
struct Metric {
  std::string name;
  std::string unit;
  Value value;
};

// One line of a table. What identifies it: benchmark, subject, op, side, params, condition.
struct Row {
  std::string benchmark;           // the family: "maps", "hooks", "submit", "load"
  std::string subject;             // map type, hook, path or program, by the kernel's name in lower case
  std::string op;                  // "lookup", "empty", "reserve", "verify"
  std::string side;                // "program", "user", or "" where there is no such distinction
  Json params = Json::object();    // flat: numbers and strings
  std::string condition = "idle";  // Condition::name()
  bool is_floor = false;           // what others are measured above, shown for what it is
  Status status = Status::kMeasured;
  std::string reason;  // why not measured

  // Of measured rows only.
  std::optional<Value> ns;         // net of the floor
  std::optional<Value> floor_ns;   // what was subtracted; nullopt: nothing was
  std::optional<double> p50, p99;  // of single samples, net, unfiltered
  int64_t samples = 0;             // over all processes
  int processes = 0;
  std::vector<Metric> metrics;
  // What to know before the number is used: "twice the operations took 2.31 times the time".
  std::vector<std::string> warnings;
};

struct Document {
  std::string version;  // of bpftax
  std::string command;  // as typed, shell-quoted
  std::string started;  // RFC 3339
  uint64_t seed = 0;
  Json host = Json::object();       // sample/host_facts.h, and "bench": possible and online CPUs, JIT, ...
  Json conditions = Json::array();  // [{"name", "reached": {...}, "status", "reason"}]
  std::vector<Row> rows;
  std::vector<std::string> warnings;
};

inline constexpr std::string_view kBenchSchema = "bpftax.bench/1";

// The field that a family's subject is written as: "map_type" for maps, "hook" for hooks, "path" for submit,
// "program" for load.
std::string_view subject_field(std::string_view benchmark);

OrderedJson to_json(const Document& document);
std::string document_text(const Document& document);  // of bench.json, with a newline at its end
// kUsage with the path of the field on anything that is not a document of this schema.
Result<Document> document_from_json(std::string_view text, std::string_view where);

}  // namespace bpftax::bench
