#include "host/offloads.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "util/fd.h"

namespace bpftax {

namespace {

struct Feature {
  const char* name;
  uint32_t command;
  uint32_t flag;  // 0: the answer itself is the state
};
constexpr Feature kFeatures[] = {
    {"rx-checksumming", ETHTOOL_GRXCSUM, 0},
    {"tx-checksumming", ETHTOOL_GTXCSUM, 0},
    {"scatter-gather", ETHTOOL_GSG, 0},
    {"tcp-segmentation-offload", ETHTOOL_GTSO, 0},
    {"generic-segmentation-offload", ETHTOOL_GGSO, 0},
    {"generic-receive-offload", ETHTOOL_GGRO, 0},
    {"large-receive-offload", ETHTOOL_GFLAGS, ETH_FLAG_LRO},
};

using Offloads = std::map<std::string, std::string>;

Result<Offloads> read_here(const std::string& interface) {
  const std::string what = "cannot read the offloads";
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(errno, what, interface);
  Offloads offloads;
  int last_errno = 0;
  for (const Feature& feature : kFeatures) {
    ethtool_value value{};
    value.cmd = feature.command;
    ifreq request{};
    std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    request.ifr_data = reinterpret_cast<char*>(&value);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) {
      last_errno = errno;
      continue;
    }
    const bool on = feature.flag == 0 ? value.data != 0 : (value.data & feature.flag) != 0;
    offloads[feature.name] = on ? "on" : "off";
  }
  if (offloads.empty()) return fail_errno(last_errno, what, interface);
  return offloads;
}

}  // namespace

Result<Offloads> read_offloads(const std::string& netns_path, const std::string& interface) {
  Result<Offloads> result;
  std::thread([&] {
    const Fd netns(::open(netns_path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns || ::setns(netns.get(), CLONE_NEWNET) != 0) {
      result = fail_errno(errno, "cannot enter the network namespace", netns_path);
      return;
    }
    result = read_here(interface);
  }).join();
  return result;
}

}  // namespace bpftax
