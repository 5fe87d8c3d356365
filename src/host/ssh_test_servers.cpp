#include "host/ssh_test_servers.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/child_process.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr const char* name_of(TestMachine machine) {
  return machine == TestMachine::kServer ? "server" : "client";
}

// Runs it to its end; false: it failed, and why is printed.
bool run_command(const std::vector<std::string>& argv, std::string* output = nullptr) {
  auto child = start_child(argv, ChildGroup::kOwnGroup, "cannot run", "");
  if (!child) {
    ADD_FAILURE() << to_string(child.error());
    return false;
  }
  const auto out = exchange_with(*child, Exchange{}, "cannot run", argv.front());
  (void)wait_for_child(*child, 5'000);
  end_child(*child, 1'000);
  if (!out || !child->status || !child->status->ok()) {
    ADD_FAILURE() << shell_join(argv) << ": " << last_words(child->words);
    return false;
  }
  if (output != nullptr) *output = *out;
  return true;
}

std::string servers_script() {
  return std::string(BPFTAX_SOURCE_DIR) + "/tests/ssh/servers.sh";
}

}  // namespace

SshTestServers::SshTestServers() {
  folder_ = "/tmp/bpftax-ssh-test-" + std::to_string(::getpid());
  if (!run_command({servers_script(), "up", folder_})) return;
  const auto text = read_file(folder_ + "/lab.env");
  if (!text) {
    ADD_FAILURE() << to_string(text.error());
    return;
  }
  for (const std::string_view line : split(*text, '\n')) {
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos)
      env_[std::string(line.substr(0, equals))] = std::string(line.substr(equals + 1));
  }
}

SshTestServers::~SshTestServers() {
  run_command({servers_script(), "down", folder_});
}

std::string SshTestServers::env(const std::string& name) const {
  const auto it = env_.find(name);
  return it == env_.end() ? std::string() : it->second;
}

std::string SshTestServers::path(TestMachine machine, const std::string& name) const {
  return folder_ + "/" + name_of(machine) + "/" + name;
}

ConfiguredHost SshTestServers::host(TestMachine machine) const {
  ConfiguredHost host;
  host.id = std::string("host-") + name_of(machine);
  host.address = host.id;  // an alias of the ssh configuration
  host.workdir = path(machine, "work");
  return host;
}

SshOptions SshTestServers::options() const {
  SshOptions options;
  options.config_file = folder_ + "/ssh_config";
  return options;
}

std::vector<int> SshTestServers::session_processes(TestMachine machine) const {
  std::string output;
  std::vector<int> pids;
  if (!run_command({servers_script(), "sessions", folder_, name_of(machine)}, &output)) return pids;
  for (const std::string_view line : split(output, '\n')) {
    if (const auto pid = to_int64(line)) pids.push_back(static_cast<int>(*pid));
  }
  return pids;
}

bool SshTestServers::stop_sshd(TestMachine machine) const {
  return run_command({servers_script(), "stop-sshd", folder_, name_of(machine)});
}

bool SshTestServers::start_sshd(TestMachine machine) const {
  return run_command({servers_script(), "start-sshd", folder_, name_of(machine)});
}

bool SshTestServers::set_link(TestMachine machine, bool up) const {
  const std::string link = env(machine == TestMachine::kServer ? "LAB_SERVER_LINK" : "LAB_CLIENT_LINK");
  return run_command({"ip", "link", "set", link, up ? "up" : "down"});
}

}  // namespace bpftax
