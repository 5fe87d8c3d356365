// The machines of a configuration, reached over SSH: one connection and one agent for each.
//
//     SshHosts hosts(config.hosts, {.run_id = id, .use_sudo = config.use_sudo});
//     BPFTAX_ASSIGN(Host* server, hosts.host("host-server"));
//     ...                                        // Error of kind kLost: the arm is lost
//     BPFTAX_ASSIGN(server, hosts.reconnect("host-server"));
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/model.h"
#include "host/agent_host.h"
#include "host/hosts.h"
#include "host/ssh_connection.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

struct SshHostsOptions {
  // Of the campaign. Each agent gets one of its own, "<run_id>.<host id>.<hex>"; a new agent ends what agents
  // of the same campaign and host id have left on that machine.
  std::string run_id;
  bool use_sudo = false;                 // `sudo -n` where the login is not root
  std::vector<std::string> extra_roots;  // where agents may read and write beside the workdir of their host
  SshOptions ssh;
  AgentSession::Options session;
  // reconnect(): the first try at once, then after first_delay_ms, twice that, ... at most max_delay_ms.
  struct BackOff {
    int tries = 7;
    int64_t first_delay_ms = 1'000;
    int64_t max_delay_ms = 30'000;
  } back_off;
  // For progress: a try to reconnect has failed; the next one comes in delay_ms (0: that was the last). May
  // be called from the thread that called reconnect().
  std::function<void(const std::string& id, int attempt, const Error& error, int64_t delay_ms)> on_retry;
};

class SshHosts : public Hosts {
 public:
  // What a connection gives; `end` closes it in order and says what was left behind.
  struct Opened {
    std::unique_ptr<Host> host;
    std::string boot_id;
    std::function<std::vector<std::string>()> end;
  };
  using Open = std::function<Result<Opened>(const ConfiguredHost& host)>;
  using Wait = std::function<Result<void>(int64_t delay_ms)>;  // kInterrupted

  SshHosts(const std::vector<ConfiguredHost>& hosts, SshHostsOptions options);
  // For tests: other machines and another clock.
  SshHosts(const std::vector<ConfiguredHost>& hosts, SshHostsOptions options, Open open, Wait wait);
  ~SshHosts() override;  // close_all()
  SshHosts(const SshHosts&) = delete;
  SshHosts& operator=(const SshHosts&) = delete;

  Result<Host*> host(const std::string& id) override;
  Result<Host*> reconnect(const std::string& id) override;
  std::vector<std::string> close(const std::string& id) override;
  std::vector<std::string> close_all() override;

 private:
  struct Entry {
    ConfiguredHost configured;
    std::optional<Opened> opened;
    std::string boot_id;  // of the first connection; "" before
    int64_t order = 0;    // of opening
  };
  Result<Entry*> find(const std::string& id);
  Result<Host*> open(Entry& entry);

  SshHostsOptions options_;
  Open open_;
  Wait wait_;
  std::map<std::string, Entry> entries_;  // its keys never change after the constructor
  std::mutex order_mutex_;
  int64_t opened_count_ = 0;
};

}  // namespace bpftax
