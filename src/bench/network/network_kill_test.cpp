// A benchmark that is killed leaves nothing behind.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "bench/network/network_hooks.h"
#include "sample/bpf_targets.h"
#include "util/fd.h"

namespace bpftax::bench {
namespace {

std::set<std::string> interface_names() {
  std::set<std::string> names;
  struct if_nameindex* const list = ::if_nameindex();
  for (const struct if_nameindex* entry = list; entry != nullptr && entry->if_index != 0; ++entry)
    names.insert(entry->if_name);
  if (list != nullptr) ::if_freenameindex(list);
  return names;
}

size_t entries_of(const std::string& folder) {
  std::error_code error;
  size_t count = 0;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    ++count;
  return count;
}

// The ids of programs that the child's descriptors hold.
std::set<uint32_t> programs_of(pid_t pid) {
  std::set<uint32_t> ids;
  std::error_code error;
  const std::string folder = "/proc/" + std::to_string(pid) + "/fdinfo";
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    FILE* const file = std::fopen(it->path().c_str(), "re");
    if (file == nullptr) continue;
    char line[256];
    unsigned id = 0;
    while (std::fgets(line, sizeof line, file) != nullptr)
      if (std::sscanf(line, "prog_id: %u", &id) == 1) ids.insert(id);
    std::fclose(file);
  }
  return ids;
}

bool program_exists(uint32_t id) {
  return static_cast<bool>(Fd(bpf_prog_get_fd_by_id(id)));
}

// Sets the hook up in a child, attaches `count` to it, says so and waits.
[[noreturn]] void attach_and_wait(const Benchmark& benchmark, int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  auto instance = benchmark.setup(Task{"hooks", benchmark.name, {{"programs", 2}}, {0}}, Sampling{});
  char answer = 'x';
  if (instance) {
    const auto& operations = (*instance)->operations();
    for (size_t i = 0; i < operations.size(); ++i)
      if (operations[i].name == "count" && (*instance)->prepare(i, 1)) answer = 'a';
  }
  if (::write(ready, &answer, 1) != 1) ::_exit(1);
  for (;;) ::pause();
}

TEST(NetworkHooksKilled, LeaveNothingBehind) {
  const std::set<std::string> interfaces = interface_names();
  const size_t named = entries_of("/run/netns"), pinned = entries_of("/sys/fs/bpf");
  const size_t cgroups = entries_of(cgroup2_mount(SampleRoots{}));
  for (const Benchmark& benchmark : network_hooks()) {
    const std::string name = benchmark.name;
    if (name != "tc_clsact_ingress" && name != "tcx_egress" && name != "cgroup_skb_ingress") continue;
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) attach_and_wait(benchmark, writer.get());
    writer.reset();
    char answer = 0;
    const ssize_t got = ::read(reader.get(), &answer, 1);
    const std::set<uint32_t> programs = programs_of(child);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_EQ(got, 1);
    if (answer != 'a') {
      EXPECT_TRUE(name == "tcx_egress" || name == "cgroup_skb_ingress") << name;  // not in every kernel
      continue;
    }
    ASSERT_GE(programs.size(), 8u) << name;  // four bodies, twice
    // The kernel cleans up behind the process's back.
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (const uint32_t id : programs) {
      while (program_exists(id) && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      EXPECT_FALSE(program_exists(id)) << name << ": program " << id;
    }
    // Those that earlier tests of this process made may go meanwhile.
    const std::set<std::string> now = interface_names();
    EXPECT_TRUE(std::includes(interfaces.begin(), interfaces.end(), now.begin(), now.end())) << name;
    EXPECT_EQ(entries_of("/run/netns"), named) << name;
    EXPECT_EQ(entries_of("/sys/fs/bpf"), pinned) << name;
    EXPECT_EQ(entries_of(cgroup2_mount(SampleRoots{})), cgroups) << name;
  }
}

}  // namespace
}  // namespace bpftax::bench
