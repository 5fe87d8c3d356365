#include "bench/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "stats/descriptive.h"
#include "util/clock.h"
#include "util/rng.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

constexpr int kPairs = 3;              // of runs of n/2 and n
constexpr int kProportionTries = 4;    // kPairs each
constexpr int kCalibrationSteps = 40;  // growth by 1.5 at least: 10^7 operations are reached in 40
constexpr double kMostGrowth = 20;     // of n from one run to the next: early runs are cold
// Preparation may take this many times the stretch in one sample; more runs would not fill a sample any more.
constexpr double kPreparationShare = 4;

// A run this long tells what a longer one will take: starting threads is nothing to it, and an operation that
// needs its inverse has met it, unless both are slow.
constexpr double kEstimateNs = 20e6;

Result<void> check_stretch(const Stretch& stretch, uint64_t n) {
  if (stretch.operations == 0)
    return fail(ErrorKind::kWorkload, "wrong work", "", fmt::format("none of {} operations was executed", n));
  for (const SampleMetric& metric : stretch.metrics)
    if (!std::isfinite(metric.value))
      return fail(ErrorKind::kWorkload, "wrong work", "", "no number for " + metric.name);
  return {};
}

// What a run took of this process's time.
struct RunCost {
  double around_ns = 0;  // preparation and check
  double run_ns = 0;     // with what is not timed in it
  double all_ns() const { return around_ns + run_ns; }
};

double per_operation(const Stretch& stretch) {
  return static_cast<double>(stretch.ns) / static_cast<double>(stretch.operations);
}

struct Subject {
  size_t index = 0;
  uint64_t n = 0;
  int runs = 1;          // of one sample
  double sample_ns = 0;  // with everything around it; 0: not known yet
  std::map<std::string, std::pair<SampleMetric, int>> metrics;
};

class InstanceSampler {
 public:
  InstanceSampler(Instance& instance, const SamplingRequest& request, const std::function<uint64_t()>& now_ns)
      : instance_(instance), request_(request), now_ns_(now_ns), rng_(request.sampling.seed) {}

  ProcessResult run() {
    const std::vector<Operation>& operations = instance_.operations();
    result_.operations.resize(operations.size());
    for (size_t i = 0; i < operations.size(); ++i) {
      result_.operations[i].operation = operations[i];
      if (operations[i].absent.empty()) {
        subjects_.push_back({i});
      } else {
        result_.operations[i].status = Status::kUnavailable;
        result_.operations[i].reason = operations[i].absent;
      }
    }
    check_floors();
    started_ns_ = now_ns_();
    each_in_random_order([this](Subject& subject) { return calibrate(subject); });
    const int samples = request_.sampling.samples;
    // One sample more, for what an estimate leaves out.
    if (!make_fit(samples + 1)) return too_long();
    if (request_.check_proportion)
      each_in_random_order([this](Subject& subject) { return check_proportion(subject); });
    for (int i = 0; i < samples; ++i) {
      each_in_random_order([this](Subject& subject) { return sample(subject); });
      if (i == 0 && samples > 1 && !make_fit(samples - 1)) return too_long();
    }
    for (const Subject& subject : subjects_) {
      if (!going(subject)) continue;
      OperationSamples& out = result_.operations[subject.index];
      for (const auto& [name, sum] : subject.metrics) {
        SampleMetric mean = sum.first;
        mean.value /= sum.second;
        out.metrics.push_back(std::move(mean));
      }
    }
    return std::move(result_);
  }

 private:
  const Operation& operation(const Subject& subject) const { return instance_.operations()[subject.index]; }

  void invalidate(const Subject& subject, const Error& error) {
    OperationSamples& out = result_.operations[subject.index];
    out.status = Status::kInvalid;
    out.reason = error.why.empty() ? to_string(error) : error.why;
    out.ns.clear();
    out.warnings.clear();
  }

  bool going(const Subject& subject) const {
    return result_.operations[subject.index].status == Status::kMeasured;
  }

  double left_s() const { return kMostSamplingS - static_cast<double>(now_ns_() - started_ns_) / kNsPerS; }

  // Of one sample of everything.
  double round_s() const {
    double ns = 0;
    for (const Subject& subject : subjects_)
      if (going(subject)) ns += subject.sample_ns;
    return ns / kNsPerS;
  }

