#include "bench/sampling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "stats/descriptive.h"
#include "util/rng.h"

namespace bpftax::bench {
namespace {

constexpr int kPairs = 3;              // of runs of n/2 and n
constexpr int kProportionTries = 4;    // kPairs each
constexpr int kCalibrationSteps = 40;  // growth by 1.5 at least: 10^7 operations are reached in 40
constexpr double kMostGrowth = 20;     // of n from one run to the next: early runs are cold
// Preparation may take this many times the stretch in one sample; more runs would not fill a sample any more.
constexpr double kPreparationShare = 4;

// One run with everything around it. The error is the reason why the row is invalid.
Result<Stretch> run_once(Instance& instance, size_t operation, uint64_t n) {
  BPFTAX_TRY(instance.prepare(operation, n));
  BPFTAX_ASSIGN(Stretch stretch, instance.run(operation, n));
  BPFTAX_TRY(instance.check(operation, n));
  if (stretch.operations == 0)
    return fail(ErrorKind::kWorkload, "wrong work", "", fmt::format("none of {} operations was executed", n));
  for (const SampleMetric& metric : stretch.metrics)
    if (!std::isfinite(metric.value))
      return fail(ErrorKind::kWorkload, "wrong work", "", "no number for " + metric.name);
  return stretch;
}

double per_operation(const Stretch& stretch) {
  return static_cast<double>(stretch.ns) / static_cast<double>(stretch.operations);
}

struct Subject {
  size_t index = 0;
  uint64_t n = 0;
  int runs = 1;  // of one sample
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
    each_in_random_order([this](Subject& subject) { return calibrate(subject); });
    if (request_.check_proportion)
      each_in_random_order([this](Subject& subject) { return check_proportion(subject); });
    for (int i = 0; i < request_.sampling.samples; ++i)
      each_in_random_order([this](Subject& subject) { return sample(subject); });
    for (const Subject& subject : subjects_) {
      OperationSamples& out = result_.operations[subject.index];
      if (out.status != Status::kMeasured) continue;
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
      if (result_.operations[subject.index].status != Status::kMeasured) continue;
      if (const Result<void> done = step(subject); !done) invalidate(subject, done.error());
    }
  }

  Result<void> calibrate(Subject& subject) {
    const Operation& what = operation(subject);
    const uint64_t most = std::max<uint64_t>(instance_.most(subject.index), 1);
    if (what.fixed_n) {
      subject.n = std::max<uint64_t>(*what.fixed_n, 1);
      result_.operations[subject.index].n = subject.n;
      return {};
    }
    const auto wanted_ns = static_cast<double>(request_.sampling.stretch_ns);
    uint64_t n = subject.index < request_.hints.size() ? request_.hints[subject.index] : 1;
    n = std::clamp<uint64_t>(n, 1, most);
    for (int step = 0;; ++step) {
      const uint64_t before_ns = now_ns_();
      BPFTAX_ASSIGN(const Stretch stretch, run_once(instance_, subject.index, n));
      const auto all_ns = static_cast<double>(now_ns_() - before_ns);
      const auto ns = std::max(static_cast<double>(stretch.ns), 1.0);
      const double factor = wanted_ns / ns;
      const bool close = factor > 0.6 && factor < 1.67;
      if (close || (n == most && factor > 1) || (n == 1 && factor < 1) || step >= kCalibrationSteps) {
        subject.n = scaled(n, close ? factor : 1.0, most);
        subject.runs = runs_of_sample(factor, std::max(all_ns, ns) / wanted_ns);
        if (subject.n < most) subject.runs = 1;
        result_.operations[subject.index].n = subject.n;
        return {};
      }
      n = scaled(n, std::min(factor, kMostGrowth), most);
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
        BPFTAX_ASSIGN(const Stretch a, run_once(instance_, subject.index, half));
        BPFTAX_ASSIGN(const Stretch b, run_once(instance_, subject.index, 2 * half));
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
    double ns = 0, operations = 0;
    for (int i = 0; i < subject.runs; ++i) {
      BPFTAX_ASSIGN(const Stretch stretch, run_once(instance_, subject.index, subject.n));
      ns += static_cast<double>(stretch.ns);
      operations += static_cast<double>(stretch.operations);
      for (const SampleMetric& metric : stretch.metrics) {
        auto& [sum, count] =
            subject.metrics.try_emplace(metric.name, SampleMetric{metric.name, metric.unit, 0}, 0)
                .first->second;
        sum.value += metric.value;
        ++count;
      }
    }
    result_.operations[subject.index].ns.push_back(ns / operations);
    return {};
  }

  Instance& instance_;
  const SamplingRequest& request_;
  const std::function<uint64_t()>& now_ns_;
  PcgRng rng_;
  std::vector<Subject> subjects_;
  ProcessResult result_;
};

}  // namespace

ProcessResult sample_instance(Instance& instance, const SamplingRequest& request,
                              const std::function<uint64_t()>& now_ns) {
  return InstanceSampler(instance, request, now_ns).run();
}

}  // namespace bpftax::bench
