// FakeHost: a machine for tests of the engine. It runs nothing; it "runs" what the test's script says, on a
// FakeClock, so that a campaign of hours takes milliseconds.
//
//   FakeClock clock;
//   FakeHost host(clock);
//   host.on_start([&](const ProcessSpec& spec) {
//     FakeProcess process;
//     if (spec.name == "client") {
//       process.runs_for_ns = 3'000'000'000;
//       process.out = host.running("tool") ? "11.2" : "10.0";
//     } else if (spec.name == "tool") {
//       process.programs = {fake_program("count_packets")};
//     }                                   // everything else runs until it is stopped, silently
//     return process;
//   });
//   host.lose_at_call(40);                // faults
//   EXPECT_THAT(host.log(), ElementsAre("start tool", "start client", ...));
//
// Time passes only in wait (to the process's end or the timeout), wait_listening, stop, run, and where the
// test's script says so. Everything is deterministic. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/host.h"
#include "util/clock.h"

namespace bpftax {

// A BPF program in the life of a fake process; times count from the process's start.
struct FakeProgram {
  BpfProgram program;        // id 0: the host gives the next free one. run_count etc. are added to
  std::vector<BpfMap> maps;  // id 0: as above; their ids are put into program.map_ids
  uint32_t link_id = 0;      // as above
  int64_t appears_after_ns = 0;
  std::optional<int64_t> vanishes_after_ns;  // in mid-run; nullopt: with the process
  bool attached = true;                      // with a link of the program's type
  bool left_behind = false;                  // stays (with its maps and link) when the process ends
  double runs_per_s = 0;                     // counted only while run-time statistics are on
  double ns_per_run = 0;
};
// A raw tracepoint program that is there from the start.
FakeProgram fake_program(const std::string& name, int64_t appears_after_ns = 0);

// What happens when a process is started.
struct FakeProcess {
  std::optional<Error> start_error;    // the start itself fails with this
  std::optional<int64_t> runs_for_ns;  // nullopt: until it is stopped
  ExitStatus exit;                     // of its own end (ended_ns and output_bytes are filled in)
  std::string out, err;                // what it writes
  int64_t writes_after_ns = 0;         // when: that long after the start, and at its end at the latest
  std::optional<int64_t> listens_after_ns = 0;  // on any port that is asked for; nullopt: never
  std::vector<FakeProgram> programs;
  bool ignores_sigint = false, ignores_sigterm = false;
  int64_t stop_takes_ns = 0;    // from the signal that it obeys to its end
  std::vector<int> stragglers;  // pids reported by stop()
};

struct FakeEvent {
  int64_t at_ns = 0;  // FakeClock's monotonic time
  // "start", "exit" (by itself), "stop", "lost", "interrupted"; and in the long log "run", "stats on", "stats
  // off", "sampling on", "sampling off", "own", "disown"
  std::string what;
  std::string subject;  // ProcessSpec::name, or what was owned; may be empty
};

class FakeHost : public Host {
 public:
  using Script = std::function<FakeProcess(const ProcessSpec& spec)>;
  using Runner = std::function<Finished(const ProcessSpec& spec)>;
  using Sampler = std::function<Sample(int64_t now_ns, const SamplingSpec& spec)>;

  explicit FakeHost(FakeClock& clock, std::string name = "fake");
  ~FakeHost() override;

  // ---- the script ----
  // Called for each start. Without one, everything runs silently until it is stopped.
  void on_start(Script script) { script_ = std::move(script); }
  // Called for each run(). Without one, on_start's script is asked; a process without runs_for_ns then ends
  // at once.
  void on_run(Runner runner) { runner_ = std::move(runner); }
  // Called for each sample at its time. Without one: default_sample().
  void on_sample(Sampler sampler) { sampler_ = std::move(sampler); }
  // Two CPUs that are idle, one veth interface per asked namespace, the processes that are alive; all
  // counters derived from the time alone.
  Sample default_sample(int64_t now_ns, const SamplingSpec& spec) const;
  // Costs that every start or stop adds to the clock.
  void set_costs(int64_t start_ns, int64_t stop_ns);
  void set_facts(std::string json_text) { facts_ = std::move(json_text); }
  void set_boot_id(std::string id) { boot_id_ = std::move(id); }
  void set_stats_cost(StatsCost cost) { stats_cost_ = cost; }
  void set_stats_use(BpfStatsUse use) { stats_use_ = std::move(use); }
  // For every hook; nullopt: it cannot be measured. takes_ns: how long finding out takes.
  void set_entry_cost(std::optional<EntryCost> cost, int64_t takes_ns = 0) {
    entry_cost_ = std::move(cost);
    entry_cost_takes_ns_ = takes_ns;
  }
  // Programs of the system that belong to nobody we started.
  void add_system_program(BpfProgram program);
  void add_pin(BpfPin pin) { pins_.push_back(std::move(pin)); }
  void set_file(const std::string& path, std::string content) { files_[path] = std::move(content); }

  // ---- faults ----
  // Calls are counted from 1, over all virtual functions of Host. call_count() is the number so far.
  int call_count() const { return calls_; }
  // From call n on (or from clock time t on), every call returns kLost; all processes are gone.
  void lose_at_call(int n) { lose_at_call_ = n; }
  void lose_at_ns(int64_t t) { lose_at_ns_ = t; }
  // In call n (or when the clock passes t), request_interrupt(SIGINT); undone when the host is destroyed.
  void interrupt_at_call(int n) { interrupt_at_call_ = n; }
  void interrupt_at_ns(int64_t t) { interrupt_at_ns_ = t; }
  // Call n, or the next call of the function of that name ("start_together", "stop", ...), fails with the
  // error.
  void fail_at_call(int n, Error error) { fail_at_call_[n] = std::move(error); }
  void fail_next(const std::string& function, Error error) { fail_next_[function] = std::move(error); }

