// What the tools cost, as OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec/), also
// for node_exporter's textfile collector: gauges only, base units (ratios, bytes, seconds), no timestamps, no
// exemplars, ends with "# EOF". What is unknown has no sample. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/export_gate.h"

namespace bpftax {

std::string render_openmetrics(const std::vector<GateReport>& reports);

}  // namespace bpftax
