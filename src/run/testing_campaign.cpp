#include "run/testing_campaign.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cmath>

#include "host/interrupt.h"
#include "util/clock.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr double kUnitsPerS = 1000;

}  // namespace

FakeWorkload::FakeWorkload(std::string name, bool request_response)
    : name_(std::move(name)), request_response_(request_response) {
  MetricInfo main;
  main.primary = true;
  if (request_response_) {
    main.name = "latency_mean_us";
    main.unit = "us";
    main.better = Better::kLower;
    main.margin_percent = 5;
  } else {
    main.name = "throughput_gbps";
    main.unit = "Gbit/s";
    main.better = Better::kHigher;
    main.margin_percent = 3;
  }
  MetricInfo cpu;
  cpu.name = "cpu_us_per_unit";
  cpu.unit = "us";
  cpu.margin_percent = 5;
  metrics_ = {main, cpu};
}

std::vector<ServerSpec> FakeWorkload::servers(const WorkloadContext& context) const {
  ServerSpec server;
  server.process.name = "server " + name_;
  server.process.argv = {"server"};
  server.process.stderr_path = context.output_dir + "/server.err";
  server.port = context.base_port;
  return {server};
}

std::vector<ProcessSpec> FakeWorkload::clients(const WorkloadContext& context) const {
  ProcessSpec client;
  client.name = "client " + name_;
  client.argv = {"client"};
  client.stdout_path = context.output_dir + "/client.txt";
  client.stderr_path = context.output_dir + "/client.err";
  return {client};
}

double FakeWorkload::omit_s(const WorkloadContext& context) const {
  return request_response_ ? 0 : context.omit_s;
}

double FakeWorkload::timeout_s(const WorkloadContext& context) const {
  return context.omit_s + context.window_s + 10;
}

Result<Measurement> FakeWorkload::measure(const WorkloadContext& context,
                                          const WindowEvidence& evidence) const {
  if (!evidence.exits.at(0).ok())
    return fail(ErrorKind::kWorkload, "a stream was lost", name_, evidence.err.at(0));
  const auto value = to_double(evidence.out.at(0));
  if (!value)
    return fail(ErrorKind::kWorkload, "cannot read the output of the client", name_, evidence.out.at(0));
  Measurement m;
  m.metrics[metrics_[0].name] = *value;
  m.metrics["cpu_us_per_unit"] = 3 * *value;
  m.steady_start_ns = evidence.clients.at(0).started_ns + static_cast<int64_t>(omit_s(context) * 1e9);
  m.steady_end_ns = std::min(m.steady_start_ns + static_cast<int64_t>(context.window_s * 1e9),
                             evidence.exits.at(0).ended_ns);
  m.units = kUnitsPerS * static_cast<double>(m.steady_end_ns - m.steady_start_ns) * 1e-9;
  m.unit_name = request_response_ ? "transaction" : "GB";
  return m;
}

std::optional<double> FakeWorkload::cap(const WorkloadContext& context, const std::string& metric) const {
  return metric == metrics_[0].name ? to_double(context.target_bandwidth) : std::nullopt;
}

int Collected::count(ProgressEvent::Kind kind) const {
  return static_cast<int>(
      std::count_if(events.begin(), events.end(), [kind](const ProgressEvent& e) { return e.kind == kind; }));
}

std::string Collected::text(ProgressEvent::Kind kind) const {
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind == kind) return event->text;
  }
  return {};
}

Campaign::Campaign(std::vector<std::string> tools, std::vector<std::string> workloads) {
  // In memory: the journal is synced after each record, and these tests write thousands.
  std::string pattern = "/dev/shm/bpftax_run_test.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    pattern = "/tmp/bpftax_run_test.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) abort();
  }
  dir_ = pattern;
  plan.run_id = "test-run";
  plan.seed = 7;
  plan.window_s = 2;
  plan.omit_s = 0.5;
  plan.stopping.looks = {6};
  plan.stopping.alpha_per_look = 0.05;
  for (const std::string& tool : tools) {
    PlannedSubject subject;
    subject.id = tool;
    subject.name = tool;
    subject.argv = {"/usr/bin/" + tool};
    subject.command = tool + " --run";
    if (tool == "placebo") subject.kind = PlannedSubject::Kind::kPlacebo;
    plan.subjects.push_back(subject);
  }
  for (const std::string& name : workloads) {
    plan.workloads.push_back({name, "auto", {1}, {1}});
    workloads_.push_back(std::make_unique<FakeWorkload>(name, name.find("_rr") != std::string::npos));
  }
}