  // ---- what happened ----
  const std::vector<FakeEvent>& events() const { return events_; }
  // "start tool", "stop tool", "exit client", ...: events() as text, without runs and samples unless asked
  // for.
  std::vector<std::string> log(bool everything = false) const;
  // Alive now, by ProcessSpec::name (exact).
  bool running(const std::string& process_name) const;
  std::vector<std::string> running() const;
  const std::vector<ProcessSpec>& started() const { return started_; }  // every spec, in order
  const std::set<std::pair<std::string, std::string>>& owned() const { return owned_; }
  bool stats_on() const { return stats_on_; }
  const std::map<std::string, std::string>& files() const { return files_; }

  // ---- Host ----
  const std::string& name() const override { return name_; }
  Result<nlohmann::json> facts() override;
  Result<ClockReading> clock() override;
  Result<std::vector<ProcessHandle>> start_together(const std::vector<ProcessSpec>& specs) override;
  Result<std::optional<ExitStatus>> wait(const ProcessHandle& process, int64_t timeout_ms) override;
  Result<StopReport> stop(const ProcessHandle& process) override;
  Result<std::string> tail(const ProcessHandle& process, OutputStream stream, size_t max_bytes) override;
  Result<void> wait_listening(const ProcessHandle& process, PortProtocol protocol, int port,
                              int64_t timeout_ms) override;
  Result<Finished> run(const ProcessSpec& spec, int64_t timeout_ms) override;
  Result<std::string> read_file(const std::string& path, size_t max_bytes) override;
  Result<FileChunk> read_chunk(const std::string& path, int64_t offset, size_t max_bytes) override;
  Result<std::vector<FileSum>> checksum(const std::vector<std::string>& paths) override;
  Result<void> write_file(const std::string& path, const std::string& content) override;
  Result<void> make_directories(const std::string& path) override;
  Result<void> remove_tree(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& path) override;
  Result<void> start_sampling(const SamplingSpec& spec) override;
  Result<SampleSeries> stop_sampling() override;
  Result<BpfInventory> bpf_of(const ProcessHandle& process) override;
  Result<BpfInventory> bpf_all() override;
  Result<std::vector<BpfPin>> bpf_pins() override;
  Result<void> bpf_stats(bool on) override;
  Result<BpfStatsUse> bpf_stats_use() override;
  Result<StatsCost> bpf_stats_cost() override;
  Result<EntryCost> bpf_entry_cost(const std::string& hook) override;
  Result<void> own(const std::string& kind, const std::string& what) override;
  Result<void> disown(const std::string& kind, const std::string& what) override;

 private:
  struct Process {
    ProcessHandle handle;
    ProcessSpec spec;
    FakeProcess script;
    std::optional<ExitStatus> ended;
    bool written = false;
    bool stopped = false;
  };
  struct LiveProgram {
    FakeProgram fake;
    int64_t owner = 0;  // handle; 0: the system or left behind
    int64_t born_ns = 0;
    uint32_t link_id = 0;
    double counted_runs = 0;
  };

  // First thing in each call: counts it, lets what is due happen and applies the faults.
  Result<void> enter(const char* function, bool interruptible = true);
  Result<Process*> find(const ProcessHandle& handle, const char* what);
  // Lets time pass until t. Stops early, with an error, when the loss of the agent or (where the call can be
  // interrupted) an interrupt falls into that time.
  Result<void> pass_time_to(int64_t t, const char* function, bool interruptible);
  // Lets everything that is due until the clock's time happen, in order.
  void settle();
  void lose();
  void raise_interrupt();
  Error lost_error(const char* function) const;
  void end_process(Process& process, ExitStatus status, int64_t at_ns);
  void write_output(Process& process);
  void add_programs(const Process& process);
  void remove_programs(int64_t owner);
  void count_runs();
  bool visible(const LiveProgram& program) const;
  BpfInventory inventory(std::optional<int64_t> owner) const;
  void record(std::string what, std::string subject = {}, std::optional<int64_t> at_ns = {});

  FakeClock& clock_;
  std::string name_;
  Script script_;
  Runner runner_;
  Sampler sampler_;
  std::string facts_ = "{}";
  std::string boot_id_ = "00000000-0000-4000-8000-000000000000";
  StatsCost stats_cost_{20, 40};
  std::optional<EntryCost> entry_cost_ =
      EntryCost{.hook = {}, .in_place_ns = 50, .error_ns = 4, .run_ns = 40};
  int64_t entry_cost_takes_ns_ = 0;
  BpfStatsUse stats_use_;
  int64_t start_cost_ns_ = 0, stop_cost_ns_ = 0;

  std::map<int64_t, Process> processes_;
  std::set<int64_t> alive_;  // handles
  std::vector<LiveProgram> programs_;
  std::vector<BpfPin> pins_;
  int64_t next_handle_ = 1;
  uint32_t next_bpf_id_ = 100;
  bool stats_on_ = false;
  int64_t counted_until_ns_ = 0;
  std::optional<SamplingSpec> sampling_;
  int64_t next_sample_ns_ = 0;
  SampleSeries series_;
  std::map<std::string, std::string> files_;
  std::set<std::string> directories_;
  std::set<std::pair<std::string, std::string>> owned_;

  int calls_ = 0;
  bool lost_ = false, raised_interrupt_ = false;
  std::optional<int> lose_at_call_, interrupt_at_call_;
  std::optional<int64_t> lose_at_ns_, interrupt_at_ns_;
  std::map<int, Error> fail_at_call_;
  std::map<std::string, Error> fail_next_;
  std::vector<FakeEvent> events_;
  std::vector<ProcessSpec> started_;
};

}  // namespace bpftax
