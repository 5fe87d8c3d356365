// Tier bpf: the inventory against real objects of this kernel.
#include "sample/bpf_inventory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/btf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <thread>

#include "sample/bpf_pins.h"
#include "sample/process_tree.h"
#include "sample/test_programs.h"

extern char** environ;

namespace bpftax {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const BpfProgram* find_program(const BpfInventory& inventory, uint32_t id) {
  for (const BpfProgram& program : inventory.programs) {
    if (program.id == id) return &program;
  }
  return nullptr;
}

std::string attach_of(const BpfInventory& inventory, uint32_t id) {
  const BpfProgram* program = find_program(inventory, id);
  return program != nullptr ? program->attach : "(not in the inventory)";
}

const BpfMap* find_map(const BpfInventory& inventory, uint32_t id) {
  for (const BpfMap& map : inventory.maps) {
    if (map.id == id) return &map;
  }
  return nullptr;
}

BpfInventory own_inventory() {
  BpfInspector inspector;
  auto inventory = inspector.of_processes({::getpid()});
  EXPECT_TRUE(inventory.has_value()) << to_string(inventory.error());
  return inventory ? std::move(*inventory) : BpfInventory{};
}

BpfInventory system_inventory() {
  BpfInspector inspector;
  auto inventory = inspector.of_system();
  EXPECT_TRUE(inventory.has_value()) << to_string(inventory.error());
  return inventory ? std::move(*inventory) : BpfInventory{};
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// Runs in a network namespace of its own, which goes with the thread. Its one interface is lo, index 1.
void in_new_netns(const std::function<void()>& body) {
  std::thread([&] {
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << std::strerror(errno);
    body();
  }).join();
}

TEST(BpfEnvironment, IsFit) {
  ASSERT_EQ(::geteuid(), 0u) << "the bpf tier needs root";
  ASSERT_TRUE(path_exists("/sys/kernel/tracing/events/net/netif_receive_skb/id")) << "tracefs is not mounted";
  ASSERT_TRUE(load_program(BPF_PROG_TYPE_SOCKET_FILTER, "fit"));
  ASSERT_EQ(::system("command -v bpftrace >/dev/null"), 0) << "bpftrace is not installed";
}

TEST(BpfInventory, OfAProcessWithoutBpfIsEmpty) {
  const BpfInventory inventory = own_inventory();
  EXPECT_TRUE(inventory.programs.empty());
  EXPECT_TRUE(inventory.maps.empty());
  EXPECT_TRUE(inventory.links.empty());
  EXPECT_TRUE(inventory.attached.empty());
}

TEST(BpfPins, TellsWhatEachNameKeeps) {
  const std::string folder = "/sys/fs/bpf/bpftax-test-" + std::to_string(::getpid());
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0) << std::strerror(errno);
  const Fd map = make_map(BPF_MAP_TYPE_ARRAY, "pinned", 4, 8, 1);
  const Fd program = load_program(BPF_PROG_TYPE_RAW_TRACEPOINT, "pinned_program");
  EXPECT_EQ(bpf_obj_pin(map.get(), (folder + "/a-map").c_str()), 0);
  EXPECT_EQ(bpf_obj_pin(program.get(), (folder + "/b-program").c_str()), 0);
  auto pins = bpf_pins();
  for (const char* name : {"/a-map", "/b-program"}) ::unlink((folder + name).c_str());
  ::rmdir(folder.c_str());
  ASSERT_TRUE(pins.has_value()) << to_string(pins.error());
  std::erase_if(*pins, [&](const BpfPin& pin) { return !pin.path.starts_with(folder + "/"); });
  ASSERT_EQ(pins->size(), 2u);
  EXPECT_EQ(pins->front().path, folder + "/a-map");
  EXPECT_EQ(pins->front().kind, "map");
  EXPECT_NE(pins->front().id, 0u);
  EXPECT_EQ(pins->back().kind, "program");
  EXPECT_EQ(pins->back().id, program_id(program));
}

TEST(BpfInventory, FindsARawTracepointItsMapAndWhereItIsAttached) {
  uint32_t id = 0;
  {
    const Fd map = make_map(BPF_MAP_TYPE_ARRAY, "counters", 4, 8, 1000);
    const Fd program = load_program_using(BPF_PROG_TYPE_RAW_TRACEPOINT, "count_packets", map.get());
    ASSERT_TRUE(map && program);
    id = program_id(program);

    const BpfInventory loaded = own_inventory();
    ASSERT_NE(find_program(loaded, id), nullptr);
    EXPECT_EQ(find_program(loaded, id)->attach, "");
    EXPECT_TRUE(loaded.attached.empty()) << "a program that is only loaded is not attached";

    const Fd link = checked(bpf_raw_tracepoint_open("netif_receive_skb", program.get()), "attach");
    ASSERT_TRUE(link);
    const BpfInventory inventory = own_inventory();
    const BpfProgram* found = find_program(inventory, id);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->name, "count_packets");
    EXPECT_EQ(found->type, "raw_tracepoint");
    EXPECT_EQ(found->attach, "raw_tp:netif_receive_skb");
    EXPECT_EQ(found->tag.size(), 16u);
    EXPECT_GT(found->loaded_at_ns, 0);
    EXPECT_GT(found->translated_bytes, 0);
    EXPECT_THAT(found->map_ids, Contains(map_id(map)));
    EXPECT_THAT(inventory.attached, Contains(id));

    const BpfMap* found_map = find_map(inventory, map_id(map));
    ASSERT_NE(found_map, nullptr);
    EXPECT_EQ(found_map->name, "counters");
    EXPECT_EQ(found_map->type, "array");
    EXPECT_EQ(found_map->key_size, 4);
    EXPECT_EQ(found_map->value_size, 8);
    EXPECT_EQ(found_map->max_entries, 1000);
    ASSERT_TRUE(found_map->bytes.has_value());
    EXPECT_GE(*found_map->bytes, 8000);

    ASSERT_EQ(inventory.links.size(), 1u);
    EXPECT_EQ(inventory.links[0].type, "raw_tracepoint");
    EXPECT_EQ(inventory.links[0].program_id, id);
    EXPECT_THAT(system_inventory().attached, Contains(id));
  }
  EXPECT_EQ(find_program(own_inventory(), id), nullptr);
  EXPECT_TRUE(
      eventually([&] { return find_program(system_inventory(), id) == nullptr; }, std::chrono::seconds(10)));
}

