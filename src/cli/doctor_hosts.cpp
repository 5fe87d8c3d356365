// bpftax doctor CONFIG: preflight of every host that a configuration names.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "cli/doctor.h"
#include "config/load.h"
#include "host/clock_offset.h"
#include "host/host_settings.h"
#include "host/host_tools.h"
#include "host/interrupt.h"
#include "host/ssh_hosts.h"
#include "host/ssh_transport.h"
#include "util/json.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Time stamps in results of several hosts are compared by people; the analysis uses the measured offset.
constexpr double kWantedClockSeconds = 0.1;

struct HostReport {
  ConfiguredHost host;
  std::vector<HostFinding> findings;
  std::optional<ClockOffset> offset;
  HostSettings settings;
};

// The interfaces that the configuration expects on a machine.
std::vector<std::string> interfaces_on(const CampaignConfig& config, const std::string& id) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const ConfiguredEnvironment& environment : config.environments) {
    for (const EnvironmentEnd* end : {&environment.server, &environment.client}) {
      if (end->ssh_ref == id) add(end->interface);
      if (end->tool_host() != id) continue;
      add(end->vm_interface);
      add(end->internal_interface);
      add(end->physical_interface);
      for (const std::string& member : end->physical_nic_members) add(member);
    }
  }
  return names;
}

HostFinding failed(std::string topic, const Error& error) {
  return {FindingLevel::kFail, std::move(topic), to_string(error), error.hint};
}

HostFinding clock_finding(const ClockOffset& offset) {
  const double seconds = static_cast<double>(offset.realtime_offset_ns) / 1e9;
  const double error = static_cast<double>(offset.error_ns) / 1e9;
  const std::string text = fmt::format("{} {} ours, known to +-{}", format_duration(std::abs(seconds)),
                                       seconds < 0 ? "behind" : "ahead of", format_duration(error));
  if (std::abs(seconds) - error <= kWantedClockSeconds) return {FindingLevel::kOk, "time of day", text, ""};
  return {FindingLevel::kWarn, "time of day", text,
          "systemctl enable --now chrony (or systemd-timesyncd, ntpd)"};
}

// Looked at after our own agent has ended.
HostFinding left_over_finding(const ConfiguredHost& host, const SshOptions& ssh, bool use_sudo) {
  const std::string topic = "stale runs";
  const auto dead = dead_runs_over_ssh(host, ssh, use_sudo);
  if (!dead) return {FindingLevel::kWarn, topic, to_string(dead.error()), dead.error().hint};
  if (dead->empty()) return {FindingLevel::kOk, topic, "none: nothing of a dead run is left", ""};
  return {FindingLevel::kWarn, topic, "left by runs that were killed: " + join(*dead, ", "),
          "bpftax clean CONFIG"};
}

