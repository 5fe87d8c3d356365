#include "workload/registry.h"

#include <algorithm>
#include <array>
#include <optional>

#include "util/strings.h"
#include "workload/iperf3_pps.h"
#include "workload/iperf3_stream.h"
#include "workload/netperf_rr.h"
#include "workload/sockperf_rr.h"

namespace bpftax {
namespace {

using Made = std::unique_ptr<Workload>;

// Each gives nullptr when its generator is not there.
Made stream(const std::string& name, const Generators& generators, bool udp, int parallel) {
  return generators.iperf3.empty() ? nullptr : make_iperf3_stream(name, udp, parallel);
}
Made packets(const std::string& name, const Generators& generators, int parallel) {
  return generators.iperf3.empty() ? nullptr : make_iperf3_pps(name, parallel);
}
Made request_response(const std::string& name, const Generators& generators, bool udp) {
  if (!generators.netperf.empty() && !generators.netserver.empty()) return make_netperf_rr(name, udp);
  return generators.sockperf.empty() ? nullptr : make_sockperf_rr(name, udp);
}

constexpr const char* kIperf3Missing = "iperf3 is not installed";
constexpr const char* kIperf3Hint = "apt install iperf3";
constexpr const char* kRrMissing = "neither netperf with netserver nor sockperf is installed";
constexpr const char* kRrHint = "apt install netperf (Debian: component non-free), or apt install sockperf";

struct Entry {
  const char* name;
  bool primary, quick;
  Made (*make)(const std::string& name, const Generators& generators);
  const char* missing;
  const char* hint;
};

// "udp_pps_4": 4
int senders_of(const std::string& name) {
  return static_cast<int>(to_int64(std::string_view(name).substr(name.rfind('_') + 1)).value_or(1));
}

using S = const std::string&;
using G = const Generators&;
constexpr std::array kTable = {
    Entry{"tcp_stream", true, true, [](S n, G g) { return stream(n, g, false, 1); }, kIperf3Missing,
          kIperf3Hint},
    Entry{"tcp_stream_4", true, false, [](S n, G g) { return stream(n, g, false, senders_of(n)); },
          kIperf3Missing, kIperf3Hint},
    Entry{"udp_stream", true, false, [](S n, G g) { return stream(n, g, true, 1); }, kIperf3Missing,
          kIperf3Hint},
    Entry{"tcp_rr", true, true, [](S n, G g) { return request_response(n, g, false); }, kRrMissing, kRrHint},
    Entry{"udp_rr", true, false, [](S n, G g) { return request_response(n, g, true); }, kRrMissing, kRrHint},
    Entry{"udp_pps", true, true, [](S n, G g) { return packets(n, g, 1); }, kIperf3Missing, kIperf3Hint},
    Entry{"udp_pps_4", true, false, [](S n, G g) { return packets(n, g, senders_of(n)); }, kIperf3Missing,
          kIperf3Hint},
};

// More or fewer senders than the table's four: a workload has ports for so many (WorkloadContext::base_port).
constexpr int64_t kMostParallel = 16;
std::optional<Entry> parallel_variant(const std::string& name) {
  const size_t underscore = name.rfind('_');
  if (underscore == std::string::npos) return std::nullopt;
  const auto senders = to_int64(std::string_view(name).substr(underscore + 1));
  if (!senders || *senders < 2 || *senders > kMostParallel) return std::nullopt;
  const auto family = std::ranges::find(kTable, name.substr(0, underscore) + "_4",
                                        [](const Entry& entry) { return std::string(entry.name); });
  return family == kTable.end() ? std::nullopt : std::optional(*family);
}

std::vector<std::string> names_where(bool (*wanted)(const Entry&)) {
  std::vector<std::string> names;
  for (const Entry& entry : kTable) {
    if (wanted(entry)) names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace

const std::vector<std::string>& workload_names() {
  static const std::vector<std::string> kNames = names_where([](const Entry&) { return true; });
  return kNames;
}

const std::vector<std::string>& primary_workloads() {
  static const std::vector<std::string> kNames =
      names_where([](const Entry& entry) { return entry.primary; });
  return kNames;
}

const std::vector<std::string>& quick_workloads() {
  static const std::vector<std::string> kNames = names_where([](const Entry& entry) { return entry.quick; });
  return kNames;
}

Result<std::unique_ptr<Workload>> find_workload(const std::string& name, const Generators& generators) {
  const auto entry =
      std::ranges::find(kTable, name, [](const Entry& candidate) { return std::string(candidate.name); });
  const std::optional<Entry> known = entry == kTable.end() ? parallel_variant(name) : std::optional(*entry);
  if (!known) {
    const auto nearest = nearest_name(name, workload_names());
    return fail(ErrorKind::kUsage, "unknown workload", "'" + printable(name) + "'", {},
                nearest ? "did you mean " + *nearest + "?" : "known are " + join(workload_names(), ", "));
  }
  Made workload = known->make(name, generators);
  if (workload == nullptr) {
    return fail(ErrorKind::kEnvironment, "cannot run the workload", name, known->missing, known->hint);
  }
  return workload;
}

}  // namespace bpftax
