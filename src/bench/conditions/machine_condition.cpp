#include "bench/conditions/machine_condition.h"

#include <fmt/format.h>
#include <unistd.h>

#include "bench/conditions/reached.h"
#include "host/interrupt.h"
#include "sample/sampler.h"

namespace bpftax::bench {
namespace {

// Idle states are really left alone while something holds the latency at 0; a little may end in the interval.
constexpr double kMostDeepIdle = 2;  // percent
constexpr int64_t kIdleLookMs = 300;

// Two looks at the machine from this process, for conditions that need no agent: nothing runs in between that
// was not there without them.
class TwoLooks {
 public:
  Result<void> first(const SampleRoots& roots) {
    SamplingSpec spec;
    spec.netns = {""};
    spec.hardware_counters = false;
    BPFTAX_ASSIGN(HostSampler sampler, HostSampler::open(spec, {}, roots));
    sampler_.emplace(std::move(sampler));
    series_.samples = {sampler_->take()};
    return {};
  }
  SampleSeries second() {
    series_.samples.push_back(sampler_->take());
    sampler_.reset();
    return std::move(series_);
  }

 private:
  std::optional<HostSampler> sampler_;
  SampleSeries series_;
};

class MachineCondition : public Condition {
 public:
  MachineCondition(const LoadSpec& load, PowerSpec power, const ConditionPlace& place)
      : load_spec_(load),
        power_spec_(std::move(power)),
        place_(place),
        load_(load, place.load),
        changes_(place.power) {}
  ~MachineCondition() override {
    if (entered_) (void)leave();
  }
  MachineCondition(const MachineCondition&) = delete;
  MachineCondition& operator=(const MachineCondition&) = delete;

  std::string name() const override {
    const std::string power = power_spec_.name();
    if (power.empty()) return load_spec_.name();
    return load_spec_.idle() ? power : load_spec_.name() + "," + power;
  }

  Result<void> enter() override {
    if (entered_) return fail(ErrorKind::kInternal, "a condition was entered twice", name());
    auto done = begin();
    if (done) {
      entered_ = true;
      return {};
    }
    if (loaded_) (void)load_.stop();
    loaded_ = false;
    (void)changes_.restore();
    return done;
  }

  Result<Json> leave() override {
    if (!entered_) return fail(ErrorKind::kInternal, "a condition was left that was not entered", name());
    entered_ = false;
    const InterruptShield shield;
    Json reached;
    std::optional<Error> error;
    if (loaded_) {
      loaded_ = false;
      auto stopped = load_.stop();
      if (stopped) {
        reached = std::move(*stopped);
      } else {
        error = stopped.error();
      }
    } else {
      reached = reached_json(looks_.second());
    }
    if (!power_spec_.empty()) reached["settings"] = settings_json();
    const auto restored = changes_.restore();
    if (!restored) error = restored.error();  // of more weight than what was measured
    if (error) return tl::unexpected<Error>(*error);
    return reached;
  }

 private:
  Result<void> begin() {
    PowerPlan plan;
    if (!power_spec_.empty()) {
      BPFTAX_ASSIGN(plan, plan_power(power_spec_, place_.power));
    }
    Host* host = nullptr;
    if (!plan.changes.empty() || !load_spec_.idle()) {
      BPFTAX_ASSIGN(host, place_.host());
    }
    BPFTAX_TRY(changes_.apply(plan, host));
    if (power_spec_.cstates == false) BPFTAX_TRY(check_idle_states());
    if (load_spec_.idle()) return looks_.first(place_.load.roots);
    BPFTAX_TRY(load_.start(*host));
    loaded_ = true;
    return load_.begin_sampling();
  }

  Result<void> check_idle_states() {
    TwoLooks looks;
    BPFTAX_TRY(looks.first(place_.load.roots));
    ::usleep(kIdleLookMs * 1000);
    const auto deep = deep_idle_percent_of(looks.second());
    if (!deep || deep->mean <= kMostDeepIdle) return {};
    return fail(ErrorKind::kEnvironment, "idle states are still entered", name(),
                fmt::format("the CPUs spend {:.0f} % of their time in them", deep->mean));
  }

  // What is in force: {"cpu_dma_latency_us": 0, "cpufreq/policy0/scaling_governor": "performance"}.
  Json settings_json() const {
    Json settings = Json::object();
    if (changes_.holds_latency()) settings["cpu_dma_latency_us"] = 0;
    for (const SettingChange& change : changes_.in_force()) settings[change.name] = change.value;
    return settings;
  }

  LoadSpec load_spec_;
  PowerSpec power_spec_;
  ConditionPlace place_;
  Load load_;
  PowerChanges changes_;
  TwoLooks looks_;
  bool entered_ = false, loaded_ = false;
};

}  // namespace

std::unique_ptr<Condition> make_machine_condition(const LoadSpec& load, const PowerSpec& power,
                                                  const ConditionPlace& place) {
  return std::make_unique<MachineCondition>(load, power, place);
}

}  // namespace bpftax::bench
