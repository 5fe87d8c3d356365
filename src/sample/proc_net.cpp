#include "sample/proc_net.h"

#include <fcntl.h>
#include <sched.h>

#include <array>
#include <cerrno>
#include <thread>

#include "sample/paths.h"
#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {
namespace {

tl::unexpected<Error> malformed(std::string_view line, std::string_view why) {
  return fail(ErrorKind::kInternal, "cannot parse", "/proc/net/dev",
              std::string(why) + ": '" + printable(shorten(line, 80)) + "'");
}

// Leaves its thread in that namespace.
Result<Fd> open_inside(const std::string& netns, const std::function<Result<Fd>()>& open) {
  const std::string path = std::string(paths::kNetnsDirectory) + "/" + netns;
  const Fd ns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!ns) {
    return fail_errno(errno, "cannot open the network namespace", path, ErrorKind::kEnvironment,
                      "'ip netns list' shows those there are");
  }
  if (::setns(ns.get(), CLONE_NEWNET) != 0)
    return fail_errno(errno, "cannot enter the network namespace", path);
  return open();
}

}  // namespace

Result<std::vector<NetInterface>> parse_net_dev(std::string_view text, const std::string& netns) {
  std::vector<NetInterface> interfaces;
  std::string_view line;
  for (int header = 0; header < 2; ++header) {
    if (!scan::next_line(text, line) || line.find('|') == std::string_view::npos)
      return malformed(line, "no header of two lines");
  }
  while (scan::next_line(text, line)) {
    // The name ends at the last colon: an alias ("eth0:1") has one of its own, and a counter may follow
    // without a blank on old kernels.
    const size_t colon = line.rfind(':');
    if (colon == std::string_view::npos) return malformed(line, "no interface name");
    NetInterface row;
    row.netns = netns;
    row.name = std::string(trim(line.substr(0, colon)));
    if (row.name.empty()) return malformed(line, "no interface name");
    std::array<int64_t, 16> columns{};
    std::string_view rest = line.substr(colon + 1);
    for (int64_t& value : columns) {
      const auto number = scan::next_number(rest);
      if (!number || *number < 0) return malformed(line, "fewer than 16 counters");
      value = *number;
    }
    row.rx_bytes = columns[0], row.rx_packets = columns[1], row.rx_errors = columns[2],
    row.rx_dropped = columns[3];
    row.tx_bytes = columns[8], row.tx_packets = columns[9], row.tx_errors = columns[10],
    row.tx_dropped = columns[11];
    interfaces.push_back(std::move(row));
  }
  return interfaces;
}

Result<Fd> in_netns(const std::string& netns, const std::function<Result<Fd>()>& open) {
  if (netns.empty()) return open();
  if (netns.find('/') != std::string::npos || netns == "." || netns == "..")
    return fail(ErrorKind::kUsage, "cannot open the network namespace", netns, "not a name");
  // setns() moves one thread; a thread of its own leaves all others where they are.
  Result<Fd> opened = Fd();
  std::thread([&] { opened = open_inside(netns, open); }).join();
  return opened;
}

Result<Fd> open_net_dev(const std::string& netns, const std::string& proc_root) {
  return in_netns(netns, [&]() -> Result<Fd> {
    const std::string path = proc_root + paths::kSelfNetDev;
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot open", path);
    return fd;
  });
}

}  // namespace bpftax
