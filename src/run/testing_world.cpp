#include "run/testing_world.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cmath>

#include "host/interrupt.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr double kFakeUnitsPerS = 1000;

class FakeHosts : public Hosts {
 public:
  explicit FakeHosts(FakeWorld& world) : world_(world) {}
  ~FakeHosts() override { close_all(); }

  Result<Host*> host(const std::string& id) override {
    if (const auto found = open_.find(id); found != open_.end()) return found->second;
    BPFTAX_ASSIGN(Host * host, world_.connect(id));
    const std::string& boot_id = world_.machine(id).boot_id;
    if (!boot_ids_[id].empty() && boot_ids_[id] != boot_id)
      return fail(ErrorKind::kEnvironment, "the host was rebooted", id);
    boot_ids_[id] = boot_id;
    return open_[id] = host;
  }
  Result<Host*> reconnect(const std::string& id) override {
    close(id);
    return host(id);
  }
  std::vector<std::string> close(const std::string& id) override {
    if (open_.erase(id) != 0) world_.disconnect(id);
    return {};
  }
  std::vector<std::string> close_all() override {
    while (!open_.empty()) close(std::string(open_.begin()->first));
    return {};
  }

 private:
  FakeWorld& world_;
  std::map<std::string, Host*> open_;
  std::map<std::string, std::string> boot_ids_;
};

ConfiguredHost configured_host(const std::string& id, int number) {
  ConfiguredHost host;
  host.id = id;
  host.address = fmt::format("192.0.2.{}", number);
  host.workdir = "/work/" + id;
  return host;
}

}  // namespace

FakeWorld::FakeWorld(const Workflow& workflow) : workflow_(workflow) {
  clocks_[""] = std::make_unique<FakeClock>();
  for (const std::vector<std::string>& group : independent_environments(workflow)) {
    for (const std::string& name : group) {
      clocks_[name] = std::make_unique<FakeClock>();
      const ConfiguredEnvironment& environment = *workflow.environment(name);
      // Machines that environments share have one clock: that of the first.
      for (const EnvironmentEnd* end : {&environment.server, &environment.client}) {
        for (const std::string& id : {end->ssh_ref, end->tool_host()}) {
          if (machines_.count(id) == 0) machines_[id].environment = group.front();
        }
      }
    }
  }
}

FakeWorld::~FakeWorld() = default;

std::unique_ptr<Hosts> FakeWorld::make_hosts(const std::vector<std::string>&) {
  return std::make_unique<FakeHosts>(*this);
}

Clock& FakeWorld::clock(const std::string& environment) {
  for (const std::vector<std::string>& group : independent_environments(workflow_)) {
    for (const std::string& name : group) {
      if (name == environment) return *clocks_.at(group.front());
    }
  }
  return *clocks_.at("");
}

Result<EndGenerators> FakeWorld::generators(Host&, Host&) {
  return EndGenerators{};
}

Result<std::unique_ptr<Workload>> FakeWorld::workload(const std::string& name, const Generators&) {
  return std::make_unique<FakeWorkload>(name, name.find("_rr") != std::string::npos);
}

Result<HostOffset> FakeWorld::clock_offset(Host& host, Clock&) {
  BPFTAX_TRY(host.clock());
  return HostOffset{host.name(), 0, script.clock_error_ns};
}

Result<Host*> FakeWorld::connect(const std::string& id) {
  FakeMachine& machine = machines_.at(id);
  auto& fake_clock = static_cast<FakeClock&>(clock(machine.environment));
  ++machine.connections;
  machine.host = std::make_unique<FakeHost>(fake_clock, id);
  FakeHost& host = *machine.host;
  host.set_boot_id(machine.boot_id);
  host.set_costs(kNsPerMs, kNsPerMs);
  for (const auto& [path, text] : machine.files) host.set_file(path, text);
  host.on_start([this, id](const ProcessSpec& spec) { return process_for(id, spec); });
  host.on_run([this, id](const ProcessSpec& spec) {
    Host::Finished finished;
    {
      const std::scoped_lock lock(hooks_mutex_);
      hooks_.push_back({id, spec.name, spec.shell});
    }
    if (script.hook) script.hook(id, spec.name, finished);
    return finished;
  });
  if (script.connect && !script.connect(id, machine.connections, host))
    return fail(ErrorKind::kLost, "cannot connect", id, "no route to host");
  if (interrupt_pending()) return fail_interrupted("cannot connect");
  return &host;
}

void FakeWorld::disconnect(const std::string& id) {
  FakeMachine& machine = machines_.at(id);
  machine.files = machine.host->files();
}

