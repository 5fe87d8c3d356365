#include "discover/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "discover/links_text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kCommandMs = 20'000;
constexpr int kNotFound = 127;          // exit code of shells and env for a program that is not there
constexpr size_t kEvidenceBytes = 300;  // of a command's output that is kept as provenance
constexpr size_t kEvidenceLines = 6;
constexpr size_t kWhyBytes = 160;
constexpr const char* kUsualPath = "/usr/local/bin:/usr/bin:/bin";
constexpr const char* kSbinPath = ":/usr/local/sbin:/usr/sbin:/sbin";

std::string first_line(std::string_view text) {
  return shorten(printable(trim(split(trim(text), '\n')[0])), kWhyBytes);
}

// "PROGRAM: WORDS", without the program's name twice.
std::string named(const std::string& program, const std::string& words) {
  return words.substr(0, program.size() + 1) == program + ":" ? words : program + ": " + words;
}

// No daemon behind its socket: ovs-vsctl's own words.
bool no_daemon(const std::string& why) {
  return why.find("database connection failed") != std::string::npos &&
         (why.find("No such file or directory") != std::string::npos ||
          why.find("Connection refused") != std::string::npos);
}

// The value that a parser makes of an answer.
template <class T, class Parse>
Asked<T> parsed(const CommandAnswer& answer, Parse parse) {
  Asked<T> asked;
  asked.commands = {answer.command};
  asked.absent = answer.absent;
  asked.why = answer.why;
  if (!answer.ok) return asked;
  Result<T> value = parse(answer.out);
  if (value) {
    asked.value = std::move(*value);
  } else {
    asked.why = printable(to_string(value.error()));
  }
  return asked;
}

template <class T>
Asked<T> refused(std::string why) {
  Asked<T> asked;
  asked.why = std::move(why);
  return asked;
}

}  // namespace

bool Machine::connected() {
  if (unreachable_) return false;
  if (host_ != nullptr) return true;
  const auto host = connect_(node_);
  if (!host) {
    unreachable_ = host.error();
    return false;
  }
  host_ = *host;
  const CommandAnswer own = run_now({"printenv", "PATH"});
  path_ = (own.ok ? std::string(trim(own.out)) : kUsualPath) + kSbinPath;
  return !unreachable_;
}

CommandAnswer Machine::run_now(const std::vector<std::string>& argv) {
  CommandAnswer answer;
  answer.command = shell_join(argv);
  if (connected()) {
    ProcessSpec spec;
    spec.name = argv[0];
    spec.argv = argv;
    spec.env = {{"LC_ALL", "C"}};
    if (!path_.empty()) spec.env.emplace_back("PATH", path_);
    const auto finished = host_->run(spec, kCommandMs);
    if (finished) {
      answer.ran = true;
      answer.ok = finished->status.ok();
      answer.absent = !finished->status.signaled && finished->status.code == kNotFound;
      if (answer.absent) answer.ran = false;
      answer.out = finished->out;
      if (!answer.ok) {
        const std::string said = first_line(finished->err.empty() ? finished->out : finished->err);
        answer.why = said.empty() ? argv[0] + ": " + to_string(finished->status) : named(argv[0], said);
      }
    } else if (finished.error().kind == ErrorKind::kLost ||
               finished.error().kind == ErrorKind::kInterrupted) {
      unreachable_ = finished.error();
    } else {
      answer.absent = finished.error().errno_value == ENOENT;
      answer.why = printable(to_string(finished.error()));
    }
  }
  if (answer.absent) answer.why = argv[0] + " is not installed";
  if (unreachable_) {
    if (unreachable_->kind == ErrorKind::kInterrupted) interrupted_ = unreachable_;
    answer.why = "it cannot be asked: " + printable(to_string(*unreachable_));
  }
  return answer;
}

const CommandAnswer& Machine::run(const std::vector<std::string>& argv) {
  const std::string key = shell_join(argv);
  const auto known = answers_.find(key);
  return known != answers_.end() ? known->second : answers_.emplace(key, run_now(argv)).first->second;
}