TEST(BpfInventory, FindsAProgramThatOnlyItsLinkHolds) {
  Fd program = load_program(BPF_PROG_TYPE_RAW_TRACEPOINT, "linked");
  const uint32_t id = program_id(program);
  const Fd link = checked(bpf_raw_tracepoint_open("netif_receive_skb", program.get()), "attach");
  program.reset();
  const BpfInventory inventory = own_inventory();
  ASSERT_NE(find_program(inventory, id), nullptr);
  EXPECT_THAT(inventory.attached, Contains(id));
}

TEST(BpfInventory, FindsAProgramThatOnlyAPerfEventHolds) {
  Fd program = load_program(BPF_PROG_TYPE_TRACEPOINT, "old_way");
  const uint32_t id = program_id(program);
  const Fd event = open_tracepoint("net/netif_receive_skb");
  ASSERT_TRUE(program && event);
  attach_old_way(event, program);
  program.reset();
  for (const BpfInventory& inventory : {own_inventory(), system_inventory()}) {
    const BpfProgram* found = find_program(inventory, id);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->type, "tracepoint");
    EXPECT_EQ(found->attach, "tracepoint:net:netif_receive_skb");
    EXPECT_THAT(inventory.attached, Contains(id));
  }
}

TEST(BpfInventory, NamesTheTracepointOfAPerfEventLink) {
  const Fd program = load_program(BPF_PROG_TYPE_TRACEPOINT, "new_way");
  const Fd event = open_tracepoint("net/netif_receive_skb");
  const int link_fd = bpf_link_create(program.get(), event.get(), BPF_PERF_EVENT, nullptr);
  if (link_fd == -EINVAL) GTEST_SKIP() << "no links of perf events before Linux 5.15";
  const Fd link = checked(link_fd, "link");
  const BpfInventory inventory = own_inventory();
  const BpfProgram* found = find_program(inventory, program_id(program));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->attach, "tracepoint:net:netif_receive_skb");
  ASSERT_EQ(inventory.links.size(), 1u);
  EXPECT_EQ(inventory.links[0].type, "perf_event");
}

TEST(BpfInventory, CountsAPerfEventProgramOnATimerAsAttached) {
  const Fd program = load_program(BPF_PROG_TYPE_PERF_EVENT, "on_timer");
  const uint32_t id = program_id(program);
  const Fd event = open_perf_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK);
  ASSERT_TRUE(program && event);
  EXPECT_THAT(own_inventory().attached, Not(Contains(id))) << "not attached yet";
  attach_old_way(event, program);
  const BpfInventory inventory = own_inventory();
  EXPECT_THAT(inventory.attached, Contains(id));
  EXPECT_EQ(attach_of(inventory, id), "perf_event");
}

