// What a process that was executed anew is asked to measure: one line of JSON on its standard input. The
// answer (process_result.h) goes to a descriptor of its own, since stdout and stderr belong to libbpf.
#pragma once

#include <string>
#include <string_view>

#include "bench/benchmark.h"
#include "bench/sampling.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

struct ProcessRequest {
  Task task;
  SamplingRequest sampling;
};

Json to_json(const ProcessRequest& request);
// kUsage with the path of what is wrong: whoever called the program wrote this.
Result<ProcessRequest> process_request_from_json(std::string_view text);

}  // namespace bpftax::bench
