#include "bench/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/interrupt.h"
#include "util/rng.h"

namespace bpftax::bench {
namespace {

// Stream of the orders; each process has one of its own.
constexpr uint64_t kOrderStream = 7;
// A condition that does not hold so often is given up.
constexpr int kMostDropped = 2;

bool is_spread(const Json& value) {
  if (!value.is_object()) return false;
  for (const char* name : {"mean", "min", "max", "samples"})
    if (!value.contains(name) || !value.at(name).is_number()) return false;
  return true;
}

Json merge_spread(const Json& a, const Json& b) {
  const double n_a = a.at("samples").get<double>(), n_b = b.at("samples").get<double>();
  if (!(n_a > 0)) return b;
  if (!(n_b > 0)) return a;
  Json out = b;
  out["mean"] = (a.at("mean").get<double>() * n_a + b.at("mean").get<double>() * n_b) / (n_a + n_b);
  out["min"] = std::min(a.at("min").get<double>(), b.at("min").get<double>());
  out["max"] = std::max(a.at("max").get<double>(), b.at("max").get<double>());
  out["samples"] = a.at("samples").get<int64_t>() + b.at("samples").get<int64_t>();
  return out;
}

class Runner {
 public:
  Runner(const std::vector<Task>& tasks, const std::vector<std::unique_ptr<Condition>>& conditions,
         const RunOptions& options, const MeasureTask& measure, const Clock& clock, RunObserver& observer)
      : conditions_(conditions),
        options_(options),
        measure_(measure),
        clock_(clock),
        observer_(observer),
        rng_(options.seed, kOrderStream),
        seeds_(options.seed),
        given_up_(conditions.size(), std::vector<bool>(tasks.size(), false)),
        hints_(conditions.size(), std::vector<std::vector<uint64_t>>(tasks.size())) {
    record_.tasks = tasks;
    for (const auto& condition : conditions)
      record_.conditions.push_back({condition->name(), "", Json::object()});
    per_visit_ = options.time_s && !one_condition() ? 1 : std::max(1, (options.runs + kVisits - 1) / kVisits);
  }

  Result<RunRecord> run() {
    started_ns_ = clock_.monotonic_ns();
    Result<void> measured = rounds();
    Result<void> left = leave();
    name_those_that_never_held();
    if (!measured) {
      if (measured.error().kind != ErrorKind::kInterrupted) return propagate(std::move(measured));
      record_.interrupted = true;
    }
    if (!left) return propagate(std::move(left));
    return std::move(record_);
  }

 private:
  double elapsed_s() const {
    return static_cast<double>(clock_.monotonic_ns() - started_ns_) / static_cast<double>(kNsPerS);
  }

