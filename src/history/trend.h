// From rows of the catalogue to series over versions, kernels or time, with their changes. Pure.
//
// Only what was measured alike stands in one series: the same case of a tool, workload, metric, environment,
// placement and window length (within 5 %, as `compare` has it), on the same kind of machine (architecture,
// CPU model, number of CPUs); and, over versions, on the same kernel; over kernels, with the same version of
// the tool.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "history/catalogue.h"
#include "history/change_point.h"

namespace bpftax {

enum class TrendBy { kVersion, kKernel, kTime };

// One place of a series: all runs of one version, of one kernel, or one run.
struct TrendPosition {
  std::string label;                                     // the version, the kernel, or the start of the run
  std::vector<int64_t> runs;                             // CatalogueRun::number
  std::string version, kernel;                           // of the first run here
  SeriesPoint point;                                     // log scale; runs put together by inverse variance
  double overhead_percent = 0, ci_low = 0, ci_high = 0;  // 95 %, of `point`
};

struct TrendChange {
  ChangePoint found;  // log scale, positions as indices of TrendSeries::positions
  // How much worse the metric became with the tool, the baseline being equal: the size in percent.
  double percent = 0, percent_low = 0, percent_high = 0;
};

struct TrendSeries {
  std::string tool, workload, metric, better, unit, environment, placement;
  std::optional<double> window_s;
  CatalogueHost machine;  // hostname: of the first run
  std::string version;    // over kernels: of all; else ""
  std::vector<TrendPosition> positions;
  std::vector<TrendChange> changes;
  // What varies between runs beyond their intervals, as a standard deviation in percent; nullopt: too few
  // runs to tell, and a change may be no more than that.
  std::optional<double> between_percent;
};

struct Trend {
  std::vector<TrendSeries> series;
  int without_estimate = 0;  // rows left out: INVALID, or no ratio
  int without_label = 0;     // rows left out: the tool's version, or the kernel, is not known
};

Trend make_trend(const std::vector<CatalogueRow>& rows, TrendBy by, const ChangeOptions& options = {});

}  // namespace bpftax
