// bpftax measure: options -> plan -> lab -> engine -> reports.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "cli/commands.h"
#include "cli/gate_options.h"
#include "cli/lab_session.h"
#include "cli/measure_load.h"
#include "cli/measure_options.h"
#include "cli/progress.h"
#include "cli/report_files.h"
#include "cli/run_dir.h"
#include "host/interrupt.h"
#include "plan/placement.h"
#include "report/table.h"
#include "run/engine.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

class Measure {
 public:
  Measure(const MeasureOptions& options, const CommonOptions& common) : options_(options), common_(common) {}

  Result<int> run() {
    BPFTAX_ASSIGN(const Budgets budgets, prepare_gate(options_.gate));
    BPFTAX_ASSIGN(Plan plan, prepare());
    BPFTAX_TRY(install_interrupt_handlers());
    BPFTAX_ASSIGN(const auto session, LabSession::open(plan.run_id, run_dir_));
    BPFTAX_ASSIGN(const auto notes, session->place(plan));
    announce(plan, notes, *session);
    BPFTAX_ASSIGN(HeldLoad load, HeldLoad::begin(plan.load));
    BPFTAX_ASSIGN(const Environment environment, session->make_lab());
    EngineOptions engine;
    engine.run_dir = run_dir_;
    engine.resume = !options_.resume.empty();
    RunOutcome outcome;
    {
      const auto progress = make_progress(common_);
      outcome = run_plan(plan, environment, *progress, engine);
    }
    const Result<void> unloaded = load.end(outcome.result);
    const Result<void> closed = session->close();
    const Result<void> published = publish(outcome);
    if (outcome.error) return fail_with(*outcome.error, outcome.resumable);
    if (!published) return fail_with(published.error(), true);
    if (!unloaded) return propagate(Result<void>(unloaded));
    if (!closed) return propagate(Result<void>(closed));
    return pass_gate(options_.gate, budgets, outcome.result, run_dir_, common_);
  }

 private:
  Result<Plan> prepare() {
    if (!options_.resume.empty()) {
      BPFTAX_ASSIGN(run_dir_, absolute_folder(options_.resume));
      BPFTAX_TRY(check_resume());
      Result<Plan> plan = load_plan(run_dir_);
      if (!plan && !path_exists(run_dir_ + "/" + kPlanFile)) {
        return fail(ErrorKind::kUsage, "there is no run to resume", run_dir_, "it has no plan.json",
                    "name the folder of a run; without --out it is in bpftax-runs/");
      }
      return plan;
    }
    const std::string run_id = make_run_id(clock_.realtime_ns());
    BPFTAX_ASSIGN(Plan plan,
                  make_plan(options_, run_id, options_.seed_given ? options_.seed : random_seed()));
    plan.created_realtime_ns = clock_.realtime_ns();
    plan.command_line = common_.command_line;
    BPFTAX_ASSIGN(run_dir_, make_run_dir(options_.out.empty() ? "bpftax-runs/" + run_id : options_.out));
    return plan;
  }

  Result<void> check_resume() const {
    const std::string given =
        options_.command.empty() ? options_.first_planning_option : "the command behind --";
    if (given.empty()) return {};
    return fail(
        ErrorKind::kUsage, "--resume goes on with the plan of the run", given,
        "it cannot be changed any more",
        "bpftax measure --resume " + shell_quote(options_.resume) + ", or start a new run without --resume");
  }

  void announce(const Plan& plan, const std::vector<std::string>& notes, const LabSession& session) const {
    if (common_.quiet) return;
    const int least = plan.stopping.looks.front();
    const int most = plan.stopping.looks.back();
    std::string text = fmt::format("run {} in {}\n", plan.run_id, run_dir_);
    text += fmt::format("{} and {} of {:g} s; ",
                        plan.subjects.size() == 1 ? std::string("1 subject")
                                                  : fmt::format("{} subjects", plan.subjects.size()),
                        plan.workloads.size() == 1 ? std::string("1 workload")
                                                   : fmt::format("{} workloads", plan.workloads.size()),
                        plan.window_s);
    text += least == most
                ? fmt::format("{} blocks, about {}", most, format_duration(estimated_duration_s(plan, most)))
                : fmt::format("{} to {} blocks, {} to {}", least, most,
                              format_duration(estimated_duration_s(plan, least)),
                              format_duration(estimated_duration_s(plan, most)));
    if (plan.stopping.budget_s > 0)
      text += fmt::format(", never more than {}", format_duration(plan.stopping.budget_s));
    text += "\n";
    for (const std::string& note : notes) text += "note: " + note + "\n";
    for (const HostFinding& finding : session.findings()) {
      if (finding.level != FindingLevel::kWarn) continue;
      text += fmt::format("warning: {}: {}{}\n", finding.topic, finding.detail,
                          finding.fix.empty() ? "" : " (" + finding.fix + ")");
    }
    print(stderr, printable(text));
  }

