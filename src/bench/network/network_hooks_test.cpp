// Counts must be exact for each hook that this kernel offers, and a wrong one refused.
#include "bench/network/network_hooks.h"

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <thread>

#include "bench/network/namespace_pair.h"
#include "bench/tracing/kernel_testing.h"
#include "util/fd.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;

constexpr uint64_t kUnits = 100;

Task task_of(const std::string& subject, Json params) {
  cpu_set_t set;
  CPU_ZERO(&set);
  EXPECT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  Task task{"hooks", subject, std::move(params), {}};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) task.cpus.push_back(cpu);
  return task;
}

const Benchmark& benchmark_of(const std::string& name) {
  const auto& all = network_hooks();
  const auto it = std::find_if(all.begin(), all.end(), [&](const Benchmark& b) { return b.name == name; });
  EXPECT_NE(it, all.end()) << name;
  return *it;
}

Result<std::unique_ptr<Instance>> set_up(const std::string& name, Json params) {
  return benchmark_of(name).setup(task_of(name, std::move(params)), Sampling{});
}

size_t index_of(const Instance& instance, const std::string& name) {
  const auto& operations = instance.operations();
  const auto it =
      std::find_if(operations.begin(), operations.end(), [&](const Operation& o) { return o.name == name; });
  EXPECT_NE(it, operations.end()) << name;
  return static_cast<size_t>(it - operations.begin());
}

void expect_done(Instance& instance, size_t operation, uint64_t n) {
  const std::string& name = instance.operations()[operation].name;
  const auto prepared = instance.prepare(operation, n);
  ASSERT_TRUE(prepared) << name << ": " << to_string(prepared.error());
  const auto stretch = instance.run(operation, n);
  ASSERT_TRUE(stretch) << name << ": " << to_string(stretch.error());
  EXPECT_EQ(stretch->operations, n) << name;
  EXPECT_GT(stretch->ns, 0u) << name;
  const auto checked = instance.check(operation, n);
  EXPECT_TRUE(checked) << name << ": " << to_string(checked.error());
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Benchmark& benchmark : network_hooks()) names.emplace_back(benchmark.name);
  return names;
}

// A benchmark binds its thread to one CPU.
class KeepsCpus {
 public:
  KeepsCpus() { ::sched_getaffinity(0, sizeof cpus_, &cpus_); }
  ~KeepsCpus() { ::sched_setaffinity(0, sizeof cpus_, &cpus_); }

 private:
  cpu_set_t cpus_{};
};

class NetworkHooks : public testing::TestWithParam<std::string> {
  KeepsCpus cpus_;
};

class NetworkHooksHere : public testing::Test {
  KeepsCpus cpus_;
};

