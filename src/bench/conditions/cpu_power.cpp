#include "bench/conditions/cpu_power.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "agent/cpu_setting.h"
#include "host/interrupt.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

// Entries of a folder that are PREFIX and a number, by that number.
std::vector<std::string> numbered(const std::string& folder, std::string_view prefix) {
  std::vector<std::pair<int64_t, std::string>> found;
  std::error_code error;
  for (auto it = std::filesystem::directory_iterator(folder, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (const auto number = to_int64(std::string_view(name).substr(prefix.size())); number && *number >= 0)
      found.emplace_back(*number, name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> names;
  for (auto& [number, name] : found) names.push_back(std::move(name));
  return names;
}

// One line; nullopt: there is no such file.
std::optional<std::string> line_of(const std::string& path) {
  const auto text = read_file(path, 1 << 16);
  if (!text) return std::nullopt;
  return std::string(trim(*text));
}

class PowerPlanner {
 public:
  explicit PowerPlanner(const PowerPaths& paths) : paths_(paths) {}

  Result<PowerPlan> run(const PowerSpec& spec) {
    if (spec.cstates) BPFTAX_TRY(*spec.cstates ? allow_idle_states() : forbid_idle_states());
    if (spec.pstates) BPFTAX_TRY(*spec.pstates ? free_frequency() : fix_frequency());
    if (!spec.governor.empty()) {
      BPFTAX_TRY(find_policies("cannot choose the governor"));
      for (const std::string& policy : policies_) BPFTAX_TRY(want_governor(policy, spec.governor));
    }
    return std::move(plan_);
  }

 private:
  std::string at(const std::string& name) const { return paths_.cpus + "/" + name; }

  void want(const std::string& name, const std::string& value) {
    if (line_of(at(name)) != value) plan_.changes.push_back({name, value});
  }

  // Names of cpuN/cpuidle/stateM, without the first state of each CPU: it is polling (x86), or the plain wait
  // for an interrupt below which there is nothing (arm64).
  Result<std::vector<std::string>> deeper_states() const {
    std::vector<std::string> states;
    for (const std::string& cpu : numbered(paths_.cpus, "cpu")) {
      const auto of_cpu = numbered(at(cpu + "/cpuidle"), "state");
      for (size_t i = 1; i < of_cpu.size(); ++i) states.push_back(cpu + "/cpuidle/" + of_cpu[i]);
    }
    if (states.empty()) {
      const auto driver = line_of(at("cpuidle/current_driver"));
      return fail(ErrorKind::kEnvironment, "cannot switch C-states", paths_.cpus + "/cpuN/cpuidle",
                  fmt::format("this kernel controls no idle states (cpuidle driver: {}; virtual machine, or "
                              "idle=poll?)",
                              driver && !driver->empty() ? printable(*driver) : "none"));
    }
    return states;
  }

  Result<void> forbid_idle_states() {
    BPFTAX_ASSIGN(const auto states, deeper_states());
    plan_.hold_latency = Fd(::open(paths_.latency_device.c_str(), O_WRONLY | O_CLOEXEC)).get() >= 0;
    if (plan_.hold_latency) return {};
    for (const std::string& state : states) want(state + "/disable", "1");
    return {};
  }

  Result<void> allow_idle_states() {
    BPFTAX_ASSIGN(const auto states, deeper_states());
    for (const std::string& state : states) {
      want(state + "/disable", "0");
      const auto latency = to_int64(line_of(at(state + "/latency")).value_or(""));
      const auto allowed = allowed_latency_us();
      if (latency && allowed && *latency > *allowed) {
        return fail(
            ErrorKind::kEnvironment, "cannot allow C-states", paths_.latency_device,
            fmt::format("another process holds it at {} us, and {} needs {}", *allowed, state, *latency));
      }
    }
    return {};
  }

  // What all holders of the device together allow.
  std::optional<int64_t> allowed_latency_us() const {
    const Fd fd(::open(paths_.latency_device.c_str(), O_RDONLY | O_CLOEXEC));
    int32_t microseconds = 0;
    if (!fd || ::read(fd.get(), &microseconds, sizeof microseconds) != sizeof microseconds)
      return std::nullopt;
    return microseconds;
  }

  Result<void> find_policies(const char* what) {
    if (!policies_.empty()) return {};
    for (const std::string& policy : numbered(at("cpufreq"), "policy"))
      policies_.push_back("cpufreq/" + policy);
    if (policies_.empty()) {
      return fail(ErrorKind::kEnvironment, what, at("cpufreq"),
                  "there is no cpufreq driver: this kernel does not choose the frequency (virtual machine?)");
    }
    return {};
  }

  std::vector<std::string> governors(const std::string& policy) const {
    std::vector<std::string> names;
    const std::string line = line_of(at(policy + "/scaling_available_governors")).value_or("");
    for (const std::string_view name : split_blank(line)) names.emplace_back(name);
    return names;
  }

  Result<void> want_governor(const std::string& policy, const std::string& governor) {
    const auto available = governors(policy);
    if (std::find(available.begin(), available.end(), governor) == available.end()) {
      return fail(ErrorKind::kEnvironment, "cannot choose the governor " + governor, at(policy),
                  "available: " + printable(join(available, ", ")));
    }
    want(policy + "/scaling_governor", governor);
    return {};
  }

  void want_turbo(bool on) {
    if (path_exists(at("intel_pstate/no_turbo"))) {
      want("intel_pstate/no_turbo", on ? "0" : "1");
    } else if (path_exists(at("cpufreq/boost"))) {
      want("cpufreq/boost", on ? "1" : "0");
    }
  }

  Result<void> fix_frequency() {
    BPFTAX_TRY(find_policies("cannot switch P-states"));
    want_turbo(false);
    for (const std::string& policy : policies_) {
      BPFTAX_TRY(want_governor(policy, "performance"));
      const auto highest = line_of(at(policy + "/cpuinfo_max_freq"));
      if (!highest) continue;
      want(policy + "/scaling_max_freq", *highest);
      want(policy + "/scaling_min_freq", *highest);
    }
    return {};
  }

  Result<void> free_frequency() {
    BPFTAX_TRY(find_policies("cannot switch P-states"));
    want_turbo(true);
    for (const std::string& policy : policies_) {
      BPFTAX_TRY(want_following_governor(policy));
      const auto lowest = line_of(at(policy + "/cpuinfo_min_freq"));
      const auto highest = line_of(at(policy + "/cpuinfo_max_freq"));
      if (lowest) want(policy + "/scaling_min_freq", *lowest);
      if (highest) want(policy + "/scaling_max_freq", *highest);
    }
    return {};
  }

  // The one in use, when it follows the load; else the first of a list.
  Result<void> want_following_governor(const std::string& policy) {
    std::vector<std::string> following{"schedutil", "ondemand", "conservative"};
    // intel_pstate and amd-pstate, when active, choose frequencies themselves; powersave is their way to
    // follow the load. With other drivers powersave is the lowest frequency.
    const auto driver = line_of(at(policy + "/scaling_driver")).value_or("");
    if (driver == "intel_pstate" || driver == "amd-pstate-epp")
      following.insert(following.begin(), "powersave");
    const auto now = line_of(at(policy + "/scaling_governor")).value_or("");
    if (std::find(following.begin(), following.end(), now) != following.end()) return {};
    const auto available = governors(policy);
    for (const std::string& governor : following) {
      if (std::find(available.begin(), available.end(), governor) != available.end())
        return want_governor(policy, governor);
    }
    return fail(ErrorKind::kEnvironment, "cannot switch P-states", at(policy),
                "no governor follows the load; available: " + printable(join(available, ", ")));
  }

  const PowerPaths& paths_;
  PowerPlan plan_;
  std::vector<std::string> policies_;
};

// The kernel rounds frequencies to what the hardware has.
bool must_be_exact(const std::string& name) {
  return !name.ends_with("_freq");
}

}  // namespace

std::string PowerSpec::name() const {
  std::vector<std::string> parts;
  if (cstates) parts.emplace_back(*cstates ? "cstates:on" : "cstates:off");
  if (pstates) parts.emplace_back(*pstates ? "pstates:on" : "pstates:off");
  if (!governor.empty()) parts.push_back("governor:" + governor);
  return join(parts, ",");
}

Result<PowerPlan> plan_power(const PowerSpec& spec, const PowerPaths& paths) {
  return PowerPlanner(paths).run(spec);
}

PowerChanges::~PowerChanges() {
  (void)restore();
}

Result<void> PowerChanges::change(const SettingChange& change) {
  BPFTAX_ASSIGN(const std::string before, read_cpu_setting(paths_.cpus, change.name));
  BPFTAX_TRY(host_->own("setting", change.name));
  before_.push_back({change.name, before});
  BPFTAX_TRY(write_cpu_setting(paths_.cpus, change.name, change.value));
  BPFTAX_ASSIGN(const std::string now, read_cpu_setting(paths_.cpus, change.name));
  if (must_be_exact(change.name) && now != change.value) {
    return fail(ErrorKind::kEnvironment, "the setting was not taken", paths_.cpus + "/" + change.name,
                "it is " + printable(now) + " after " + change.value + " was written");
  }
  changed_.push_back({change.name, now});
  return {};
}

Result<void> PowerChanges::apply(const PowerPlan& plan, Host* host) {
  host_ = host;
  if (plan.hold_latency) {
    latency_ = Fd(::open(paths_.latency_device.c_str(), O_WRONLY | O_CLOEXEC));
    constexpr int32_t kNoLatency = 0;
    if (!latency_ || ::write(latency_.get(), &kNoLatency, sizeof kNoLatency) != sizeof kNoLatency) {
      auto refused = fail_errno(errno, "cannot forbid idle states", paths_.latency_device);
      latency_.reset();
      return refused;
    }
  }
  for (const SettingChange& one : plan.changes) {
    auto changed = change(one);
    if (changed) continue;
    (void)restore();  // the first error says more
    return changed;
  }
  return {};
}

Result<void> PowerChanges::restore() {
  const InterruptShield shield;
  latency_.reset();
  changed_.clear();
  std::optional<Error> error;
  while (!before_.empty()) {
    const OwnedSetting setting = std::move(before_.back());
    before_.pop_back();
    auto restored = write_cpu_setting(paths_.cpus, setting.name, setting.value);
    // What could not be restored stays recorded.
    if (restored) restored = host_->disown("setting", setting.name);
    if (!restored && !error) error = restored.error();
  }
  if (error) return tl::unexpected<Error>(*error);
  return {};
}

}  // namespace bpftax::bench
