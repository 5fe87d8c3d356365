// What of SSH needs no sshd: scripts, answers, error texts, back-off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "agent/process_identity.h"
#include "host/child_process.h"
#include "host/fake_host.h"
#include "host/heartbeat.h"
#include "host/ssh_agent.h"
#include "host/ssh_connection.h"
#include "host/ssh_errors.h"
#include "host/ssh_hosts.h"
#include "host/ssh_probe.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- the probe ----

TEST(SshProbeTest, the_script_runs_here_and_its_answer_is_understood) {
  auto child =
      start_child({"sh", "-c", probe_script("/nowhere/it's here/x", false)}, ChildGroup::kOwnGroup, "", "");
  ASSERT_TRUE(child);
  const auto text = exchange_with(*child, Exchange{}, "", "");
  ASSERT_TRUE(text);
  EXPECT_TRUE(wait_for_child(*child, 5'000));
  EXPECT_THAT(last_words(child->words), IsEmpty());
  const auto probe = parse_probe(*text, "here");
  ASSERT_TRUE(probe) << to_string(probe.error()) << *text;
  EXPECT_EQ(probe->system, "Linux");
  EXPECT_EQ(probe->uid, static_cast<int>(::getuid()));
  EXPECT_THAT(probe->cache, testing::EndsWith("/bpftax"));
  EXPECT_GT(probe->workdir_free_bytes.value_or(0), 0) << "of the nearest folder that exists: /";
  EXPECT_TRUE(probe->has_sha256sum);
  EXPECT_FALSE(probe->sudo_error);
}

TEST(SshProbeTest, no_newline_in_any_script) {
  EXPECT_THAT(probe_script("/w", true), Not(HasSubstr("\n")));
  EXPECT_THAT(check_agent_script("/a", {"", "00", 1}, true), Not(HasSubstr("\n")));
}

TEST(SshProbeTest, an_answer_is_foreign_text) {
  const std::string good = "system Linux\narchitecture x86_64\nuid 0\nuser root\ncache /root/.cache/bpftax\n";
  EXPECT_TRUE(parse_probe(good, "h"));
  EXPECT_FALSE(parse_probe("", "h"));
  EXPECT_FALSE(parse_probe("system Linux\narchitecture x86_64\nuid -1\n", "h"));
  EXPECT_FALSE(parse_probe("system Linux\narchitecture x86_64\nuid 99999999999\n", "h"));
  EXPECT_THAT(parse_probe("system SunOS\narchitecture sparc\nuid 0\n", "h").error().why, HasSubstr("SunOS"));
  EXPECT_THAT(parse_probe(good + "cache relative\n", "h")->cache_error, HasSubstr("relative"));
  EXPECT_THAT(parse_probe(good + "runtime_dir ../x\n", "h")->runtime_dir, IsEmpty());
  EXPECT_EQ(parse_probe(good + "sudo\nsudo \n", "h")->sudo_error, "");
  EXPECT_EQ(parse_probe(good + "sudo no\x1b[2J\n", "h")->sudo_error, "no\\x1b[2J");
}

TEST(SshProbeTest, free_space_is_read_from_df) {
  EXPECT_EQ(free_bytes_of_df("Filesystem 1024-blocks Used Available Capacity Mounted on\n"
                             "/dev/my disk 100 40 60 40% /mnt/a b\n"),
            60 * 1024);
  EXPECT_EQ(free_bytes_of_df("df: nothing\n"), std::nullopt);
  EXPECT_EQ(free_bytes_of_df("a b -1 5%"), std::nullopt);
  EXPECT_EQ(free_bytes_of_df("a b 99999999999999999999 5%"), std::nullopt);
}

// ---- what OpenSSH says ----

TEST(SshErrorsTest, each_failure_has_its_reason_kind_and_fix) {
  struct Case {
    const char* words;
    ErrorKind kind;
    const char* why;
    const char* hint;
  };
  const Case cases[] = {
      {"No ED25519 host key is known for h and you have requested strict checking.\nHost key verification "
       "failed.",
       ErrorKind::kEnvironment, "not known", "ssh root@h"},
      {"@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.",
       ErrorKind::kEnvironment, "another one", "ssh-keygen -R"},
      {"root@h: Permission denied (publickey).", ErrorKind::kEnvironment, "Permission denied (publickey)",
       "ssh-copy-id root@h"},
      {"ssh: connect to host h port 22: Connection refused", ErrorKind::kLost, "Connection refused", "sshd"},
      {"ssh: connect to host h port 22: Connection timed out", ErrorKind::kLost, "timed out", "firewall"},
      {"ssh: Could not resolve hostname h: Name or service not known", ErrorKind::kEnvironment, "resolve",
       "address"},
      {"Timeout, server h not responding.\nclient_loop: send disconnect: Broken pipe", ErrorKind::kLost,
       "not responding", "network"},
      {"\"System is booting up. Unprivileged users are not permitted to log in yet.\"\nConnection closed by "
       "h",
       ErrorKind::kLost, "booting", ""},
      {"Connection to h closed by remote host.\nclient_loop: send disconnect: Broken pipe", ErrorKind::kLost,
       "closed by remote host", "ssh root@h"},
      {"", ErrorKind::kLost, "closed", "ssh root@h"},
  };
  for (const Case& one : cases) {
    const Error error = explain_ssh_failure(one.words, "cannot connect", "h", "root@h");
    EXPECT_EQ(error.kind, one.kind) << one.words;
    EXPECT_THAT(error.why, HasSubstr(one.why)) << one.words;
    EXPECT_THAT(error.hint, HasSubstr(one.hint)) << one.words;
  }
}

TEST(SshConnectionTest, what_the_user_types_to_get_there) {
  ConfiguredHost host;
  host.id = "a";
  host.address = "10.0.0.1";
  EXPECT_EQ(ssh_destination(host, {}), "10.0.0.1");
  host.user = "root";
  host.port = 2222;
  EXPECT_EQ(ssh_destination(host, {.config_file = "/x y"}), "-F '/x y' -p 2222 root@10.0.0.1");
}

TEST(SshConnectionTest, folders_of_sockets_are_removed_when_their_process_is_dead) {
  char base[] = "/tmp/bpftax-test-XXXXXX";
  ASSERT_NE(::mkdtemp(base), nullptr);
  const auto self = identify(::getpid());
  ASSERT_TRUE(self);
  const std::string alive =
      "bpftax-ssh-" + std::to_string(self->pid) + "-" + std::to_string(self->start_ticks) + "-1";
  for (const std::string& name : {alive, std::string("bpftax-ssh-1-9223372036854775807-1"),
                                  std::string("bpftax-ssh-x-y-1"), std::string("other")})
    ASSERT_TRUE(make_directories(std::string(base) + "/" + name));
  remove_stale_control_folders(base);
  EXPECT_TRUE(path_exists(std::string(base) + "/" + alive));
  EXPECT_FALSE(path_exists(std::string(base) + "/bpftax-ssh-1-9223372036854775807-1"));
  EXPECT_TRUE(path_exists(std::string(base) + "/bpftax-ssh-x-y-1")) << "not a name of ours";
  EXPECT_TRUE(path_exists(std::string(base) + "/other"));
  ASSERT_TRUE(remove_tree(base));
}

// ---- the agent's program ----

TEST(SshAgentTest, a_program_is_known_by_its_header) {
  const auto self = read_file("/proc/self/exe", 1u << 30);
  ASSERT_TRUE(self);
  EXPECT_THAT(architecture_of_elf(*self), testing::AnyOf("x86_64", "aarch64"));
  std::string other = self->substr(0, 64);
  other[18] = static_cast<char>(0xf3);  // e_machine: RISC-V
  other[19] = 0;
  EXPECT_EQ(architecture_of_elf(other), "");
  EXPECT_EQ(architecture_of_elf("#!/bin/sh"), "");
  EXPECT_EQ(architecture_of_elf(std::string(64, 'x')), "");
}

TEST(SshAgentTest, an_architecture_without_agent_is_an_error_that_says_what_to_do) {
  char folder[] = "/tmp/bpftax-test-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string agent = std::string(folder) + "/bpftax-agent";
  ASSERT_TRUE(write_file_atomically(agent, *read_file("/proc/self/exe", 1u << 30), 0755));
  ::setenv("BPFTAX_AGENT", agent.c_str(), 1);
  const std::string own = architecture_of_elf(*read_file(agent, 1u << 30));
  const std::string foreign = own == "x86_64" ? "aarch64" : "x86_64";
  const auto native = find_agent_for(own);
  ASSERT_TRUE(native) << to_string(native.error());
  EXPECT_EQ(native->sha256, *sha256_file(agent));
  const auto missing = find_agent_for(foreign);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().where, HasSubstr("bpftax-agent-" + foreign));
  EXPECT_THAT(missing.error().hint, HasSubstr("./dev build " + foreign));
  ASSERT_TRUE(write_file_atomically(std::string(folder) + "/bpftax-agent-" + foreign,
                                    *read_file(agent, 1u << 30), 0755));
  EXPECT_THAT(find_agent_for(foreign).error().why, HasSubstr(own)) << "a file for another machine";
  EXPECT_FALSE(find_agent_for("riscv64"));
  ::unsetenv("BPFTAX_AGENT");
  ASSERT_TRUE(remove_tree(folder));
}

// ---- hosts ----

class SshHostsTest : public testing::Test {
 protected:
  SshHosts make(int tries = 4) {
    SshHostsOptions options;
    options.run_id = "r";
    options.back_off = {.tries = tries, .first_delay_ms = 1'000, .max_delay_ms = 3'000};
    options.on_retry = [this](const std::string& id, int attempt, const Error& error, int64_t delay_ms) {
      told_.push_back(id + " " + std::to_string(attempt) + " " + error.why + " " + std::to_string(delay_ms));
    };
    const auto open = [this](const ConfiguredHost& host) -> Result<SshHosts::Opened> {
      log_.push_back("open " + host.id);
      if (!failures_.empty()) {
        const Error error = failures_.front();
        failures_.erase(failures_.begin());
        return tl::unexpected<Error>(error);
      }
      SshHosts::Opened opened;
      opened.host = std::make_unique<FakeHost>(clock_);
      opened.boot_id = boot_id_;
      opened.end = [this, id = host.id]() -> std::vector<std::string> {
        log_.push_back("close " + id);
        if (id == "b") return {"b: process 7"};
        return {};
      };
      return opened;
    };
    const auto wait = [this](int64_t delay_ms) -> Result<void> {
      delays_.push_back(delay_ms);
      if (interrupt_waiting_) return fail(ErrorKind::kInterrupted, "waiting", "", "interrupted");
      return {};
    };
    return {hosts_, options, open, wait};
  }
  static Error error(ErrorKind kind, const std::string& why) {
    return fail(kind, "cannot connect", "a", why).value();
  }

  std::vector<ConfiguredHost> hosts_ = {{.id = "a"}, {.id = "b"}};
  FakeClock clock_;
  std::string boot_id_ = "boot-1";
  std::vector<Error> failures_;
  std::vector<std::string> log_, told_;
  std::vector<int64_t> delays_;
  bool interrupt_waiting_ = false;
};

TEST_F(SshHostsTest, hosts_are_opened_when_asked_for_and_closed_in_reverse) {
  auto hosts = make();
  EXPECT_THAT(log_, IsEmpty());
  ASSERT_TRUE(hosts.host("b"));
  ASSERT_TRUE(hosts.host("a"));
  ASSERT_TRUE(hosts.host("b"));
  EXPECT_THAT(hosts.close_all(), ElementsAre("b: process 7"));
  EXPECT_THAT(log_, ElementsAre("open b", "open a", "close a", "close b"));
  EXPECT_THAT(hosts.close_all(), IsEmpty()) << "closing twice is fine";
  EXPECT_FALSE(hosts.host("c"));
}

TEST_F(SshHostsTest, reconnecting_backs_off_and_tells) {
  auto hosts = make();
  ASSERT_TRUE(hosts.host("a"));
  failures_ = {error(ErrorKind::kLost, "x"), error(ErrorKind::kLost, "y"), error(ErrorKind::kLost, "z")};
  ASSERT_TRUE(hosts.reconnect("a"));
  EXPECT_THAT(delays_, ElementsAre(1'000, 2'000, 3'000));
  EXPECT_THAT(told_, ElementsAre("a 1 x 1000", "a 2 y 2000", "a 3 z 3000"));
  EXPECT_THAT(log_, ElementsAre("open a", "close a", "open a", "open a", "open a", "open a"));
}

TEST_F(SshHostsTest, it_gives_up_after_the_last_try) {
  auto hosts = make(2);
  failures_.assign(5, error(ErrorKind::kLost, "x"));
  const auto host = hosts.reconnect("a");
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().kind, ErrorKind::kLost);
  EXPECT_THAT(delays_, ElementsAre(1'000));
  EXPECT_EQ(told_.back(), "a 2 x 0");
  failures_.clear();
  EXPECT_TRUE(hosts.host("a")) << "it may be tried again";
}

TEST_F(SshHostsTest, what_another_try_cannot_mend_is_not_tried_again) {
  auto hosts = make();
  failures_.assign(5, error(ErrorKind::kEnvironment, "its host key is another one"));
  EXPECT_EQ(hosts.reconnect("a").error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(delays_, IsEmpty());
}

TEST_F(SshHostsTest, an_interrupt_ends_the_waiting) {
  auto hosts = make();
  failures_.assign(5, error(ErrorKind::kLost, "x"));
  interrupt_waiting_ = true;
  EXPECT_EQ(hosts.reconnect("a").error().kind, ErrorKind::kInterrupted);
  EXPECT_EQ(delays_.size(), 1u);
}

TEST_F(SshHostsTest, a_rebooted_host_is_not_used) {
  auto hosts = make();
  ASSERT_TRUE(hosts.host("a"));
  boot_id_ = "boot-2";
  const auto host = hosts.reconnect("a");
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().kind, ErrorKind::kEnvironment);
  EXPECT_THAT(host.error().what, HasSubstr("rebooted"));
  EXPECT_EQ(log_.back(), "close a");
  EXPECT_FALSE(hosts.host("a")) << "nor later";
}

// ---- child processes, the heartbeat ----

TEST(ChildProcessTest, input_goes_in_and_output_comes_back_whole) {
  const std::string input(3u << 20, 'x');
  auto child = start_child({"cat"}, ChildGroup::kOwnGroup, "cannot start", "");
  ASSERT_TRUE(child);
  Exchange exchange;
  exchange.input = input;
  exchange.max_bytes = 4u << 20;
  const auto output = exchange_with(*child, exchange, "cannot copy", "here");
  ASSERT_TRUE(output);
  EXPECT_TRUE(*output == input);
  EXPECT_TRUE(wait_for_child(*child, 5'000));
  EXPECT_TRUE(child->status->ok());
}

TEST(ChildProcessTest, a_program_that_is_not_there_is_an_error_with_the_callers_words) {
  const auto child =
      start_child({"no-such-program-of-ours"}, ChildGroup::kOwnGroup, "cannot start it", "install it");
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().what, "cannot start it");
  EXPECT_EQ(child.error().hint, "install it");
}

bool ends_within(int pid, int ms) {
  for (; ms > 0 && identify(pid); ms -= 10) ::usleep(10'000);
  return !identify(pid);
}

TEST(ChildProcessTest, too_much_output_and_no_answer_are_errors) {
  auto endless = start_child({"yes"}, ChildGroup::kOwnGroup, "", "");
  ASSERT_TRUE(endless);
  Exchange exchange;
  exchange.max_bytes = 10'000;
  EXPECT_EQ(exchange_with(*endless, exchange, "w", "h").error().kind, ErrorKind::kEnvironment);
  end_child(*endless, 1'000);
  EXPECT_TRUE(endless->status->signaled);
  auto silent = start_child({"sh", "-c", "trap '' TERM; sleep 1000 & echo $! >&2; wait"},
                            ChildGroup::kOwnGroup, "", "");
  ASSERT_TRUE(silent);
  exchange.timeout_ms = 500;
  EXPECT_EQ(exchange_with(*silent, exchange, "w", "h").error().kind, ErrorKind::kLost);
  const std::string sleeper = last_words(silent->words);
  ASSERT_NE(sleeper, "");
  end_child(*silent, 100);
  EXPECT_EQ(silent->status->code, SIGKILL);
  EXPECT_TRUE(ends_within(std::stoi(sleeper), 5'000)) << "what it started";
}

TEST(HeartbeatTest, it_beats_between_lines_and_stops_when_told) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]), writer(ends[1]);
  Heartbeat heartbeat(writer.get(), "beat\n", 1);
  char text[10];
  ASSERT_EQ(::read(reader.get(), text, sizeof text) % 5, 0) << "whole lines";
  heartbeat.stop();
  heartbeat.stop();
}

TEST(HeartbeatTest, while_a_line_is_being_written_there_is_none) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd reader(ends[0]), writer(ends[1]);
  Heartbeat heartbeat(writer.get(), "beat\n", 1);
  std::string text;
  {
    const std::scoped_lock lock(heartbeat.line_mutex());
    ASSERT_EQ(::write(writer.get(), "{\"half", 6), 6);
    ::usleep(20'000);
    ASSERT_EQ(::write(writer.get(), "\":1}\n", 5), 5);
    heartbeat.stop();
  }
  text.resize(60'000);
  const ssize_t bytes = ::read(reader.get(), text.data(), text.size());
  ASSERT_GT(bytes, 0);
  text.resize(static_cast<size_t>(bytes));
  EXPECT_THAT(text, HasSubstr("{\"half\":1}\n"));
}

}  // namespace
}  // namespace bpftax
