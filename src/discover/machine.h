// One machine that is asked: runs commands on its Host, keeps the answers (each command is run once), and
// gives what the parsers make of them. Commands are argument lists, never a shell's text; nothing that a
// machine says becomes more than one argument of a later command.
//
// What cannot be asked is not an error but an answer without value: the steps of discovery do not depend on
// each other. Only an interrupt ends everything: see interrupted().
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "discover/bonding.h"
#include "discover/findings.h"
#include "discover/libvirt.h"
#include "discover/links.h"
#include "discover/ovs.h"
#include "discover/qemu.h"
#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct CommandAnswer {
  bool ran = false;     // and came to an end
  bool ok = false;      // ran and exited with 0
  bool absent = false;  // the program is not installed
  std::string out;
  std::string why;  // not ok: in words
  std::string command;
};

template <class T>
struct Asked {
  std::optional<T> value;
  bool absent = false;  // the program that would know is not installed, or has nobody to ask
  std::string why;      // no value
  std::vector<std::string> commands;
  explicit operator bool() const { return value.has_value(); }
};

class Machine {
 public:
  using Connect = std::function<Result<Host*>(const std::string& node)>;
  // Connects when it is first asked something.
  Machine(std::string node, Connect connect) : node_(std::move(node)), connect_(std::move(connect)) {}

  const std::string& node() const { return node_; }
  const std::optional<Error>& interrupted() const { return interrupted_; }
  const std::optional<Error>& unreachable() const { return unreachable_; }

  const CommandAnswer& run(const std::vector<std::string>& argv);

  const Asked<std::vector<Link>>& links();
  const Asked<OvsState>& ovs();
  // Why it cannot be known whether the machine's Open vSwitch carries an interface; "" when it has none, or
  // was asked.
  std::string ovs_trouble();
  Asked<Route> route_to(const std::string& address);
  Asked<std::string> resolve(const std::string& name);  // a name to its first address
  Asked<OvsBond> ovs_bond(const std::string& name);
  Asked<LinuxBond> linux_bond(const std::string& name);
  // Mb/s, of those that say it.
  std::map<std::string, int64_t> speeds(const std::vector<std::string>& interfaces);
  Asked<std::vector<DomainInterface>> domain_interfaces(const std::string& uuid);
  struct QemuProcess {
    int pid = 0;
    QemuCommand command;
  };
  Asked<QemuProcess> qemu_process(const std::string& uuid);
  Asked<std::map<int, std::string>> tap_fds(int pid);

  // The command and the lines of its output that hold one of `words` (all when there are none), cut to what
  // one wants to read.
  Evidence evidence(const std::string& command, const std::vector<std::string>& words = {}) const;

 private:
  bool connected();
  CommandAnswer run_now(const std::vector<std::string>& argv);

  std::string node_;
  Connect connect_;
  Host* host_ = nullptr;
  std::optional<Error> unreachable_, interrupted_;
  // The machine's own, and the sbin folders where ip and the OVS programs are: logins over SSH often lack
  // them.
  std::string path_;
  std::map<std::string, CommandAnswer> answers_;  // by command
  std::optional<Asked<std::vector<Link>>> links_;
  std::optional<Asked<OvsState>> ovs_;
};

}  // namespace bpftax
