// Idle states (C-states) and frequencies (P-states) of the processors: what a condition changes of them, and
// changing it so that it comes back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/ledger.h"
#include "host/host.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench {

// What is asked for; nothing: left as it is.
struct PowerSpec {
  std::optional<bool> cstates;
  std::optional<bool> pstates;
  std::string governor;
  bool empty() const { return !cstates && !pstates && governor.empty(); }
  // "cstates:off,pstates:off"; "" when empty.
  std::string name() const;
};

struct PowerPaths {
  std::string cpus = kCpuSettingsDirectory;
  std::string latency_device = "/dev/cpu_dma_latency";
};

// A setting (agent/cpu_setting.h) and the value that it is to have.
struct SettingChange {
  std::string name, value;
  bool operator==(const SettingChange&) const = default;
};

// What has to be done, in this order. Only what differs from what is.
struct PowerPlan {
  // No idle state but polling: 0 us in /dev/cpu_dma_latency, which the kernel forgets when it is closed.
  bool hold_latency = false;
  std::vector<SettingChange> changes;
};

// kEnvironment: this machine does not offer it, with what is missing.
//   cstates off  no idle state but polling: by the latency device; where there is none,
//   cpuidle/stateN/disable
//           on   every idle state allowed
//   pstates off  one frequency: no turbo, governor performance, lowest = highest
//           on   turbo, a governor that follows the load, the whole range
//   governor     that one, on all CPUs
Result<PowerPlan> plan_power(const PowerSpec& spec, const PowerPaths& paths = {});

// The changes that are in force. The values before are recorded with the agent first, so that they come back
// whatever happens to us.
class PowerChanges {
 public:
  explicit PowerChanges(PowerPaths paths) : paths_(std::move(paths)) {}
  ~PowerChanges();
  PowerChanges(const PowerChanges&) = delete;
  PowerChanges& operator=(const PowerChanges&) = delete;

  // `host` is only used for settings: may be null where plan.changes is empty. After an error everything is
  // as it was before. The kernel may have taken another value than the one written: kEnvironment for
  // governors and switches; a frequency is whatever is nearest.
  Result<void> apply(const PowerPlan& plan, Host* host);
  // Everything as before, the last change first. Tries all; the first error.
  Result<void> restore();

  const std::vector<SettingChange>& in_force() const { return changed_; }
  bool holds_latency() const { return static_cast<bool>(latency_); }

 private:
  Result<void> change(const SettingChange& change);

  PowerPaths paths_;
  Host* host_ = nullptr;
  Fd latency_;
  std::vector<OwnedSetting> before_;
  std::vector<SettingChange> changed_;
};

}  // namespace bpftax::bench
