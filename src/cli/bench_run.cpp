#include "cli/bench_run.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "bench/assemble.h"
#include "bench/csv.h"
#include "bench/guide/page.h"
#include "bench/process.h"
#include "bench/run.h"
#include "bench/table.h"
#include "cli/bench_families.h"
#include "cli/run_dir.h"
#include "host/interrupt.h"
#include "sample/cpu_list.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"
#include "util/version.h"

namespace bpftax {
namespace {

using bench::Document;
using bench::RunRecord;

constexpr int kDefaultRuns = 10, kDefaultSamples = 5;
// Short samples, many processes: it is the spread between processes that makes an interval wide. As many as
// fit.
constexpr int kQuickRuns = 24;
constexpr uint64_t kQuickStretchNs = 5'000'000;
// Of `--quick`: ends within 90 s with setting up and writing, unless several conditions need longer for
// kFewestRuns repetitions each.
constexpr double kQuickTimeS = 75;

const char* const kBenchJson = "bench.json";

Result<bench::RunOptions> run_options_of(const bench::Family& family, const BenchOptions& options) {
  bench::RunOptions run;
  run.runs = options.runs.value_or(options.quick ? kQuickRuns : kDefaultRuns);
  run.sampling.samples = options.samples.value_or(options.quick ? family.quick_samples : kDefaultSamples);
  if (options.quick) {
    run.sampling.stretch_ns = kQuickStretchNs;
    run.time_s = kQuickTimeS;
  }
  if (!options.time.empty()) {
    BPFTAX_ASSIGN(run.time_s, parse_duration_s(options.time));
  }
  run.seed = options.seed.value_or(random_seed());
  return run;
}

Result<const bench::Benchmark*> benchmark_of(const bench::Family& family, const std::string& subject) {
  for (const bench::Benchmark& benchmark : family.benchmarks())
    if (subject == benchmark.name) return &benchmark;
  return fail(ErrorKind::kInternal, "there is no such benchmark", subject, family.name);
}

// What our processes are called in lists of processes.
std::string executable_path() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "bpftax" : path.string();
}

// Says where a run is, and writes everything down before it goes on.
class BenchObserver : public bench::RunObserver {
 public:
  BenchObserver(const bench::RunHeader& header, const CommonOptions& common, std::string folder,
                AppendFile journal)
      : header_(header),
        folder_(std::move(folder)),
        journal_(std::move(journal)),
        live_(!common.quiet && isatty(STDERR_FILENO) == 1),
        lines_(!common.quiet && !live_) {}
  ~BenchObserver() override { clear(); }

  void progress(const bench::RunProgress& at) override {
    const std::string left = at.left_s ? fmt::format(", about {} to go", format_clock(*at.left_s)) : "";
    const std::string where =
        fmt::format("{} of {}, process {} of at most {}, {} elapsed{}", at.repetition, at.repetitions,
                    at.done + 1, at.planned, format_clock(at.elapsed_s), left);
    if (live_) {
      const std::string line = fmt::format("{} {}, repetition {}", at.condition, at.subject, where);
      print(stderr, "\r\x1b[K" + shorten(printable(line), static_cast<size_t>(terminal_width(stderr) - 1)));
      drawn_ = true;
    } else if (lines_ && (at.condition != condition_ || at.repetition != repetition_)) {
      print(stderr, fmt::format("{}: repetition {}\n", printable(at.condition), where));
    }
    condition_ = at.condition;
    repetition_ = at.repetition;
  }
  Result<void> process_done(const bench::ProcessRecord& record) override {
    return journal_.append_line(bench::journal_line(record));
  }
  Result<void> note(const std::string& text) override {
    clear();
    if (live_ || lines_) print(stderr, printable(text) + "\n");
    return journal_.append_line(dump_line({{"note", text}}));
  }
  Result<void> repetition_done(const RunRecord& record) override {
    Document so_far = bench::assemble(header_, record);
    so_far.warnings.emplace_back("the run was not finished when this was written");
    return replace_file(folder_ + "/" + kBenchJson, bench::document_text(so_far));
  }
  void clear() {
    if (drawn_) print(stderr, "\r\x1b[K");
    drawn_ = false;
  }

