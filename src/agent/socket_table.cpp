#include "agent/socket_table.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "sample/process_tree.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int kTcpListen = 10;
constexpr int kUdpUnconnected = 7;

std::optional<int64_t> hexadecimal(std::string_view text, uint64_t limit) {
  const auto value = to_uint64(text, 16);
  if (!value || *value > limit) return std::nullopt;
  return static_cast<int64_t>(*value);
}

// "0100007F:4E20" or the same with 32 digits before the colon.
std::optional<int64_t> port_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return hexadecimal(address.substr(colon + 1), 65535);
}

// "  sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt   uid  timeout inode ..."
std::optional<SocketEntry> parse_entry(std::string_view line) {
  const auto words = split_blank(line);
  if (words.size() < 10) return std::nullopt;
  const auto local = port_of(words[1]);
  const auto remote = port_of(words[2]);
  const auto state = hexadecimal(words[3], 255);
  const auto inode = to_uint64(words[9]);
  if (!local || !remote || !state || !inode) return std::nullopt;
  return SocketEntry{static_cast<int>(*local), static_cast<int>(*remote), static_cast<int>(*state), *inode};
}

}  // namespace

Result<std::vector<SocketEntry>> parse_socket_table(std::string_view text) {
  std::vector<SocketEntry> entries;
  bool header = true;
  for (const std::string_view line : split(text, '\n')) {
    if (std::exchange(header, false) || trim(line).empty()) continue;
    const auto entry = parse_entry(line);
    if (!entry) {
      return fail(ErrorKind::kInternal, "cannot parse", "/proc/PID/net",
                  "no socket: '" + printable(shorten(line, 100)) + "'");
    }
    entries.push_back(*entry);
  }
  return entries;
}

bool waits_on(const SocketEntry& entry, PortProtocol protocol, int port) {
  if (entry.local_port != port || entry.inode == 0) return false;
  if (protocol == PortProtocol::kTcp) return entry.state == kTcpListen;
  return entry.state == kUdpUnconnected && entry.remote_port == 0;
}

std::optional<uint64_t> parse_socket_link(std::string_view link) {
  constexpr std::string_view kPrefix = "socket:[";
  if (link.substr(0, kPrefix.size()) != kPrefix || link.back() != ']') return std::nullopt;
  return to_uint64(link.substr(kPrefix.size(), link.size() - kPrefix.size() - 1));
}

std::set<uint64_t> sockets_of(const std::string& proc_root, int pid) {
  std::set<uint64_t> inodes;
  const std::string folder = proc_root + "/" + std::to_string(pid) + "/fd";
  const auto close = [](DIR* dir) { ::closedir(dir); };
  const std::unique_ptr<DIR, decltype(close)> dir(::opendir(folder.c_str()), close);
  if (!dir) return inodes;
  while (const dirent* entry = ::readdir(dir.get())) {
    std::array<char, 64> link{};
    const ssize_t length = ::readlinkat(::dirfd(dir.get()), entry->d_name, link.data(), link.size());
    if (length <= 0) continue;
    const auto inode = parse_socket_link(std::string_view(link.data(), static_cast<size_t>(length)));
    if (inode) inodes.insert(*inode);
  }
  return inodes;
}

Result<std::set<uint64_t>> waiting_sockets(const std::string& proc_root, int pid, PortProtocol protocol,
                                           int port) {
  std::set<uint64_t> inodes;
  const std::string base = proc_root + "/" + std::to_string(pid) + "/net/";
  for (const char* version : {"", "6"}) {
    const auto text = read_file(base + (protocol == PortProtocol::kTcp ? "tcp" : "udp") + version);
    // Without IPv6 there is no tcp6; a process that has just ended has no net folder: its end is seen
    // elsewhere.
    if (!text) continue;
    BPFTAX_ASSIGN(const auto entries, parse_socket_table(*text));
    for (const SocketEntry& entry : entries) {
      if (waits_on(entry, protocol, port)) inodes.insert(entry.inode);
    }
  }
  return inodes;
}

std::optional<std::string> holder_of(const std::string& proc_root, const std::set<uint64_t>& inodes) {
  if (inodes.empty()) return std::nullopt;
  for (const int pid : all_processes(proc_root)) {
    const auto held = sockets_of(proc_root, pid);
    const bool holds =
        std::any_of(held.begin(), held.end(), [&](uint64_t inode) { return inodes.count(inode) != 0; });
    if (!holds) continue;
    const auto stat = read_process_stat(proc_root, pid);
    return std::to_string(pid) + " (" + (stat ? printable(stat->comm) : "?") + ")";
  }
  return std::nullopt;
}

}  // namespace bpftax
