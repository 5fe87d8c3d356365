#include "bench/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "stats/descriptive.h"
#include "stats/effect.h"

namespace bpftax::bench {
namespace {

constexpr double kAlpha = 0.05;

// The same operation in every process: its name alone is not enough, variants differ in their parameters.
std::string key_of(const Operation& operation) {
  return operation.name + '\n' + operation.side + '\n' + dump_line(operation.params);
}

Json merged_params(const Json& task, const Json& operation) {
  Json out = task.is_object() ? task : Json::object();
  if (operation.is_object())
    for (const auto& [name, value] : operation.items()) out[name] = value;
  return out;
}

struct MetricValues {
  std::string unit;
  std::vector<double> values;  // of processes
};

// What all processes say about one operation of one task in one condition.
struct Gathered {
  Operation operation;
  Status status = Status::kMeasured;
  std::string reason;
  int bad = 0, processes = 0;
  std::vector<double> net, floors;  // of processes
  std::vector<double> samples;      // net, all
  std::vector<std::string> metric_order;
  std::map<std::string, MetricValues> metrics;
  std::vector<std::string> warnings;
};

void spoil(Gathered& out, Status status, const std::string& reason) {
  ++out.bad;
  if (out.status != Status::kMeasured) return;
  out.status = status;
  out.reason = reason;
}

const OperationSamples* floor_of(const ProcessResult& process, const Operation& operation) {
  for (const OperationSamples& each : process.operations)
    if (each.operation.is_floor && each.operation.name == operation.floor &&
        each.operation.side == operation.side)
      return &each;
  return nullptr;
}

void gather(const ProcessResult& process, const OperationSamples& samples, Gathered& out) {
  ++out.processes;
  for (const std::string& warning : samples.warnings) out.warnings.push_back(warning);
  if (samples.status != Status::kMeasured) return spoil(out, samples.status, samples.reason);
  double subtracted = 0;
  if (!samples.operation.floor.empty()) {
    const OperationSamples* floor = floor_of(process, samples.operation);
    if (floor == nullptr || floor->status != Status::kMeasured)
      return spoil(out, Status::kInvalid,
                   "its floor '" + samples.operation.floor + "' was not measured" +
                       (floor == nullptr || floor->reason.empty() ? "" : ": " + floor->reason));
    subtracted = *median(floor->ns);
    out.floors.push_back(subtracted);
  }
  out.net.push_back(*median(samples.ns) - subtracted);
  for (const double ns : samples.ns) out.samples.push_back(ns - subtracted);
  for (const SampleMetric& metric : samples.metrics) {
    MetricValues& values = out.metrics[metric.name];
    if (values.values.empty()) out.metric_order.push_back(metric.name);
    values.unit = metric.unit;
    values.values.push_back(metric.value);
  }
}

std::vector<std::string> warnings_of(const Gathered& gathered) {
  if (gathered.warnings.empty()) return {};
  // One process checks the proportion; several would mostly repeat each other with other numbers.
  std::vector<std::string> out = {gathered.warnings.front()};
  if (gathered.warnings.size() > 1)
    out.front() += fmt::format(" (and {} more such warnings)", gathered.warnings.size() - 1);
  return out;
}

void fill(const Gathered& gathered, Row& row) {
  row.op = gathered.operation.name;
  row.side = gathered.operation.side;
  row.is_floor = gathered.operation.is_floor;
  row.status = gathered.status;
  row.reason = gathered.reason;
  if (gathered.status != Status::kMeasured) {
    if (gathered.status == Status::kInvalid && gathered.processes > 1)
      row.reason += fmt::format(" (in {} of {} processes)", gathered.bad, gathered.processes);
    return;
  }
  row.ns = value_of(gathered.net);
  if (!gathered.floors.empty()) row.floor_ns = value_of(gathered.floors);
  row.p50 = quantile(gathered.samples, 0.5);
  row.p99 = quantile(gathered.samples, 0.99);
  row.samples = static_cast<int64_t>(gathered.samples.size());
  row.processes = gathered.processes;
  for (const std::string& name : gathered.metric_order) {
    const MetricValues& metric = gathered.metrics.at(name);
    row.metrics.push_back({name, metric.unit, value_of(metric.values)});
  }
  row.warnings = warnings_of(gathered);
}

class TaskRows {
 public:
  TaskRows(const std::string& benchmark, const Task& task, const std::string& condition) {
    base_.benchmark = benchmark;
    base_.subject = task.subject;
    base_.params = merged_params(task.params, Json());
    base_.condition = condition;
  }

  void add(const ProcessResult& process) {
    if (process.status != Status::kMeasured) {
      if (!whole_) whole_ = std::pair(process.status, process.reason);
      return;
    }
    for (const OperationSamples& samples : process.operations) {
      const std::string key = key_of(samples.operation);
      const auto [at, fresh] = gathered_.try_emplace(key);
      if (fresh) {
        order_.push_back(key);
        at->second.operation = samples.operation;
      }
      gather(process, samples, at->second);
    }
  }

  void append_to(std::vector<Row>& rows) {
    for (const std::string& key : order_) {
      Gathered& gathered = gathered_.at(key);
      // A process that died later takes the numbers of its operations with it.
      if (whole_ && gathered.status != Status::kUnavailable) {
        ++gathered.processes;
        spoil(gathered, Status::kInvalid, whole_->second);
      }
      Row row = base_;
      row.params = merged_params(base_.params, gathered.operation.params);
      fill(gathered, row);
      rows.push_back(std::move(row));
    }
    if (!order_.empty() || !whole_) return;
    Row row = base_;
    row.status = whole_->first;
    row.reason = whole_->second;
    rows.push_back(std::move(row));
  }

 private:
  Row base_;
  std::optional<std::pair<Status, std::string>> whole_;
  std::vector<std::string> order_;
  std::map<std::string, Gathered> gathered_;
};

}  // namespace

Value value_of(const std::vector<double>& of_processes) {
  Value value;
  value.mean = mean(of_processes).value_or(0);
  if (const auto estimated = estimate(of_processes, kAlpha)) {
    value.low = estimated->ci.low;
    value.high = estimated->ci.high;
  }
  return value;
}

std::vector<Row> aggregate(const std::string& benchmark, const RunRecord& record) {
  std::vector<Row> rows;
  for (size_t condition = 0; condition < record.conditions.size(); ++condition) {
    const ConditionRecord& state = record.conditions[condition];
    std::vector<TaskRows> tasks;
    for (const Task& task : record.tasks) tasks.emplace_back(benchmark, task, state.name);
    for (const ProcessRecord& process : record.processes)
      if (process.condition == condition) tasks[process.task].add(process.result);
    if (!state.unavailable.empty()) {
      ProcessResult unavailable;
      unavailable.status = Status::kUnavailable;
      unavailable.reason = "condition " + state.name + ": " + state.unavailable;
      for (TaskRows& task : tasks) task.add(unavailable);
    }
    for (TaskRows& task : tasks) task.append_to(rows);
  }
  return rows;
}

}  // namespace bpftax::bench