Campaign::~Campaign() {
  host.reset();
  reset_interrupts();
  const auto removed = remove_tree(dir_);
  (void)removed;
}

FakeHost& Campaign::new_host() {
  host.reset();
  reset_interrupts();
  host = std::make_unique<FakeHost>(clock);
  host->set_costs(kNsPerMs, kNsPerMs);
  host->on_start([this](const ProcessSpec& spec) { return process_for(spec); });
  host->on_sample([this](int64_t now_ns, const SamplingSpec& spec) { return sample(now_ns, spec); });
  return *host;
}

FakeProcess Campaign::process_for(const ProcessSpec& spec) {
  FakeProcess process;
  const std::vector<std::string_view> words = split_blank(spec.name);
  const std::string kind(words[0]), name(words[1]);
  if (kind == "client") {
    const bool request_response = name.find("_rr") != std::string::npos;
    const double omit_s = request_response ? 0 : plan.omit_s;
    process.runs_for_ns = static_cast<int64_t>((omit_s + plan.window_s) * 1e9) + 5 * kNsPerMs;
    double value = request_response ? 20 : 10;
    for (const auto& [tool, factor] : script.effect) {
      if (host->running("tool " + tool)) value *= request_response ? factor : 1 / factor;
    }
    ++clients_;
    PcgRng rng(script.noise_seed, static_cast<uint64_t>(clock.monotonic_ns()));
    process.out = fmt::format("{:.9f}", value * std::exp(script.noise * rng.normal()));
    if (script.client) script.client(clients_, name, process);
  } else if (kind == "server") {
    ++servers_;
    if (script.server) script.server(servers_, process);
  } else if (kind == "tool") {
    FakeProgram program = fake_program("count", 100 * kNsPerMs);
    program.runs_per_s = 2 * kUnitsPerS;
    program.ns_per_run = 500;
    BpfMap map;
    map.name = "counts";
    map.type = "hash";
    map.max_entries = 1024;
    map.bytes = 8192;
    program.maps = {map};
    process.programs = {program};
    if (script.tool) script.tool(++tool_starts_[name], name, process);
  }
  return process;
}

Sample Campaign::sample(int64_t now_ns, const SamplingSpec& spec) {
  Sample sample = host->default_sample(now_ns, spec);
  double idle = 0.9;
  for (const auto& [tool, share] : script.idle_share) {
    if (tool.empty() || host->running("tool " + tool)) idle = share;
  }
  const bool stealing = clients_ >= script.steal_from && clients_ < script.steal_until;
  const double steal = stealing ? script.steal_share : 0;
  const double passed_us = static_cast<double>(now_ns - sampled_ns_) * 1e-3;
  sampled_ns_ = now_ns;
  steal_us_ += passed_us * steal;
  idle_us_ += passed_us * (1 - steal) * idle;
  busy_us_ += passed_us * (1 - steal) * (1 - idle);
  for (CpuTimes& cpu : sample.cpus) {
    cpu.user_us = static_cast<int64_t>(busy_us_);
    cpu.system_us = 0;
    cpu.idle_us = static_cast<int64_t>(idle_us_);
    cpu.steal_us = static_cast<int64_t>(steal_us_);
  }
  return sample;
}

RunOutcome Campaign::run(bool resume) {
  if (!host) new_host();
  Environment env;
  env.server = env.client = env.tool_host = host.get();
  env.clock = &clock;
  env.server_address = "10.0.0.1";
  env.server_netns = "s";
  env.client_netns = "c";
  env.server_interface = env.client_interface = "veth0";
  env.server_results = env.client_results = env.tool_results = "/raw";
  env.find_workload = [this](const std::string& name) -> const Workload* {
    for (const auto& workload : workloads_) {
      if (workload->name() == name) return workload.get();
    }
    return nullptr;
  };
  EngineOptions options;
  options.run_dir = dir_;
  options.resume = resume;
  return run_plan(plan, env, progress, options);
}

std::string Campaign::journal_text() const {
  const auto text = read_file(dir_ + "/" + kJournalFile);
  return text ? *text : std::string();
}

}  // namespace bpftax
