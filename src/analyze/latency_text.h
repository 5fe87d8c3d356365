// The result of a request/response test, whoever wrote it: netperf's comma-separated output (the origin
// framework's -o), netperf's KEY=VALUE lines and sockperf's sentences (ours).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analyze/tree.h"

namespace bpftax {

struct LatencyOutcome {
  std::optional<LatencyValues> values;
  std::string protocol;  // "tcp", "udp"; "" = it does not say
  std::optional<double> elapsed_s;
  std::string fault;  // why there are no values
  bool impossible = false;
};

LatencyOutcome read_latency(std::string_view text);

}  // namespace bpftax
