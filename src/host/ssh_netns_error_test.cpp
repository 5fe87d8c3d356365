// What can be wrong with a host, each with its error.
#include "host/ssh_netns_fixture.h"

namespace bpftax {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- what can be wrong with a host ----

class SshErrorTest : public SshTest {
 protected:
  Error error_of(const SshHostsOptions& wanted, std::vector<ConfiguredHost> hosts = both()) {
    SshHosts ssh(hosts, wanted);
    const auto host = ssh.host("host-server");
    if (!host) return host.error();
    ADD_FAILURE() << "it could be opened";
    return {};
  }
  // A program that sessions on the server find first.
  class Program {
   public:
    Program(const std::string& name, const std::string& text)
        : path_(servers_->path(TestMachine::kServer, "bin/" + name)) {
      EXPECT_TRUE(write_file_atomically(path_, "#!/bin/sh\n" + text + "\n", 0755));
    }
    ~Program() { ::unlink(path_.c_str()); }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

   private:
    std::string path_;
  };
  static std::string with_config(const std::string& lines) {
    const std::string path = servers_->folder() + "/ssh_config.test";
    EXPECT_TRUE(
        write_file_atomically(path, lines + "\n" + *read_file(servers_->folder() + "/ssh_config"), 0600));
    return path;
  }
};

TEST_F(SshErrorTest, an_unknown_host_key_is_not_accepted) {
  SshHostsOptions wanted = hosts_options();
  wanted.ssh.config_file = with_config("UserKnownHostsFile /dev/null");
  const Error error = error_of(wanted);
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("host key is not known"));
  EXPECT_THAT(error.hint, HasSubstr("host-server"));
}

TEST_F(SshErrorTest, a_changed_host_key_is_not_accepted) {
  const std::string known = servers_->folder() + "/known_hosts.test";
  const std::string other =
      servers_->env("LAB_SERVER_SSH_IP") + " " +
      std::string(trim(*read_file(servers_->path(TestMachine::kClient, "host_key.pub"))));
  ASSERT_TRUE(write_file_atomically(known, other + "\n"));
  SshHostsOptions wanted = hosts_options();
  wanted.ssh.config_file = with_config("UserKnownHostsFile " + known);
  const Error error = error_of(wanted);
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("another one"));
  EXPECT_THAT(error.hint, HasSubstr("ssh-keygen -R"));
}

TEST_F(SshErrorTest, a_refused_login_says_so) {
  SshHostsOptions wanted = hosts_options();
  wanted.ssh.config_file = with_config("User nobody");
  const Error error = error_of(wanted);
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, AnyOf(HasSubstr("Permission denied"), HasSubstr("account")));
  EXPECT_THAT(error.hint, Not(IsEmpty()));
}

TEST_F(SshErrorTest, nobody_there_and_no_such_name) {
  std::vector<ConfiguredHost> hosts = both();
  hosts[0].port = 1;
  Error error = error_of(hosts_options(), hosts);
  EXPECT_EQ(error.kind, ErrorKind::kLost) << "another try may help";
  EXPECT_THAT(error.why, HasSubstr("refused"));
  hosts[0].port.reset();
  hosts[0].address = "no-such-host.invalid";
  error = error_of(hosts_options(), hosts);
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("resolve"));
}

TEST_F(SshErrorTest, names_that_would_be_options_or_shell_text_are_refused) {
  for (const char* address : {"-oProxyCommand=touch /tmp/x", "a;b", "$(id)", "a b", ""}) {
    std::vector<ConfiguredHost> hosts = both();
    hosts[0].address = address;
    EXPECT_EQ(error_of(hosts_options(), hosts).kind, ErrorKind::kUsage) << address;
  }
}

TEST_F(SshErrorTest, sudo_that_asks_for_a_password) {
  const Program id("id", "[ \"$1\" = -u ] && echo 1000 || echo worker");
  const Program sudo("sudo", "echo 'sudo: a password is required' >&2; exit 1");
  SshHostsOptions wanted = hosts_options();
  wanted.use_sudo = true;
  const Error error = error_of(wanted);
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("a password is required"));
  EXPECT_THAT(error.hint, HasSubstr("worker ALL=(root) NOPASSWD"));
}

