// One SSH connection to a machine, made by OpenSSH's client and shared by everything that runs there for us
// (ControlMaster). The user's own ssh configuration, keys, agent, known_hosts and ProxyJump count; nothing is
// asked and no unknown host key is accepted. A dead peer is noticed within 10 s.
//
// The master holds a session of its own (`cat`) whose stdin is ours: when this process dies, however, master
// and clients see the end of their input and end, here and there. Its socket lies in a private folder; a
// folder that a killed process left is removed by the next one.
//
// Used from one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "host/child_process.h"
#include "host/ssh_probe.h"
#include "util/result.h"

namespace bpftax {

struct SshOptions {
  std::string config_file;  // ssh -F; "" = the user's own
  std::string program = "ssh";
  int connect_timeout_s = 10;
  int64_t command_timeout_ms = 30'000;  // of each small remote command; connecting is one
  std::string control_folder;  // where sockets are; "" = $TMPDIR, or /tmp when that is too long a name
};

class SshConnection {
 public:
  // Connects and looks at the machine. Errors have the kinds of explain_ssh_failure(), or kUsage (a host name
  // that cannot be one), or kInterrupted.
  static Result<std::unique_ptr<SshConnection>> open(const ConfiguredHost& host, const SshOptions& options,
                                                     bool ask_sudo);
  ~SshConnection();  // close()
  SshConnection(const SshConnection&) = delete;
  SshConnection& operator=(const SshConnection&) = delete;

  const SshProbe& probe() const { return probe_; }
  // For messages: "host-server (root@10.0.0.1)".
  const std::string& where() const { return where_; }

  struct Output {
    int exit_code = 0;
    std::string out;
    std::string err;  // its end
  };
  // Runs a script (no newlines) by the remote /bin/sh. What a login shell writes before it is dropped. An
  // exit code other than 0 is no error. kLost: the connection broke or the time was up.
  Result<Output> run(const std::string& script, std::string_view input, int64_t timeout_ms);

  // A client that has begun to run the script: its output up to and including the line that says so has been
  // read, byte by byte, so that what follows is the script's own.
  Result<Child> start(const std::string& script);
  // The next line of a client that start() gave, without its newline, at most 64 KiB. kLost at the end of
  // output: explain() says why.
  Result<std::string> read_line(Child& client, int64_t timeout_ms) const;

  // Why a client that has ended with ssh's own exit code (255) lost its connection: master's and client's
  // words.
  Error explain(const Child& client, const std::string& what);
  // The master runs. False: the connection is gone.
  bool alive();

  // Ends the master, and with it every client that is left.
  void close();

 private:
  SshConnection() = default;
  Result<void> connect(const std::string& workdir, bool ask_sudo);
  std::vector<std::string> common_argv() const;
  std::vector<std::string> client_argv(const std::string& script) const;

  SshOptions options_;
  std::string where_;
  std::vector<std::string> destination_;  // options and name for ssh
  std::string shown_destination_;         // for hints
  std::string marker_;
  std::string folder_;  // of the socket; "" once removed
  Child master_;
  SshProbe probe_;
};

// "-F FILE -p 22 root@10.0.0.1": what the user gives to ssh to reach the same host by hand.
std::string ssh_destination(const ConfiguredHost& host, const SshOptions& options);
// kUsage when the words cannot name a user and a host: they would be options or, through a ProxyCommand of
// the user's, shell text.
Result<void> check_ssh_destination(const ConfiguredHost& host);
// Removes folders of sockets in `base` whose process is dead.
void remove_stale_control_folders(const std::string& base);

}  // namespace bpftax
