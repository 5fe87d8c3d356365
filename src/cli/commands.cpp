#include "cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <optional>

#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

constexpr const char* kMeasureExamples =
    "Examples:\n"
    "  bpftax measure -- bpftrace -e 'tracepoint:net:netif_receive_skb { @[comm] = count(); }'\n"
    "  bpftax measure --quick --tool 'mine=./my_tool --summary' --tool 'theirs=./other_tool'\n"
    "  bpftax measure --workloads tcp_rr,udp_rr --window 5s --margin latency_p99_us=10 -- ./my_tool\n"
    "  bpftax measure --sham --quick            # A/A: a process that does nothing\n"
    "  bpftax measure --gate --json result.json -- ./my_tool   # exit code 1 when it costs too much\n"
    "  bpftax measure --resume bpftax-runs/20261120-190312-3f9a";
constexpr const char* kDoctorExamples =
    "Examples:\n"
    "  bpftax doctor\n"
    "  bpftax doctor lab-full.yaml              # all hosts of a campaign\n"
    "  bpftax doctor --json -";
constexpr const char* kLabExamples =
    "Examples:\n"
    "  bpftax lab up                            # prints the lab's id, namespaces and addresses\n"
    "  bpftax lab exec ID client -- ping -c 1 198.18.0.1\n"
    "  bpftax lab down ID";
constexpr const char* kGateExamples =
    "Examples:\n"
    "  bpftax gate bpftax-runs/20261120-190312-3f9a                    # exit code 1 when a margin is "
    "exceeded\n"
    "  bpftax gate runs/monday --budgets budgets.yaml --junit gate.xml --summary gate.md\n"
    "  bpftax gate runs/monday --openmetrics /var/lib/node_exporter/bpftax.prom";
constexpr const char* kHistoryExamples =
    "Examples:\n"
    "  bpftax history add bpftax-runs/20261120-190312-3f9a --tool-version 1.4.2\n"
    "  bpftax history list\n"
    "  bpftax history trend --tool packet-count --workload tcp_rr --metric latency_mean_us\n"
    "  bpftax history trend --tool packet-count --by kernel --json trend.json\n"
    "  bpftax history remove 12";
constexpr const char* kCleanExamples =
    "Examples:\n"
    "  bpftax clean                             # after a kill -9 of everything: removes what dead runs "
    "recorded\n"
    "  bpftax clean lab-full.yaml               # the same on all hosts of a campaign";
constexpr const char* kDiscoverExamples =
    "Examples:\n"
    "  bpftax discover minimal-input.yaml -o config/my-env   # my-env-full.yaml and my-env-cases.json\n"
    "  bpftax discover minimal-input.yaml --partial --json - # what was found how, as JSON";
constexpr const char* kCasesExamples =
    "Examples:\n"
    "  bpftax cases config/my-env               # the folder's *-full.yaml, or the four older files\n"
    "  bpftax cases my-env-full.yaml -o my-env-cases.json";
constexpr const char* kToolsExamples =
    "Examples:\n"
    "  bpftax tools scan measurement-tools/ -o tools.yaml";
constexpr const char* kPlanExamples =
    "Examples:\n"
    "  bpftax plan my-env-full.yaml -o workflow.json\n"
    "  bpftax plan config/my-env --environments host --tools eth_drop --protocol tcp,udp > workflow.json\n"
    "  bpftax plan workflow.json -o workflow.json   # after editing it by hand: is it still consistent?";
constexpr const char* kRunExamples =
    "Examples:\n"
    "  bpftax run my-env-full.yaml --out runs/monday\n"
    "  bpftax run workflow.json                 # a document that `bpftax plan` wrote\n"
    "  bpftax run config/my-env --environments host --tools eth_drop --iterations 3 --delay 10m\n"
    "  bpftax run config/my-env --start-at 2026-11-21T22:30\n"
    "  bpftax run --resume runs/monday          # after an interrupt, a lost host, a full disk";