TEST(BpfInventory, TellsTpBtfFromRawTracepoints) {
  const int type_id = libbpf_find_vmlinux_btf_id("netif_receive_skb", BPF_TRACE_RAW_TP);
  if (type_id <= 0) GTEST_SKIP() << "the kernel has no BTF";
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_RAW_TP;
  options.attach_btf_id = static_cast<__u32>(type_id);
  const Fd program = load_program(BPF_PROG_TYPE_TRACING, "typed", 0, &options);
  const Fd link = checked(bpf_raw_tracepoint_open(nullptr, program.get()), "attach");
  const BpfInventory inventory = own_inventory();
  const BpfProgram* found = find_program(inventory, program_id(program));
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->type, "tracing");
  EXPECT_EQ(found->attach, "tp_btf:netif_receive_skb");
}

TEST(BpfInventory, FollowsTailCallMapsAndMapsOfMaps) {
  const Fd programs = make_map(BPF_MAP_TYPE_PROG_ARRAY, "tails", 4, 4, 8);
  Fd tail = load_program(BPF_PROG_TYPE_SOCKET_FILTER, "tail");
  const uint32_t tail_id = program_id(tail);
  const uint32_t key = 3;
  int value = tail.get();
  ASSERT_EQ(bpf_map_update_elem(programs.get(), &key, &value, 0), 0);
  tail.reset();

  Fd inner = make_map(BPF_MAP_TYPE_HASH, "inner", 4, 4, 100);
  const uint32_t inner_id = map_id(inner);
  bpf_map_create_opts options{};
  options.sz = sizeof options;
  options.inner_map_fd = static_cast<__u32>(inner.get());
  const Fd outer = make_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, "outer", 4, 4, 8, &options);
  value = inner.get();
  ASSERT_EQ(bpf_map_update_elem(outer.get(), &key, &value, 0), 0);
  inner.reset();

  const BpfInventory inventory = own_inventory();
  const BpfProgram* found = find_program(inventory, tail_id);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->attach, "tail_call:map " + std::to_string(map_id(programs)));
  EXPECT_NE(find_map(inventory, inner_id), nullptr);
}

TEST(BpfInventory, FindsXdpAndTcProgramsWithoutALink) {
  in_new_netns([] {
    const Fd xdp = load_program(BPF_PROG_TYPE_XDP, "xdp_pass", XDP_PASS);
    const Fd classifier = load_program(BPF_PROG_TYPE_SCHED_CLS, "classifier");
    const int error = bpf_xdp_attach(1, xdp.get(), XDP_FLAGS_SKB_MODE, nullptr);
    ASSERT_EQ(error, 0) << std::strerror(-error);
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = 1;
    hook.attach_point = BPF_TC_EGRESS;
    ASSERT_EQ(bpf_tc_hook_create(&hook), 0);
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.prog_fd = classifier.get();
    ASSERT_EQ(bpf_tc_attach(&hook, &options), 0);

    const BpfInventory inventory = own_inventory();
    ASSERT_NE(find_program(inventory, program_id(xdp)), nullptr);
    EXPECT_EQ(attach_of(inventory, program_id(xdp)), "xdp:lo");
    ASSERT_NE(find_program(inventory, program_id(classifier)), nullptr);
    EXPECT_EQ(attach_of(inventory, program_id(classifier)), "tc/egress:lo");
    EXPECT_EQ(inventory.attached.size(), 2u);
  });
}

TEST(BpfInventory, NamesTheInterfaceOfXdpAndTcxLinks) {
  in_new_netns([] {
    constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
    const Fd xdp = load_program(BPF_PROG_TYPE_XDP, "xdp_pass", XDP_PASS);
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = XDP_FLAGS_SKB_MODE;
    const Fd xdp_link = checked(bpf_link_create(xdp.get(), 1, BPF_XDP, &options), "xdp link");
    EXPECT_EQ(attach_of(own_inventory(), program_id(xdp)), "xdp:lo");

    const Fd classifier = load_program(BPF_PROG_TYPE_SCHED_CLS, "classifier");
    const int link_fd = bpf_link_create(classifier.get(), 1, kTcxIngress, nullptr);
    if (link_fd == -EINVAL) GTEST_SKIP() << "no tcx before Linux 6.6";
    const Fd tcx_link = checked(link_fd, "tcx link");
    EXPECT_EQ(attach_of(own_inventory(), program_id(classifier)), "tcx/ingress:lo");
  });
}

