#include "plan/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "util/clock.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

tl::unexpected<Error> bad_ready(const std::string& text, std::string why) {
  return fail(ErrorKind::kUsage, "not a readiness condition", "'" + text + "'", std::move(why),
              "write bpf, line:REGEX, exec:COMMAND or delay:SECONDS");
}

}  // namespace

Result<ReadySpec> parse_ready(const std::string& text) {
  ReadySpec ready;
  if (text == "bpf") return ready;
  const size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  ready.argument = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  if (kind != "line" && kind != "exec" && kind != "delay") return bad_ready(text, "unknown kind");
  if (ready.argument.empty()) return bad_ready(text, "nothing stands after '" + kind + ":'");
  if (kind == "line") {
    ready.kind = ReadySpec::Kind::kLine;
    try {
      const std::regex check(ready.argument);
    } catch (const std::regex_error& e) {
      return bad_ready(text, std::string("not a regular expression: ") + e.what());
    }
  } else if (kind == "exec") {
    ready.kind = ReadySpec::Kind::kExec;
  } else {
    ready.kind = ReadySpec::Kind::kDelay;
    const auto delay = parse_duration_s(ready.argument);
    if (!delay) return bad_ready(text, to_string(delay.error()));
    ready.delay_s = *delay;
    ready.argument.clear();
  }
  return ready;
}

std::string to_string(const ReadySpec& ready) {
  switch (ready.kind) {
    case ReadySpec::Kind::kBpf:
      return "bpf";
    case ReadySpec::Kind::kLine:
      return "line:" + ready.argument;
    case ReadySpec::Kind::kExec:
      return "exec:" + ready.argument;
    case ReadySpec::Kind::kDelay:
      return fmt::format("delay:{}", ready.delay_s);
  }
  return "bpf";
}

std::vector<std::string> arm_order(const Plan& plan, int block) {
  std::vector<std::string> arms;
  for (const PlannedSubject& subject : plan.subjects) arms.push_back(subject.id);
  arms.emplace_back("A1");
  arms.emplace_back("A2");
  if (block <= 0) return arms;
  PcgRng rng(plan.seed, static_cast<uint64_t>(block));
  rng.shuffle(arms);
  // Only the positions are random: A1 is the baseline that comes first, so that ln(A2/A1) sees a drift.
  const auto first =
      std::find_if(arms.begin(), arms.end(), [](const auto& a) { return a == "A1" || a == "A2"; });
  const auto second =
      std::find_if(first + 1, arms.end(), [](const auto& a) { return a == "A1" || a == "A2"; });
  *first = "A1";
  *second = "A2";
  return arms;
}

double window_s(const Plan& plan, const PlannedWorkload& workload) {
  return workload.window_s > 0 ? workload.window_s : plan.window_s;
}

double estimated_window_s(const Plan& plan, const PlannedWorkload& workload) {
  return window_s(plan, workload) + plan.omit_s + kWindowCostS;
}

double estimated_arm_s(const Plan& plan, bool baseline) {
  double arm_s = baseline ? 0 : kSubjectCostS;
  for (const PlannedWorkload& workload : plan.workloads) arm_s += estimated_window_s(plan, workload);
  return arm_s;
}

double estimated_attribution_s(const Plan& plan, const PlannedSubject& subject) {
  if (!plan.attribution || subject.kind != PlannedSubject::Kind::kTool) return 0;
  return attribution_rounds(plan) * estimated_arm_s(plan, false) + kEntryCostS;
}

double estimated_duration_s(const Plan& plan, int blocks) {
  const double subject_s = estimated_arm_s(plan, false);
  const double block_s =
      2 * estimated_arm_s(plan, true) + static_cast<double>(plan.subjects.size()) * subject_s;
  double total_s = block_s * (blocks + 1);
  for (const PlannedSubject& subject : plan.subjects) total_s += estimated_attribution_s(plan, subject);
  return total_s;
}

std::string make_run_id(int64_t now_realtime_ns) {
  std::string time = format_compact_time(now_realtime_ns);
  time[time.find('_')] = '-';
  return fmt::format("{}-{:04x}", time, random_seed() & 0xffffu);
}

}  // namespace bpftax
