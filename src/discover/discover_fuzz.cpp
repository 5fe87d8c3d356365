// What machines say, into every parser; and what the parsers make of it, into the decisions.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "discover/bonding.h"
#include "discover/findings.h"
#include "discover/libvirt.h"
#include "discover/links.h"
#include "discover/links_text.h"
#include "discover/ovs.h"
#include "discover/qemu.h"
#include "discover/topology.h"
#include "discover/vhost.h"
#include "util/strings.h"

namespace {

using namespace bpftax;

void fuzz_qemu(std::string_view text) {
  const QemuCommand command = parse_qemu_command(text);
  const auto fds = parse_tap_fds(text);
  const auto threads = parse_vhost_threads(text, 7);
  for (const QemuNetdev& netdev : command.netdevs) {
    (void)taps_of(netdev, fds);
    const VhostAnswer answer = vhost_threads_of(threads, command, &netdev);
    if (answer.ids.size() > threads.size()) __builtin_trap();
  }
  (void)vhost_threads_of(threads, command, nullptr);
}

// Tables and links in one input, four documents between '\1'.
void fuzz_topology(std::string_view text) {
  const auto parts = split(text, '\1');
  const auto links = parse_links(parts[0]);
  const auto ovs = parts.size() < 4 ? parse_ovs("", "", "") : parse_ovs(parts[1], parts[2], parts[3]);
  if (!links) return;
  for (const Link& link : *links) {
    const PhysicalPath path = physical_path(link.name, *links, ovs ? &*ovs : nullptr);
    if (path.physical.empty() && path.why.empty()) __builtin_trap();  // a reason or an answer
    (void)address_of(link, "192.0.2.1");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_route(text);
  (void)parse_route_text(text);
  (void)parse_links_text(text, text);
  (void)parse_ovs(text, text, text);
  (void)parse_bond_show(text);
  (void)parse_bonding(text);
  (void)parse_speeds(text);
  (void)parse_domiflist(text);
  (void)parse_pids(text);
  (void)is_uuid(text);
  (void)is_interface_name(std::string(text));
  fuzz_qemu(text);
  fuzz_topology(text);
  return 0;
}
