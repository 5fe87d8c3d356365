#include "probes/latency_paths.h"

#include "probes/options.h"

namespace bpftax {

void add_path_option(OptionSet& set, std::string& path) {
  set.add("--path", path, "PATH",
          "receive: from the driver to the copy to user space (waiting for the process included); "
          "queue: from the stack to the driver (queueing discipline); "
          "link: from the driver to the peer's stack (veth, loopback)");
}

Result<std::vector<std::string>> path_stems(const std::string& path, const ProbeFilter& filter) {
  auto known = parse_choice("--path", path, {"receive", "queue", "link"});
  if (!known) return propagate(known);
  std::vector<std::string> stems = {path + "_begin", path + "_end"};
  if (path == "receive" && (filter.protocol == 0 || filter.protocol == kProbeUdp + 1))
    stems.emplace_back("receive_udp_end");
  return stems;
}

std::vector<std::string> format_unseen(const std::string& path, const ProbeFilter& filter,
                                       uint64_t measured) {
  if (path != "receive" || filter.protocol != kProbeUdp + 1 || measured != 0) return {};
  return {
      "since Linux 6.18 a process that reads a small datagram passes no tracepoint: take --attach fentry or "
      "kprobe where",
      "they exist, or --path queue or link"};
}

}  // namespace bpftax
