// A workload measures the system: it says which servers and clients to run and turns what they wrote, and
// what the samplers saw meanwhile, into metrics. It starts nothing itself. One file per traffic generator and
// kind; the table of all workloads is workload/registry.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"
#include "sample/types.h"
#include "util/result.h"
#include "workload/line_rate.h"

namespace bpftax {

enum class Better { kLower, kHigher };

struct MetricInfo {
  std::string name;  // "throughput_gbps" (formats.md section 2)
  std::string unit;  // "Gbit/s", "us", "%", "1/s"
  Better better = Better::kLower;
  bool primary = false;
  double margin_percent = 0;  // default margin
  double absolute_floor = 0;  // in the metric's unit: a smaller difference is never called an overhead
};

// Which generators the two ends have; decided once per run, recorded in the result.
struct Generators {
  std::string iperf3, netperf, netserver, sockperf;  // absolute paths; empty = not installed
  std::string iperf3_version, netperf_version, sockperf_version;
};

struct WorkloadContext {
  Generators generators;
  std::string server_address;                      // numeric
  std::string server_netns, client_netns;          // names; "" on SSH hosts
  std::string server_interface, client_interface;  // whose counters are read
  std::vector<int> server_cpus, client_cpus;
  int base_port = 20000;              // this workload may use [base_port, base_port + 16)
  double window_s = 5;                // measured part
  double omit_s = 1;                  // thrown away before it
  std::optional<LineRate> line_rate;  // of the wire between the ends, where it is known
  std::string target_bandwidth;       // iperf3's -b, for each stream: "1G"; "" = as fast as it goes
  std::string output_dir;             // on the host; every file of this window goes below it
};

struct ServerSpec {
  ProcessSpec process;
  PortProtocol protocol = PortProtocol::kTcp;  // how to see that it is ready
  int port = 0;
};

// What the engine hands back after the clients have ended.
struct WindowEvidence {
  std::vector<ProcessHandle> clients;  // in the order of clients()
  std::vector<ExitStatus> exits;
  std::vector<std::string> out;                 // stdout of each client
  std::vector<std::string> err;                 // end of stderr of each client
  SampleSeries server_samples, client_samples;  // the same series in the lab
};

struct Measurement {
  std::map<std::string, double> metrics;     // by MetricInfo::name; a metric that could not be had is absent
  std::map<std::string, double> conditions;  // confounders over the steady part, see result/model.h
  double units = 0;                          // transactions, packets or bytes*1e-9 in the steady part
  std::string unit_name;                     // "transaction", "packet", "GB"
  int64_t steady_start_ns = 0, steady_end_ns = 0;  // host's monotonic clock
  std::vector<std::string> warnings;
};

class Workload {
 public:
  virtual ~Workload() = default;
  virtual const std::string& name() const = 0;
  virtual const std::string& generator() const = 0;  // "iperf3", "netperf", "sockperf"
  virtual const std::vector<MetricInfo>& metrics() const = 0;
  virtual bool request_response() const = 0;  // decides the default placement
  virtual std::vector<ServerSpec> servers(const WorkloadContext& context) const = 0;
  virtual std::vector<ProcessSpec> clients(const WorkloadContext& context) const = 0;
  // A ceiling of the metric that these settings or the line set, in the metric's unit; nullopt: none.
  virtual std::optional<double> cap(const WorkloadContext& context, const std::string& metric) const {
    (void)context, (void)metric;
    return std::nullopt;
  }
  // How much of its traffic is thrown away before the measured part, in seconds, when all goes well.
  virtual double omit_s(const WorkloadContext& context) const { return context.omit_s; }
  // How long the clients may take before they count as hung.
  virtual double timeout_s(const WorkloadContext& context) const = 0;
  // An Error (kind kWorkload) makes the window INVALID with that reason: a lost stream, less than 95 % of the
  // asked duration, output that is not what the generator writes.
  virtual Result<Measurement> measure(const WorkloadContext& context,
                                      const WindowEvidence& evidence) const = 0;
};

}  // namespace bpftax
