// bpftax run: a configuration or workflow document -> campaigns over SSH -> results and reports.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/gate_options.h"
#include "cli/progress.h"
#include "cli/report_files.h"
#include "cli/run_dir.h"
#include "cli/run_options.h"
#include "cli/ssh_world.h"
#include "cli/workflow_source.h"
#include "host/interrupt.h"
#include "report/table.h"
#include "run/campaign.h"
#include "run/campaign_group.h"
#include "util/files.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr int64_t kWaitSliceNs = 200 * kNsPerMs;

struct RunCommandOptions {
  WorkflowSource source;
  std::string out, resume, delay, start_at, ssh_config;
  int iterations = 1;
  GateOptions gate;
};

class RunCampaigns {
 public:
  RunCampaigns(const RunCommandOptions& options, const CommonOptions& common)
      : options_(options), common_(common) {}

  Result<int> run() {
    BPFTAX_TRY(check());
    BPFTAX_ASSIGN(budgets_, prepare_gate(options_.gate));
    std::optional<int64_t> start_ns;
    if (!options_.start_at.empty()) {
      BPFTAX_ASSIGN(start_ns, parse_start_at(options_.start_at));
    }
    BPFTAX_TRY(install_interrupt_handlers());
    if (!options_.resume.empty()) return resume();

    // Whatever is wrong with the configuration is told before anything is made or waited for.
    BPFTAX_ASSIGN(Workflow workflow, fresh_workflow(0));
    const std::string wanted = options_.out.empty() ? "bpftax-runs/" + workflow.run_id : options_.out;
    BPFTAX_ASSIGN(const std::string out, make_run_dir(wanted));
    announce(workflow, out);
    if (start_ns) BPFTAX_TRY(wait_until(*start_ns, "the campaign starts at " + options_.start_at));
    if (options_.iterations == 1) return run_one(workflow, out, false);
    Iterations iterations{options_.iterations, 0};
    if (!options_.delay.empty()) {
      BPFTAX_ASSIGN(iterations.delay_s, parse_duration_s(options_.delay));
    }
    BPFTAX_TRY(write_file_atomically(out + "/" + kIterationsFile, iterations_document(iterations)));
    return run_iterations(out, iterations, std::move(workflow));
  }

 private:
  Result<void> check() const {
    if (options_.resume.empty() == options_.source.config.empty()) {
      return fail(ErrorKind::kUsage, "cannot tell what to run", "",
                  options_.resume.empty() ? "there is neither a configuration nor --resume"
                                          : "--resume takes the campaign from its folder",
                  "bpftax run CONFIG, or bpftax run --resume DIR");
    }
    if (options_.iterations < 1 || options_.iterations > 9999)
      return fail(ErrorKind::kUsage, "bad number of iterations", fmt::format("{}", options_.iterations), "",
                  "1 to 9999");
    if (!options_.delay.empty()) BPFTAX_TRY(parse_duration_s(options_.delay));
    return {};
  }

  // number: of the iteration, from 0. Each has an id of its own, so that its results are told apart on the
  // hosts, and another order of its arms.
  Result<Workflow> fresh_workflow(int number) const {
    WorkflowSource source = options_.source;
    if (source.seed_given) source.seed += static_cast<uint64_t>(number);
    BPFTAX_ASSIGN(Workflow workflow, load_or_make_workflow(source, common_));
    workflow.run_id = make_run_id(clock_.realtime_ns());
    workflow.command_line = common_.command_line;
    return workflow;
  }

  Result<int> resume() {
    BPFTAX_ASSIGN(const std::string dir, absolute_folder(options_.resume));
    const std::string file = dir + "/" + kIterationsFile;
    if (path_exists(file)) {
      BPFTAX_ASSIGN(const std::string text, read_file(file));
      BPFTAX_ASSIGN(const Iterations iterations, read_iterations(text, file));
      return run_iterations(dir, iterations, std::nullopt);
    }
    if (!holds_campaign(dir)) {
      return fail(ErrorKind::kUsage, "there is no campaign to resume", dir, "it has no workflow in plan.json",
                  path_exists(dir + "/" + kPlanFile)
                      ? "bpftax measure --resume " + shell_quote(options_.resume)
                      : "name the folder of a run; without --out it is in "
                        "bpftax-runs/");
    }
    BPFTAX_ASSIGN(const Workflow workflow, load_workflow(dir));
    return run_one(workflow, dir, true);
  }

