// Hosts over SSH: what works, who cleans up when the controller dies, clocks.
#include "host/ssh_netns_fixture.h"

#include "host/clock_offset.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(SshTest, two_hosts_are_opened_measured_and_closed) {
  SshHosts hosts(both(), hosts_options());
  const auto server = hosts.host("host-server");
  ASSERT_TRUE(server) << to_string(server.error()) << server.error().hint;
  const auto client = hosts.host("host-client");
  ASSERT_TRUE(client) << to_string(client.error());
  EXPECT_EQ(*hosts.host("host-server"), *server) << "opened once";
  EXPECT_THAT(run(**server, "ip -brief address"), HasSubstr(servers_->env("LAB_SERVER_TEST_IP")));
  EXPECT_THAT(run(**client, "ping -c 1 -W 5 " + servers_->env("LAB_SERVER_TEST_IP")),
              HasSubstr("1 received"));
  const std::string file = servers_->path(TestMachine::kServer, "work/x/file");
  ASSERT_TRUE((*server)->make_directories(servers_->path(TestMachine::kServer, "work/x")));
  ASSERT_TRUE((*server)->write_file(file, std::string(3u << 20, 'x')));
  EXPECT_EQ((*server)->read_file(file, 4u << 20)->size(), 3u << 20);
  EXPECT_FALSE((*server)->read_file("/etc/passwd", 1u << 20)) << "outside its workdir";
  struct stat info {};
  EXPECT_EQ(::stat(agent_copy(TestMachine::kClient).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755u);
  EXPECT_THAT(hosts.close_all(), IsEmpty());
  EXPECT_THAT(*hosts.host("host-client"), Not(testing::IsNull())) << "may be opened again";
}

TEST_F(SshTest, an_unknown_id_is_a_usage_error_that_names_the_nearest) {
  SshHosts hosts(both(), hosts_options());
  const auto host = hosts.host("host-sever");
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(host.error().hint, HasSubstr("host-server"));
}

TEST_F(SshTest, a_damaged_or_missing_copy_of_the_agent_is_replaced) {
  const std::string copy = agent_copy(TestMachine::kServer);
  ASSERT_TRUE(make_directories(copy.substr(0, copy.rfind('/'))));
  ASSERT_TRUE(write_file_atomically(copy, "#!/bin/sh\necho bpftax-agent 0\n", 0755));
  {
    SshHosts hosts(both(), hosts_options());
    const auto host = hosts.host("host-server");
    ASSERT_TRUE(host) << to_string(host.error());
  }
  EXPECT_EQ(*sha256_file(copy), *sha256_file(std::string(BPFTAX_BIN_DIR) + "/bpftax-agent"));
}

TEST_F(SshTest, copies_at_the_same_time_do_no_harm) {
  ASSERT_TRUE(remove_tree(servers_->path(TestMachine::kServer, "home/.cache")));
  std::vector<std::thread> threads;
  std::vector<std::string> problems(3);
  for (size_t i = 0; i < problems.size(); ++i) {
    threads.emplace_back([&, i] {
      SshHostsOptions wanted = hosts_options();
      wanted.run_id += "n" + std::to_string(i);
      SshHosts hosts(both(), wanted);
      const auto host = hosts.host("host-server");
      if (!host) problems[i] = to_string(host.error());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(problems, testing::Each(IsEmpty()));
  EXPECT_THAT(run_id_, Not(IsEmpty()));
  std::string names;
  for (const char* command : {"ls -A "}) {
    SshHosts hosts(both(), hosts_options());
    const auto host = hosts.host("host-server");
    ASSERT_TRUE(host);
    names = run(**host, command + servers_->path(TestMachine::kServer, "home/.cache/bpftax"));
  }
  EXPECT_THAT(names, Not(HasSubstr(".copy-"))) << "no half copies";
}

// ---- the controller dies ----

TEST_F(SshTest, a_killed_controller_leaves_nothing_here_or_there) {
  const pid_t controller = ::fork();
  if (controller == 0) {
    SshHosts hosts(both(), hosts_options());
    for (const char* id : {"host-server", "host-client"}) {
      auto host = hosts.host(id);
      if (!host || !(*host)->start(tool())) ::_exit(1);
    }
    while (true) ::pause();
  }
  const auto tools = [&] {
    size_t count = 0;
    for (const int pid : processes_of_run()) {
      if (environment_of(pid, kRunVariable)) ++count;
    }
    return count;
  };
  ASSERT_TRUE(eventually([&] { return tools() >= 6; })) << "the shell and two sleeps on each host";
  ::kill(controller, SIGKILL);
  ::waitpid(controller, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return processes_of_run().empty(); }, 10'000));
  EXPECT_TRUE(eventually([&] { return clients().empty(); }, 10'000));
  remove_stale_control_folders(control_folder());
  EXPECT_NE(::rmdir(control_folder().c_str()), -1) << "the next connection removes the folder of the socket";
  ASSERT_TRUE(make_directories(control_folder()));
}

TEST_F(SshTest, what_a_killed_agent_has_left_is_found_and_cleaned_from_here) {
  const std::string id = run_id_ + ".dead";
  {
    const auto ledger = Ledger::open(kDefaultStateDirectory, id);
    ASSERT_TRUE(ledger);
    ASSERT_TRUE(ledger->record_agent({.pid = 1, .start_ticks = INT64_MAX}));
  }
  const auto dead = dead_runs_over_ssh(servers_->host(TestMachine::kServer), options(), false);
  ASSERT_TRUE(dead) << to_string(dead.error());
  EXPECT_THAT(*dead, testing::Contains(id));
  const auto cleaned = clean_over_ssh(servers_->host(TestMachine::kServer), options(), false);
  ASSERT_TRUE(cleaned) << to_string(cleaned.error());
  EXPECT_THAT(dump_line(*cleaned), HasSubstr("the record of the run " + id));
  EXPECT_THAT(ledgers_of_run(), IsEmpty());
}

// ---- clocks ----

TEST_F(SshTest, both_ends_of_one_machine_have_the_same_clock) {
  SshHosts hosts(both(), hosts_options());
  const auto server = hosts.host("host-server");
  const auto client = hosts.host("host-client");
  ASSERT_TRUE(server && client);
  RealClock clock;
  const auto to_server = estimate_clock_offset(**server, clock);
  const auto to_client = estimate_clock_offset(**client, clock);
  ASSERT_TRUE(to_server && to_client);
  // One kernel, one clock: the truth is 0.
  EXPECT_LE(std::abs(to_server->offset_ns), to_server->error_ns);
  EXPECT_LE(std::abs(to_client->offset_ns), to_client->error_ns);
  const ClockOffset apart = offset_between(*to_server, *to_client);
  EXPECT_LE(std::abs(apart.offset_ns), apart.error_ns);
}

}  // namespace
}  // namespace bpftax
