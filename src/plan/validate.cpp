#include "plan/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "util/strings.h"

namespace bpftax {
namespace {

tl::unexpected<Error> bad(std::string what, std::string where, std::string why, std::string hint = {}) {
  return fail(ErrorKind::kUsage, std::move(what), std::move(where), std::move(why), std::move(hint));
}

Result<void> check_window(double seconds) {
  if (!(seconds >= 0.1 && seconds <= 3600))
    return bad("bad window", fmt::format("{} s", seconds), "a window takes 0.1 s to 1 h");
  return {};
}

Result<void> check_subjects(const Plan& plan) {
  if (plan.subjects.empty())
    return bad("nothing to measure", "", "the plan has no subjects",
               "name a tool: bpftax measure -- COMMAND");
  std::set<std::string> ids;
  for (const PlannedSubject& subject : plan.subjects) {
    const std::string where = "subject '" + subject.id + "'";
    if (!is_plain_name(subject.id)) return bad("bad subject id", where, "letters, digits, _ - and . only");
    if (subject.id == "A1" || subject.id == "A2")
      return bad("bad subject id", where, "the baselines have that name");
    if (!ids.insert(subject.id).second) return bad("duplicate subject id", where, "each needs its own");
    if (subject.argv.empty() == subject.shell.empty())
      return bad("bad subject", where, "it needs exactly one of argv and shell");
    if (subject.ready.timeout_s <= 0 || !std::isfinite(subject.ready.timeout_s))
      return bad("bad subject", where, "its readiness timeout must be more than zero");
    if (subject.ready.kind == ReadySpec::Kind::kDelay && subject.ready.delay_s > subject.ready.timeout_s)
      return bad("bad subject", where, "its readiness delay is longer than its readiness timeout");
    if (subject.output_cap_bytes <= 0)
      return bad("bad subject", where, "its output cap must be more than zero");
  }
  return {};
}

Result<void> check_workloads(const Plan& plan, const MetricTable& metrics) {
  if (plan.workloads.empty())
    return bad("nothing to measure with", "", "the plan has no workloads",
               "use --workloads tcp_stream,tcp_rr,udp_pps");
  std::set<std::string> names;
  for (const PlannedWorkload& workload : plan.workloads) {
    if (workload.window_s != 0) BPFTAX_TRY(check_window(workload.window_s));
    if (!names.insert(workload.name).second)
      return bad("duplicate workload", "'" + workload.name + "'", "name it once");
    if (metrics.count(workload.name) != 0) continue;
    std::vector<std::string> known;
    for (const auto& [name, unused] : metrics) known.push_back(name);
    const auto nearest = nearest_name(workload.name, known);
    return bad("unknown workload", "'" + workload.name + "'",
               nearest ? "did you mean '" + *nearest + "'?" : "known are: " + join(known, ", "));
  }
  return {};
}

Result<void> check_stopping(const Plan& plan) {
  const StoppingRule& rule = plan.stopping;
  if (rule.looks.empty()) return bad("bad number of blocks", "", "there is no look at the data");
  int last = 1;
  for (const int look : rule.looks) {
    if (look <= last)
      return bad("bad number of blocks", fmt::format("{}", look), "looks ascend and begin at 2 or more");
    last = look;
  }
  if (last > 1000) return bad("bad number of blocks", fmt::format("{}", last), "more than 1000");
  if (!(rule.alpha_per_look > 0 && rule.alpha_per_look < 1))
    return bad("bad stopping rule", fmt::format("{}", rule.alpha_per_look), "alpha lies between 0 and 1");
  if (!(rule.budget_s >= 0))
    return bad("bad budget", fmt::format("{} s", rule.budget_s), "it must not be negative");
  return {};
}

Result<void> check_margins(const Plan& plan, const MetricTable& metrics) {
  std::vector<std::string> known;
  for (const PlannedWorkload& workload : plan.workloads) {
    for (const MetricInfo& metric : metrics.at(workload.name)) {
      if (std::find(known.begin(), known.end(), metric.name) == known.end()) known.push_back(metric.name);
    }
  }
  const size_t plain = known.size();
  for (const PlannedWorkload& workload : plan.workloads) {
    for (const MetricInfo& metric : metrics.at(workload.name))
      known.push_back(workload.name + "." + metric.name);
  }
  for (const auto& [name, percent] : plan.margins) {
    if (!(percent >= 0) || !std::isfinite(percent) || percent >= 1000)
      return bad("bad margin", fmt::format("{}={}", name, percent),
                 "a margin is a percentage from 0 to 1000");
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = nearest_name(name, known);
    const std::vector<std::string> short_list(known.begin(),
                                              known.begin() + static_cast<std::ptrdiff_t>(plain));
    return bad("unknown metric in a margin", "'" + name + "'",
               nearest ? "did you mean '" + *nearest + "'?"
                       : "the workloads of this plan have: " + join(short_list, ", "),
               "write METRIC=PERCENT or WORKLOAD.METRIC=PERCENT");
  }
  return {};
}

}  // namespace

bool is_plain_name(const std::string& text) {
  return !text.empty() && text.size() <= kLongestPlainName && text[0] != '.' && text[0] != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
             std::string::npos;
}

Result<void> validate(const Plan& plan, const MetricTable& metrics) {
  if (!is_plain_name(plan.run_id))
    return bad("bad run id", "'" + plan.run_id + "'", "letters, digits, _ - and . only");
  if (plan.seed > static_cast<uint64_t>(INT64_MAX))
    return bad("bad seed", fmt::format("{}", plan.seed), "it must be below 2^63");
  BPFTAX_TRY(check_window(plan.window_s));
  if (!(plan.omit_s >= 0 && plan.omit_s <= 600))
    return bad("bad warm-up of the windows", fmt::format("{} s", plan.omit_s), "it takes 0 s to 10 min");
  if (plan.sample_interval_ms < 100 || plan.sample_interval_ms > 1000)
    return bad("bad sampling interval", fmt::format("{} ms", plan.sample_interval_ms), "100 to 1000 ms");
  BPFTAX_TRY(check_subjects(plan));
  BPFTAX_TRY(check_workloads(plan, metrics));
  BPFTAX_TRY(check_stopping(plan));
  return check_margins(plan, metrics);
}

double margin_percent(const Plan& plan, const std::string& workload, const MetricInfo& metric) {
  auto found = plan.margins.find(workload + "." + metric.name);
  if (found == plan.margins.end()) found = plan.margins.find(metric.name);
  return found == plan.margins.end() ? metric.margin_percent : found->second;
}

}  // namespace bpftax