  Result<void> rounds() {
    for (int done = 0; done < options_.runs && !nothing_left();) {
      const int repetitions = std::min(per_visit_, options_.runs - done);
      // With one condition every repetition may be the last; with several all get the same number.
      const int next = one_condition() ? 1 : repetitions * static_cast<int>(conditions_.size());
      if (!time_for(next, true)) return {};
      std::vector<size_t> order(conditions_.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      rng_.shuffle(order);
      for (const size_t condition : order) BPFTAX_TRY(visit(condition, done, repetitions));
      if (out_of_time_) return {};
      done += repetitions;
    }
    return {};
  }

  // Whether so many repetitions more will be over in time. Judged by the longest so far.
  bool time_for(int repetitions, bool enters) {
    const int done = fewest_repetitions();
    if (!options_.time_s || done < std::min(kFewestRuns, options_.runs)) return true;
    double wanted_s = (longest_later_s_ > 0 ? longest_later_s_ : longest_first_s_) * repetitions;
    if (enters) wanted_s += longest_change_s_ * static_cast<double>(conditions_.size());
    if (elapsed_s() + wanted_s <= *options_.time_s) return true;
    record_.warnings.push_back(
        fmt::format("the time of {:g} s was used up after {} of {} processes of each task", *options_.time_s,
                    done, options_.runs));
    out_of_time_ = true;
    return false;
  }

  // Of the conditions that are still visited.
  int fewest_repetitions() const {
    int fewest = options_.runs;
    for (size_t i = 0; i < conditions_.size(); ++i)
      if (record_.conditions[i].unavailable.empty() && !gave_up(i))
        fewest = std::min(fewest, record_.conditions[i].repetitions);
    return fewest;
  }

  bool one_condition() const { return conditions_.size() == 1; }
  bool gave_up(size_t condition) const {
    const std::vector<bool>& tasks = given_up_[condition];
    return std::find(tasks.begin(), tasks.end(), false) == tasks.end();
  }
  bool nothing_left() const {
    for (size_t i = 0; i < conditions_.size(); ++i)
      if (record_.conditions[i].unavailable.empty() && !gave_up(i)) return false;
    return true;
  }

  Result<void> visit(size_t condition, int done, int repetitions) {
    ConditionRecord& record = record_.conditions[condition];
    if (!record.unavailable.empty() || gave_up(condition)) return {};
    const double before_s = elapsed_s();
    BPFTAX_TRY(enter(condition));
    if (!entered_) return {};
    double change_s = elapsed_s() - before_s;
    for (int i = 0; i < repetitions && !gave_up(condition); ++i) {
      if (one_condition() && i > 0 && !time_for(1, false)) break;
      const double begin_s = elapsed_s();
      BPFTAX_TRY(repeat(condition, done + i));
      ++record.repetitions;
      BPFTAX_TRY(observer_.repetition_done(record_));
      double& longest_s = done + i == 0 ? longest_first_s_ : longest_later_s_;
      longest_s = std::max(longest_s, elapsed_s() - begin_s);
    }
    const double after_s = elapsed_s();
    BPFTAX_TRY(leave());
    change_s += elapsed_s() - after_s;
    longest_change_s_ = std::max(longest_change_s_, change_s);
    return {};
  }

  // Leaves entered_ empty when this machine cannot.
  Result<void> enter(size_t condition) {
    if (interrupt_pending()) return fail_interrupted("cannot measure");
    ConditionRecord& record = record_.conditions[condition];
    Result<void> done = conditions_[condition]->enter();
    if (done) {
      entered_ = condition;
      before_visit_ = {record_.processes.size(), record.repetitions, given_up_[condition], hints_[condition]};
      ++record.visits;
      return {};
    }
    if (done.error().kind == ErrorKind::kInterrupted) return done;
    return give_up(condition, why_of(done.error()), "could not be entered");
  }

  static std::string why_of(const Error& error) { return error.why.empty() ? to_string(error) : error.why; }

  // What was measured in it before stays.
  Result<void> give_up(size_t condition, const std::string& why, const char* what) {
    ConditionRecord& record = record_.conditions[condition];
    if (!measured_in(condition)) record.unavailable = why;
    given_up_[condition].assign(record_.tasks.size(), true);
    return note(fmt::format("condition {} {}: {}", record.name, what, why));
  }

  Result<void> note(std::string text) {
    record_.warnings.push_back(text);
    return observer_.note(text);
  }

  // Under an error of kind kWorkload the condition did not hold: what was measured in this visit is not what
  // it claims to be, and is left out.
  Result<void> leave() {
    if (!entered_) return {};
    const InterruptShield shield;
    const size_t index = *entered_;
    entered_.reset();
    ConditionRecord& record = record_.conditions[index];
    Result<Json> reached = conditions_[index]->leave();
    if (reached) {
      record.reached = merge_reached(record.reached, *reached);
      return {};
    }
    if (reached.error().kind != ErrorKind::kWorkload) return propagate(std::move(reached));
    const size_t dropped = record_.processes.size() - before_visit_.processes;
    forget_visit(index);
    const std::string why = why_of(reached.error());
    BPFTAX_TRY(note(fmt::format("the last visit to condition {} is left out with its {} processes: {}",
                                record.name, dropped, why)));
    did_not_hold_[index] = why;
    if (++record.visits_dropped >= kMostDropped) return give_up(index, why, "did not hold");
    return {};
  }

  // What was learnt in it was learnt in another state of the machine: a task that was unavailable is asked
  // again, and the next process checks the proportion.
  void forget_visit(size_t index) {
    ConditionRecord& record = record_.conditions[index];
    record_.processes.resize(before_visit_.processes);
    record.repetitions_dropped += record.repetitions - before_visit_.repetitions;
    record.repetitions = before_visit_.repetitions;
    given_up_[index] = std::move(before_visit_.given_up);
    hints_[index] = std::move(before_visit_.hints);
  }

  bool measured_in(size_t condition) const {
    return std::any_of(record_.processes.begin(), record_.processes.end(),
                       [&](const ProcessRecord& process) { return process.condition == condition; });
  }

  void name_those_that_never_held() {
    for (const auto& [condition, why] : did_not_hold_)
      if (!measured_in(condition)) record_.conditions[condition].unavailable = why;
  }

  Result<void> repeat(size_t condition, int repetition) {
    std::vector<size_t> order;
    for (size_t i = 0; i < record_.tasks.size(); ++i)
      if (!given_up_[condition][i]) order.push_back(i);
    rng_.shuffle(order);
    for (const size_t task : order) BPFTAX_TRY(measure(condition, task, repetition));
    return {};
  }

  Result<void> measure(size_t condition, size_t task, int repetition) {
    tell_progress(condition, task, repetition);
    std::vector<uint64_t>& hints = hints_[condition][task];
    SamplingRequest request{options_.sampling, hints.empty(), hints};
    ProcessRecord record{condition, task, repetition, 0, {}};
    // 53 bits, as the run's own.
    record.seed = (static_cast<uint64_t>(seeds_.next()) << 21u) | (seeds_.next() >> 11u);
    request.sampling.seed = record.seed;
    BPFTAX_ASSIGN(record.result, measure_(record_.tasks[task], request));
    if (record.result.status == Status::kMeasured) {
      hints.clear();
      for (const OperationSamples& samples : record.result.operations)
        hints.push_back(std::max<uint64_t>(samples.n, 1));
    } else {
      given_up_[condition][task] = true;
    }
    BPFTAX_TRY(observer_.process_done(record));
    record_.processes.push_back(std::move(record));
    return {};
  }

  void tell_progress(size_t condition, size_t task, int repetition) {
    RunProgress progress;
    progress.done = record_.processes.size();
    progress.condition = record_.conditions[condition].name;
    const Task& what = record_.tasks[task];
    progress.subject = what.subject;
    progress.repetition = repetition + 1;
    progress.repetitions = options_.runs;
    progress.elapsed_s = elapsed_s();
    progress.planned = progress.done;
    for (size_t i = 0; i < conditions_.size(); ++i) {
      if (!record_.conditions[i].unavailable.empty()) continue;
      const auto going = std::count(given_up_[i].begin(), given_up_[i].end(), false);
      const ConditionRecord& record = record_.conditions[i];
      const int left = options_.runs - record.repetitions - record.repetitions_dropped;
      progress.planned += static_cast<size_t>(going) * static_cast<size_t>(std::max(left, 0));
    }
    // Those of the repetition that is going on.
    const auto of_this =
        std::count_if(record_.processes.begin(), record_.processes.end(), [&](const ProcessRecord& record) {
          return record.condition == condition && record.repetition == repetition &&
                 record.result.status == Status::kMeasured;
        });
    progress.planned -= std::min(progress.planned, static_cast<size_t>(of_this));
    if (progress.done > 0) {
      const double each_s = progress.elapsed_s / static_cast<double>(progress.done);
      progress.left_s =
          each_s * static_cast<double>(progress.planned - std::min(progress.planned, progress.done));
      if (options_.time_s)
        progress.left_s = std::min(*progress.left_s, std::max(0.0, *options_.time_s - progress.elapsed_s));
    }
    observer_.progress(progress);
  }

  const std::vector<std::unique_ptr<Condition>>& conditions_;
  const RunOptions& options_;
  const MeasureTask& measure_;
  const Clock& clock_;
  RunObserver& observer_;
  PcgRng rng_, seeds_;
  std::vector<std::vector<bool>> given_up_;                // by condition and task
  std::vector<std::vector<std::vector<uint64_t>>> hints_;  // the same; n of each operation
  RunRecord record_;
  std::optional<size_t> entered_;
  struct BeforeVisit {
    size_t processes = 0;
    int repetitions = 0;
    std::vector<bool> given_up;
    std::vector<std::vector<uint64_t>> hints;
  } before_visit_;
  std::map<size_t, std::string> did_not_hold_;  // condition: why, at last
  int per_visit_ = 1;
  // Of a repetition; the first ones also check the proportion of time and operations.
  double longest_first_s_ = 0, longest_later_s_ = 0;
  double longest_change_s_ = 0;  // entering and leaving a condition
  bool out_of_time_ = false;
  int64_t started_ns_ = 0;
};

}  // namespace

Json merge_reached(const Json& before, const Json& visit) {
  if (!before.is_object()) return visit;
  if (!visit.is_object()) return before;
  Json out = before;
  for (const auto& [name, value] : visit.items()) {
    const bool both = out.contains(name) && is_spread(out.at(name)) && is_spread(value);
    out[name] = both ? merge_spread(out.at(name), value) : value;
  }
  return out;
}

Result<RunRecord> run_tasks(const std::vector<Task>& tasks,
                            const std::vector<std::unique_ptr<Condition>>& conditions,
                            const RunOptions& options, const MeasureTask& measure, const Clock& clock,
                            RunObserver& observer) {
  return Runner(tasks, conditions, options, measure, clock, observer).run();
}

}  // namespace bpftax::bench
