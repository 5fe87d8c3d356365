// How much more (or less) the same tool costs there than here: the ratio of two ratios.
//
// Here a tool multiplies the time of a unit of work (or divides the rate) by f, with
//     ln f = d = ln(1 + overhead/100)   where lower is better (overhead: the increase)
//          = -ln(1 - overhead/100)      where higher is better (overhead: the share lost)
// which is the scale of all effects (stats/effect.h). The ratio of ratios is f_there/f_here = exp(D) with
//     D = d_there - d_here,
// for latencies (1 + overhead_there)/(1 + overhead_here). Above 1: it costs more there.
//
// Interval: the two runs are independent, so the variances add. Each run gives d only with its own interval
// [l, u] (t-based, of its own degrees of freedom, symmetric about d up to rounding); squares of the distances
// to its ends stand for variances times quantile:
//     D - sqrt((d_there - l_there)^2 + (u_here - d_here)^2)  to
//     D + sqrt((u_there - d_there)^2 + (d_here - l_here)^2)
// (method of variance estimates recovery: Zou & Donner, Statistics in Medicine 27, 2008, eq. 3 and 4). With
// equal degrees of freedom this is at least as wide as Welch's interval, so it covers at least as often. It
// holds at the common confidence of the two; where that differs, or an interval is missing, there is none.
//
// Published ranges over cases have no such meaning. Of them only bounds follow: whichever pair of cases is
// compared, the ratio lies between (lowest there)/(highest here) and (highest there)/(lowest here).
#pragma once

#include <optional>
#include <string>

#include "compare/source.h"

namespace bpftax {

struct RatioOfRatios {
  std::optional<double> ratio;        // nullopt: two ranges have none
  std::optional<double> low, high;    // interval
  double confidence = 0;              // 0 without one
  std::optional<double> least, most;  // bounds, of ranges
  // "costs more", "costs less", "no difference shown"; "" without an interval: no such claim.
  std::string finding;
  std::string why_no_interval;  // "" when there is one
};

// nullopt when one of the values has no overhead, is unusable, or is no possible overhead.
std::optional<RatioOfRatios> ratio_of_ratios(const CompareValue& here, const CompareValue& there,
                                             bool higher_is_better);

}  // namespace bpftax
