// How a row was measured, as far as that decides what its numbers are: two rows may be set side by side only
// where it agrees.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bpftax {

struct MeasuredHow {
  std::optional<double> window_s;  // timed part of a window
  std::optional<double> omit_s;    // thrown away before it
  std::string generator;           // "netperf"; "" unknown; so are the next ones
  std::string version;             // what it says of itself: "iperf 3.12"
  std::string bandwidth;           // iperf3's -b; "unlimited"
  std::string placement;           // "same-cpu, tool apart"
  std::string unit;
  // Judging, not measuring: different ones are worth a remark, except that floors of a metric must agree
  // where both made the margin.
  std::optional<double> margin_percent, margin_floor;
};

// What differs, in words ("window 5 s here, 2 s there"); empty: nothing that is known. Windows may differ by
// 5 %: a generator's own timing. Of versions only the first number counts.
std::vector<std::string> measured_differently(const MeasuredHow& there, const MeasuredHow& here);

// Names of what cannot be compared because one side does not say it: "the traffic tool's version".
std::vector<std::string> not_known_of_both(const MeasuredHow& there, const MeasuredHow& here);

// The first number of a version text that stands by itself: "iperf 3.12 (cJSON 1.7.15)" -> "3"; "" when there
// is none.
std::string major_version(const std::string& text);

}  // namespace bpftax
