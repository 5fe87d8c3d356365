// Discovery on the real thing: Open vSwitch with its own database and user-space datapath, a Linux bridge, a
// real QEMU process with a tap; a real agent in a network namespace is the machine. Everything made here is
// named after this process and ended by its id.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "discover/discover.h"
#include "host/local_host.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kPatienceMs = 20'000;
constexpr const char* kSchema = "/usr/share/openvswitch/vswitch.ovsschema";

bool eventually_true(const std::function<bool()>& condition) {
  for (int waited_ms = 0; waited_ms < kPatienceMs; waited_ms += 20) {
    if (condition()) return true;
    ::usleep(20'000);
  }
  return condition();
}

// "" or which of the programs is not there, and what it takes to have it.
std::string not_installed(const std::vector<std::string>& programs, const std::string& package) {
  for (const std::string& program : programs) {
    bool found = false;
    for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"})
      found = found || ::access((folder + program).c_str(), X_OK) == 0;
    if (!found) return program + " is not installed: apt-get install " + package;
  }
  return "";
}

// A network namespace with one more beside it (the wire's other end), an agent, and what runs for the test.
class DiscoverNetns : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "these tests make network namespaces: run them as root";
    char folder[] = "/run/bpftax-discover-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    netns_ = "bpftax-disc-" + std::to_string(::getpid());
    for (const std::string& name : {netns_, netns_ + "-w"}) must({"ip", "netns", "add", name});
    // ovs-vsctl and ovs-appctl find their daemons by this; the agent's children have it from us.
    ::setenv("OVS_RUNDIR", folder_.c_str(), 1);
    LocalHostOptions options;
    options.run_id = "disc" + std::to_string(::getpid());
    options.agent_path = std::string(BPFTAX_BIN_DIR) + "/bpftax-agent";
    options.state_dir = folder_ + "/state";
    auto agent = start_local_agent(options);
    ASSERT_TRUE(agent) << to_string(agent.error());
    agent_ = std::move(*agent);
    in_netns_ = std::make_unique<AgentHost>(agent_->share_session(), "machine", netns_);
    at_wires_end_ = std::make_unique<AgentHost>(agent_->share_session(), "peer", netns_ + "-w");
  }
  void TearDown() override {
    for (auto daemon = daemons_.rbegin(); daemon != daemons_.rend(); ++daemon) end(*daemon);
    in_netns_.reset();
    at_wires_end_.reset();
    agent_.reset();
    ::unsetenv("OVS_RUNDIR");
    for (const std::string& name : {netns_, netns_ + "-w"}) run({"ip", "netns", "del", name});
    EXPECT_TRUE(remove_tree(folder_));
  }

  // Runs to its end; its exit code.
  static int run(const std::vector<std::string>& argv) {
    const pid_t child = spawn(argv, "/dev/null");
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  static void must(const std::vector<std::string>& argv) { ASSERT_EQ(run(argv), 0) << shell_join(argv); }
  static void ip(const std::string& netns, const std::string& words) {
    std::vector<std::string> argv = {"ip", "-n", netns};
    for (const std::string_view word : split_blank(words)) argv.emplace_back(word);
    must(argv);
  }
  // In the namespace, until the test ends.
  int daemon(const std::vector<std::string>& argv, const std::string& log) {
    std::vector<std::string> all = {"nsenter", "--net=/run/netns/" + netns_, "--"};
    all.insert(all.end(), argv.begin(), argv.end());
    daemons_.push_back(spawn(all, folder_ + "/" + log));
    return daemons_.back();
  }
  static pid_t spawn(const std::vector<std::string>& argv, const std::string& log) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    const int null = ::open("/dev/null", O_RDONLY);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(null, 0);
    ::dup2(out, 1);
    ::dup2(out, 2);
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  static void end(pid_t pid) {
    ::kill(pid, SIGTERM);
    const bool ended = eventually_true([&] { return ::waitpid(pid, nullptr, WNOHANG) != 0; });
    if (ended) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  // One veth whose other end is in the namespace beside this one.
  void wire(const std::string& name) {
    ip(netns_, "link add " + name + " type veth peer name w-" + name + " netns " + netns_ + "-w");
    ip(netns_, "link set " + name + " up");
    ip(netns_ + "-w", "link set w-" + name + " up");
  }

  void start_ovs() {
    const std::string socket = "unix:" + folder_ + "/db.sock";
    must({"ovsdb-tool", "create", folder_ + "/conf.db", kSchema});
    daemon({"ovsdb-server", folder_ + "/conf.db", "--remote=p" + socket,
            "--pidfile=" + folder_ + "/ovsdb-server.pid", "--unixctl=" + folder_ + "/ovsdb.ctl"},
           "ovsdb.log");
    ASSERT_TRUE(eventually_true([&] { return path_exists(folder_ + "/db.sock"); }));
    must({"ovs-vsctl", "--timeout=10", "--no-wait", "init"});
    daemon({"ovs-vswitchd", socket, "--disable-system", "--pidfile=" + folder_ + "/ovs-vswitchd.pid"},
           "vswitchd.log");
    ASSERT_TRUE(eventually_true([&] { return path_exists(folder_ + "/ovs-vswitchd.pid"); }));
  }
  void ovs(const std::string& words) {
    std::vector<std::string> argv = {"ovs-vsctl", "--timeout=20"};
    for (const std::string_view word : split_blank(words)) argv.emplace_back(word);
    ASSERT_EQ(run(argv), 0) << words << "\n" << read_tail(folder_ + "/vswitchd.log", 2000).value_or("");
  }

  // A VM that never runs: QEMU with one tap, no CPU time.
  std::string start_qemu(const std::string& tap, const std::string& mac) {
    const std::string uuid = "5b6a3c1e-0000-4000-8000-" + std::string(12 - 8, '0') +
                             std::to_string(10'000'000 + ::getpid() % 10'000'000);
    qemu_ = daemon({"qemu-system-x86_64", "-machine", "microvm", "-m", "16", "-S", "-accel", "tcg",
                    "-nodefaults", "-nographic", "-uuid", uuid, "-netdev",
                    "tap,id=hostnet0,ifname=" + tap + ",script=no,downscript=no,vhost=off", "-device",
                    "virtio-net-device,netdev=hostnet0,id=net0,mac=" + mac},
                   "qemu.log");
    const bool up = eventually_true([&] { return run({"ip", "-n", netns_, "link", "show", tap}) == 0; });
    EXPECT_TRUE(up) << read_tail(folder_ + "/qemu.log", 2000).value_or("");
    return uuid;
  }

  static MinimalNode make_node(const std::string& id, const std::string& role) {
    MinimalNode node;
    node.host.id = id;
    node.host.address = "192.0.2.2";
    node.host.user = "root";
    node.role = role;
    return node;
  }
  // Every node is this machine: what is asked is its namespace.
  Result<Discovery> find(const MinimalInput& input) {
    return discover(input, [this](const std::string&) -> Result<Host*> { return in_netns_.get(); });
  }

  std::string folder_, netns_;
  int qemu_ = 0;
  std::unique_ptr<AgentHost> agent_, in_netns_, at_wires_end_;

 private:
  std::vector<pid_t> daemons_;
};

MinimalInput host_pair(MinimalNode server, MinimalNode client) {
  MinimalInput input;
  input.environment = "real";
  input.pairs = {{"host", server.host.id, client.host.id, {}}};
  input.nodes = {std::move(server), std::move(client)};
  return input;
}

TEST_F(DiscoverNetns, ARealOpenVswitchGivesPortBridgesBondAndMembers) {
  const std::string reason = not_installed(
      {"ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "ovsdb-tool"}, "openvswitch-switch");
  if (!reason.empty()) GTEST_SKIP() << reason;
  wire("eth0");
  wire("eth1");
  start_ovs();
  ovs("add-br ovsbr-mgt -- set bridge ovsbr-mgt datapath_type=netdev "
      "-- add-port ovsbr-mgt port-mgt -- set interface port-mgt type=internal "
      "-- add-br ovsbr-mgt-uplink -- set bridge ovsbr-mgt-uplink datapath_type=netdev "
      "-- add-port ovsbr-mgt to-uplink -- set interface to-uplink type=patch options:peer=to-mgt "
      "-- add-port ovsbr-mgt-uplink to-mgt -- set interface to-mgt type=patch options:peer=to-uplink "
      "-- add-bond ovsbr-mgt-uplink bond-mgt eth0 eth1 bond_mode=active-backup");
  ip(netns_, "addr add 192.0.2.1/24 dev port-mgt");
  ip(netns_, "link set port-mgt up");

  const auto found = find(host_pair(make_node("a", "host"), make_node("b", "host")));
  ASSERT_TRUE(found) << to_string(found.error());
  const std::string table = findings_table(found->nodes, 160);
  EXPECT_THAT(found->missing, IsEmpty()) << table;
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.test_ip, "192.0.2.1");
  EXPECT_EQ(server.interface, "port-mgt");
  EXPECT_EQ(server.internal_interface, "port-mgt");
  EXPECT_EQ(server.physical_interface, "bond-mgt");
  EXPECT_THAT(server.physical_nic_members, ElementsAre("eth0", "eth1"));
  const NodeFindings& node = found->nodes.at(0);
  EXPECT_EQ(node.value("bridge"), "ovsbr-mgt") << table;
  EXPECT_EQ(node.value("uplink_bridge"), "ovsbr-mgt-uplink") << table;
  EXPECT_THAT(node.find("physical_nic_members")->how, HasSubstr("active-backup")) << table;
  EXPECT_THAT(node.value("link_speed"), HasSubstr("eth0=10000")) << table;
}

TEST_F(DiscoverNetns, ARealQemuProcessOnAnOvsBridgeGivesTapPidAndNic) {
  std::string reason =
      not_installed({"ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovsdb-tool"}, "openvswitch-switch");
  if (reason.empty()) reason = not_installed({"qemu-system-x86_64"}, "qemu-system-x86");
  if (!reason.empty()) GTEST_SKIP() << reason;
  wire("eth0");
  start_ovs();
  ovs("add-br ovsbr-vm -- set bridge ovsbr-vm datapath_type=netdev -- add-port ovsbr-vm eth0");
  // The guest's NIC, as one sees it from inside: this namespace plays the guest as well.
  ip(netns_, "link add ens4 address 52:54:00:e3:f0:a8 type veth peer name ens4-peer");
  ip(netns_, "addr add 192.0.2.10/24 dev ens4");
  MinimalNode vm = make_node("vm", "vm");
  vm.host_ref = "a";
  vm.test_ip = "192.0.2.10";
  vm.uuid = start_qemu("vnet7", "52:54:00:e3:f0:a8");
  ovs("add-port ovsbr-vm vnet7");

  MinimalNode other = vm;
  other.host.id = "vm2";
  MinimalInput input = host_pair(vm, other);
  const auto found = find(input);
  ASSERT_TRUE(found) << to_string(found.error());
  const std::string table = findings_table(found->nodes, 160);
  EXPECT_THAT(found->missing, IsEmpty()) << table;
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.interface, "ens4");
  EXPECT_EQ(server.vm_interface, "vnet7");
  EXPECT_EQ(server.qemu_pid, std::to_string(qemu_));
  EXPECT_EQ(server.physical_interface, "eth0");
  EXPECT_EQ(found->nodes.at(0).value("bridge"), "ovsbr-vm") << table;
  EXPECT_EQ(found->nodes.at(0).find("vhost_pids")->status, FindingStatus::kNone) << table;
}

TEST_F(DiscoverNetns, ARealQemuProcessOnALinuxBridgeGivesTapPidAndNic) {
  const std::string reason = not_installed({"qemu-system-x86_64"}, "qemu-system-x86");
  if (!reason.empty()) GTEST_SKIP() << reason;
  wire("eth0");
  ip(netns_, "link add br0 type bridge");
  ip(netns_, "link set eth0 master br0");
  ip(netns_, "link add ens4 address 52:54:00:e3:f0:a9 type veth peer name ens4-peer");
  ip(netns_, "addr add 192.0.2.10/24 dev ens4");
  MinimalNode vm = make_node("vm", "vm");
  vm.host_ref = "a";
  vm.test_ip = "192.0.2.10";
  vm.uuid = start_qemu("vnet8", "52:54:00:e3:f0:a9");
  ip(netns_, "link set vnet8 master br0");

  MinimalNode other = vm;
  other.host.id = "vm2";
  const auto found = find(host_pair(vm, other));
  ASSERT_TRUE(found) << to_string(found.error());
  const std::string table = findings_table(found->nodes, 160);
  EXPECT_THAT(found->missing, IsEmpty()) << table;
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.vm_interface, "vnet8") << table;
  EXPECT_EQ(server.qemu_pid, std::to_string(qemu_)) << table;
  EXPECT_EQ(server.physical_interface, "eth0") << table;
  EXPECT_EQ(found->nodes.at(0).value("bridge"), "br0") << table;
}

TEST_F(DiscoverNetns, WithoutAnyBridgeTheRouteToThePeerLeadsToTheWire) {
  wire("eth0");
  ip(netns_, "addr add 192.0.2.1/24 dev eth0");
  ip(netns_ + "-w", "addr add 192.0.2.2/24 dev w-eth0");
  // No Open vSwitch answers: there is no database in our folder.
  const auto found = discover(host_pair(make_node("a", "host"), make_node("b", "host")),
                              [this](const std::string& id) -> Result<Host*> {
                                return id == "a" ? in_netns_.get() : at_wires_end_.get();
                              });
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_THAT(found->missing, IsEmpty()) << findings_table(found->nodes, 160);
  const EnvironmentEnd& server = found->environments.at(0).server;
  EXPECT_EQ(server.test_ip, "192.0.2.1");
  EXPECT_EQ(server.interface, "eth0");
  EXPECT_EQ(server.physical_interface, "eth0");
  const EnvironmentEnd& client = found->environments.at(0).client;
  EXPECT_EQ(client.test_ip, "192.0.2.2");
  EXPECT_EQ(client.interface, "w-eth0");
}

}  // namespace
}  // namespace bpftax
