#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/socket_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = bpftax::parse_socket_table(text);
  if (entries) {
    for (const bpftax::SocketEntry& entry : *entries) {
      if (entry.local_port < 0 || entry.local_port > 65535 || entry.state < 0) __builtin_trap();
      (void)bpftax::waits_on(entry, bpftax::PortProtocol::kUdp, entry.local_port);
    }
  }
  (void)bpftax::parse_socket_link(text);
  return 0;
}
