// Which samples belong to a window. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyze/pidstat.h"
#include "analyze/sample_log.h"
#include "analyze/tree.h"

namespace bpftax {

// Moments of the tool, ready to be asked. A sample belongs where the middle of its span lies; CPU is averaged
// by the spans' lengths.
class ToolSamples {
 public:
  explicit ToolSamples(std::vector<ToolMoment> moments);

  bool empty() const { return moments_.empty(); }
  const std::vector<ToolMoment>& moments() const { return moments_; }  // by their middles
  std::optional<int64_t> last_ns() const;
  // begin and end on the clock of the moments. samples 0: there is none.
  ResourceUse between(int64_t begin_ns, int64_t end_ns) const;
  ResourceUse all() const;

 private:
  ResourceUse use_of(size_t from, size_t to) const;
  std::vector<ToolMoment> moments_;
};

// Bytes a second between begin and end, samples sorted by time; between two samples the size is taken to grow
// evenly. nullopt: the samples cover less than half of that time, or the file shrank (it was begun anew).
std::optional<double> growth_between(const std::vector<LogSizeSample>& samples, int64_t begin_ns,
                                     int64_t end_ns);
// The largest size; nullopt without samples.
std::optional<double> largest(const std::vector<LogSizeSample>& samples);

// Our tables tool_cpu_usage (cumulative) and tool_memory, on the host's monotonic clock. A value that goes
// backwards (the tool was started anew) gives no CPU for that span.
std::vector<ToolMoment> tool_moments(const SampleTable& cpu, const SampleTable& memory);

}  // namespace bpftax
