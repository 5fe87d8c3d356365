// The subcommands. Each one is a file of its own (NAME.cpp) and a line in the table of commands.cpp.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "util/result.h"

namespace CLI {
class App;
}

namespace bpftax {

// What a command gets: its CLI11 subcommand to add options to, and the shared options. It returns the
// function that runs it; that function's value is the process exit code (formats.md section 1).
using RunCommand = std::function<Result<int>()>;
using SetUpCommand = RunCommand (*)(CLI::App& command, CommonOptions& common,
                                    const std::vector<std::string>& tail);

struct Command {
  const char* name;
  const char* summary;
  const char* examples;
  SetUpCommand set_up;
};

const std::vector<Command>& commands();

RunCommand set_up_measure(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_cases(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_plan(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_tools(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_discover(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_doctor(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_lab(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_clean(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_fetch(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_validate(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_run(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_gate(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_history(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_analyze(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_compare(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_bench(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);
RunCommand set_up_report(CLI::App&, CommonOptions&, const std::vector<std::string>& tail);

// Runs a command. What is thrown on its way (no memory left, a mistake of ours or of a library's) becomes an
// error of kind kInternal.
Result<int> run_guarded(const RunCommand& run, const std::string& name);

// Runs the whole program; main() only calls this.
int run_command_line(int argc, char** argv);

}  // namespace bpftax
