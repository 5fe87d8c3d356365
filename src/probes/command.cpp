#include "probes/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "probes/registry.h"
#include "probes/runner.h"
#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

constexpr const char* kProgram = "bpftax-probe";

int report(const Error& error) {
  fmt::print(stderr, "{}: error: {}\n", kProgram, to_string(error));
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return exit_code(error.kind);
}

std::vector<std::string> probe_names() {
  std::vector<std::string> names;
  for (const ProbeInfo& info : probe_table()) names.emplace_back(info.name);
  return names;
}

std::string indented(std::string_view text) {
  std::string result;
  for (const std::string_view line : split(text, '\n')) result += fmt::format("  {}\n", line);
  return result;
}

std::string help() {
  std::string text = fmt::format(
      "{0}: the reference tools of bpftax: small eBPF tools of known design, to be used and to be "
      "measured\n\n"
      "usage: {0} NAME [options]     {0} NAME --help\n"
      "       {0} --list             tools, their design and hooks, and the ways to attach here\n"
      "       {0} --version\n\n"
      "tools:\n",
      kProgram);
  for (const ProbeInfo& info : probe_table()) text += fmt::format("  {:<16} {}\n", info.name, info.summary);
  text += "\nexamples:\n";
  for (const ProbeInfo& info : probe_table()) text += indented(split(info.examples, '\n').front());
  return text +
         "\nEnds with its summary at SIGINT or SIGTERM. Needs root, or CAP_BPF, CAP_PERFMON and "
         "CAP_NET_ADMIN.\n";
}

// Each way is tried with a real probe, attached for a moment.
void list_ways() {
  fmt::print("\nways to attach on this machine (--attach), tried with packet-count:\n");
  for (const AttachMode mode : kAttachModes) {
    const auto probe = find_probe("packet-count")->make();
    Output nowhere(-1, false);
    ProbeOptions options;
    options.attach = mode;
    const auto started = probe->start(options, nowhere);
    fmt::print("  {:<11} {}\n", to_string(mode),
               started ? "available" : "unavailable: " + to_string(started.error()));
  }
}

int list() {
  fmt::print("{:<16} {:<8} {}\n", "name", "design", "hooks");
  for (const ProbeInfo& info : probe_table())
    fmt::print("{:<16} {:<8} {}\n", info.name, info.design, info.hooks);
  fmt::print(
      "\nsummary: counts in the kernel, output does not grow with traffic; details: an event for each packet "
      "or drop\n"
      "that the filter wants; truth: does nothing but cost a known time\n");
  list_ways();
  return 0;
}

void declare(const OptionSet& set, CLI::App& app) {
  for (const OptionSpec& spec : set.options()) {
    CLI::Option* option = spec.text != nullptr ? app.add_option(spec.name, *spec.text, spec.help)
                                               : app.add_flag(spec.name, *spec.flag, spec.help);
    option->group(spec.group)->required(spec.required);
    if (spec.text == nullptr) continue;
    option->type_name(spec.type);
    if (!spec.text->empty()) option->capture_default_str();
  }
}

// What CLI11 says, in our form.
Error usage_error(const std::string& where, const CLI::ParseError& error, const CLI::App& app,
                  const std::vector<std::string>& arguments) {
  Error result = fail(ErrorKind::kUsage, "cannot understand the command line", where, printable(error.what()),
                      fmt::format("{} --help", where))
                     .value();
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) known.push_back(option->get_name());
  for (const std::string& argument : arguments) {
    if (argument.substr(0, 2) != "--") continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (const auto nearest = nearest_name(name, known)) result.hint = "did you mean " + *nearest + "?";
    break;
  }
  return result;
}

Result<void> run(const ProbeInfo& info, std::vector<std::string> arguments) {
  const std::string where = fmt::format("{} {}", kProgram, info.name);
  const auto probe = info.make();
  CLI::App app(fmt::format("{}: {} ({})\nhooks: {}", info.name, info.summary, info.design, info.hooks),
               where);
  app.footer(fmt::format("\nexamples:\n{}", indented(info.examples)));
  ProbeOptionTexts texts;
  OptionSet set;
  probe->add_options(set);
  add_common_options(set, texts);
  declare(set, app);
  const std::vector<std::string> typed = arguments;
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the end
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return {};
  } catch (const CLI::ParseError& error) {
    return tl::unexpected<Error>(usage_error(where, error, app, typed));
  }
  BPFTAX_ASSIGN(const ProbeOptions options, parse_common_options(texts));
  BPFTAX_TRY(probe->check_options());
  Output output(STDOUT_FILENO, options.timestamps);
  return run_probe(info.name, *probe, options, output);
}

}  // namespace

int probe_command(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty())
    return report(
        fail(ErrorKind::kUsage, "no tool named", kProgram, {}, fmt::format("{} --help", kProgram)).value());
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h") {
    fmt::print("{}", help());
    return 0;
  }
  if (first == "--version") {
    fmt::print("{} {}\n", kProgram, kVersion);
    return 0;
  }
  if (first == "--list") return list();
  const ProbeInfo* info = find_probe(first);
  if (info == nullptr) {
    const bool option = first.substr(0, 1) == "-";
    auto known = probe_names();
    if (option) known = {"--help", "--list", "--version"};
    const auto nearest = nearest_name(first, known);
    return report(fail(ErrorKind::kUsage, option ? "unknown option" : "no such tool", printable(first), {},
                       nearest ? "did you mean " + *nearest + "?" : "one of " + join(known, ", "))
                      .value());
  }
  const auto result = run(*info, {arguments.begin() + 1, arguments.end()});
  return result ? 0 : report(result.error());
}

}  // namespace bpftax
