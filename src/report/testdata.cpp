#include "report/testdata.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/advice.h"
#include "util/rng.h"

namespace bpftax {
namespace {

constexpr int kBlocks = 12;
constexpr int kDroppedBlock = 5;  // a stream was lost; measured again at the end
constexpr double kT = 2.718;      // t(1 - .0182/2, 11)
constexpr int64_t kStart = 1'790'000'000'000'000'000;
constexpr double kWindowS = 2;

struct Metric {
  std::string name, unit, better;
  bool primary;
  double margin, base, noise;  // noise: relative standard deviation of one window
};

struct Workload {
  std::string name;
  std::vector<Metric> metrics;
  double units_per_s;
};

std::vector<Workload> workloads() {
  const auto rr = [](double base) {
    return std::vector<Metric>{{"latency_mean_us", "us", "lower", true, 5, base, 0.012},
                               {"latency_p50_us", "us", "lower", true, 5, base * 0.96, 0.011},
                               {"latency_p99_us", "us", "lower", true, 10, base * 1.9, 0.04},
                               {"latency_p90_us", "us", "lower", false, 0, base * 1.2, 0.016},
                               {"latency_max_us", "us", "lower", false, 0, base * 24, 0.3},
                               {"cpu_us_per_unit", "us/transaction", "lower", true, 5, base * 0.9, 0.01}};
  };
  const auto pps = [](double base) {
    return std::vector<Metric>{{"packets_per_s", "1/s", "higher", true, 3, base, 0.013},
                               {"loss_percent", "%", "lower", false, 0, 0.31, 0.4},
                               {"cpu_us_per_unit", "us/packet", "lower", true, 5, 1.9e6 / base, 0.01}};
  };
  return {{"tcp_stream",
           {{"throughput_gbps", "Gbit/s", "higher", true, 3, 17.8, 0.01},
            {"cpu_us_per_unit", "us/GB", "lower", true, 5, 812000, 0.012}},
           2.2},
          {"tcp_rr", rr(12.6), 79000},
          {"udp_rr", rr(11.4), 87000},
          {"udp_pps", pps(412000), 412000},
          {"udp_pps_4", pps(655000), 655000}};
}

struct Tool {
  std::string id, name, command;
  // Worsening by workload, natural logarithm; latency percentiles grow with it.
  std::map<std::string, double> effect;
};

std::vector<Tool> tools() {
  return {
      {"t1",
       "packet-count",
       "bpftax-probe packet-count",
       {{"tcp_stream", .004}, {"tcp_rr", .008}, {"udp_rr", .007}, {"udp_pps", .011}, {"udp_pps_4", .009}}},
      {"t2",
       "latency-summary",
       "bpftax-probe latency-summary --protocol tcp",
       {{"tcp_stream", .034}, {"tcp_rr", .047}, {"udp_rr", .006}, {"udp_pps", .004}, {"udp_pps_4", .004}}},
      {"t3",
       "\xe5\x8c\x85\xe8\xbf\xbd\xe8\xb8\xaa packet-trace",  // "packet tracing" in Chinese
       "bpftrace -e 'tracepoint:net:netif_receive_skb { printf(\"%d %llu\\n\", pid, nsecs); }'",
       {{"tcp_stream", .19}, {"tcp_rr", .31}, {"udp_rr", .33}, {"udp_pps", .58}, {"udp_pps_4", .52}}},
      {"placebo",
       "placebo",
       "sleep infinity",
       {{"tcp_stream", 0}, {"tcp_rr", 0}, {"udp_rr", 0}, {"udp_pps", 0}, {"udp_pps_4", 0}}}};
}

double sign_of(const Metric& metric) {
  return metric.better == "lower" ? 1 : -1;
}

// Worsening of one metric: percentiles in the tail take more, CPU per unit about what the workload takes.
double effect_on(const Metric& metric, double effect) {
  if (metric.name == "latency_p99_us") return effect * 1.4;
  if (metric.name == "latency_max_us" || metric.name == "loss_percent") return effect * 0.5;
  return effect;
}

double percent(const Metric& metric, double d) {
  return metric.better == "lower" ? 100 * (std::exp(d) - 1) : 100 * (1 - std::exp(-d));
}

struct Moments {
  double mean = 0, sd = 0;
};
Moments moments(const std::vector<double>& values) {
  Moments m;
  for (const double v : values) m.mean += v / static_cast<double>(values.size());
  for (const double v : values) m.sd += (v - m.mean) * (v - m.mean);
  m.sd = std::sqrt(m.sd / static_cast<double>(values.size() - 1));
  return m;
}

void judge(ResultComparison& c) {
  if (c.margin_percent <= 0) {
    c.verdict = *c.ci_low > 0 ? Verdict::kOverhead : Verdict::kInconclusive;
    c.verdict_text =
        *c.ci_low > 0 ? "worse with the tool; no margin is set" : "no difference shown; no margin is set";
  } else if (*c.ci_low > c.margin_percent) {
    c.verdict = Verdict::kExceeds;
    c.verdict_text = "the whole interval lies above the margin";
  } else if (*c.ci_high < c.margin_percent && *c.mde_percent < c.margin_percent) {
    c.verdict = Verdict::kPass;
    c.verdict_text = *c.ci_low > 0 ? "measurable, acceptable: the whole interval lies below the margin"
                                   : "the whole interval lies below the margin";
  } else if (*c.ci_low > 0) {
    c.verdict = Verdict::kOverhead;
    c.verdict_text = "there is an overhead, and it may be above the margin";
    c.blocks_needed = 31;
  } else {
    c.verdict = Verdict::kInconclusive;
    c.verdict_text = "the interval spans both zero and the margin";
    c.blocks_needed = 44;
  }
}

class Builder {
 public:
  RunResult build();