// Both kinds of traffic: packets, and packets with an answer.
TEST(NetworkHooksBodies, OnlyThoseThatWereChosenAreThere) {
  const KeepsCpus cpus;
  for (const char* place : {"in-place", "hot"}) {
    Task task = task_of("xdp_generic", {{"place", place}, {"programs", 1}});
    task.options["bodies"] = {"hash_update"};
    const auto instance = benchmark_of("xdp_generic").setup(task, Sampling{});
    ASSERT_TRUE(instance) << to_string(instance.error());
    std::vector<std::string> bodies;
    for (const Operation& operation : (*instance)->operations())
      if (!operation.is_floor && operation.name != "attach" && operation.name != "detach")
        bodies.push_back(operation.name);
    for (const std::string& body : bodies) {
      EXPECT_THAT(body, testing::StartsWith("hash_update"));
      expect_done(**instance, index_of(**instance, body), kUnits);
    }
    EXPECT_FALSE(bodies.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(All, NetworkHooks, testing::ValuesIn(all_names()),
                         [](const auto& tested) { return tested.param; });

// What a hook needs of the kernel. Where all of it is there, it must work.
struct NetworkNeed {
  const char* hook;
  int program_type;
  KernelVersion version;
  const char* symbol;  // a function without which there is no such hook
  bool cgroup = false;
  bool several = true;   // programs at the same time
  bool test_run = true;  // the kernel has BPF_PROG_TEST_RUN for the type
  bool in_place = true;
};
constexpr NetworkNeed kNetworkNeeds[] = {
    {.hook = "xdp_native",
     .program_type = 6,
     .version = {5, 9},
     .symbol = "bpf_xdp_link_attach",
     .several = false},
    {.hook = "xdp_generic",
     .program_type = 6,
     .version = {5, 9},
     .symbol = "bpf_xdp_link_attach",
     .several = false},
    {.hook = "tc_clsact_ingress", .program_type = 3, .version = {4, 5}, .symbol = "cls_bpf_classify"},
    {.hook = "tc_clsact_egress", .program_type = 3, .version = {4, 5}, .symbol = "cls_bpf_classify"},
    {.hook = "tcx_ingress", .program_type = 3, .version = {6, 6}, .symbol = "tcx_link_attach"},
    {.hook = "tcx_egress", .program_type = 3, .version = {6, 6}, .symbol = "tcx_link_attach"},
    {.hook = "cgroup_skb_ingress",
     .program_type = 8,
     .version = {5, 7},
     .symbol = "cgroup_bpf_link_attach",
     .cgroup = true},
    {.hook = "cgroup_skb_egress",
     .program_type = 8,
     .version = {5, 7},
     .symbol = "cgroup_bpf_link_attach",
     .cgroup = true},
    {.hook = "cgroup_sock",
     .program_type = 9,
     .version = {5, 7},
     .symbol = "cgroup_bpf_link_attach",
     .cgroup = true,
     .test_run = false},
    {.hook = "cgroup_connect4",
     .program_type = 18,
     .version = {5, 7},
     .symbol = "cgroup_bpf_link_attach",
     .cgroup = true,
     .test_run = false},
    {.hook = "sock_ops",
     .program_type = 13,
     .version = {5, 7},
     .symbol = "cgroup_bpf_link_attach",
     .cgroup = true,
     .test_run = false},
    {.hook = "sk_skb",
     .program_type = 14,
     .version = {4, 18},
     .symbol = "sock_map_get_from_fd",
     .several = false,
     .test_run = false},
    {.hook = "sk_msg",
     .program_type = 16,
     .version = {4, 18},
     .symbol = "sock_map_get_from_fd",
     .several = false,
     .test_run = false},
    {.hook = "socket_filter",
     .program_type = 1,
     .version = {3, 19},
     .symbol = "sk_attach_bpf",
     .several = false},
    {.hook = "sk_lookup", .program_type = 30, .version = {5, 9}, .symbol = "netns_bpf_link_create"},
    {.hook = "flow_dissector",
     .program_type = 22,
     .version = {5, 0},
     .symbol = "bpf_prog_test_run_flow_dissector",
     .several = false,
     .in_place = false},
    {.hook = "netfilter", .program_type = 32, .version = {6, 4}, .symbol = "bpf_nf_link_attach"},
};

enum class Wanted { kInPlace, kHot, kSeveral };

// "" where the kernel has all that is wanted of the hook. Asked after it was tried: modules have been loaded
// then.
std::string lacking_for(const std::string& name, Wanted wanted) {
  const auto* need = std::find_if(std::begin(kNetworkNeeds), std::end(kNetworkNeeds),
                                  [&](const NetworkNeed& each) { return name == each.hook; });
  if (need == std::end(kNetworkNeeds)) return "";
  if (wanted == Wanted::kHot && !need->test_run) return "the kernel has no test run for this type";
  if (wanted != Wanted::kHot && !need->in_place) return "the hook is measured hot only";
  if (wanted == Wanted::kSeveral && !need->several) return "the hook takes one program";
  const bool clsact = name.starts_with("tc_clsact");
  return first_lacking({lacks_version(need->version), lacks_symbol(need->symbol),
                        clsact && wanted != Wanted::kHot ? lacks_symbol("clsact_init") : "",
                        lacks_program_type(need->program_type),
                        wanted != Wanted::kHot ? lacks_symbol("veth_newlink") : "",
                        wanted != Wanted::kHot && need->cgroup ? lacks_own_cgroup() : ""});
}

TEST(NetworkNeeds, SayWhatEachHookNeeds) {
  for (const Benchmark& benchmark : network_hooks())
    EXPECT_TRUE(std::any_of(std::begin(kNetworkNeeds), std::end(kNetworkNeeds), [&](const NetworkNeed& each) {
      return std::string_view(benchmark.name) == each.hook;
    })) << benchmark.name;
}

// Skips where the kernel lacks something, and fails where it does not.
#define SKIP_WHERE_LACKING(name, wanted, error)                                                         \
  do {                                                                                                  \
    const std::string lacking = lacking_for(name, wanted);                                              \
    ASSERT_NE(lacking, "") << (name)                                                                    \
                           << " does not work on a kernel that has all it needs: " << to_string(error); \
    GTEST_SKIP() << lacking << " (" << to_string(error) << ")";                                         \
  } while (false)

void expect_exact(Instance& instance) {
  for (size_t i = 0; i < instance.operations().size(); ++i) {
    const Operation& operation = instance.operations()[i];
    EXPECT_EQ(operation.absent, "") << operation.name;
    const bool attaches = operation.name == "attach" || operation.name == "detach";
    expect_done(instance, i, attaches ? 2 : kUnits);
    if (attaches || operation.is_floor || operation.name.find("empty") == 0) continue;
    // It did its work, but not this much.
    ASSERT_TRUE(instance.prepare(i, kUnits));
    ASSERT_TRUE(instance.run(i, kUnits));
    const auto refused = instance.check(i, kUnits + 1);
    ASSERT_FALSE(refused) << operation.name << " passed with a wrong count";
    EXPECT_NE(refused.error().why, "") << operation.name;
  }
}

TEST_P(NetworkHooks, CountExactlyInPlace) {
  auto instance = set_up(GetParam(), {{"place", "in-place"}});
  if (!instance) SKIP_WHERE_LACKING(GetParam(), Wanted::kInPlace, instance.error());
  expect_exact(**instance);
}

TEST_P(NetworkHooks, CountExactlyInATestRun) {
  auto instance = set_up(GetParam(), {{"place", "hot"}});
  if (!instance) SKIP_WHERE_LACKING(GetParam(), Wanted::kHot, instance.error());
  expect_exact(**instance);
}

TEST_P(NetworkHooks, TakeFourProgramsOrSayWhyNot) {
  auto instance = set_up(GetParam(), {{"place", "in-place"}, {"programs", 4}});
  if (!instance) SKIP_WHERE_LACKING(GetParam(), Wanted::kSeveral, instance.error());
  for (const char* name : {"traffic", "count", "attach", "count", "detach"})
    expect_done(**instance, index_of(**instance, name), std::strcmp(name, "count") == 0 ? kUnits : 2);
}

// Fails where a kernel that must have these hooks does not offer them any more: nothing above would notice.
TEST_F(NetworkHooksHere, OldHooksAreThere) {
  for (const char* name :
       {"xdp_generic", "xdp_native", "tc_clsact_ingress", "tc_clsact_egress", "socket_filter"}) {
    const auto needs = benchmark_of(name).needs(task_of(name, {{"place", "in-place"}}));
    EXPECT_TRUE(needs) << name << ": " << to_string(needs.error());
  }
}

TEST_F(NetworkHooksHere, AKernelOf66HasAllThatTheProbesDoNotDeny) {
  if (const std::string old = lacks_version({6, 6}); !old.empty()) GTEST_SKIP() << old;
  for (const char* name :
       {"xdp_generic", "xdp_native", "tc_clsact_ingress", "tc_clsact_egress", "tcx_ingress", "tcx_egress",
        "cgroup_skb_ingress", "cgroup_skb_egress", "cgroup_sock", "cgroup_connect4", "sock_ops", "sk_skb",
        "sk_msg", "socket_filter"}) {
    const auto needs = benchmark_of(name).needs(task_of(name, {{"place", "in-place"}}));
    if (needs) continue;
    EXPECT_NE(lacking_for(name, Wanted::kInPlace), "") << name << ": " << to_string(needs.error());
  }
}

TEST_F(NetworkHooksHere, XdpTakesOneProgramAndTheKernelSaysSo) {
  const auto needs = benchmark_of("xdp_generic").needs(task_of("xdp_generic", {{"programs", 2}}));
  ASSERT_FALSE(needs);
  EXPECT_THAT(needs.error().why, HasSubstr("a program beside 1 is refused"));
}

TEST_F(NetworkHooksHere, LargePacketsArriveToo) {
  auto instance = set_up("xdp_native", {{"packet_size", 1514}});
  ASSERT_TRUE(instance) << to_string(instance.error());
  expect_done(**instance, index_of(**instance, "count"), 1000);
}

TEST_F(NetworkHooksHere, AnotherCpuMayAnswer) {
  if (task_of("tc_clsact_ingress", {}).cpus.size() < 2) GTEST_SKIP() << "one CPU only";
  for (const char* name : {"tc_clsact_ingress", "cgroup_skb_ingress"}) {
    const KeepsCpus for_the_next;
    auto instance = set_up(name, {{"placement", "two_cpus"}});
    if (!instance && !lacking_for(name, Wanted::kInPlace).empty()) continue;  // no cgroup2
    ASSERT_TRUE(instance) << to_string(instance.error());
    const size_t operation = index_of(**instance, "hash_update_rr");
    EXPECT_EQ((*instance)->operations()[operation].params["placement"], "two_cpus");
    expect_done(**instance, operation, 1000);
    ASSERT_TRUE((*instance)->prepare(operation, kUnits));
    ASSERT_TRUE((*instance)->run(operation, kUnits));
    EXPECT_FALSE((*instance)->check(operation, 2 * kUnits));
  }
}

TEST_F(NetworkHooksHere, ImpossibleParametersAreRefused) {
  for (const Json& params :
       {Json{{"packet_size", 10}}, Json{{"packet_size", 2000}}, Json{{"programs", 0}},
        Json{{"place", "nowhere"}}, Json{{"placement", "three_cpus"}}, Json{{"programs", "many"}}})
    EXPECT_FALSE(set_up("tc_clsact_ingress", params)) << params.dump();
}

uint32_t last_map_id() {
  uint32_t id = 0;
  while (bpf_map_get_next_id(id, &id) == 0) {
  }
  return id;
}

// Overwrites an entry of each hash that has been made since.
int corrupt_tables_since(uint32_t id) {
  int corrupted = 0;
  while (bpf_map_get_next_id(id, &id) == 0) {
    const Fd map(bpf_map_get_fd_by_id(id));
    bpf_map_info info{};
    __u32 size = sizeof info;
    if (!map || bpf_obj_get_info_by_fd(map.get(), &info, &size) != 0 ||
        std::strcmp(info.name, "hook_table") != 0)
      continue;
    const uint32_t key = 5;
    const uint64_t value = 4;
    corrupted += bpf_map_update_elem(map.get(), &key, &value, BPF_ANY) == 0 ? 1 : 0;
  }
  return corrupted;
}

TEST_F(NetworkHooksHere, AWrongMapIsRefused) {
  for (const char* place : {"in-place", "hot"}) {
    const uint32_t before = last_map_id();
    auto instance = set_up("tc_clsact_ingress", {{"place", place}});
    ASSERT_TRUE(instance) << to_string(instance.error());
    const size_t operation = index_of(**instance, "hash_update");
    expect_done(**instance, operation, kUnits);
    ASSERT_TRUE((*instance)->prepare(operation, kUnits));
    ASSERT_TRUE((*instance)->run(operation, kUnits));
    ASSERT_EQ(corrupt_tables_since(before), 1);
    const auto refused = (*instance)->check(operation, kUnits);
    ASSERT_FALSE(refused) << place;
    EXPECT_THAT(refused.error().why, HasSubstr("entry 5 of the hash holds 4"));
  }
}

// In a child, because its mount and cgroup namespaces are its own. 0: counted exactly; 2: cannot be tried
// here.
int count_without_cgroup2() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, nullptr) != 0)
    return 2;
  auto instance = set_up("cgroup_skb_egress", {});
  if (!instance) {
    std::fprintf(stderr, "%s\n", to_string(instance.error()).c_str());
    return 1;
  }
  const size_t operation = index_of(**instance, "count");
  const bool done = (*instance)->prepare(operation, kUnits) && (*instance)->run(operation, kUnits) &&
                    (*instance)->check(operation, kUnits) && !(*instance)->check(operation, 100 * kUnits);
  return done ? 0 : 1;
}

TEST_F(NetworkHooksHere, ACgroupIsFoundWhereNoneIsMounted) {
  const auto mounted = benchmark_of("cgroup_skb_egress").needs(task_of("cgroup_skb_egress", {}));
  if (!mounted) SKIP_WHERE_LACKING("cgroup_skb_egress", Wanted::kInPlace, mounted.error());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(count_without_cgroup2());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no mount namespaces here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(NetworkHooksHere, NobodyElseTalksOnThePair) {
  auto pair = network::NamespacePair::create();
  ASSERT_TRUE(pair) << to_string(pair.error());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // discovery would have spoken by now
  for (const network::Side side : {network::Side::kNear, network::Side::kFar}) {
    const auto counts = (*pair)->counts(side);
    ASSERT_TRUE(counts) << to_string(counts.error());
    EXPECT_EQ(counts->received, 0u);
    EXPECT_EQ(counts->sent, 0u);
  }
}

}  // namespace
}  // namespace bpftax::bench