constexpr const char* kFetchExamples =
    "Examples:\n"
    "  bpftax fetch runs/20261120-190312-3f9a   # all hosts of the campaign, into RUN_DIR/hosts/\n"
    "  bpftax fetch --host root@10.0.0.1 --remote-path /root/x/performance-test-results --local-dir "
    "./from-10.0.0.1";
constexpr const char* kValidateExamples =
    "Examples:\n"
    "  bpftax validate runs/20261120-190312-3f9a\n"
    "  bpftax validate iteration_001 --json -   # exit code 3 when something is not what it claims to be";
constexpr const char* kAnalyzeExamples =
    "Examples:\n"
    "  bpftax analyze results/ -o analysis       # iteration_NNN/ inside: tables, summaries, reports\n"
    "  bpftax analyze runs/monday -o analysis --format csv,md\n"
    "  bpftax analyze performance-test-results -o analysis --json -   # what was read and written, as JSON";
constexpr const char* kCompareExamples =
    "Examples:\n"
    "  bpftax compare runs/kernel-5.10 runs/kernel-6.12\n"
    "  bpftax compare old=runs/v1/result.json new=runs/v2/result.json --out compared\n"
    "  bpftax compare runs/monday --across      # its environments with each other\n"
    "  bpftax compare runs/mine published.yaml  # docs/published_tables.md";
constexpr const char* kBenchExamples =
    "Examples:\n"
    "  bpftax bench maps --quick                # six and more map types in 90 s\n"
    "  bpftax bench maps --load cpu:80,mem:75 --ops 1000,10000,100000\n"
    "  bpftax bench hooks --list\n"
    "  bpftax bench compare monday/ tuesday/bench.json";
constexpr const char* kReportExamples =
    "Examples:\n"
    "  bpftax report bpftax-runs/20261120-190312-3f9a -o report.html\n"
    "  bpftax report runs/monday/result.json -o report.md --lang zh         # pictures beside it\n"
    "  bpftax report --story runs/intel runs/arm -o story.html --lang zh    # one long report over several "
    "results";

// The first word that looks like a subcommand but is none, for a better message than the parser's own.
std::optional<Error> unknown_command(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.empty() || word[0] == '-') continue;
    std::vector<std::string> names;
    for (const Command& command : commands()) names.emplace_back(command.name);
    if (std::find(names.begin(), names.end(), word) != names.end()) return std::nullopt;
    const auto nearest = nearest_name(word, names);
    return Error{ErrorKind::kUsage, "unknown command", "'" + word + "'", "",
                 nearest ? "did you mean '" + *nearest + "'?" : "commands: " + join(names, ", ")};
  }
  return std::nullopt;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  Error usage{ErrorKind::kUsage, "cannot understand the command line", "", error.what(), "", 0};
  const CLI::App* used = &app;
  for (const CLI::App* sub : app.get_subcommands()) used = sub;
  usage.hint = used == &app ? "bpftax --help" : "bpftax " + used->get_name() + " --help";
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return usage;
  for (const std::string& extra : used->remaining()) {
    usage.what = extra[0] == '-' ? "unknown option" : "unexpected argument";
    usage.where = "'" + extra + "'";
    usage.why = "";
    const auto nearest = nearest_name(extra.substr(0, extra.find('=')), option_names(*used));
    if (nearest && extra[0] == '-') usage.hint = "did you mean " + *nearest + "?";
    break;
  }
  return usage;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> kCommands = {
      {"measure", "what one or several eBPF tools cost this machine", kMeasureExamples, set_up_measure},
      {"doctor", "what works on this machine, what does not, and the command that fixes it", kDoctorExamples,
       set_up_doctor},
      {"discover", "from a few addresses to a full configuration: interfaces, bridges, NICs, VMs",
       kDiscoverExamples, set_up_discover},
      {"cases", "the cases that a configuration's tools and parameters make", kCasesExamples, set_up_cases},
      {"plan", "the whole campaign as a document that can be read and edited; runs nothing", kPlanExamples,
       set_up_plan},
      {"run", "executes a campaign: many tools on many hosts", kRunExamples, set_up_run},
      {"tools", "finds eBPF tools in folders and proposes registry entries", kToolsExamples, set_up_tools},
      {"lab", "the two network namespaces by hand", kLabExamples, set_up_lab},
      {"fetch", "brings the results of remote hosts here, verified", kFetchExamples, set_up_fetch},
      {"validate", "is everything there, and is it what it claims to be?", kValidateExamples,
       set_up_validate},
      {"analyze", "tables, summaries and reports from any tree of results, ours or another framework's",
       kAnalyzeExamples, set_up_analyze},
      {"report", "writes report.html and report.md of a run again", kReportExamples, set_up_report},
      {"gate", "are the tools of a result within their margins and budgets?", kGateExamples, set_up_gate},
      {"history", "a catalogue of past runs, and what changed over them", kHistoryExamples, set_up_history},
      {"compare", "the same cases on several machines, kernels or versions", kCompareExamples,
       set_up_compare},
      {"bench", "what the primitives of eBPF cost on this machine: maps, hooks, event submission, loading",
       kBenchExamples, set_up_bench},
      {"clean", "removes what an interrupted run recorded as its own", kCleanExamples, set_up_clean},
  };
  return kCommands;
}