 private:
  const bench::RunHeader& header_;
  std::string folder_;
  AppendFile journal_;
  bool live_, lines_, drawn_ = false;
  std::string condition_;
  int repetition_ = 0;
};

Result<std::string> make_bench_folder(const std::string& wanted, int64_t now_ns) {
  BPFTAX_ASSIGN(const std::string folder,
                make_run_dir(wanted.empty() ? "bpftax-bench-" + format_compact_time(now_ns) : wanted));
  if (path_exists(folder + "/" + kBenchJson))
    return fail(ErrorKind::kUsage, "there is a benchmark in the output folder already", folder, "",
                "choose another folder with --out DIR");
  return folder;
}

Result<void> write_results(const Document& document, const std::string& folder, const BenchOptions& options,
                           const CommonOptions& common) {
  const std::string json = bench::document_text(document), csv = bench::document_csv(document);
  BPFTAX_TRY(write_file_atomically(folder + "/" + kBenchJson, json));
  BPFTAX_TRY(write_file_atomically(folder + "/bench.csv", csv));
  if (!document.rows.empty()) {
    BPFTAX_ASSIGN(const std::string page, bench::bench_page(document));
    BPFTAX_TRY(write_file_atomically(folder + "/bench.html", page));
  }
  if (!options.csv.empty()) BPFTAX_TRY(write_file_atomically(options.csv, csv));
  return write_json_output(common.json, json);
}

Result<std::vector<std::unique_ptr<bench::Condition>>> conditions_of(const BenchOptions& options) {
  return bench::make_conditions(options.conditions);
}

std::string list_text(const bench::Family& family) {
  size_t longest = 0;
  for (const bench::Benchmark& benchmark : family.benchmarks())
    longest = std::max(longest, std::string_view(benchmark.name).size());
  std::string text;
  for (const bench::Benchmark& benchmark : family.benchmarks())
    text += fmt::format("{:<{}}  {}\n", benchmark.name, longest, benchmark.summary);
  return text;
}

}  // namespace

