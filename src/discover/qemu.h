// A QEMU process as its command line and its open files describe it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

struct QemuNetdev {
  std::string id;
  std::string type;      // "tap", "user", "vhost-user", "vhost-vdpa", ...
  std::string ifname;    // of a tap that QEMU opens itself
  std::vector<int> fds;  // of a tap that was opened for it
  bool vhost = false;    // vhost in the kernel
  int queues = 1;        // a tap and, with vhost, a vhost thread for each
};
struct QemuNic {
  std::string id, driver, mac, netdev;  // mac in lower case; "" where QEMU makes one up
};
struct QemuCommand {
  std::string program, uuid;        // lower case
  std::vector<QemuNetdev> netdevs;  // in the order in which QEMU opens them
  std::vector<QemuNic> nics;
  int other_vhost_threads = 0;  // of vhost-vsock and vhost-scsi devices

  const QemuNetdev* netdev(const std::string& id) const;
  const QemuNic* nic_with_mac(const std::string& mac) const;
};
// /proc/PID/cmdline. Both forms of an option are read: "tap,id=n0,fds=32:34" and
// '{"type":"tap","id":"n0","fds":"32:34"}'; -netdev, -device and -nic.
QemuCommand parse_qemu_command(std::string_view cmdline);

// `grep -r -H -s -e '^iff:' /proc/PID/fdinfo`: file descriptor -> tap interface.
std::map<int, std::string> parse_tap_fds(std::string_view text);

// The taps of one netdev: its ifname, else what its descriptors are. Empty: it cannot be known so.
std::set<std::string> taps_of(const QemuNetdev& netdev, const std::map<int, std::string>& fds);

// `pgrep`: one process id a line.
std::vector<int> parse_pids(std::string_view text);

// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view text);

}  // namespace bpftax
