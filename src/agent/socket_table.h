// /proc/PID/net/{tcp,tcp6,udp,udp6}: which local port a socket has, and who holds the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct SocketEntry {
  int local_port = 0;
  int remote_port = 0;
  int state = 0;       // the kernel's number: 10 is TCP_LISTEN, 7 TCP_CLOSE (an unconnected datagram socket)
  uint64_t inode = 0;  // 0: no longer open by anybody
};

// Text of one of the four files, header line included. Lines that are no entries are an error: the kernel's
// format would have changed.
Result<std::vector<SocketEntry>> parse_socket_table(std::string_view text);

// Does it wait for somebody? tcp: listens; udp: bound, not connected.
bool waits_on(const SocketEntry& entry, PortProtocol protocol, int port);

// "socket:[12345]" -> 12345
std::optional<uint64_t> parse_socket_link(std::string_view link);

// Inodes of the sockets that a process holds; empty when it has ended.
std::set<uint64_t> sockets_of(const std::string& proc_root, int pid);

// Inodes of the sockets that wait on the port in the network namespace of that process.
Result<std::set<uint64_t>> waiting_sockets(const std::string& proc_root, int pid, PortProtocol protocol,
                                           int port);

// "1234 (netserver)" of a process that holds one of the sockets; nullopt: nobody that can be seen.
std::optional<std::string> holder_of(const std::string& proc_root, const std::set<uint64_t>& inodes);

}  // namespace bpftax
