// What one process measured: single samples of each operation of a task. Crosses from the child to the
// controller as one line of JSON, and is a line of the journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/model.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

struct OperationSamples {
  Operation operation;
  Status status = Status::kMeasured;
  std::string reason;
  uint64_t n = 0;                     // operations asked of one run
  std::vector<double> ns;             // of one operation, floor included; one a sample, in their order
  std::vector<SampleMetric> metrics;  // means over the samples
  std::vector<std::string> warnings;
};

struct ProcessResult {
  // kUnavailable: needs() or setup() said no. kInvalid: the process died, took too long, or talked nonsense.
  Status status = Status::kMeasured;
  std::string reason;
  std::vector<OperationSamples> operations;  // in the instance's order; of measured processes only
};

Json to_json(const ProcessResult& result);
// Strict: the text of a process that may have gone mad. kInternal with the path of what is wrong.
Result<ProcessResult> process_result_from_json(std::string_view text);

}  // namespace bpftax::bench
