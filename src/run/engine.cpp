#include "run/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "host/interrupt.h"
#include "plan/validate.h"
#include "run/attribution.h"
#include "run/block_loop.h"
#include "run/manifest_writer.h"
#include "run/result_builder.h"
#include "run/wire.h"
#include "util/strings.h"
#include "util/units.h"
#include "util/version.h"

namespace bpftax {
namespace {

// An interrupted block is continued when the machine has not been restarted and not more than this has
// passed: later it is not the same machine in the same state any more.
constexpr int64_t kLongestPauseNs = 600LL * 1'000'000'000;

std::string plan_hash(const Plan& plan) {
  return sha256_hex(dump_line(Json(to_json(plan))));
}

std::string file_in(const EngineOptions& options, const char* name) {
  return options.run_dir + "/" + name;
}

Result<void> check(const Plan& plan, const Environment& env) {
  MetricTable metrics;
  for (const PlannedWorkload& planned : plan.workloads) {
    const Workload* workload = env.find_workload(planned.name);
    if (workload != nullptr) metrics[planned.name] = workload->metrics();
  }
  BPFTAX_TRY(validate(plan, metrics));
  if (plan.stopping.budget_s > 0 && estimated_duration_s(plan, 1) > plan.stopping.budget_s) {
    return fail(ErrorKind::kUsage, "the time budget is too small", format_duration(plan.stopping.budget_s),
                fmt::format("the warm-up and one block alone take about {}",
                            format_duration(estimated_duration_s(plan, 1))),
                "use shorter windows, fewer workloads, or a larger budget");
  }
  return {};
}

Result<Journal> open_journal(const Plan& plan, const EngineOptions& options,
                             std::vector<JournalRecord>& records) {
  const std::string path = file_in(options, kJournalFile);
  const std::string hash = plan_hash(plan);
  if (options.resume && path_exists(path)) {
    BPFTAX_ASSIGN(auto reopened, Journal::reopen(path, hash));
    records = std::move(reopened.second);
    return std::move(reopened.first);
  }
  // The plan first: a journal without its plan could not be resumed.
  if (!path_exists(path))
    BPFTAX_TRY(write_file_atomically(file_in(options, kPlanFile), dump_pretty(Json(to_json(plan)))));
  return Journal::create(path);
}

// Everything of one session that comes after the journal is open.
class Engine {
 public:
  Engine(Session& session, const EngineOptions& options)
      : session_(session),
        options_(options),
        servers_(session),
        tasks_(session),
        windows_(session, servers_, tasks_),
        arms_(session, windows_, tasks_) {}

  RunOutcome run() {
    Result<void> done = measure();
    Result<void> stopped = servers_.stop_all();
    // Everything has been measured; servers that could not be stopped end with their agent.
    if (done && !stopped) session_.note(ProgressEvent::Kind::kNote, to_string(stopped.error()));
    tasks_.end_tools();
    done = list_files(std::move(done));
    complete_ = done.has_value();
    if (done) done = verdict_on_run();
    RunOutcome outcome;
    outcome.result = build_result(session_, facts_, complete_);
    if (options_.annotate) options_.annotate(outcome.result);
    Result<void> written = write(outcome.result);
    if (done && !written) done = std::move(written);
    if (!done) {
      outcome.resumable = !complete_ && done.error().kind != ErrorKind::kUsage;
      outcome.error = std::move(done.error());
    }
    session_.note(ProgressEvent::Kind::kFinished,
                  outcome.error ? to_string(*outcome.error) : outcome.result.stop_reason);
    return outcome;
  }

 private:
  Result<void> measure() {
    BPFTAX_TRY(begin());
    const bool blocks_missing = !session_.state.measured();
    if (blocks_missing) BPFTAX_TRY(look_at_statistics());
    BlockLoop blocks(session_, arms_, [this] { return write_intermediate(); });
    BPFTAX_TRY(blocks.run());
    if (blocks_missing) BPFTAX_TRY(look_at_statistics());
    if (!all_subjects_failed(session_) && !session_.state.valid_blocks().empty())
      BPFTAX_TRY(Attribution(session_, windows_, tasks_).run());
    return {};
  }

  // The manifest: also of a session that failed, but neither the user nor a host that is gone is waited for.
  Result<void> list_files(Result<void> done) {
    const bool hopeless =
        !done && (done.error().kind == ErrorKind::kInterrupted || done.error().kind == ErrorKind::kLost);
    if (hopeless) return done;
    Result<void> listed = write_manifests(session_);
    if (listed || done) return done ? listed : done;
    session_.note(ProgressEvent::Kind::kNote, to_string(listed.error()));
    return done;
  }

  Result<void> begin() {
    const Environment& env = session_.env;
    BPFTAX_ASSIGN(const std::string boot_id, boot_ids());
    BPFTAX_ASSIGN(facts_.server, env.server->facts());
    facts_.client = facts_.tool = facts_.server;
    if (env.client != env.server) {
      BPFTAX_ASSIGN(facts_.client, env.client->facts());
    }
    if (env.tool_host == env.client) facts_.tool = facts_.client;
    if (env.tool_host != env.client && env.tool_host != env.server) {
      BPFTAX_ASSIGN(facts_.tool, env.tool_host->facts());
    }
    session_.set_line_rate(line_rate_of(env, facts_.server, facts_.client));
    const RunState& state = session_.state;
    if (state.last_at_ns() == 0)
      BPFTAX_TRY(session_.record(RunRecord{session_.plan.run_id, plan_hash(session_.plan), kVersion}));
    const bool same_boot = state.boot_id() == boot_id;
    const int64_t pause_ns = env.clock->realtime_ns() - state.last_at_ns();
    const std::optional<int> open = state.open_block();
    BPFTAX_TRY(session_.record(SessionRecord{state.sessions() + 1, boot_id, kVersion}));
    session_.note(ProgressEvent::Kind::kSessionStarted, session_text());
    // The warm-up is not used, so nothing is lost by continuing it.
    if (!open || *open == 0 || (same_boot && pause_ns >= 0 && pause_ns <= kLongestPauseNs))
      return begin_tools();
    BlockEndRecord dropped;
    dropped.block = *open;
    dropped.interrupted = true;
    dropped.reason = same_boot ? "the run was interrupted in it for more than 10 minutes"
                               : "the machine was restarted in it";
    BPFTAX_TRY(session_.record(std::move(dropped)));
    return begin_tools();
  }

