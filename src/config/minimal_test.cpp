#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/test_data.h"

namespace bpftax {
namespace {

TEST(MinimalInput, ReadsTheRealOnes) {
  const auto input = load_minimal(config_data(std::string(kOs620) + "/minimal-input.yaml"));
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ(input->version, "1.0");
  EXPECT_EQ(input->environment, "phy-620");
  ASSERT_EQ(input->nodes.size(), 4u);
  const MinimalNode& vm = input->nodes[2];
  EXPECT_EQ(vm.host.id, "vm-server");
  EXPECT_EQ(vm.host.user, "root");
  EXPECT_EQ(vm.host.address, "192.168.76.244");
  EXPECT_EQ(vm.host.workdir, "/root/lcc");
  EXPECT_EQ(vm.role, "vm");
  EXPECT_EQ(vm.host_ref, "host-server");
  EXPECT_EQ(vm.uuid, "a8366b2a-a709-4e88-ba57-128681bd1efb");
  EXPECT_EQ(vm.test_ip, "192.168.76.244");
  ASSERT_EQ(input->pairs.size(), 2u);
  EXPECT_EQ(input->pairs[1].environment, "vm");
  EXPECT_EQ(input->pairs[1].client, "vm-client");
  EXPECT_EQ(input->hints.internal_port_type, "mgt");
  const auto other =
      load_minimal(config_data(std::string(kOs630) + "/os630-kernel-510-hygon-physical-minimal.yaml"));
  ASSERT_TRUE(other) << to_string(other.error());
  EXPECT_EQ(other->hints.internal_port_type, "storage");
  EXPECT_TRUE(load_minimal(config_data("origin/minimal-input-template.yaml")));
}

const char* const kSmall = R"(environment: e
nodes:
  h1: {ssh: me@h1.example, role: host}
  h2: {ssh: 'root@[2001:db8::1]:2200', role: host, workdir: /srv}
  v1: {ssh: v1, role: vm, host_ref: h1, uuid: u-1, test_ip: 10.0.0.1}
  v2: {ssh: 'x@10.0.0.2:22', role: vm, host_ref: h2, uuid: u-2, test_ip: 10.0.0.2}
test_pairs:
  host: {server: h1, client: h2}
  vm: {server: v1, client: v2}
discovery_hints:
  overrides:
    v1: {qemu_pid: 17, vhost_pids: [18, 19]}
)";

TEST(MinimalInput, ReadsTargetsPortsAndOverrides) {
  const auto input = parse_minimal(kSmall, "m.yaml");
  ASSERT_TRUE(input) << to_string(input.error());
  EXPECT_EQ(input->nodes[0].host.user, "me");
  EXPECT_EQ(input->nodes[0].host.workdir, "/home/me/bpftax");
  EXPECT_EQ(input->nodes[1].host.address, "2001:db8::1");
  EXPECT_EQ(input->nodes[1].host.port, 2200);
  EXPECT_EQ(input->nodes[2].host.user, "") << "as the user's ssh config says";
  EXPECT_EQ(input->nodes[2].host.workdir, "/var/tmp/bpftax");
  EXPECT_EQ(input->nodes[3].host.port, 22);
  EXPECT_EQ(input->hints.overrides.at("v1").at("qemu_pid"), "17");
  EXPECT_EQ(input->hints.overrides.at("v1").at("vhost_pids"), "18,19");
}

struct BadMinimal {
  const char *from, *to, *error;
};
const BadMinimal kBadMinimals[] = {
    {"role: host}", "rle: host}", "unknown key 'rle': m.yaml:3:28: in 'nodes.h1'|did you mean 'role'?"},
    {"role: host}", "role: hst}", "unknown value 'hst' of 'nodes.h1.role': m.yaml:3:34|did you mean 'host'?"},
    {"ssh: me@h1.example, ", "", "missing key 'ssh': m.yaml:3:7: in 'nodes.h1'|"},
    {"me@h1.example", "'@h1'", "cannot read the ssh target: m.yaml:3:13: '@h1'|user@host, or host"},
    {"me@h1.example", "-oProxyCommand=x@h", "not a name of a user: m.yaml:3:3: '-oProxyCommand=x'|"},
    {"me@h1.example", "'me@h1;x'",
     "not an address or name of a host: m.yaml:3:3: 'h1;x'|an IP address, a DNS name, or a Host of your ssh "
     "config"},
    {"me@h1.example", "'me@h1:'", "not a port: m.yaml:3:13: 'nothing'|1 to 65535"},
    {"host_ref: h1", "host_ref: h9",
     "'host_ref' names no node: 'h9': m.yaml:5:37: in 'nodes.v1'|did you mean 'h1'?"},
    {"host_ref: h1", "host_ref: v2",
     "'host_ref' names a VM: 'v2': m.yaml:5:37: in 'nodes.v1'|the physical host on which it runs"},
    {", test_ip: 10.0.0.1", "", "missing key 'test_ip': m.yaml:5:7: in 'nodes.v1'|"},
    {"test_ip: 10.0.0.1", "test_ip: 10.0.0.1111",
     "'nodes.v1.test_ip' is not an IP address: m.yaml:5:61: '10.0.0.1111'|in numbers, such as 192.0.2.1 or "
     "2001:db8::1"},
    {"role: host}", "role: host, uuid: u}", "'uuid' is for a VM: m.yaml:3:46: 'h1' is a host|role: vm"},
    {"server: h1", "server: h3",
     "'server' names no node: 'h3': m.yaml:8:18: in 'test_pairs.host'|did you mean 'h1'?"},
    {"client: h2", "client: h1", "server and client are the same node: m.yaml:8:3: in 'test_pairs.host'|"},
    {"client: h2", "client: v2",
     "a pair of a host and a VM: m.yaml:8:3: in 'test_pairs.host'|both ends are hosts, or both are VMs"},
    {"    v1: {qemu", "    v9: {qemu",
     "'overrides' names no node: 'v9': m.yaml:12:5: in 'discovery_hints.overrides'|did you mean 'v1'?"},
    {"  h2: {ssh", "  h1: {ssh",
     "duplicate key 'h1': m.yaml:4:3: it stands in line 3 already|remove one of the two"},
    {"test_pairs:", "test_pair:",
     "unknown key 'test_pair': m.yaml:7:1: at the top of the file|did you mean 'test_pairs'?"},
};

TEST(MinimalInput, HasErrorsThatNameThePlaceAndTheFix) {
  for (const BadMinimal& bad : kBadMinimals) {
    const auto input = parse_minimal(with(kSmall, bad.from, bad.to), "m.yaml");
    ASSERT_FALSE(input) << bad.to;
    EXPECT_EQ(to_string(input.error()) + "|" + input.error().hint, bad.error);
    EXPECT_EQ(input.error().kind, ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace bpftax
