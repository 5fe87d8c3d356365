// What machines and OpenSSH say, as foreign text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/host_settings.h"
#include "host/ssh_agent.h"
#include "host/ssh_errors.h"
#include "host/ssh_probe.h"
#include "util/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)bpftax::parse_probe(text, "fuzz");
  (void)bpftax::explain_ssh_failure(text, "what", "where", "destination");
  (void)bpftax::architecture_of_elf(text);
  const bpftax::HostSettings settings = bpftax::parse_host_settings(text);
  (void)bpftax::judge_settings(bpftax::Json::object(), settings);
  if (settings.links.size() > 1) (void)bpftax::judge_pair(settings.links[0], settings.links[1]);
  return 0;
}