  // Leaves out the longest of the given numbers until so many rounds are over in time. False: they are not.
  bool make_fit(int rounds) {
    const double left = left_s();
    while (round_s() > 0 && round_s() * rounds > left) {
      Subject* longest = nullptr;
      for (Subject& subject : subjects_) {
        if (!going(subject) || !operation(subject).n_is_given) continue;
        if (longest == nullptr || subject.sample_ns > longest->sample_ns) longest = &subject;
      }
      if (longest == nullptr) return false;
      leave_out(*longest);
    }
    return true;
  }

  void leave_out(const Subject& subject) {
    OperationSamples& out = result_.operations[subject.index];
    out.status = Status::kUnavailable;
    out.reason = fmt::format(
        "{} operations would take {} ({} samples: {}), and a process has {} for all of its operations",
        subject.n, format_duration(subject.sample_ns / kNsPerS), request_.sampling.samples,
        format_duration(subject.sample_ns / kNsPerS * request_.sampling.samples),
        format_duration(kMostSamplingS));
    out.ns.clear();
  }

  ProcessResult too_long() const {
    ProcessResult result;
    result.status = Status::kUnavailable;
    result.reason = fmt::format(
        "{} samples of {} operations and floors would take {}, and of the {} that a process has {} are left: "
        "give fewer --samples",
        request_.sampling.samples, subjects_.size(), format_duration(round_s() * request_.sampling.samples),
        format_duration(kMostSamplingS), format_duration(std::max(0.0, left_s())));
    return result;
  }

  // One run with everything around it; what it took is cost_. The error is the reason why the row is invalid.
  Result<Stretch> run_once(const Subject& subject, uint64_t n) {
    const uint64_t begin_ns = now_ns_();
    BPFTAX_TRY(instance_.prepare(subject.index, n));
    const uint64_t prepared_ns = now_ns_();
    BPFTAX_ASSIGN(Stretch stretch, instance_.run(subject.index, n));
    const uint64_t ran_ns = now_ns_();
    BPFTAX_TRY(instance_.check(subject.index, n));
    BPFTAX_TRY(check_stretch(stretch, n));
    cost_.run_ns = std::max(static_cast<double>(ran_ns - prepared_ns), static_cast<double>(stretch.ns));
    cost_.around_ns = static_cast<double>(prepared_ns - begin_ns + now_ns_() - ran_ns);
    return stretch;
  }

  // A floor that does not exist is a mistake of the benchmark: its rows must not pass as measured.
  void check_floors() {
    for (const Subject& subject : subjects_) {
      const Operation& wanted = operation(subject);
      if (wanted.floor.empty()) continue;
      const bool found = std::any_of(subjects_.begin(), subjects_.end(), [&](const Subject& other) {
        const Operation& floor = operation(other);
        return floor.is_floor && floor.name == wanted.floor && floor.side == wanted.side;
      });
      if (!found)
        invalidate(subject,
                   Error{.kind = ErrorKind::kInternal, .why = "there is no floor '" + wanted.floor + "'"});
    }
  }

