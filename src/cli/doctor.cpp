// bpftax doctor: preflight of this machine.
#include "cli/doctor.h"

#include <fmt/color.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "agent/stale_runs.h"
#include "cli/commands.h"
#include "host/host_tools.h"
#include "host/interrupt.h"
#include "host/lab.h"
#include "host/local_host.h"
#include "host/preflight.h"
#include "util/json.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {

std::string finding_line(const HostFinding& finding, bool color) {
  const std::string level = fmt::format("{:<4}", to_string(finding.level));
  std::string painted = level;
  if (color) {
    const auto tone = finding.level == FindingLevel::kFail   ? fmt::terminal_color::red
                      : finding.level == FindingLevel::kWarn ? fmt::terminal_color::yellow
                      : finding.level == FindingLevel::kOk   ? fmt::terminal_color::green
                                                             : fmt::terminal_color::blue;
    painted = fmt::format(fmt::fg(tone) | fmt::emphasis::bold, "{}", level);
  }
  std::string text = fmt::format("{}  {:<22} {}\n", painted, finding.topic, printable(finding.detail));
  if (!finding.fix.empty()) text += fmt::format("{:<6}{:<22} fix: {}\n", "", "", printable(finding.fix));
  return text;
}

namespace {

// What a run directory of default options may take, with the tools' output at its cap.
constexpr double kWantedDiskBytes = 2.0 * (1u << 30u);

HostFinding disk_finding() {
  struct statvfs space {};
  if (statvfs(".", &space) != 0)
    return {FindingLevel::kWarn, "disk", "free space of this folder is unknown", ""};
  const double bytes = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
  const std::string text = format_bytes(bytes) + " free in this folder";
  if (bytes < kWantedDiskBytes)
    return {FindingLevel::kWarn, "disk", text, "run in a folder with 2 GiB free, or use --out"};
  return {FindingLevel::kOk, "disk", text, ""};
}

HostFinding stale_finding() {
  const auto dead = dead_runs(LabOptions().state_dir);
  if (!dead) return {FindingLevel::kWarn, "stale runs", to_string(dead.error()), dead.error().hint};
  const std::vector<std::string>& stale = *dead;
  if (stale.empty()) return {FindingLevel::kOk, "stale runs", "none: nothing of a dead run is left", ""};
  return {FindingLevel::kWarn, "stale runs", "left by runs that were killed: " + join(stale, ", "),
          "bpftax clean"};
}

// Makes a lab and removes it: namespaces, veth, addresses and their removal really work.
HostFinding lab_finding(Host& host, const std::string& run_id) {
  auto lab = Lab::up(host, run_id);
  if (!lab) return {FindingLevel::kFail, "lab", to_string(lab.error()), lab.error().hint};
  const std::string addresses = (*lab)->info().server.address + " and " + (*lab)->info().client.address;
  if (auto closed = (*lab)->close(); !closed)
    return {FindingLevel::kFail, "lab", to_string(closed.error()), "bpftax clean"};
  return {FindingLevel::kOk, "lab",
          "two namespaces and a veth pair were made (" + addresses + ") and removed", ""};
}

Result<int> examine(const CommonOptions& common) {
  BPFTAX_TRY(install_interrupt_handlers());
  std::vector<HostFinding> findings;
  LocalHostOptions options;
  options.run_id = fmt::format("doctor-{:06x}", random_seed() & 0xffffffu);
  auto host = start_local_agent(options);
  if (host) {
    BPFTAX_ASSIGN(const Json facts, (*host)->facts());
    BPFTAX_ASSIGN(const auto tools, find_host_tools(**host));
    findings = judge_host(facts, tools);
    if (geteuid() == 0 && tools.count("ip") != 0) findings.push_back(lab_finding(**host, options.run_id));
    host->reset();
  } else {
    findings.push_back({FindingLevel::kFail, "agent", to_string(host.error()), host.error().hint});
  }
  findings.push_back(disk_finding());
  findings.push_back(stale_finding());

  int worst = 0;
  std::string text;
  Json list = Json::array();
  FILE* stream = common.human();
  int counts[4] = {};
  for (const HostFinding& finding : findings) {
    ++counts[static_cast<int>(finding.level)];
    if (finding.level == FindingLevel::kFail) worst = exit_code(ErrorKind::kEnvironment);
    text += finding_line(finding, common.color(stream));
    list.push_back(to_json(finding));
  }
  text += counts[3] > 0
              ? fmt::format("\nThis machine cannot measure yet: {} to fix.\n", counts[3])
              : fmt::format("\nThis machine can measure ({} warnings, {} notes).\n", counts[2], counts[1]);
  BPFTAX_TRY(
      write_json_output(common.json, dump_pretty({{"schema", "bpftax.doctor/1"}, {"findings", list}})));
  if (!common.quiet) print(stream, text);
  return worst;
}

}  // namespace

RunCommand set_up_doctor(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  struct Options {
    std::string config, ssh_config;
  };
  const auto options = std::make_shared<Options>();
  command.add_option("CONFIG", options->config,
                     "configuration of a campaign: look at all its hosts instead of at this machine");
  command.add_option("--ssh-config", options->ssh_config, "ssh configuration file instead of the user's own")
      ->type_name("FILE");
  return [options, &common] {
    return options->config.empty() ? examine(common)
                                   : examine_hosts(options->config, options->ssh_config, common);
  };
}

}  // namespace bpftax