void append(std::vector<HostFinding>& to, std::vector<HostFinding> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// What can be found out is; a step that fails is a finding.
void examine(Host& host, const CampaignConfig& config, HostReport& report) {
  const auto facts = host.facts();
  const auto tools = find_host_tools(host);
  if (!facts) report.findings.push_back(failed("facts", facts.error()));
  if (!tools) report.findings.push_back(failed("tools", tools.error()));
  if (facts && tools) append(report.findings, judge_host(*facts, *tools, HostPlace::kOverSsh));
  const auto settings = read_host_settings(host, report.host.workdir, config.python_interpreter,
                                           interfaces_on(config, report.host.id));
  if (settings) {
    report.settings = *settings;
    append(report.findings, judge_settings(facts ? *facts : Json::object(), *settings));
    report.findings.push_back(judge_stale_programs(host.bpf_all(), settings->held_programs));
  } else {
    report.findings.push_back(failed("settings", settings.error()));
  }
  RealClock clock;
  const auto offset = estimate_clock_offset(host, clock);
  if (offset) {
    report.offset = *offset;
    report.findings.push_back(clock_finding(*offset));
  } else {
    report.findings.push_back(failed("time of day", offset.error()));
  }
}

std::vector<HostFinding> pair_findings(const ConfiguredEnvironment& environment,
                                       const std::vector<HostReport>& reports) {
  const auto link_of = [&](const EnvironmentEnd& end) -> const LinkSettings* {
    const std::string& name = end.physical_interface.empty() ? end.interface : end.physical_interface;
    for (const HostReport& report : reports) {
      if (report.host.id != end.tool_host()) continue;
      for (const LinkSettings& link : report.settings.links) {
        if (link.name == name && link.exists) return &link;
      }
    }
    return nullptr;
  };
  const LinkSettings* server = link_of(environment.server);
  const LinkSettings* client = link_of(environment.client);
  if (server == nullptr || client == nullptr) return {};
  return judge_pair(*server, *client);
}

struct Tally {
  int counts[4] = {};
  void add(const std::vector<HostFinding>& findings) {
    for (const HostFinding& finding : findings) ++counts[static_cast<int>(finding.level)];
  }
  int failures() const { return counts[static_cast<int>(FindingLevel::kFail)]; }
};

Json json_of(const std::vector<HostFinding>& findings) {
  Json list = Json::array();
  for (const HostFinding& finding : findings) list.push_back(to_json(finding));
  return list;
}

std::string text_of(const std::string& title, const std::vector<HostFinding>& findings, bool color) {
  std::string text = title + "\n";
  for (const HostFinding& finding : findings) text += "  " + finding_line(finding, color);
  return text + "\n";
}

std::vector<HostReport> examine_all(const CampaignConfig& config, const SshHostsOptions& options) {
  std::vector<HostReport> reports;
  for (const ConfiguredHost& host : config.hosts) reports.push_back({host, {}, std::nullopt, {}});
  SshHosts hosts(config.hosts, options);
  std::vector<std::thread> threads;
  for (HostReport& report : reports) {
    threads.emplace_back([&] {
      const auto host = hosts.host(report.host.id);
      if (!host) {
        report.findings.push_back(failed("connection", host.error()));
        return;
      }
      report.findings.push_back({FindingLevel::kOk, "connection", "the agent runs there", ""});
      examine(**host, config, report);
      for (const std::string& left : hosts.close(report.host.id))
        report.findings.push_back({FindingLevel::kWarn, "left behind", left, "bpftax clean CONFIG"});
      report.findings.push_back(left_over_finding(report.host, options.ssh, config.use_sudo));
    });
  }
  for (std::thread& thread : threads) thread.join();
  return reports;
}

}  // namespace

Result<int> examine_hosts(const std::string& config_path, const std::string& ssh_config,
                          const CommonOptions& common) {
  BPFTAX_ASSIGN(const CampaignConfig config, load_config(config_path));
  BPFTAX_TRY(install_interrupt_handlers());
  SshHostsOptions options;
  options.run_id = fmt::format("doctor-{:06x}", random_seed() & 0xffffffu);
  options.use_sudo = config.use_sudo;
  options.ssh.config_file = ssh_config;
  const std::vector<HostReport> reports = examine_all(config, options);
  if (interrupted()) return tl::unexpected<Error>(fail_interrupted("looking at the hosts"));

  FILE* stream = common.human();
  const bool color = common.color(stream);
  Tally tally;
  std::string text;
  Json hosts = Json::array(), environments = Json::array();
  for (const HostReport& report : reports) {
    tally.add(report.findings);
    const std::string title =
        "Host " + printable(report.host.id) + " (" + printable(report.host.address) + ")";
    text += text_of(title, report.findings, color);
    hosts.push_back({{"id", report.host.id},
                     {"address", report.host.address},
                     {"clock_offset", report.offset ? to_json(*report.offset) : Json(nullptr)},
                     {"findings", json_of(report.findings)}});
  }
  for (const ConfiguredEnvironment& environment : config.environments) {
    const std::vector<HostFinding> findings = pair_findings(environment, reports);
    tally.add(findings);
    environments.push_back({{"name", environment.name}, {"findings", json_of(findings)}});
    if (!findings.empty()) text += text_of("Environment " + printable(environment.name), findings, color);
  }
  text += tally.failures() > 0 ? fmt::format("These hosts cannot measure yet: {} to fix.\n", tally.failures())
                               : fmt::format("These hosts can measure ({} warnings, {} notes).\n",
                                             tally.counts[static_cast<int>(FindingLevel::kWarn)],
                                             tally.counts[static_cast<int>(FindingLevel::kNote)]);
  BPFTAX_TRY(write_json_output(common.json, dump_pretty({{"schema", "bpftax.doctor/1"},
                                                         {"config", config_path},
                                                         {"hosts", hosts},
                                                         {"environments", environments}})));
  if (!common.quiet) print(stream, text);
  return tally.failures() > 0 ? exit_code(ErrorKind::kEnvironment) : 0;
}

}  // namespace bpftax