void add_bench_options(CLI::App& command, BenchOptions& options) {
  command.add_flag("--quick", options.quick,
                   "a smaller set, in at most 90 s (several conditions may need longer)");
  command.add_flag("--list", options.list, "what there is; measures nothing");
  command
      .add_option(
          "--runs", options.runs,
          "processes for each task (default 10; with --quick as many as fit into its time, 24 at most)")
      ->check(CLI::Range(1, 10'000));
  command.add_option("--samples", options.samples, "samples of each operation in each process (default 5)")
      ->check(CLI::Range(1, 100'000));
  command
      .add_option("--time", options.time,
                  fmt::format("stop adding processes after that time, but not before {} of each task",
                              bench::kFewestRuns))
      ->type_name("DURATION");
  command.add_option("--seed", options.seed, "of all random orders (default: a new one, recorded)");
  command.add_option("--cpus", options.cpus, "where threads are pinned, in order (default: all of ours)")
      ->type_name("LIST");
  command
      .add_option("--out", options.out,
                  "folder for bench.json, bench.csv, bench.html (default ./bpftax-bench-TIME)")
      ->type_name("DIR");
  command.add_option("--csv", options.csv, "write the CSV there too")->type_name("FILE");
  bench::add_condition_options(command, options.conditions);
}

Result<std::vector<int>> bench_cpus(const std::string& list) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return fail_errno(errno, "cannot tell which CPUs are ours");
  std::vector<int> ours;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) ours.push_back(cpu);
  if (list.empty()) return ours;
  // In the order as written: the first one is where single threads run.
  std::vector<int> cpus;
  for (const std::string_view part : split(list, ',')) {
    const auto some = parse_cpu_list(trim(part));
    if (!some || some->empty())
      return fail(ErrorKind::kUsage, "not a list of CPUs", "'" + list + "'", "", "--cpus 1,3 or --cpus 0-3");
    for (const int cpu : *some) {
      if (std::find(ours.begin(), ours.end(), cpu) == ours.end())
        return fail(ErrorKind::kUsage, "cannot run on this CPU", std::to_string(cpu),
                    "it is not online, or not ours to use");
      if (std::find(cpus.begin(), cpus.end(), cpu) == cpus.end()) cpus.push_back(cpu);
    }
  }
  return cpus;
}

int bench_exit_code(const Document& document) {
  const auto any = [&](auto&& wanted) {
    return std::any_of(document.rows.begin(), document.rows.end(), wanted);
  };
  const bool wrong = any([](const bench::Row& row) { return row.status == bench::Status::kInvalid; });
  const bool measured =
      any([](const bench::Row& row) { return row.status == bench::Status::kMeasured && !row.is_floor; });
  return wrong || !measured ? exit_code(ErrorKind::kWorkload) : 0;
}

Result<int> run_one_task() {
  const auto find = [](const bench::Task& task) -> Result<const bench::Benchmark*> {
    for (const bench::Family& family : bench_families())
      if (task.benchmark == family.name) {
        if (family.recall != nullptr) BPFTAX_TRY(family.recall(task));
        return benchmark_of(family, task.subject);
      }
    return fail(ErrorKind::kUsage, "there is no such family of benchmarks", "'" + task.benchmark + "'");
  };
  BPFTAX_TRY(bench::serve_process(find));
  return 0;
}

Result<int> run_bench_family(const bench::Family& family, const bench::PlanTasks& plan,
                             const BenchOptions& options, const CommonOptions& common) {
  if (options.list) {
    print(common.human(), list_text(family));
    return 0;
  }
  BPFTAX_ASSIGN(bench::RunOptions run, run_options_of(family, options));
  BPFTAX_ASSIGN(const std::vector<int> cpus, bench_cpus(options.cpus));
  BPFTAX_ASSIGN(std::vector<bench::Task> tasks, plan({options.quick, cpus}));
  for (bench::Task& task : tasks)
    if (task.cpus.empty()) task.cpus = cpus;
  if (tasks.empty()) return fail(ErrorKind::kUsage, "there is nothing to measure", family.name);
  BPFTAX_ASSIGN(const auto conditions, conditions_of(options));
  for (const bench::Task& task : tasks) BPFTAX_TRY(benchmark_of(family, task.subject));
  BPFTAX_TRY(install_interrupt_handlers());

  const RealClock clock;
  const int64_t now_ns = clock.realtime_ns();
  BPFTAX_ASSIGN(const std::string folder, make_bench_folder(options.out, now_ns));
  const bench::RunHeader header{
      family.name, common.command_line,          format_iso8601(now_ns), std::string(kVersion),
      run.seed,    bench::bench_host_facts(cpus)};
  BPFTAX_ASSIGN(AppendFile journal, AppendFile::open(folder + "/journal.jsonl"));
  std::vector<std::string> names;
  for (const auto& condition : conditions) names.push_back(condition->name());
  BPFTAX_TRY(journal.append_line(bench::journal_header(header, tasks, names, run)));

  BenchObserver observer(header, common, folder, std::move(journal));
  const bench::FreshProgram ourselves{"/proc/self/exe", {executable_path(), "bench", kOneTaskCommand}};
  const bench::MeasureTask measure = [&ourselves](const bench::Task& task,
                                                  const bench::SamplingRequest& request) {
    return bench::run_in_fresh_process(ourselves, task, request);
  };
  BPFTAX_ASSIGN(const RunRecord record, bench::run_tasks(tasks, conditions, run, measure, clock, observer));
  observer.clear();
  const Document document = bench::assemble(header, record);
  BPFTAX_TRY(write_results(document, folder, options, common));
  if (!common.quiet) {
    FILE* stream = common.human();
    print(stream, bench::document_tables(document, {terminal_width(stream), common.color(stream)}));
  }
  if (family.finish != nullptr) {
    FILE* stream = common.human();
    BPFTAX_ASSIGN(const std::string text,
                  family.finish(document, terminal_width(stream), common.color(stream)));
    if (!common.quiet && !text.empty()) print(stream, "\n" + text);
  }
  if (!common.quiet) print(common.human(), "\nwritten to " + printable(folder) + "\n");
  if (record.interrupted) {
    auto interrupted = fail_interrupted("the benchmark is not complete");
    interrupted.value().where = folder;
    return interrupted;
  }
  return bench_exit_code(document);
}

}  // namespace bpftax