FakeProcess FakeWorld::process_for(const std::string& id, const ProcessSpec& spec) {
  FakeProcess process;
  const std::vector<std::string_view> words = split_blank(spec.name);
  if (words[0] == "client") {
    const bool request_response = words[1].find("_rr") != std::string_view::npos;
    process.runs_for_ns = (request_response ? 2'000 : 3'000) * kNsPerMs + 5 * kNsPerMs;
    auto& fake_clock = static_cast<FakeClock&>(clock(machines_.at(id).environment));
    PcgRng rng(17, static_cast<uint64_t>(fake_clock.monotonic_ns()));
    process.out = fmt::format("{:.9f}", (request_response ? 20 : 10) * std::exp(0.01 * rng.normal()));
  } else if (words[0] == "tool") {
    FakeProgram program = fake_program("count", 100 * kNsPerMs);
    program.runs_per_s = 2 * kFakeUnitsPerS;
    program.ns_per_run = 500;
    process.programs = {program};
  }
  if (script.start) script.start(id, spec, process);
  return process;
}

std::vector<std::string> FakeWorld::running() const {
  std::vector<std::string> all;
  for (const auto& [id, machine] : machines_) {
    if (!machine.host) continue;
    for (const std::string& name : machine.host->running()) all.push_back(id + ": " + name);
  }
  return all;
}

std::vector<HookSeen> FakeWorld::hooks() const {
  const std::scoped_lock lock(hooks_mutex_);
  return hooks_;
}

std::set<std::string> FakeWorld::files(const std::string& id) const {
  const std::string root = "/work/" + id + "/performance-test-results/";
  std::set<std::string> paths;
  const auto& machine = machines_.at(id);
  if (!machine.host) return paths;
  for (const auto& [path, text] : machine.host->files()) {
    paths.insert(path.starts_with(root) ? path.substr(root.size()) : path);
  }
  return paths;
}

CampaignConfig fake_config(const std::vector<std::string>& commands, bool vm) {
  CampaignConfig config;
  config.name = "fake";
  config.origin = "fake-full.yaml";
  config.hosts = {configured_host("host-server", 1), configured_host("host-client", 2)};
  ConfiguredEnvironment host;
  host.name = "host";
  host.server = {.ssh_ref = "host-server", .test_ip = "198.51.100.1", .interface = "port-mgt"};
  host.client = {.ssh_ref = "host-client", .test_ip = "198.51.100.2", .interface = "port-mgt"};
  config.environments = {host};
  if (vm) {
    for (const char* id : {"vm-server", "vm-client", "vm-server-host", "vm-client-host"})
      config.hosts.push_back(configured_host(id, static_cast<int>(config.hosts.size()) + 1));
    ConfiguredEnvironment guests;
    guests.name = "vm";
    guests.server = {.ssh_ref = "vm-server",
                     .test_ip = "198.51.100.11",
                     .interface = "ens4",
                     .vm_interface = "vnet0",
                     .physical_host_ref = "vm-server-host"};
    guests.client = {.ssh_ref = "vm-client",
                     .test_ip = "198.51.100.12",
                     .interface = "ens4",
                     .vm_interface = "vnet1",
                     .physical_host_ref = "vm-client-host"};
    config.environments.push_back(guests);
  }
  PerformanceTest test;
  test.type = "latency";
  test.conn = test.workload = "tcp_rr";
  test.duration_s = 2;
  config.performance_tests = {test};
  for (const ConfiguredEnvironment& environment : config.environments) {
    for (const std::string& command : commands) {
      TestCase test_case;
      test_case.id = static_cast<int>(config.cases.size()) + 1;
      test_case.name = command;
      test_case.command = command;
      test_case.tool_id = "eth_drop";
      test_case.script = "eth_drop.py";
      test_case.environment = environment.name;
      test_case.parameters = {{"protocol", "tcp"}, {"direction", "rx"}};
      config.cases.push_back(test_case);
    }
  }
  config.measurement.omit_s = 0.5;
  config.measurement.min_blocks = config.measurement.max_blocks = 6;
  config.measurement.sample_interval_ms = 1000;
  config.measurement.attribution = false;
  return config;
}

FakeCampaign::FakeCampaign(const CampaignConfig& config) {
  std::string pattern = "/dev/shm/bpftax_campaign_test.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    pattern = "/tmp/bpftax_campaign_test.XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) abort();
  }
  dir_ = pattern;
  WorkflowOptions options;
  options.seed = 7;
  options.now_realtime_ns = 1'790'000'000'000'000'000;
  auto made = make_workflow(config, options);
  if (!made) {
    fmt::print(stderr, "make_workflow: {}\n", to_string(made.error()));
    abort();
  }
  workflow = std::move(*made);
  world = std::make_unique<FakeWorld>(workflow);
}

FakeCampaign::~FakeCampaign() {
  world.reset();
  reset_interrupts();
  const auto removed = remove_tree(dir_);
  (void)removed;
}

CampaignOutcome FakeCampaign::run(bool resume) {
  reset_interrupts();
  CampaignOptions options;
  options.run_dir = dir_;
  options.resume = resume;
  return run_campaign(workflow, *world, progress, options);
}

std::string FakeCampaign::text(const std::string& file) const {
  const auto text = read_file(dir_ + "/" + file);
  return text ? *text : std::string();
}

}  // namespace bpftax
