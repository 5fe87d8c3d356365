#include "bench/maps/loop_instance.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpftax::bench {

tl::unexpected<Error> wrong_work(std::string why) {
  return fail(ErrorKind::kSubject, "the benchmark did not do its work", {}, std::move(why));
}

LoopWork measured_work(std::string name, std::string side, Action action, std::string floor) {
  LoopWork work;
  work.operation.name = std::move(name);
  work.operation.side = std::move(side);
  work.operation.floor = std::move(floor);
  work.action = action;
  return work;
}

LoopWork floor_work(std::string name, std::string side, Action action) {
  LoopWork work = measured_work(std::move(name), std::move(side), action, "");
  work.operation.is_floor = true;
  return work;
}

LoopWork absent_work(std::string name, std::string side, std::string reason) {
  LoopWork work = measured_work(std::move(name), std::move(side), Action::kEmptyLoop, "");
  work.operation.absent = std::move(reason);
  return work;
}

LoopInstance::LoopInstance(std::unique_ptr<LoopSubject> subject, std::unique_ptr<ThreadTeam> team,
                           const std::vector<uint64_t>& fixed)
    : subject_(std::move(subject)), team_(std::move(team)) {
  for (LoopWork& work : subject_->works()) {
    if (work.operation.is_floor || !work.operation.absent.empty() || fixed.empty()) {
      works_.push_back(std::move(work));
      continue;
    }
    for (const uint64_t n : fixed) {
      LoopWork one = work;
      one.operation.fixed_n = n;
      one.operation.n_is_given = true;
      one.operation.params["ops"] = n;
      works_.push_back(std::move(one));
    }
  }
  for (const LoopWork& work : works_) operations_.push_back(work.operation);
}

namespace {

uint64_t iterations_of(const LoopWork& work, uint64_t n) {
  return std::max<uint64_t>((n + work.unit - 1) / work.unit, 1);
}

}  // namespace

Result<void> LoopInstance::prepare(size_t operation, uint64_t n) {
  const LoopWork& work = works_[operation];
  return subject_->prepare(work, iterations_of(work, n));
}

// Errors are kept, not returned: the other threads wait at the barrier.
void LoopInstance::run_thread(const LoopWork& work, uint64_t iterations, size_t thread) {
  LoopTotal& total = totals_[thread];
  Result<void>& error = errors_[thread];
  const auto part = [&](Action action, uint64_t first, uint64_t count) -> LoopTotal {
    team_->line_up();
    if (!error) return {};
    auto done = subject_->loop(thread, action, first, count);
    if (done) return *done;
    error = propagate(done);
    return {};
  };
  for (uint64_t first = 0; first < iterations; first += work.chunk) {
    const uint64_t count = std::min(work.chunk, iterations - first);
    const LoopTotal done = part(work.action, first, count);
    total.ns += done.ns;
    total.looped += done.looped;
    total.executed += done.executed;
    total.succeeded += done.succeeded;
    total.sum += done.sum;
    // After the last chunk the elements stay as they are, for the check.
    if (work.inverse && first + count < iterations) part(*work.inverse, first * work.unit, count * work.unit);
  }
}

Result<Stretch> LoopInstance::run(size_t operation, uint64_t n) {
  const LoopWork& work = works_[operation];
  totals_.assign(team_->size(), {});
  errors_.assign(team_->size(), {});
  const uint64_t iterations = iterations_of(work, n);
  team_->run([&](size_t thread) { run_thread(work, iterations, thread); });
  for (Result<void>& error : errors_)
    if (!error) return propagate(error);
  Stretch stretch;
  stretch.operations = UINT64_MAX;
  for (const LoopTotal& total : totals_) {
    stretch.ns = std::max(stretch.ns, total.ns);
    stretch.operations = std::min(stretch.operations, total.executed);
  }
  if (!work.operation.is_floor) {
    if (const auto memory = subject_->memory_bytes()) stretch.metrics.push_back({"memory", "bytes", *memory});
    for (SampleMetric& metric : subject_->metrics(work)) stretch.metrics.push_back(std::move(metric));
  }
  return stretch;
}

Result<void> LoopInstance::check(size_t operation, uint64_t n) {
  const LoopWork& work = works_[operation];
  const uint64_t iterations = iterations_of(work, n);
  const uint64_t wanted = iterations * work.unit;
  if (totals_.size() != team_->size()) return wrong_work("nothing was run");
  for (size_t thread = 0; thread < totals_.size(); ++thread) {
    const LoopTotal& total = totals_[thread];
    if (total.looped != iterations)
      return wrong_work(fmt::format("the loop ran {} times instead of {}", total.looped, iterations));
    if (total.executed != wanted)
      return wrong_work(fmt::format("{} operations were executed instead of {}", total.executed, wanted));
    if (total.succeeded != wanted)
      return wrong_work(fmt::format("{} of {} operations succeeded", total.succeeded, wanted));
    const auto sum = subject_->expected_sum(work, thread, iterations);
    if (sum && total.sum != *sum)
      return wrong_work(fmt::format("what was read adds up to {} instead of {}", total.sum, *sum));
  }
  return subject_->check(work, iterations);
}

}  // namespace bpftax::bench
