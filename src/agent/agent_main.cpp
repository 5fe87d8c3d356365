#include <cstdio>
#include <string>
#include <string_view>

#include "agent/keeper.h"
#include "agent/ledger.h"
#include "agent/protocol.h"
#include "util/result.h"
#include "util/version.h"

namespace {

constexpr char kUsage[] =
    "usage: bpftax-agent --run-id ID --root DIR [--root DIR...] [--state-dir DIR]\n"
    "Runs, watches and stops processes for bpftax, which starts it and talks to it over stdin and stdout.\n"
    "  --run-id ID      letters, digits, '-', '_', '.'; in the environment of everything it starts\n"
    "  --root DIR       folder below which files may be read and written\n"
    "  --state-dir DIR  where it notes what to undo should it be killed (default: /run/bpftax)\n"
    "  --version        program and protocol version\n";

bpftax::Result<bpftax::AgentOptions> parse(int argc, char** argv) {
  bpftax::AgentOptions options;
  options.state_directory = bpftax::kDefaultStateDirectory;
  const auto usage_error = [](std::string where, std::string why) {
    return bpftax::fail(bpftax::ErrorKind::kUsage, "wrong command line", std::move(where), std::move(why),
                        "bpftax-agent --help");
  };
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option != "--run-id" && option != "--root" && option != "--state-dir")
      return usage_error(option, "no such option");
    if (i + 1 == argc) return usage_error(option, "a value is missing");
    const std::string value = argv[++i];
    if (option == "--run-id") options.run_id = value;
    if (option == "--root") options.roots.push_back(value);
    if (option == "--state-dir") options.state_directory = value;
  }
  if (!bpftax::valid_run_id(options.run_id)) return usage_error("--run-id", "a valid one is needed");
  if (options.state_directory.empty() || options.state_directory[0] != '/')
    return usage_error("--state-dir", "must be an absolute path");
  return options;
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
  const auto options = parse(argc, argv);
  if (!options) return report(options.error());
  const auto done = bpftax::run_agent(*options);
  return done ? 0 : report(done.error());
}