TEST(BpfInventory, FindsProgramsOnCgroupsWithAndWithoutALink) {
  const std::string mount =
      path_exists("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified";
  const std::string name = "/bpftax-test-" + std::to_string(::getpid());
  if (!path_exists(mount + "/cgroup.controllers")) GTEST_SKIP() << "cgroup2 is not mounted";
  ASSERT_EQ(::mkdir((mount + name).c_str(), 0755), 0) << std::strerror(errno);
  {
    const Fd cgroup(::open((mount + name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const Fd old_way = load_program(BPF_PROG_TYPE_CGROUP_SKB, "old_way", 1);
    EXPECT_EQ(bpf_prog_attach(old_way.get(), cgroup.get(), BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), 0);
    EXPECT_EQ(attach_of(own_inventory(), program_id(old_way)), "cgroup_inet_egress:" + name);

    const Fd linked = load_program(BPF_PROG_TYPE_CGROUP_SKB, "linked", 1);
    const Fd link =
        checked(bpf_link_create(linked.get(), cgroup.get(), BPF_CGROUP_INET_INGRESS, nullptr), "link");
    EXPECT_EQ(attach_of(own_inventory(), program_id(linked)), "cgroup_inet_ingress:" + name);
  }
  EXPECT_EQ(::rmdir((mount + name).c_str()), 0) << std::strerror(errno);
}

// The whole way with a real tool, from its start to its end.
TEST(BpfInventory, FollowsBpftraceFromAttachToExit) {
  const char* argv[] = {"bpftrace", "-e", "tracepoint:net:netif_receive_skb { @packets = count(); }",
                        nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "bpftrace", &actions, nullptr, const_cast<char**>(argv), environ);
  posix_spawn_file_actions_destroy(&actions);
  ASSERT_EQ(error, 0) << std::strerror(error);

  BpfInspector inspector;
  BpfInventory inventory;
  const bool attached = eventually(
      [&] {
        auto seen = inspector.of_processes({pid});
        if (!seen || seen->attached.empty()) return false;
        inventory = std::move(*seen);
        return true;
      },
      std::chrono::seconds(60));
  ::kill(pid, SIGINT);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(attached) << "bpftrace has not attached anything, exit status " << status;

  ASSERT_EQ(inventory.attached.size(), 1u);
  const BpfProgram* program = find_program(inventory, inventory.attached[0]);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->type, "tracepoint");
  EXPECT_EQ(program->attach, "tracepoint:net:netif_receive_skb");
  int64_t bytes = 0;
  for (const BpfMap& map : inventory.maps) bytes += map.bytes.value_or(0);
  EXPECT_GT(bytes, 0);

  const auto after = inspector.of_processes({pid});
  ASSERT_TRUE(after.has_value());
  EXPECT_TRUE(after->programs.empty() && after->maps.empty());
  EXPECT_TRUE(eventually([&] { return find_program(system_inventory(), program->id) == nullptr; },
                         std::chrono::seconds(10)));
}

TEST(BpfInventory, UsesTheFullNameFromBtf) {
  // A function whose name the kernel cuts, with BTF that has it whole: the smallest there is.
  constexpr char kName[] = "a_function_with_a_long_name";
  constexpr uint32_t kIntAt = 1, kNameAt = 5;  // in `strings`
  struct {
    btf_header header;
    uint32_t types[10];
    char strings[kNameAt + sizeof kName];
  } btf{};
  btf.header = {BTF_MAGIC,        BTF_VERSION,       0, sizeof btf.header, 0, sizeof btf.types,
                sizeof btf.types, sizeof btf.strings};
  const auto kind = [](uint32_t number) { return number << 24; };
  const uint32_t types[10] = {
      kIntAt,  kind(BTF_KIND_INT),        4, uint32_t{BTF_INT_SIGNED} << 24 | 32,  // 1: int
      0,       kind(BTF_KIND_FUNC_PROTO), 1,                                       // 2: int ()
      kNameAt, kind(BTF_KIND_FUNC),       2,                                       // 3: the function
  };
  std::memcpy(btf.types, types, sizeof types);
  std::memcpy(btf.strings + kIntAt, "int", sizeof "int");
  std::memcpy(btf.strings + kNameAt, kName, sizeof kName);
  const Fd btf_fd =
      checked(bpf_btf_load(&btf, sizeof btf.header + sizeof btf.types + sizeof btf.strings, nullptr), "btf");
  ASSERT_TRUE(btf_fd);

  const bpf_func_info function{0, 3};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.prog_btf_fd = static_cast<__u32>(btf_fd.get());
  options.func_info = &function;
  options.func_info_cnt = 1;
  options.func_info_rec_size = sizeof function;
  const Fd program = load_program(BPF_PROG_TYPE_SOCKET_FILTER, "a_function_with", 0, &options);
  ASSERT_TRUE(program);
  const BpfInventory inventory = own_inventory();
  ASSERT_NE(find_program(inventory, program_id(program)), nullptr);
  EXPECT_EQ(find_program(inventory, program_id(program))->name, kName);
}

}  // namespace
}  // namespace bpftax