const Asked<std::vector<Link>>& Machine::links() {
  if (links_) return *links_;
  const CommandAnswer& json = run({"ip", "-json", "-details", "address"});
  Asked<std::vector<Link>> asked = parsed<std::vector<Link>>(json, parse_links);
  if (!json.ok && json.ran) {
    const CommandAnswer& link = run({"ip", "-oneline", "-details", "link"});
    const CommandAnswer& address = run({"ip", "-oneline", "address"});
    if (link.ok && address.ok) {
      asked = parsed<std::vector<Link>>(
          link, [&](const std::string& text) { return parse_links_text(text, address.out); });
      asked.commands.push_back(address.command);
    }
  }
  links_ = std::move(asked);
  return *links_;
}

const Asked<OvsState>& Machine::ovs() {
  if (ovs_) return *ovs_;
  const auto list = [&](const char* columns, const char* table) -> const CommandAnswer& {
    return run(
        {"ovs-vsctl", "--timeout=10", "--format=json", std::string("--columns=") + columns, "list", table});
  };
  Asked<OvsState> asked;
  const CommandAnswer& bridges = list(kOvsBridgeColumns, "Bridge");
  asked.commands = {bridges.command};
  asked.absent = bridges.absent || no_daemon(bridges.why);
  asked.why = bridges.why;
  if (no_daemon(bridges.why)) asked.why = "Open vSwitch is installed but does not run";
  if (bridges.ok) {
    const CommandAnswer& ports = list(kOvsPortColumns, "Port");
    const CommandAnswer& interfaces = list(kOvsInterfaceColumns, "Interface");
    asked.commands = {bridges.command, ports.command, interfaces.command};
    if (ports.ok && interfaces.ok) {
      auto state = parse_ovs(bridges.out, ports.out, interfaces.out);
      if (state) {
        asked.value = std::move(*state);
      } else {
        asked.why = printable(to_string(state.error()));
      }
    } else {
      asked.why = ports.ok ? interfaces.why : ports.why;
    }
  }
  ovs_ = std::move(asked);
  return *ovs_;
}

std::string Machine::ovs_trouble() {
  if (ovs()) return "";
  // A switch in the kernel that nobody can be asked about: its tools are missing, or somewhere else.
  const auto& all = links();
  const bool in_kernel = all && std::any_of(all.value->begin(), all.value->end(),
                                            [](const Link& link) { return link.kind == "openvswitch"; });
  return ovs().absent && !in_kernel ? "" : ovs().why;
}

Asked<Route> Machine::route_to(const std::string& address) {
  const CommandAnswer& json = run({"ip", "-json", "route", "get", address});
  if (json.ok || !json.ran) return parsed<Route>(json, parse_route);
  return parsed<Route>(run({"ip", "-oneline", "route", "get", address}), parse_route_text);
}

Asked<std::string> Machine::resolve(const std::string& name) {
  if (!is_interface_name(name))
    return refused<std::string>("'" + printable(name) + "' is no name of a machine");
  return parsed<std::string>(
      run({"getent", "ahosts", name}), [&](const std::string& text) -> Result<std::string> {
        const auto words = split_blank(split(text, '\n')[0]);
        if (words.empty() || !same_address(std::string(words[0]), std::string(words[0])))
          return fail(ErrorKind::kEnvironment, "getent gives no address", name);
        return std::string(words[0]);
      });
}

Asked<OvsBond> Machine::ovs_bond(const std::string& name) {
  return parsed<OvsBond>(run({"ovs-appctl", "--timeout=10", "bond/show", name}),
                         [&](const std::string& text) -> Result<OvsBond> {
                           for (OvsBond& bond : parse_bond_show(text)) {
                             if (bond.name == name) return std::move(bond);
                           }
                           return fail(ErrorKind::kEnvironment, "ovs-appctl does not know the bond", name);
                         });
}

Asked<LinuxBond> Machine::linux_bond(const std::string& name) {
  if (!is_interface_name(name)) return refused<LinuxBond>("not the name of an interface");
  return parsed<LinuxBond>(run({"cat", "/proc/net/bonding/" + name}),
                           [&](const std::string& text) -> Result<LinuxBond> {
                             auto bond = parse_bonding(text);
                             if (!bond)
                               return fail(ErrorKind::kEnvironment, "cannot understand the bond", name);
                             return std::move(*bond);
                           });
}

