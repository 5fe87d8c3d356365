#include "probes/latency_paths.h"

#include "probes/options.h"

namespace bpftax {

void add_path_option(CLI::App& app, std::string& path) {
  app.add_option("--path", path,
                 "receive: from the driver to the copy to user space (waiting for the process included); "
                 "queue: from the stack to the driver (queueing discipline); "
                 "link: from the driver to the peer's stack (veth, loopback)")
      ->type_name("PATH")
      ->capture_default_str();
}

Result<std::vector<std::string>> path_stems(const std::string& path) {
  auto known = parse_choice("--path", path, {"receive", "queue", "link"});
  if (!known) return propagate(known);
  return std::vector<std::string>{path + "_begin", path + "_end"};
}

}  // namespace bpftax