TEST_F(SshErrorTest, no_space_for_the_agent) {
  ASSERT_TRUE(remove_tree(servers_->path(TestMachine::kServer, "home/.cache")));
  const Program df("df", "echo Filesystem; echo /dev/sda1 1000 990 10 99% /");
  const Error error = error_of(hosts_options());
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("No space left"));
  EXPECT_THAT(error.hint, HasSubstr("make room"));
}

TEST_F(SshErrorTest, a_disk_that_fills_up_during_the_copy) {
  ASSERT_TRUE(remove_tree(servers_->path(TestMachine::kServer, "home/.cache")));
  const Program cat("cat", "head -c 1000; echo 'cat: write error: No space left on device' >&2; exit 1");
  const Error error = error_of(hosts_options());
  EXPECT_THAT(error.why, HasSubstr("No space left"));
  EXPECT_FALSE(path_exists(agent_copy(TestMachine::kServer)));
}

TEST_F(SshErrorTest, a_cache_folder_that_cannot_be_made) {
  ASSERT_TRUE(remove_tree(servers_->path(TestMachine::kServer, "home/.cache")));
  ASSERT_TRUE(write_file_atomically(servers_->path(TestMachine::kServer, "home/.cache"), "a file"));
  const Error error = error_of(hosts_options());
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("Not a directory"));
  ASSERT_TRUE(remove_tree(servers_->path(TestMachine::kServer, "home/.cache")));
}

TEST_F(SshErrorTest, a_machine_of_another_kind) {
  {
    const Program uname("uname", "[ \"$1\" = -m ] && echo riscv64 || echo Linux");
    const Error error = error_of(hosts_options());
    EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
    EXPECT_THAT(error.where, AllOf(HasSubstr("host-server"), HasSubstr("riscv64")));
  }
  const Program uname("uname", "[ \"$1\" = -m ] && echo x86_64 || echo FreeBSD");
  EXPECT_THAT(error_of(hosts_options()).why, HasSubstr("FreeBSD"));
}

TEST_F(SshErrorTest, an_agent_that_may_not_be_run) {
  // As `mount -o noexec` does it; sha256sum is asked first and says all is well.
  const Program sha("sha256sum", "cat >/dev/null; echo " + find_agent_for("x86_64")->sha256);
  const std::string copy = agent_copy(TestMachine::kServer);
  ASSERT_TRUE(make_directories(copy.substr(0, copy.rfind('/'))));
  ASSERT_TRUE(write_file_atomically(copy, "x", 0644));
  const Error error = error_of(hosts_options());
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.why, HasSubstr("ermission denied"));
  EXPECT_THAT(error.hint, HasSubstr("noexec"));
  ASSERT_EQ(::unlink(copy.c_str()), 0);
}

TEST_F(SshErrorTest, a_talkative_login_shell_is_tolerated_within_limits) {
  const std::string rc = servers_->path(TestMachine::kServer, "home/.bashrc");
  ASSERT_TRUE(write_file_atomically(rc, "echo welcome; printf 'no newline'\n"));
  {
    SshHosts hosts(both(), hosts_options());
    const auto host = hosts.host("host-server");
    ASSERT_TRUE(host) << to_string(host.error());
    EXPECT_EQ(run(**host, "echo fine"), "fine");
  }
  ASSERT_TRUE(write_file_atomically(rc, "head -c 5000000 /dev/zero | tr '\\0' x\n"));
  const Error error = error_of(hosts_options());
  EXPECT_EQ(error.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(error.hint, HasSubstr(".bashrc"));
  ASSERT_TRUE(write_file_atomically(rc, "echo 'the account is closed'; exit 3\n"));
  const Error closed = error_of(hosts_options());
  EXPECT_EQ(closed.kind, ErrorKind::kEnvironment);
  EXPECT_THAT(closed.why, HasSubstr("the account is closed"));
  ASSERT_EQ(::unlink(rc.c_str()), 0);
}

}  // namespace
}  // namespace bpftax