  Result<int> run_iterations(const std::string& out, const Iterations& iterations,
                             std::optional<Workflow> first) {
    std::optional<Workflow> model = std::move(first);
    int worst = 0;
    std::optional<Error> failure;
    for (int number = 1; number <= iterations.count; ++number) {
      const std::string dir = out + "/" + iteration_folder(number);
      const bool begun = holds_campaign(dir);
      if (number > 1 && !begun && iterations.delay_s > 0) {
        BPFTAX_TRY(wait_until(clock_.realtime_ns() + static_cast<int64_t>(iterations.delay_s * 1e9),
                              fmt::format("iteration {} of {} begins in {}", number, iterations.count,
                                          format_duration(iterations.delay_s))));
      }
      if (begun) {
        BPFTAX_ASSIGN(model, load_workflow(dir));
      } else if (!options_.source.config.empty()) {
        if (number > 1) {
          BPFTAX_ASSIGN(model, fresh_workflow(number - 1));
        }
      } else if (model) {
        // Resumed: the configuration is that of the iteration before.
        model->run_id = make_run_id(clock_.realtime_ns());
      } else {
        return fail(ErrorKind::kUsage, "cannot resume the iterations", out, "the first one has not begun",
                    "start them anew: bpftax run CONFIG --iterations N");
      }
      if (!begun) BPFTAX_TRY(make_directories(dir));
      say(fmt::format("iteration {} of {} in {}\n", number, iterations.count, dir));
      const Result<int> code = run_one(*model, dir, begun);
      if (!code) {
        Error error = code.error();
        if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kUsage) {
          error.hint = "go on with: bpftax run --resume " + shell_quote(out);
          return tl::unexpected<Error>(std::move(error));
        }
        // The next one may fare better.
        print_error(error);
        if (!failure) failure = std::move(error);
        failure->hint = "go on with: bpftax run --resume " + shell_quote(out);
        continue;
      }
      worst = worse_exit_code(worst, *code);
    }
    if (failure) return tl::unexpected<Error>(std::move(*failure));
    return worst;
  }

  Result<int> run_one(const Workflow& workflow, const std::string& dir, bool begun) {
    CampaignOptions campaign;
    campaign.run_dir = dir;
    campaign.resume = begun;
    SshOptions ssh;
    ssh.config_file = options_.ssh_config;
    CampaignOutcome outcome;
    {
      const auto sink = make_progress(common_);
      LockedProgress progress(*sink);
      SshWorld world(workflow, ssh, progress);
      outcome = run_campaign(workflow, world, progress, campaign);
    }
    for (const std::string& thing : outcome.left_behind)
      say("warning: left on a host: " + thing + " (bpftax clean CONFIG removes it)\n");
    Result<void> published;
    if (!outcome.result.run_id.empty()) published = publish(outcome.result, dir);
    if (outcome.error)
      return tl::unexpected<Error>(
          with_resume_hint(std::move(*outcome.error), outcome.resumable, "bpftax run", dir));
    if (!published)
      return tl::unexpected<Error>(with_resume_hint(std::move(published.error()), true, "bpftax run", dir));
    return check_result(std::move(outcome.result), dir);
  }

  // The exports hold all iterations so far; the exit code is of this one.
  Result<int> check_result(RunResult result, const std::string& dir) {
    if (!options_.gate.wanted()) return 0;
    measured_.push_back({std::move(result), dir});
    std::vector<GateReport> reports;
    for (const Measured& measured : measured_) {
      reports.push_back(check_gate(measured.result, budgets_));
      reports.back().source = measured.dir;
    }
    BPFTAX_TRY(write_gate_files(options_.gate, reports));
    const std::vector<GateReport> latest = {std::move(reports.back())};
    if (!common_.quiet) print(common_.human(), "\n" + gate_text(latest));
    return worst_exit_code(latest);
  }

  Result<void> publish(RunResult& result, const std::string& dir) const {
    BPFTAX_TRY(write_reports(result, dir, common_.json));
    if (common_.quiet) return {};
    FILE* stream = common_.human();
    print(stream, render_table(result, {terminal_width(stream), common_.color(stream)}));
    print(stream, parts_table(result));
    print(stream, fmt::format("\nreport: {}/report.html\n", printable(dir)));
    return {};
  }

  static std::string parts_table(const RunResult& result) {
    std::string text;
    for (const ResultEnvironment& environment : result.environments) {
      for (const ResultPart& part : environment.parts) {
        if (part.status == "measured") continue;
        text += fmt::format("part {} is {}: {}\n", printable(part.id), part.status, printable(part.reason));
      }
    }
    return text.empty() ? text : "\n" + text;
  }

  void announce(const Workflow& workflow, const std::string& out) const {
    say(fmt::format("run {} in {}\n", workflow.run_id, out) + workflow_table(workflow));
  }

  void say(const std::string& text) const {
    if (!common_.quiet) print(stderr, printable(text));
  }

  Result<void> wait_until(int64_t realtime_ns, const std::string& why) {
    say(why + "\n");
    while (clock_.realtime_ns() < realtime_ns) {
      if (interrupt_pending()) return fail_interrupted("cannot wait");
      clock_.sleep_ns(std::min(kWaitSliceNs, realtime_ns - clock_.realtime_ns()));
    }
    return {};
  }

  struct Measured {
    RunResult result;
    std::string dir;
  };

  const RunCommandOptions& options_;
  const CommonOptions& common_;
  RealClock clock_;
  Budgets budgets_;
  std::vector<Measured> measured_;  // when the gate is wanted
};

}  // namespace

RunCommand set_up_run(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<RunCommandOptions>();
  command.add_option("CONFIG", options->source.config,
                     "configuration (a .yaml file or a folder), or a workflow document (.json)");
  command.add_option("--out", options->out, "run directory (default bpftax-runs/<run id>)")->type_name("DIR");
  command
      .add_option("--iterations", options->iterations,
                  "run the whole campaign so often, each in DIR/iteration_NNN")
      ->type_name("N");
  command.add_option("--delay", options->delay, "pause between iterations")->type_name("DURATION");
  command.add_option("--start-at", options->start_at, "wait until then (local time)")
      ->type_name("YYYY-mm-ddTHH:MM[:SS]");
  command.add_option("--resume", options->resume, "go on with an interrupted campaign")->type_name("DIR");
  add_gate_options(command, options->gate);
  command.add_option("--ssh-config", options->ssh_config, "another ssh configuration than the user's own")
      ->type_name("FILE");
  CLI::Option* seed = add_source_options(command, options->source);
  return [options, &common, seed]() -> Result<int> {
    options->source.seed_given = seed->count() > 0;
    return RunCampaigns(*options, common).run();
  };
}

}  // namespace bpftax