  Result<void> publish(RunOutcome& outcome) const {
    BPFTAX_TRY(write_reports(outcome.result, run_dir_, common_.json));
    if (common_.quiet) return {};
    FILE* stream = common_.human();
    print(stream, render_table(outcome.result, {terminal_width(stream), common_.color(stream)}));
    print(stream, fmt::format("\nreport: {}/report.html\n", printable(run_dir_)));
    return {};
  }

  Result<int> fail_with(Error error, bool resumable) const {
    return tl::unexpected<Error>(with_resume_hint(std::move(error), resumable, "bpftax measure", run_dir_));
  }

  const MeasureOptions& options_;
  const CommonOptions& common_;
  RealClock clock_;
  std::string run_dir_;
};

// Options that may stand beside --resume: what is done with the result, and how it is told.
constexpr std::array<std::string_view, 10> kBesideResume = {
    "--resume",      "--gate", "--budgets", "--junit",   "--summary",
    "--openmetrics", "--json", "--quiet",   "--verbose", "--no-color"};

std::string first_planning_option(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const auto is = [&](std::string_view name) { return option->check_name(std::string(name)); };
    if (option->count() != 0 && std::none_of(kBesideResume.begin(), kBesideResume.end(), is))
      return option->get_name();
  }
  return {};
}

}  // namespace

RunCommand set_up_measure(CLI::App& command, CommonOptions& common, const std::vector<std::string>& tail) {
  const auto options = std::make_shared<MeasureOptions>();
  options->command = tail;
  command.add_option("--tool", options->tools, "a tool, as the shell would run it; several may be given")
      ->type_name("[NAME=]CMD")
      ->take_all()
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--workloads", options->workloads, "comma-separated; default: all")->type_name("A,B");
  command.add_option("--window", options->window, "length of one timed run (default 5s)")
      ->type_name("DURATION");
  command.add_option("--blocks", options->blocks, "how many blocks (default 6..24)")->type_name("MIN..MAX");
  command.add_option("--budget", options->budget, "never measure longer than this")->type_name("DURATION");
  command.add_flag("--quick", options->quick, "2 s windows; tcp_stream, tcp_rr and udp_pps; 6 blocks");
  command.add_option("--margin", options->margins, "the overhead you would pay; several may be given")
      ->type_name("METRIC=PERCENT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--attribution-starts", options->attribution_starts,
                  "how often each tool is started for finding out where its cost comes from (default 3; with "
                  "less than 3 the attributed time has no interval)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostAttributionStarts));
  command
      .add_option("--ready", options->ready,
                  "when a tool is ready: bpf, line:REGEX, exec:CMD, delay:S (default bpf)")
      ->type_name("HOW");
  command.add_option("--ready-timeout", options->ready_timeout, "how long to wait for that (default 60s)")
      ->type_name("DURATION");
  command.add_option("--placement", options->placement, "CPUs of the two ends: auto, same-cpu, cross-cpu")
      ->type_name("POLICY");
  command
      .add_option("--load", options->load,
                  "load on this machine during the whole run: cpu:80, mem:75, io, net; together: cpu:80+io")
      ->type_name("LOAD");
  command.add_flag("--sham", options->sham,
                   "adds a placebo: a process that does nothing, for an A/A comparison");
  add_gate_options(command, options->gate);
  command.add_option("--resume", options->resume, "go on with an interrupted run")->type_name("DIR");
  command.add_option("--out", options->out, "run directory (default bpftax-runs/<run id>)")->type_name("DIR");
  CLI::Option* seed = command.add_option("--seed", options->seed, "seed of the random order");
  return [options, &common, &command, seed]() -> Result<int> {
    options->seed_given = seed->count() > 0;
    options->first_planning_option = first_planning_option(command);
    return Measure(*options, common).run();
  };
}

}  // namespace bpftax