Result<int> run_guarded(const RunCommand& run, const std::string& name) {
  try {
    return run();
  } catch (const std::exception& error) {
    return fail(ErrorKind::kInternal, "unexpected exception", "bpftax " + name, error.what(),
                "this is a fault of bpftax, or there is no memory left: report it with the command line");
  }
}

int run_command_line(int argc, char** argv) {
  // Everything behind the first bare "--" is the command under test and is not ours to parse.
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  std::vector<std::string> tail;
  if (const auto bar = std::find(words.begin(), words.end(), "--"); bar != words.end()) {
    tail.assign(bar + 1, words.end());
    words.erase(bar, words.end());
  }
  // `--json` alone means `--json -`.
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json" && (i + 1 == words.size() || words[i + 1].starts_with("--")))
      words.insert(words.begin() + static_cast<long>(i) + 1, "-");
  }
  if (const auto unknown = unknown_command(words)) {
    print_error(*unknown);
    return exit_code(unknown->kind);
  }

  CLI::App app{"bpftax tells what an eBPF program or tool costs the system it runs on, and how sure it is."};
  app.set_version_flag("--version", std::string(kVersion));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  CommonOptions common;
  common.command_line = "bpftax";
  for (int i = 1; i < argc; ++i) common.command_line += " " + shell_quote(argv[i]);
  std::vector<std::pair<CLI::App*, RunCommand>> runners;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    sub->footer(command.examples);
    sub->add_option("--json", common.json, "write the machine-readable result to FILE, or - for stdout")
        ->type_name("FILE");
    sub->add_flag("-q,--quiet", common.quiet, "no progress, no summary: errors only");
    sub->add_flag("-v,--verbose", common.verbosity, "say more about what is done");
    sub->add_flag("--no-color", common.no_color, "no colours");
    runners.emplace_back(sub, command.set_up(*sub, common, tail));
  }
  try {
    std::reverse(words.begin(), words.end());  // CLI11 takes its words from the back
    app.parse(words);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const Error usage = usage_error(app, error);
    print_error(usage);
    return exit_code(usage.kind);
  }
  for (const auto& [sub, run] : runners) {
    if (!sub->parsed()) continue;
    const Result<int> code = run_guarded(run, sub->get_name());
    if (code) return *code;
    print_error(code.error());
    return exit_code(code.error().kind);
  }
  return exit_code(ErrorKind::kUsage);
}

}  // namespace bpftax
