// The chapters of the long report. Only for story.cpp.
#pragma once

#include "report/story.h"

namespace bpftax {

// Baselines, one table for each environment, environments side by side (story_tables.cpp).
void tell_baselines(const StoryModel& model, StoryDocument& out);
void tell_environment(const StoryEnvironment& environment, StoryDocument& out);
void tell_across(const StoryModel& model, StoryDocument& out);
// Conclusions and advice (story_ending.cpp).
void tell_conclusions(const StoryModel& model, StoryDocument& out);
void tell_advice(const StoryModel& model, StoryDocument& out);

// "+2.1 to +12.0 %", "+3.4 %"; "unknown" without values. Signed where `sign`.
std::string range_text(const StoryRange& range, bool sign, Lang lang);
std::string measure_label(const StoryMeasure& measure, Lang lang);
std::string joined(const std::vector<std::string>& parts, Lang lang);  // "a, b"
// The mean latency: what the cost model speaks of.
bool is_latency(const StoryMeasure& measure);
// Over all environments and tools of a design.
StoryRange latency_of_design(const StoryModel& model, const std::string& design);
// CPU of process and programs together, where both are known, else of the process.
StoryRange cpu_of_tool(const StoryTool& tool);

// Varies by less than the first: stable; than the second: unsteady; else unstable. Percent.
inline constexpr double kStableBelow = 5, kUnsteadyBelow = 20;

}  // namespace bpftax
