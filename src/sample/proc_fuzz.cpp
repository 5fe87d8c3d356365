// All parsers of /proc text; the first byte chooses which. Whatever comes in, they answer with a value or an
// error, and what they accept can be added up.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sample/cpu_list.h"
#include "sample/fdinfo.h"
#include "sample/host_facts.h"
#include "sample/host_services.h"
#include "sample/net_attachments.h"
#include "sample/proc_disk.h"
#include "sample/proc_net.h"
#include "sample/proc_system.h"
#include "sample/process_accounting.h"
#include "sample/process_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 12) {
    case 0:
      if (const auto stat = bpftax::parse_system_stat(text)) {
        for (const bpftax::CpuTimes& cpu : stat->cpus) {
          if (cpu.total_us() < cpu.busy_us()) __builtin_trap();
        }
      }
      break;
    case 1:
      if (const auto rows = bpftax::parse_net_dev(text, "ns")) {
        for (const bpftax::NetInterface& row : *rows) {
          if (row.name.empty() || row.rx_packets < 0) __builtin_trap();
        }
      }
      break;
    case 2:
      (void)bpftax::parse_fdinfo(text);
      break;
    case 3:
      (void)bpftax::parse_diskstats(text);
      break;
    case 4:
      if (const auto stat = bpftax::parse_process_stat(text)) {
        bpftax::TreeAccount account;
        account.update({*stat, *stat});
        account.update({});
        if (account.user_us() < 0) __builtin_trap();
      }
      break;
    case 5:
      (void)bpftax::parse_pressure(text);
      break;
    case 6:
      (void)bpftax::parse_meminfo(text);
      break;
    case 7:
      (void)bpftax::parse_softirqs(text);
      (void)bpftax::parse_cpuinfo_frequency(text);
      break;
    case 8:
      (void)bpftax::parse_cpu_list(text);
      (void)bpftax::parse_schedstat(text);
      (void)bpftax::preemption_from_version(text);
      break;
    case 9:
      (void)bpftax::parse_children(text);
      (void)bpftax::parse_environment(text);
      break;
    case 10: {
      bool done = false;
      (void)bpftax::parse_tc_dump(text.data(), text.size(), done);
      break;
    }
    default:
      (void)bpftax::mount_point(std::string(text), "tracefs", "/sys/kernel/tracing");
      (void)bpftax::capabilities(std::string(text));
      break;
  }
  return 0;
}