 private:
  void measure_block(int block);
  void compare(const Tool& tool, const Workload& workload, const Metric& metric);
  void add_subjects();
  ResultWindow window(int block, const std::string& arm, const Tool* tool, const Workload& workload);

  RunResult result_;
  PcgRng rng_{20'261'120};
  double clock_s_ = 0;
  std::map<std::string, double> drift_;  // of the machine, by workload and block
};

ResultWindow Builder::window(int block, const std::string& arm, const Tool* tool, const Workload& workload) {
  ResultWindow w;
  w.block = block;
  w.arm = arm;
  w.subject = tool == nullptr ? "" : tool->id;
  w.workload = workload.name;
  w.purpose = block == 0 ? "warmup" : "timed";
  w.start_realtime_ns = kStart + static_cast<int64_t>(clock_s_ * 1e9);
  w.duration_s = kWindowS;
  w.valid = true;
  const double shared = drift_[workload.name];
  for (const Metric& metric : workload.metrics) {
    const double effect = tool == nullptr ? 0 : effect_on(metric, tool->effect.at(workload.name));
    const double warm = block == 0 ? 0.06 : 0;
    w.metrics[metric.name] = metric.base * std::exp(sign_of(metric) * (effect + warm) +
                                                    shared * metric.noise * 2 + metric.noise * rng_.normal());
  }
  const double busy = tool != nullptr && tool->id == "t3" ? 21 : 0;
  w.conditions = {{"idle_percent", 42 - busy + rng_.normal()},
                  {"softirq_percent", 11 + busy / 3 + 0.3 * rng_.normal()},
                  {"steal_percent", 0.2 + 0.05 * rng_.uniform()},
                  {"context_switches_per_s", 158000 - busy * 900 + 500 * rng_.normal()}};
  if (tool != nullptr) w.conditions["subject_cpu_percent"] = tool->id == "t3" ? 38 + rng_.normal() : 0.4;
  clock_s_ += kWindowS + 0.2;
  return w;
}

void Builder::measure_block(int block) {
  const std::vector<Tool> all = tools();
  std::vector<std::string> arms = {"A1", "A2"};
  for (const Tool& tool : all) arms.push_back(tool.id);
  rng_.shuffle(arms);
  for (const Workload& workload : workloads()) drift_[workload.name] = rng_.normal();
  for (const std::string& arm : arms) {
    const auto tool = std::find_if(all.begin(), all.end(), [&](const Tool& t) { return t.id == arm; });
    for (const Workload& workload : workloads())
      result_.windows.push_back(window(block, arm, tool == all.end() ? nullptr : &*tool, workload));
    clock_s_ += 0.7;
  }
}

void Builder::compare(const Tool& tool, const Workload& workload, const Metric& metric) {
  ResultComparison c;
  c.subject = tool.id;
  c.workload = workload.name;
  c.metric = metric.name;
  c.unit = metric.unit;
  c.better = metric.better;
  c.primary = metric.primary;
  c.margin_percent = metric.margin;
  std::vector<double> effects, noise;
  for (int block = 1; block <= kBlocks + 1; ++block) {
    if (block == kDroppedBlock) {
      c.excluded.push_back(block);
      continue;
    }
    std::map<std::string, double> value;
    for (const ResultWindow& w : result_.windows) {
      if (w.block != block || w.workload != workload.name) continue;
      if (w.arm != "A1" && w.arm != "A2" && w.arm != tool.id) continue;
      value[w.arm] = w.metrics.at(metric.name);
    }
    const double baseline = std::sqrt(value["A1"] * value["A2"]);
    c.baseline_samples.push_back(baseline);
    c.subject_samples.push_back(value[tool.id]);
    effects.push_back(sign_of(metric) * std::log(value[tool.id] / baseline));
    noise.push_back(std::log(value["A2"] / value["A1"]));
  }
  const double n = static_cast<double>(effects.size());
  const Moments d = moments(effects);
  const Moments e = moments(noise);
  const double half = kT * d.sd / std::sqrt(n);
  c.blocks = static_cast<int>(effects.size());
  c.baseline_mean = moments(c.baseline_samples).mean;
  c.subject_mean = moments(c.subject_samples).mean;
  c.overhead_percent = percent(metric, d.mean);
  c.ci_low = percent(metric, d.mean - half);
  c.ci_high = percent(metric, d.mean + half);
  c.p_value = std::min(1.0, std::exp(-0.717 * std::fabs(d.mean / d.sd * std::sqrt(n)) -
                                     0.416 * std::pow(d.mean / d.sd * std::sqrt(n), 2)));
  c.p_adjusted = std::min(1.0, *c.p_value * 12);
  c.mde_percent = 100 * (std::exp((kT + 0.876) * d.sd / std::sqrt(n)) - 1);
  c.noise_floor_percent = 100 * (std::exp(e.mean) - 1);
  c.noise_low = 100 * (std::exp(e.mean - kT * e.sd / std::sqrt(n)) - 1);
  c.noise_high = 100 * (std::exp(e.mean + kT * e.sd / std::sqrt(n)) - 1);
  judge(c);
  if (metric.name == "latency_mean_us") {
    c.measured_added_us = *c.baseline_mean * *c.overhead_percent / 100;
    c.measured_added_low = *c.baseline_mean * *c.ci_low / 100;
    c.measured_added_high = *c.baseline_mean * *c.ci_high / 100;
    if (tool.id != "placebo") {
      const double us = *c.baseline_mean * 0.7 * tool.effect.at(workload.name);
      c.attributed_added_us = us;
      c.attributed_entry_us = 0.1 * us;
      c.attributed_added_low = 0.95 * us;
      c.attributed_added_high = 1.05 * us;
    }
  }
  if (tool.id == "t3" && workload.name == "udp_rr" && metric.primary) c.warnings = {"idle_moved"};
  result_.comparisons.push_back(c);
}

void Builder::add_subjects() {
  const auto program = [](int64_t id, std::string name, std::string attach, double runs, double ns,
                          double per_unit) {
    ResultProgram p{.id = id,
                    .name = std::move(name),
                    .type = "tracing",
                    .attach = std::move(attach),
                    .runs_per_s = runs,
                    .ns_per_run = ns,
                    .cpu_percent = runs * ns * 1e-7,
                    .entry_ns = 13.5,
                    .entry_error_ns = 4,
                    .recursion_misses = 0,
                    .verified_insns = 214,
                    .jited_bytes = 412};
    for (const Workload& w : workloads())
      p.workloads.push_back({w.name, w.units_per_s * per_unit, ns * 1.02, per_unit});
    return p;
  };
  for (const Tool& tool : tools()) {
    ResultSubject s;
    s.id = tool.id;
    s.name = tool.name;
    s.command = tool.command;
    s.kind = tool.id == "placebo" ? "placebo" : "tool";
    s.status = "measured";
    s.ready_ms = 312;
    s.process_cpu_percent = {0.02, 0.4};
    s.process_rss_kb = {8120, 8240};
    s.process_vsz_kb = {24100, 24200};
    s.output_bytes_per_s = 96;
    if (s.kind == "tool") s.stats_cost_ns = 19.4;
    result_.subjects.push_back(s);
  }
  ResultSubject& count = result_.subjects[0];
  count.programs = {program(101, "count_rx", "tp_btf:netif_receive_skb", 398000, 31, 2)};
  count.maps = {{11, "counters", "percpu_array", 64, 8512}};
  ResultSubject& latency = result_.subjects[1];
  latency.programs = {program(102, "stack_enter", "tp_btf:netif_receive_skb", 401000, 92, 2),
                      program(103, "stack_leave", "tp_btf:tcp_probe", 188000, 141, 1)};
  latency.maps = {{12, "starts", "lru_hash", 65536, 7'340'032}, {13, "histogram", "percpu_array", 64, 8512}};
  ResultSubject& trace = result_.subjects[2];
  trace.programs = {program(104, "netif_receive_s", "tracepoint:net:netif_receive_skb", 371000, 712, 2)};
  trace.programs[0].type = "tracepoint";
  trace.programs[0].recursion_misses = 12;
  trace.maps = {{14, "printf", "perf_event_array", 2, 1024}};
  trace.process_cpu_percent = {38.4, 71.2};
  trace.process_rss_kb = {101'204, 104'960};
  trace.output_bytes_per_s = 6'412'000;
  trace.left_behind = {"map 14 (printf)"};
  for (ResultSubject& s : result_.subjects) {
    if (s.programs.empty()) continue;
    s.bpf_cpu_percent = 0;
    for (const ResultProgram& p : s.programs) *s.bpf_cpu_percent += *p.cpu_percent;
    s.map_bytes = 0;
    for (const ResultMap& m : s.maps) *s.map_bytes += *m.bytes;
  }
  ResultSubject hostile;
  hostile.id = "t4";
  hostile.name = kHostileName;
  hostile.command = "./tool --name '</script>' \n --x=\"a&b\"";
  hostile.kind = "tool";
  hostile.status = "failed";
  hostile.reason = "no eBPF program appeared within 60 s";
  hostile.last_words = kHostileWords;
  result_.subjects.insert(result_.subjects.begin() + 3, hostile);
}

RunResult Builder::build() {
  result_.run_id = "20260921-141320-3f9a";
  result_.started_realtime_ns = kStart;
  result_.seed = 4'242'424'242;
  result_.tool_version = "0.1.0";
  result_.environment = "lab";
  const nlohmann::json facts = {
      {"hostname", "build-7"},
      {"kernel_release", "6.18.0-1-amd64"},
      {"architecture", "x86_64"},
      {"distribution", "Debian GNU/Linux 12 (bookworm)"},
      {"cpu_model", "Example CPU @ 2.10GHz"},
      {"cpu_count_online", 2},
      {"cpus_online", "0-1"},
      {"memory_total_kb", 25165824},
      {"hypervisor", "kvm"},
      {"clocksource", "tsc"},
      {"cpufreq_governor", nullptr},
      {"preemption", "voluntary"},
      {"bpf_jit_enable", 1},
      {"bpf_jit_harden", 0},
      {"mitigations", {{"meltdown", "Mitigation: PTI"}, {"retbleed", "Not affected"}}}};
  result_.server_facts = facts;
  result_.client_facts = facts;
  for (const Workload& w : workloads()) {
    const bool same = w.name.find("_rr") != std::string::npos;
    result_.placement[w.name] = {{"policy", same ? "same-cpu" : "cross-cpu"},
                                 {"server", {1}},
                                 {"client", {same ? 1 : 0}},
                                 {"subject", nlohmann::json::array()}};
  }
  result_.window_s = kWindowS;
  result_.blocks_planned_min = 6;
  result_.blocks_planned_max = 12;
  result_.blocks_done = kBlocks;
  result_.stop_reason = "the last planned look was reached";
  result_.complete = true;
  for (int block = 0; block <= kBlocks + 1; ++block) measure_block(block);
  for (ResultWindow& w : result_.windows) {
    if (w.block != kDroppedBlock || w.arm != "t3" || w.workload != "udp_pps") continue;
    w.valid = false;
    w.reason = "1 of 4 streams was lost";
    w.metrics.clear();
  }
  result_.drops = {{"t3", 1}};
  for (const Tool& tool : tools())
    for (const Workload& workload : workloads())
      for (const Metric& metric : workload.metrics) compare(tool, workload, metric);
  add_subjects();
  result_.finished_realtime_ns = kStart + static_cast<int64_t>(clock_s_ * 1e9);
  result_.warnings = {
      {"few_cpus", "The machine has 2 CPUs: the tool shares them with both ends of the traffic.",
       "Measure on a machine with 4 CPUs or more, or read throughput overheads as upper bounds."},
      {"idle_moved", "Idle time fell from 42 % to 21 % with a tool on.",
       "Compare CPU per unit of work, which does not profit from a CPU that no longer sleeps."},
      {"left_behind", "One map stayed after a tool ended.", "See the tool's own section."}};
  classify(result_);
  return std::move(result_);
}

}  // namespace

RunResult synthetic_result() {
  return Builder().build();
}

}  // namespace bpftax
