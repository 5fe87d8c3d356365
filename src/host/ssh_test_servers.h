// Test support: two machines that are reached over SSH (tests/ssh/servers.sh, which needs root). Both are up
// while an object lives.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/model.h"
#include "host/ssh_connection.h"

namespace bpftax {

enum class TestMachine { kServer, kClient };

class SshTestServers {
 public:
  // Fails the running test when they cannot be started; up() tells.
  SshTestServers();
  ~SshTestServers();
  SshTestServers(const SshTestServers&) = delete;
  SshTestServers& operator=(const SshTestServers&) = delete;

  bool up() const { return !env_.empty(); }
  const std::string& folder() const { return folder_; }
  // "LAB_SERVER_TEST_IP" and others of lab.env.
  std::string env(const std::string& name) const;
  // What belongs to one machine: FOLDER/server/NAME.
  std::string path(TestMachine machine, const std::string& name) const;

  ConfiguredHost host(TestMachine machine) const;  // ids host-server and host-client
  SshOptions options() const;

  // The sshd processes that serve sessions there now.
  std::vector<int> session_processes(TestMachine machine) const;
  bool stop_sshd(TestMachine machine) const;   // sessions live on
  bool start_sshd(TestMachine machine) const;  // again
  // Cuts the network between here and the machine, or joins it again, without a word to anybody.
  bool set_link(TestMachine machine, bool up) const;

 private:
  std::string folder_;
  std::map<std::string, std::string> env_;
};

}  // namespace bpftax