std::map<std::string, int64_t> Machine::speeds(const std::vector<std::string>& interfaces) {
  std::vector<std::string> argv = {"grep", "-H", "-s", "."};
  for (const std::string& name : interfaces) {
    if (is_interface_name(name)) argv.push_back("/sys/class/net/" + name + "/speed");
  }
  // A link that is down has no speed to read: grep then fails, but shows the others.
  return argv.size() > 4 ? parse_speeds(run(argv).out) : std::map<std::string, int64_t>{};
}

Asked<std::vector<DomainInterface>> Machine::domain_interfaces(const std::string& uuid) {
  if (!is_uuid(uuid)) return refused<std::vector<DomainInterface>>("no uuid of the VM is given");
  // Not "--readonly": its socket is missing where libvirt's modular daemons were started without it.
  return parsed<std::vector<DomainInterface>>(
      run({"virsh", "--connect", "qemu:///system", "domiflist", uuid}),
      [](const std::string& text) -> Result<std::vector<DomainInterface>> { return parse_domiflist(text); });
}

Asked<Machine::QemuProcess> Machine::qemu_process(const std::string& uuid) {
  if (!is_uuid(uuid)) return refused<QemuProcess>("no uuid of the VM is given");
  // pgrep sees whole command lines; whose -uuid option it is, is decided here.
  const CommandAnswer& found = run({"pgrep", "-f", "--", lower_case(uuid)});
  Asked<QemuProcess> asked = refused<QemuProcess>("");
  asked.commands = {found.command};
  std::vector<std::string> pids;
  for (const int pid : parse_pids(found.out)) {
    const CommandAnswer& line = run({"cat", fmt::format("/proc/{}/cmdline", pid)});
    if (!line.ok) continue;  // it has ended meanwhile
    QemuCommand command = parse_qemu_command(line.out);
    if (command.uuid != lower_case(uuid)) continue;
    pids.push_back(std::to_string(pid));
    asked.value = QemuProcess{pid, std::move(command)};
    asked.commands = {found.command, line.command};
  }
  if (pids.size() > 1) {
    asked.value.reset();
    asked.why = "several processes have the option -uuid " + uuid + ": " + join(pids, ", ");
  } else if (pids.empty()) {
    // pgrep exits with 1 when nothing matches: that is an answer.
    const bool answered =
        found.ok || (found.out.empty() && found.why.find("exit code 1") != std::string::npos);
    asked.why = answered ? "no process has the option -uuid " + uuid + ": does the VM run, and on this host?"
                         : found.why;
  }
  return asked;
}

Asked<std::map<int, std::string>> Machine::tap_fds(int pid) {
  const CommandAnswer& answer =
      run({"grep", "-r", "-H", "-s", "-e", "^iff:", fmt::format("/proc/{}/fdinfo", pid)});
  Asked<std::map<int, std::string>> asked;
  asked.commands = {answer.command};
  auto taps = parse_tap_fds(answer.out);
  if (!taps.empty()) {
    asked.value = std::move(taps);
  } else {
    asked.why = fmt::format("no open file of process {} is seen to be a tap (reading them needs root)", pid);
  }
  return asked;
}

Evidence Machine::evidence(const std::string& command, const std::vector<std::string>& words) const {
  Evidence evidence{node_, command, ""};
  const auto known = answers_.find(command);
  if (known == answers_.end()) return evidence;
  std::vector<std::string> lines;
  for (const std::string_view raw : split(known->second.out, '\n')) {
    const std::string_view line = trim(raw);
    const bool wanted =
        words.empty() || std::any_of(words.begin(), words.end(), [&](const std::string& word) {
          return line.find(word) != std::string_view::npos;
        });
    if (line.empty() || !wanted || lines.size() >= kEvidenceLines) continue;
    // One line may be a whole JSON document: what is around the first word is enough.
    const size_t at = words.empty() ? 0 : line.find(words[0]);
    const size_t begin =
        at == std::string_view::npos || at < kEvidenceBytes / 3 ? 0 : at - kEvidenceBytes / 3;
    lines.push_back((begin > 0 ? "..." : "") + printable(line.substr(begin, kEvidenceBytes)));
  }
  std::string text = join(lines, "\n");
  std::replace(text.begin(), text.end(), '\t', ' ');
  evidence.output = shorten(text, 2 * kEvidenceBytes);
  return evidence;
}

}  // namespace bpftax