  // Somebody else's run-time statistics make every run of a program slower, in timed windows too.
  Result<void> look_at_statistics() {
    auto use = session_.env.tool_host->bpf_stats_use();
    if (use) return session_.record(StatsUseRecord{use->active, use->by});
    if (use.error().kind == ErrorKind::kInterrupted || use.error().kind == ErrorKind::kLost)
      return propagate(std::move(use));
    session_.note(ProgressEvent::Kind::kNote,
                  "whether somebody has run-time statistics on is not known: " + to_string(use.error()));
    return {};
  }

  // Where everything has been measured there is nothing to prepare for.
  Result<void> begin_tools() {
    const bool nothing_left = session_.state.measured() && session_.attribution_s() <= 0;
    return nothing_left ? Result<void>() : tasks_.begin_tools();
  }

  // Of every machine of the environment: a block is not continued when any of them was restarted.
  Result<std::string> boot_ids() {
    std::set<std::string> ids;
    for (Host* host : session_.hosts()) {
      BPFTAX_ASSIGN(const ClockReading clock, host->clock());
      ids.insert(clock.boot_id);
    }
    return join(std::vector<std::string>(ids.begin(), ids.end()), "+");
  }

  std::string session_text() const {
    const Plan& plan = session_.plan;
    const int most = plan.stopping.looks.back();
    const double budget_s = plan.stopping.budget_s, planned_s = estimated_duration_s(plan, most);
    std::string text =
        fmt::format("{} subject{}, {} workload{}, {} to {} blocks, at most {}", plan.subjects.size(),
                    plan.subjects.size() == 1 ? "" : "s", plan.workloads.size(),
                    plan.workloads.size() == 1 ? "" : "s", plan.stopping.looks.front(), most,
                    format_duration(budget_s > 0 ? std::min(planned_s, budget_s) : planned_s));
    if (budget_s > 0) text += fmt::format("; budget {}", format_duration(budget_s));
    if (session_.state.sessions() > 1)
      text += fmt::format("; session {}, {} blocks done", session_.state.sessions(),
                          session_.state.valid_blocks().size());
    return text;
  }

  Result<void> write(const RunResult& result) {
    return write_file_atomically(file_in(options_, kResultFile), dump_pretty(Json(to_json(result))));
  }

  Result<void> write_intermediate() {
    RunResult result = build_result(session_, facts_, false);
    if (options_.annotate) options_.annotate(result);
    return write(result);
  }

  // The run is over: did it measure anything?
  Result<void> verdict_on_run() {
    const RunState& state = session_.state;
    if (all_subjects_failed(session_)) {
      std::string why, where;
      for (const PlannedSubject& planned : session_.plan.subjects) {
        if (!state.subject(planned.id).removed) continue;
        if (!why.empty()) why += "; ";
        if (session_.plan.subjects.size() > 1) why += planned.name + ": ";
        why += state.subject(planned.id).reason;
        where = planned.command;
      }
      return fail(ErrorKind::kSubject, "nothing could be measured",
                  session_.plan.subjects.size() == 1 ? where : "", why,
                  "run the command by hand: it must attach its eBPF programs and keep running");
    }
    if (state.valid_blocks().empty())
      return fail(ErrorKind::kWorkload, "nothing could be measured", "", state.measured()->reason,
                  "see journal.jsonl and `bpftax doctor`");
    return {};
  }

  Session& session_;
  const EngineOptions& options_;
  ServerPool servers_;
  ArmTasks tasks_;
  WindowRunner windows_;
  ArmRunner arms_;
  HostFacts facts_;
  bool complete_ = false;
};

RunOutcome failed(Error error) {
  RunOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

}  // namespace

RunOutcome run_plan(const Plan& plan, const Environment& environment, ProgressSink& progress,
                    const EngineOptions& options) {
  if (auto checked = check(plan, environment); !checked) return failed(std::move(checked.error()));
  std::vector<JournalRecord> records;
  auto journal = open_journal(plan, options, records);
  if (!journal) return failed(std::move(journal.error()));
  Session session(plan, environment, progress, std::move(*journal));
  if (auto replayed = session.replay(records); !replayed) return failed(std::move(replayed.error()));
  return Engine(session, options).run();
}

Result<Plan> load_plan(const std::string& run_dir) {
  const std::string path = run_dir + "/" + kPlanFile;
  BPFTAX_ASSIGN(const std::string text, read_file(path));
  BPFTAX_ASSIGN(const Json json, parse_json(text, path));
  auto plan = plan_from_json(json);
  if (!plan) {
    Error error = std::move(plan.error());
    error.where = error.where.empty() ? path : path + ": " + error.where;
    return tl::unexpected<Error>(std::move(error));
  }
  return plan;
}

}  // namespace bpftax
