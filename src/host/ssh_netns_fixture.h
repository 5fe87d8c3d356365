// Real sshd servers, real OpenSSH clients, real agents (tests/ssh/servers.sh): what the tests of them share.
// Each test ends by looking for what may be left of it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "agent/ledger.h"
#include "host/interrupt.h"
#include "host/ssh_hosts.h"
#include "host/ssh_test_servers.h"
#include "host/ssh_transport.h"
#include "sample/process_tree.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

inline bool eventually(const std::function<bool()>& condition, int patience_ms = 20'000) {
  for (int waited_ms = 0; waited_ms < patience_ms; waited_ms += 20) {
    if (condition()) return true;
    ::usleep(20'000);
  }
  return condition();
}

class SshTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    ASSERT_EQ(::geteuid(), 0u) << "these tests make network namespaces: run them as root";
    ASSERT_TRUE(install_interrupt_handlers());
    ::setenv("BPFTAX_AGENT", (std::string(BPFTAX_BIN_DIR) + "/bpftax-agent").c_str(), 1);
    servers_ = new SshTestServers;
  }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    ASSERT_TRUE(servers_ != nullptr && servers_->up());
    static int count = 0;
    run_id_ = "ssht" + std::to_string(::getpid()) + "x" + std::to_string(++count);
    ASSERT_TRUE(make_directories(control_folder()));
  }
  void TearDown() override {
    reset_interrupts();
    EXPECT_TRUE(eventually([&] { return processes_of_run().empty(); })) << "something of ours still runs";
    EXPECT_TRUE(eventually([&] { return ledgers_of_run().empty(); })) << "a record of ours is left";
    EXPECT_TRUE(eventually([&] { return clients().empty(); })) << "an SSH client of ours still runs";
    ASSERT_TRUE(remove_tree(control_folder()));
  }

  static std::string control_folder() { return servers_->folder() + "/control"; }
  static SshOptions options() {
    SshOptions options = servers_->options();
    options.control_folder = control_folder();
    return options;
  }
  SshHostsOptions hosts_options() const {
    SshHostsOptions wanted;
    wanted.run_id = run_id_;
    wanted.ssh = options();
    return wanted;
  }
  static std::vector<ConfiguredHost> both() {
    return {servers_->host(TestMachine::kServer), servers_->host(TestMachine::kClient)};
  }
  // Whatever carries the run id in its environment, and the agents themselves.
  std::vector<int> processes_of_run() const {
    std::vector<int> found;
    for (const int pid : all_processes("/proc")) {
      const std::string run = environment_of(pid, kRunVariable).value_or("");
      const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      const bool agent = command && command->find("bpftax") != std::string::npos &&
                         command->find(run_id_) != std::string::npos && pid != ::getpid();
      if ((run.starts_with(run_id_) || agent) && identify(pid)) found.push_back(pid);
    }
    return found;
  }
  std::vector<std::string> ledgers_of_run() const {
    std::vector<std::string> found;
    const auto ledgers = list_ledgers(kDefaultStateDirectory);
    if (!ledgers) return found;
    for (const std::string& path : *ledgers) {
      if (path.find(run_id_) != std::string::npos) found.push_back(path);
    }
    return found;
  }
  // Our OpenSSH clients, master or not.
  static std::vector<int> clients(std::string_view word = "") {
    std::vector<int> found;
    for (const int pid : all_processes("/proc")) {
      const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      if (command && command->starts_with("ssh") && command->find(control_folder()) != std::string::npos &&
          command->find(word) != std::string::npos && identify(pid)) {
        found.push_back(pid);
      }
    }
    return found;
  }
  static ProcessSpec tool() {
    ProcessSpec spec;
    spec.name = "tool";
    spec.shell = "sleep 1000 & sleep 1000";
    spec.stop = {500, 500};
    return spec;
  }
  static std::string run(Host& host, const std::string& shell) {
    ProcessSpec spec;
    spec.name = "test";
    spec.shell = shell;
    const auto finished = host.run(spec, 20'000);
    if (!finished) return to_string(finished.error());
    return std::string(trim(finished->out + finished->err));
  }
  static std::string agent_copy(TestMachine machine) {
    const auto binary = find_agent_for("x86_64");
    return servers_->path(machine, "home/.cache/bpftax/agent-" + (binary ? binary->sha256 : "?"));
  }

  static inline SshTestServers* servers_ = nullptr;
  std::string run_id_;
};

}  // namespace bpftax
