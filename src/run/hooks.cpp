#include "run/hooks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "host/interrupt.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMostKeptOutput = 1u << 20;
constexpr size_t kLastWords = 300;

bool gone(const Error& error) {
  return error.kind == ErrorKind::kLost || error.kind == ErrorKind::kInterrupted;
}

std::string last_line(const std::string& text) {
  const std::string_view words = trim(text);
  const size_t line = words.find_last_of('\n');
  return shorten(printable(line == std::string_view::npos ? words : words.substr(line + 1)), kLastWords);
}

// What went wrong, "" when nothing did.
std::string complaint(const Host::Finished& finished) {
  if (finished.status.ok()) return {};
  std::string words = last_line(finished.err);
  if (words.empty()) words = last_line(finished.out);
  return to_string(finished.status) + (words.empty() ? "" : ": " + words);
}

class Level {
 public:
  Level(const HookCall& call, const Clock& clock)
      : call_(call), clock_(clock), post_(call.level.ends_with("_post")) {}

  Result<HookLevelRun> run(const std::vector<HookTask>& tasks) {
    std::optional<InterruptShield> shield;
    if (post_) shield.emplace();
    std::optional<Error> lost;
    for (const HookTask& task : tasks) {
      for (const HookTarget* target : targets_of(task.targets, call_.targets)) {
        auto done = run_task(task, *target);
        if (!done && !lost && !post_) lost = std::move(done.error());
        if (lost || (run_.failed && !post_)) break;
      }
      if (lost || (run_.failed && !post_)) break;
    }
    // Also of a level that was cut short: what has been run must be told.
    auto kept = keep();
    if (lost) return tl::unexpected<Error>(std::move(*lost));
    if (!kept && !post_) return propagate(std::move(kept));
    return std::move(run_);
  }

 private:
  Result<void> run_task(const HookTask& task, const HookTarget& target) {
    const Variables values = values_for(target, call_.values);
    const int64_t began_ns = clock_.monotonic_ns();
    const int64_t began_realtime_ns = clock_.realtime_ns();
    std::string command;
    std::optional<Host::Finished> finished;
    std::optional<Error> host_error;
    std::string why;
    const auto condition = holds(task.condition, values, task.place);
    if (condition && !*condition) return {};
    const auto substituted =
        condition ? substitute(task.command, values, task.place) : Result<std::string>("");
    if (!condition) {
      why = to_string(condition.error());
    } else if (!substituted) {
      why = to_string(substituted.error());
    } else {
      command = *substituted;
      ProcessSpec spec;
      spec.name = "hook " + task.name;
      spec.shell = command;
      spec.cwd = target.workdir;
      auto ended = target.host->run(spec, static_cast<int64_t>(task.timeout_s * 1e3));
      if (!ended) {
        why = ended.error().why.empty() ? to_string(ended.error()) : ended.error().why;
        if (gone(ended.error())) host_error = std::move(ended.error());
      } else {
        why = complaint(*ended);
        finished = std::move(*ended);
      }
    }
    HookRecord record;
    record.level = call_.level;
    record.name = task.name;
    record.host = target.host->name();
    record.ok = why.empty();
    record.required = !task.warn_only;
    record.why = why;
    record.took_ms = (clock_.monotonic_ns() - began_ns) / kNsPerMs;
    if (!record.ok && record.required && !run_.failed) {
      run_.failed = Error{ErrorKind::kSubject,
                          "a hook failed",
                          record.host,
                          fmt::format("hook {} failed: {}", task.name, why),
                          "",
                          0};
    }
    files_[&target].push_back(
        {{"name", task.name},
         {"target", target.role},
         {"command", command},
         {"started", format_iso8601(began_realtime_ns)},
         {"started_realtime_ns", began_realtime_ns},
         {"took_ms", record.took_ms},
         {"ok", record.ok},
         {"why", why},
         {"exit_code", finished && !finished->status.signaled ? Json(finished->status.code) : Json(nullptr)},
         {"signal", finished && finished->status.signaled ? Json(finished->status.code) : Json(nullptr)},
         {"stdout", finished ? shorten(finished->out, kMostKeptOutput) : ""},
         {"stderr", finished ? shorten(finished->err, kMostKeptOutput) : ""}});
    run_.records.push_back(std::move(record));
    if (host_error) return tl::unexpected<Error>(std::move(*host_error));
    return {};
  }

  Result<void> keep() {
    const InterruptShield shield;
    for (auto& [target, tasks] : files_) {
      const Json document = {{"schema", "bpftax.hooks/1"},
                             {"run_id", call_.run_id},
                             {"level", call_.level},
                             {"host", target->host->name()},
                             {"tasks", std::move(tasks)}};
      BPFTAX_TRY(target->host->make_directories(target->result_path));
      BPFTAX_TRY(target->host->write_file(hook_results_file(*target, call_.time), dump_pretty(document)));
    }
    return {};
  }

  const HookCall& call_;
  const Clock& clock_;
  bool post_;
  HookLevelRun run_;
  std::map<const HookTarget*, Json::array_t> files_;
};

}  // namespace

Variables unset_hook_variables() {
  Variables values;
  for (const std::string& name : hook_variable_names()) values.emplace(name, std::nullopt);
  return values;
}

std::vector<const HookTarget*> targets_of(const std::vector<std::string>& names,
                                          const std::vector<HookTarget>& targets) {
  std::vector<const HookTarget*> found;
  const auto add = [&](std::string_view role) {
    for (const HookTarget& target : targets) {
      if (target.role != role) continue;
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](const HookTarget* other) { return other->host == target.host; });
      if (!known) found.push_back(&target);
    }
  };
  if (names.empty()) add("server");
  for (const std::string& name : names) add(name);
  return found;
}

Variables values_for(const HookTarget& target, const Variables& values) {
  Variables all = unset_hook_variables();
  for (const auto& [name, value] : values) all[name] = value;
  all["workdir"] = target.workdir;
  all["result_path"] = target.result_path;
  if (!target.interface.empty()) all["interface"] = target.interface;
  return all;
}

std::string hook_results_file(const HookTarget& target, const std::string& time) {
  return target.result_path + "/hook_results_" + time + ".json";
}

Result<HookLevelRun> run_hooks(const std::vector<HookTask>& tasks, const HookCall& call, const Clock& clock) {
  if (tasks.empty()) return HookLevelRun{};
  return Level(call, clock).run(tasks);
}

}  // namespace bpftax
