#include "bench/conditions/own_machine.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "host/local_host.h"
#include "util/fd.h"
#include "util/rng.h"

namespace bpftax::bench {
namespace {

// More than any machine has; the kernel refuses a mask that is too small for it.
constexpr int kMostCpus = 8192;

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t* set = CPU_ALLOC(kMostCpus);
  if (set == nullptr) return {0};
  const size_t size = CPU_ALLOC_SIZE(kMostCpus);
  CPU_ZERO_S(size, set);
  if (::sched_getaffinity(0, size, set) == 0) {
    for (int cpu = 0; cpu < kMostCpus; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), size, set)) cpus.push_back(cpu);
    }
  }
  CPU_FREE(set);
  return cpus;
}

// The first folder that can be written to and is on a disk; in memory when there is none, which io then
// notices.
std::string folder_for_files() {
  std::string in_memory;
  for (const char* path : {"/var/tmp", "/tmp", "/root"}) {
    struct statfs about {};
    if (::access(path, W_OK) != 0 || ::statfs(path, &about) != 0) continue;
    const bool memory = about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC;
    if (!memory) return path;
    if (in_memory.empty()) in_memory = path;
  }
  return in_memory.empty() ? "/var/tmp" : in_memory;
}

// Free now, on all addresses. Somebody may take it before stress-ng does, which then ends, and is noticed.
Result<int> unused_tcp_port() {
  const std::string what = "cannot find a free port";
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0)
    return fail_errno(errno, what);
  return static_cast<int>(ntohs(address.sin_port));
}

// Starts the agent when it is needed.
class OwnAgent {
 public:
  explicit OwnAgent(std::string root) : root_(std::move(root)) {}

  Result<Host*> host() {
    if (host_ && !host_->session().lost()) return host_.get();
    host_.reset();
    LocalHostOptions options;
    options.run_id = fmt::format("bench-{:08x}", random_seed() & 0xffffffffU);
    options.roots = {root_};
    BPFTAX_ASSIGN(host_, start_local_agent(options));
    return host_.get();
  }

 private:
  std::string root_;
  std::unique_ptr<AgentHost> host_;
};

}  // namespace

ConditionPlace own_machine() {
  ConditionPlace place;
  place.load.cpus = allowed_cpus();
  place.load.folder_parent = folder_for_files();
  place.load.free_port = unused_tcp_port;
  const auto agent = std::make_shared<OwnAgent>(place.load.folder_parent);
  place.host = [agent]() -> Result<Host*> { return agent->host(); };
  return place;
}

}  // namespace bpftax::bench
