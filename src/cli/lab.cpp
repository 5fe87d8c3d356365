// bpftax lab up|down|status|exec: the two namespaces by hand.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "agent/ledger.h"
#include "cli/commands.h"
#include "host/interrupt.h"
#include "host/kept_lab.h"
#include "host/local_host.h"
#include "util/json.h"
#include "util/rng.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct LabCommand {
  CLI::App *up = nullptr, *down = nullptr, *status = nullptr, *exec = nullptr;
  std::string id, side;
};

// An agent just for the few commands that make or remove a lab.
// What it makes must carry its run id: that is the lab's own for `up`.
Result<std::unique_ptr<AgentHost>> helper_host(const std::string& run_id) {
  BPFTAX_TRY(install_interrupt_handlers());
  LocalHostOptions options;
  options.run_id = run_id;
  return start_local_agent(options);
}

std::string lab_text(const LabInfo& info, bool present) {
  return fmt::format("{}{}\n  server: {} ({}) in namespace {}\n  client: {} ({}) in namespace {}\n",
                     info.run_id,
                     present ? "" : "  (its namespaces are gone: bpftax lab down " + info.run_id + ")",
                     info.server.address, info.server.interface, info.server.netns, info.client.address,
                     info.client.interface, info.client.netns);
}

Result<int> up(LabCommand& lab, const CommonOptions& common) {
  if (lab.id.empty()) lab.id = fmt::format("{:06x}", random_seed() & 0xffffffu);
  if (!valid_run_id(lab.id))
    return fail(ErrorKind::kUsage, "not a name for a lab", "'" + lab.id + "'",
                "it must be 1 to 64 letters, digits, '-', '_' or '.'", "bpftax lab up my-lab");
  BPFTAX_ASSIGN(const auto host, helper_host(lab.id));
  BPFTAX_ASSIGN(const LabInfo info, lab_up(*host, lab.id));
  BPFTAX_TRY(write_json_output(common.json, dump_pretty(Json(to_json(info)))));
  if (!common.quiet) print(common.human(), lab_text(info, true));
  return 0;
}

Result<int> down(LabCommand& lab, const CommonOptions& common) {
  BPFTAX_ASSIGN(const KeptLab found, find_lab(lab.id));
  BPFTAX_ASSIGN(const auto host, helper_host(fmt::format("lab-{:06x}", random_seed() & 0xffffffu)));
  BPFTAX_ASSIGN(const std::vector<int> processes, lab_down(*host, found.info.run_id));
  BPFTAX_TRY(
      write_json_output(common.json, dump_pretty({{"id", found.info.run_id}, {"processes", processes}})));
  if (common.quiet) return 0;
  std::string text = "removed: lab " + found.info.run_id + "\n";
  for (const int pid : processes)
    text += fmt::format("note: process {} is still inside; it ends by itself or by you\n", pid);
  print(common.human(), text);
  return 0;
}

Result<int> status(const CommonOptions& common) {
  BPFTAX_ASSIGN(const std::vector<KeptLab> labs, list_labs());
  Json list = Json::array();
  std::string text;
  for (const KeptLab& lab : labs) {
    Json entry = to_json(lab.info);
    entry["present"] = lab.present();
    list.push_back(entry);
    text += lab_text(lab.info, lab.present());
  }
  BPFTAX_TRY(write_json_output(common.json, dump_pretty(list)));
  if (!common.quiet) print(common.human(), labs.empty() ? "no lab is up\n" : printable(text));
  return 0;
}

Result<int> exec(const LabCommand& lab, const std::vector<std::string>& argv) {
  if (argv.empty())
    return fail(ErrorKind::kUsage, "no command", "bpftax lab exec", "",
                "bpftax lab exec ID server -- CMD...");
  if (lab.side != "server" && lab.side != "client")
    return fail(ErrorKind::kUsage, "unknown side", "'" + lab.side + "'", "", "server or client");
  BPFTAX_ASSIGN(const KeptLab found, find_lab(lab.id));
  return tl::unexpected<Error>(
      exec_in_lab(found, lab.side == "server" ? LabSide::kServer : LabSide::kClient, argv));
}

}  // namespace

RunCommand set_up_lab(CLI::App& command, CommonOptions& common, const std::vector<std::string>& tail) {
  const auto lab = std::make_shared<LabCommand>();
  command.require_subcommand(1);
  command.fallthrough();
  lab->up = command.add_subcommand("up", "makes a lab that stays until `lab down`");
  lab->up->add_option("ID", lab->id, "its name; default: a random one");
  lab->down = command.add_subcommand("down", "removes it");
  lab->down->add_option("ID", lab->id, "which one; may be left out when there is only one");
  lab->status = command.add_subcommand("status", "lists the labs");
  lab->exec = command.add_subcommand("exec", "runs a command in one side's network namespace");
  lab->exec->add_option("ID", lab->id, "which lab")->required();
  lab->exec->add_option("SIDE", lab->side, "server or client")->required();
  return [lab, &common, tail]() -> Result<int> {
    if (lab->up->parsed()) return up(*lab, common);
    if (lab->down->parsed()) return down(*lab, common);
    if (lab->exec->parsed()) return exec(*lab, tail);
    return status(common);
  };
}

}  // namespace bpftax