  template <class Step>
  void each_in_random_order(Step&& step) {
    std::vector<size_t> order(subjects_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    rng_.shuffle(order);
    for (const size_t i : order) {
      Subject& subject = subjects_[i];
      if (!going(subject)) continue;
      if (const Result<void> done = step(subject); !done) invalidate(subject, done.error());
    }
  }

  Result<void> calibrate(Subject& subject) {
    const Operation& what = operation(subject);
    const uint64_t most = std::max<uint64_t>(instance_.most(subject.index), 1);
    if (what.fixed_n) {
      subject.n = std::max<uint64_t>(*what.fixed_n, 1);
      result_.operations[subject.index].n = subject.n;
      return what.n_is_given ? estimate(subject) : Result<void>();
    }
    const auto wanted_ns = static_cast<double>(request_.sampling.stretch_ns);
    uint64_t n = subject.index < request_.hints.size() ? request_.hints[subject.index] : 1;
    n = std::clamp<uint64_t>(n, 1, most);
    for (int step = 0;; ++step) {
      BPFTAX_ASSIGN(const Stretch stretch, run_once(subject, n));
      const auto ns = std::max(static_cast<double>(stretch.ns), 1.0);
      const double factor = wanted_ns / ns;
      const bool close = factor > 0.6 && factor < 1.67;
      if (close || (n == most && factor > 1) || (n == 1 && factor < 1) || step >= kCalibrationSteps) {
        subject.n = scaled(n, close ? factor : 1.0, most);
        const double all_ns = std::max(cost_.all_ns(), ns);
        subject.runs = runs_of_sample(factor, all_ns / wanted_ns);
        if (subject.n < most) subject.runs = 1;
        subject.sample_ns = all_ns * static_cast<double>(subject.n) / static_cast<double>(n) * subject.runs;
        result_.operations[subject.index].n = subject.n;
        return {};
      }
      n = scaled(n, std::min(factor, kMostGrowth), most);
    }
  }

  // What a sample of the given number will take, by shorter runs.
  Result<void> estimate(Subject& subject) {
    for (uint64_t n = 1;;) {
      BPFTAX_TRY(run_once(subject, n));
      const double times = static_cast<double>(subject.n) / static_cast<double>(n);
      subject.sample_ns = cost_.around_ns + cost_.run_ns * times;
      if (n == subject.n || cost_.run_ns >= kEstimateNs) return {};
      const double growth = 2 * kEstimateNs / std::max(cost_.run_ns, 1.0);
      n = scaled(n, std::clamp(growth, 2.0, kMostGrowth), subject.n);
    }
  }

  static uint64_t scaled(uint64_t n, double factor, uint64_t most) {
    const double wanted = std::round(static_cast<double>(n) * factor);
    if (wanted >= static_cast<double>(most)) return most;
    return static_cast<uint64_t>(std::max(wanted, 1.0));
  }

  // factor: runs that fill a stretch; cost: what one takes with its preparation, in stretches.
  static int runs_of_sample(double factor, double cost) {
    const double affordable = kPreparationShare / cost;
    return static_cast<int>(std::clamp(std::min(factor, affordable), 1.0, static_cast<double>(kMostRuns)));
  }

  Result<void> check_proportion(Subject& subject) {
    if (operation(subject).fixed_n || subject.n < 2) return {};
    const uint64_t half = subject.n / 2;
    std::vector<double> short_ns, long_ns;
    double ratio = 0;
    for (int attempt = 0; attempt < kProportionTries; ++attempt) {
      for (int i = 0; i < kPairs; ++i) {
        BPFTAX_ASSIGN(const Stretch a, run_once(subject, half));
        BPFTAX_ASSIGN(const Stretch b, run_once(subject, 2 * half));
        // What was executed, not what was asked, is what time must grow with.
        short_ns.push_back(per_operation(a));
        long_ns.push_back(per_operation(b));
      }
      const double base = *median(short_ns);
      ratio = base > 0 ? 2 * *median(long_ns) / base : 0;
      if (std::fabs(ratio / 2 - 1) <= kProportionTolerance) return {};
    }
    result_.operations[subject.index].warnings.push_back(
        fmt::format("twice the operations ({} and {}) took {:.2f} times the time", half, 2 * half, ratio));
    return {};
  }

  Result<void> sample(Subject& subject) {
    double ns = 0, operations = 0, all_ns = 0;
    for (int i = 0; i < subject.runs; ++i) {
      BPFTAX_ASSIGN(const Stretch stretch, run_once(subject, subject.n));
      ns += static_cast<double>(stretch.ns);
      all_ns += cost_.all_ns();
      operations += static_cast<double>(stretch.operations);
      for (const SampleMetric& metric : stretch.metrics) {
        auto& [sum, count] =
            subject.metrics.try_emplace(metric.name, SampleMetric{metric.name, metric.unit, 0}, 0)
                .first->second;
        sum.value += metric.value;
        ++count;
      }
    }
    subject.sample_ns = all_ns;
    result_.operations[subject.index].ns.push_back(ns / operations);
    return {};
  }

  Instance& instance_;
  const SamplingRequest& request_;
  const std::function<uint64_t()>& now_ns_;
  PcgRng rng_;
  std::vector<Subject> subjects_;
  uint64_t started_ns_ = 0;
  RunCost cost_;  // of the last run
  ProcessResult result_;
};

}  // namespace

ProcessResult sample_instance(Instance& instance, const SamplingRequest& request,
                              const std::function<uint64_t()>& now_ns) {
  return InstanceSampler(instance, request, now_ns).run();
}

}  // namespace bpftax::bench
