// Settings of the processors that somebody changes for a while and that must come back: idle states,
// frequency governors, turbo. Files below /sys/devices/system/cpu, by their name there
// ("cpufreq/policy0/scaling_governor"), and only those of a short list: a record of one, wherever it comes
// from, can make us write nothing else.
#pragma once

#include <string>
#include <string_view>

#include "util/result.h"

namespace bpftax {

inline constexpr char kCpuSettingsDirectory[] = "/sys/devices/system/cpu";

// cpuN/cpuidle/stateM/disable, cpufreq/policyN/scaling_{governor,min_freq,max_freq}, cpufreq/boost,
// intel_pstate/no_turbo.
bool valid_cpu_setting(std::string_view name);
// 1 to 64 letters, digits, '-' and '_'.
bool valid_cpu_setting_value(std::string_view value);

// The value, without the newline. kUsage for names that are not on the list; kEnvironment with the errno for
// what this machine does not have or does not let us read. No symbolic link is followed below the directory.
Result<std::string> read_cpu_setting(const std::string& directory, const std::string& name);
// Never makes a file.
Result<void> write_cpu_setting(const std::string& directory, const std::string& name,
                               const std::string& value);

}  // namespace bpftax
