#include <cstdio>
#include <string>
#include <string_view>

#include "agent/keeper.h"
#include "agent/ledger.h"
#include "agent/protocol.h"
#include "agent/stale_runs.h"
#include "util/json.h"
#include "util/result.h"
#include "util/strings.h"
#include "util/version.h"

namespace {

constexpr char kUsage[] =
    "usage: bpftax-agent --run-id ID --root DIR [--root DIR...] [--state-dir DIR] [--silence-limit MS]\n"
    "       bpftax-agent --dead | --clean | --end PREFIX [--state-dir DIR]\n"
    "Runs, watches and stops processes for bpftax, which starts it and talks to it over stdin and stdout.\n"
    "  --run-id ID         letters, digits, '-', '_', '.'; in the environment of everything it starts\n"
    "  --root DIR          folder below which files may be read and written\n"
    "  --state-dir DIR     where it notes what to undo should it be killed (default: /run/bpftax)\n"
    "  --silence-limit MS  stops everything and ends when nothing has been heard for so long (default: only "
    "at\n"
    "                      the end of stdin)\n"
    "  --dead              prints the ids of runs whose agents died without undoing everything, as JSON\n"
    "  --clean             undoes what they had recorded, and prints what, as JSON\n"
    "  --end PREFIX        ends the runs whose id begins so, living ones too, and prints what it ended, as "
    "JSON\n"
    "  --version           program and protocol version\n";

// What a living agent gets for stopping everything by itself: its processes' own grace times and some more.
constexpr int64_t kEndGraceMs = 12'000;

struct CommandLine {
  enum class Task { kServe, kDead, kClean, kEnd };
  Task task = Task::kServe;
  std::string end_prefix;
  bpftax::AgentOptions agent;
};

tl::unexpected<bpftax::Error> usage_error(std::string where, std::string why) {
  return bpftax::fail(bpftax::ErrorKind::kUsage, "wrong command line", std::move(where), std::move(why),
                      "bpftax-agent --help");
}

bpftax::Result<void> take(const std::string& option, const std::string& value, CommandLine& line) {
  if (option == "--run-id") {
    line.agent.run_id = value;
  } else if (option == "--root") {
    line.agent.roots.push_back(value);
  } else if (option == "--state-dir") {
    line.agent.state_directory = value;
  } else if (option == "--end") {
    line.task = CommandLine::Task::kEnd;
    line.end_prefix = value;
  } else if (option == "--silence-limit") {
    const auto limit_ms = bpftax::to_int64(value);
    if (!limit_ms || *limit_ms < 1 || *limit_ms > bpftax::kMaxTimeoutMs)
      return usage_error(option, "a number of milliseconds is needed");
    line.agent.silence_limit_ms = *limit_ms;
  } else {
    return usage_error(option, "no such option");
  }
  return {};
}

bpftax::Result<CommandLine> parse(int argc, char** argv) {
  CommandLine line;
  line.agent.state_directory = bpftax::kDefaultStateDirectory;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--clean" || option == "--dead") {
      line.task = option == "--clean" ? CommandLine::Task::kClean : CommandLine::Task::kDead;
      continue;
    }
    const bool has_value = i + 1 < argc;
    BPFTAX_TRY(take(option, has_value ? argv[i + 1] : "", line));
    if (!has_value) return usage_error(option, "a value is missing");
    ++i;
  }
  if (line.task == CommandLine::Task::kServe && !bpftax::valid_run_id(line.agent.run_id))
    return usage_error("--run-id", "a valid one is needed");
  if (line.task == CommandLine::Task::kEnd && !bpftax::valid_run_id(line.end_prefix))
    return usage_error("--end", "the beginning of a run id is needed");
  if (line.agent.state_directory.empty() || line.agent.state_directory[0] != '/')
    return usage_error("--state-dir", "must be an absolute path");
  return line;
}

bpftax::Result<void> print_json(const bpftax::Json& json) {
  std::printf("%s\n", bpftax::dump_line(json).c_str());
  return {};
}

bpftax::Result<void> carry_out(const CommandLine& line) {
  const std::string& state = line.agent.state_directory;
  switch (line.task) {
    case CommandLine::Task::kServe:
      return bpftax::run_agent(line.agent);
    case CommandLine::Task::kDead: {
      BPFTAX_ASSIGN(const auto dead, bpftax::dead_runs(state));
      return print_json({{"dead", dead}});
    }
    case CommandLine::Task::kClean: {
      BPFTAX_ASSIGN(const auto report, bpftax::undo_dead_runs(state));
      return print_json(bpftax::to_json(report));
    }
    case CommandLine::Task::kEnd: {
      BPFTAX_ASSIGN(const auto report, bpftax::end_runs(state, line.end_prefix, kEndGraceMs));
      return print_json(bpftax::to_json(report));
    }
  }
  return {};
}

int report(const bpftax::Error& error) {
  std::fprintf(stderr, "bpftax-agent: error: %s\n", bpftax::to_string(error).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint: %s\n", error.hint.c_str());
  return bpftax::exit_code(error.kind);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("bpftax-agent %s (protocol %d)\n", bpftax::kVersion, bpftax::kProtocolVersion);
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::fputs(kUsage, stdout);
    return 0;
  }
  const auto line = parse(argc, argv);
  if (!line) return report(line.error());
  const auto done = carry_out(*line);
  return done ? 0 : report(done.error());
}
