#include "host/host_tools.h"

#include "util/strings.h"

namespace bpftax {
namespace {

// One line a tool: NAME<tab>PATH<tab>first line of its version. netserver is not asked: whatever option it
// does not know makes it start a daemon.
// clang-format off
constexpr const char* kScript =
    "PATH=\"$PATH:/usr/local/sbin:/usr/sbin:/sbin\"\n"
    "show() {\n"
    "  path=$(command -v \"$1\") || return 0\n"
    "  version=\n"
    "  [ -z \"$2\" ] || version=$(\"$path\" \"$2\" 2>&1 </dev/null | head -n 1)\n"
    "  printf '%s\\t%s\\t%s\\n' \"$1\" \"$path\" \"$version\"\n"
    "}\n"
    "show iperf3 --version\n"
    "show netperf -V\n"
    "show netserver ''\n"
    "show sockperf --version\n"
    "show bpftrace --version\n"
    "show stress-ng --version\n"
    "show ip -V\n"
    "show bpftool version\n"
    "show sudo -V\n";
// clang-format on

}  // namespace

Result<std::map<std::string, HostTool>> find_host_tools(Host& host) {
  ProcessSpec spec;
  spec.name = "look for tools";
  spec.shell = kScript;
  BPFTAX_ASSIGN(const Host::Finished finished, host.run(spec, 10'000));
  std::map<std::string, HostTool> tools;
  for (const std::string_view line : split(finished.out, '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() < 3 || fields[1].empty() || fields[1][0] != '/') continue;
    tools[std::string(fields[0])] = {std::string(fields[1]), printable(shorten(trim(fields[2]), 80))};
  }
  return tools;
}

Generators generators_of(const std::map<std::string, HostTool>& tools) {
  Generators generators;
  const auto take = [&](const char* name, std::string& path, std::string* version) {
    const auto it = tools.find(name);
    if (it == tools.end()) return;
    path = it->second.path;
    if (version != nullptr) *version = it->second.version;
  };
  take("iperf3", generators.iperf3, &generators.iperf3_version);
  take("netperf", generators.netperf, &generators.netperf_version);
  take("netserver", generators.netserver, nullptr);
  take("sockperf", generators.sockperf, &generators.sockperf_version);
  return generators;
}

}  // namespace bpftax
