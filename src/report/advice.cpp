#include "report/advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "report/class_design.h"
#include "report/result_index.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

double program_cpu(const ResultProgram& program) {
  if (program.cpu_percent) return *program.cpu_percent;
  if (program.runs_per_s && program.ns_per_run) return *program.runs_per_s * *program.ns_per_run * 1e-7;
  return 0;
}

std::string program_name(const ResultProgram& program) {
  return program.attach.empty() ? program.name : fmt::format("{} ({})", program.name, program.attach);
}

const ResultMap* map_of_type(const ResultSubject& subject, std::string_view type) {
  for (const ResultMap& map : subject.maps)
    if (map.type == type) return &map;
  return nullptr;
}

// Facts of the machine where the subject ran; null when there are none.
const nlohmann::json& facts_of(const RunResult& result, const ResultSubject& subject) {
  for (const ResultEnvironment& environment : result.environments) {
    if (environment.name != subject.environment) continue;
    return environment.tool_facts.is_object() ? environment.tool_facts : environment.server_facts;
  }
  return result.server_facts;
}

std::string kernel_of(const RunResult& result, const ResultSubject& subject) {
  const nlohmann::json& facts = facts_of(result, subject);
  if (!facts.is_object() || !facts.contains("kernel_release") || !facts["kernel_release"].is_string())
    return "";
  return facts["kernel_release"].get<std::string>();
}

bool older_than_ring_buffer(std::string_view release) {
  const auto parts = split(release, '.');
  if (parts.size() < 2) return false;
  const std::string_view minor_text = parts[1].substr(0, parts[1].find_first_not_of("0123456789"));
  const auto major = to_int64(parts[0]);
  const auto minor = to_int64(minor_text);
  return major && minor && (*major < 5 || (*major == 5 && *minor < 8));
}

// Placements of the workloads in the subject's environment, by workload.
const nlohmann::json& placement_of(const RunResult& result, const ResultSubject& subject) {
  for (const ResultEnvironment& environment : result.environments)
    if (environment.name == subject.environment && environment.placement.is_object())
      return environment.placement;
  return result.placement;
}

bool ends_on_one_host(const RunResult& result, const ResultSubject& subject) {
  const auto hostname = [](const nlohmann::json& facts) {
    return facts.is_object() && facts.contains("hostname") ? facts["hostname"] : nlohmann::json();
  };
  for (const ResultEnvironment& environment : result.environments)
    if (environment.name == subject.environment)
      return hostname(environment.server_facts) == hostname(environment.client_facts);
  return hostname(result.server_facts) == hostname(result.client_facts);
}

std::set<int64_t> cpus_in(const nlohmann::json& place, const char* who) {
  std::set<int64_t> cpus;
  if (!place.is_object() || !place.contains(who) || !place[who].is_array()) return cpus;
  for (const auto& cpu : place[who])
    if (cpu.is_number_integer()) cpus.insert(cpu.get<int64_t>());
  return cpus;
}

class Advisor {
 public:
  Advisor(const RunResult& result, const ResultSubject& subject, const PrimaryRows& rows)
      : result_(result), subject_(subject), rows_(rows) {}
  std::vector<ResultWarning> all();

 private:
  void add(const char* code, std::string text, std::string advice) {
    out_.push_back({code, std::move(text), std::move(advice)});
  }
  void in_kernel_time();
  void output_per_event();
  std::string submit_estimate() const;
  void maps();
  void user_space();
  void shared_cpu();
  void residual();
  void leftovers();
  void weak_evidence();

  const RunResult& result_;
  const ResultSubject& subject_;
  const PrimaryRows& rows_;
  std::vector<ResultWarning> out_;
};

void Advisor::in_kernel_time() {
  const auto heaviest = std::max_element(
      subject_.programs.begin(), subject_.programs.end(),
      [](const ResultProgram& a, const ResultProgram& b) { return program_cpu(a) < program_cpu(b); });
  if (heaviest == subject_.programs.end() || program_cpu(*heaviest) < 5) return;
  const bool slow = heaviest->ns_per_run && *heaviest->ns_per_run >= 500;
  const bool often = heaviest->runs_per_s && *heaviest->runs_per_s >= 50'000;
  std::string advice;
  if (slow) {
    advice =
        "Make each run cheaper: keep counts or a histogram in a per-CPU map and let user space read them "
        "at an interval, instead of copying data out of every event.";
  } else {
    advice =
        "Aggregate in the kernel and keep the path short: a per-CPU map needs neither a lock nor a "
        "shared line.";
  }
  if (often)
    advice += " Filter as the first step of the program (protocol, address, port), or sample one event in N.";
  add("in-kernel-time",
      fmt::format("{} runs {} times/s at {} ns: {} of one CPU.", program_name(*heaviest),
                  count_text(heaviest->runs_per_s),
                  heaviest->ns_per_run ? format_significant(*heaviest->ns_per_run) : "?",
                  percent_text(program_cpu(*heaviest))),
      advice);
}

void Advisor::output_per_event() {
  if (!subject_.output_bytes_per_s || *subject_.output_bytes_per_s < 256.0 * 1024) return;
  const RunsPerEvent most = runs_per_event(subject_);
  if (most.runs >= kEveryEvent) {
    add("output-per-event",
        fmt::format("It writes {}/s, and one of its programs runs about {} times for each {}: it reports "
                    "every event.{}",
                    format_bytes(*subject_.output_bytes_per_s), format_significant(most.runs, 2), most.unit,
                    submit_estimate()),
        "Report sums at an interval, or only the events that matter (above a latency threshold, with a "
        "drop reason), or one event in N; output that grows with the traffic is what costs most.");
  } else {
    add("output-volume", fmt::format("It writes {}/s.", format_bytes(*subject_.output_bytes_per_s)),
        "Give its output a place that can take it, or lower the rate: a filter, a threshold, a longer "
        "interval.");
  }
}

// What handing out every run of the most frequent program would take.
std::string Advisor::submit_estimate() const {
  double most = 0;
  for (const ResultProgram& program : subject_.programs)
    most = std::max(most, program.runs_per_s.value_or(0));
  if (most < 1000) return "";
  return fmt::format(
      " At {} events/s and {:g} to {:g} ns for each, handing them out takes {} to {} of a CPU.",
      count_text(most), kSubmitLowNs, kSubmitHighNs, percent_text(most * kSubmitLowNs * 1e-7),
      percent_text(most * kSubmitHighNs * 1e-7));
}

void Advisor::maps() {
  if (const ResultMap* map = map_of_type(subject_, "perf_event_array")) {
    const std::string kernel = kernel_of(result_, subject_);
    std::string advice =
        "On Linux 5.8 and later a BPF ring buffer shares one buffer between CPUs, reserves in place "
        "instead of copying, and can leave the reader asleep (BPF_RB_NO_WAKEUP) until there is enough to "
        "read.";
    if (older_than_ring_buffer(kernel)) {
      advice = fmt::format(
          "This kernel ({}) has no BPF ring buffer (Linux 5.8): sum up in a per-CPU map, or "
          "let the perf buffer wake its reader only every N events (wakeup_events).",
          kernel);
    }
    add("perf-buffer",
        fmt::format("Its events go through a perf buffer (map {}), {:g} to {:g} ns for each.", map->name,
                    kSubmitLowNs, kSubmitHighNs),
        advice);
  }
  if (const ResultMap* map = map_of_type(subject_, "stack_trace")) {
    add("stack-traces",
        fmt::format("It takes stack traces (map {}, {} entries), {:g} to {:g} ns for each.", map->name,
                    map->max_entries, kStackLowNs, kStackHighNs),
        "Take a stack only for events that passed the filter, limit its depth, or sample.");
  }
  if (subject_.map_bytes && *subject_.map_bytes >= 64 << 20) {
    const auto largest = std::max_element(
        subject_.maps.begin(), subject_.maps.end(),
        [](const ResultMap& a, const ResultMap& b) { return a.bytes.value_or(0) < b.bytes.value_or(0); });
    std::string text =
        fmt::format("Its maps take {}", format_bytes(static_cast<double>(*subject_.map_bytes)));
    if (largest != subject_.maps.end() && largest->bytes)
      text += fmt::format(", most of it {} ({}, {} entries: {})", largest->name, largest->type,
                          largest->max_entries, format_bytes(static_cast<double>(*largest->bytes)));
    add("map-memory", text + ".",
        "Size max_entries by what is alive at one time, use an LRU type, or BPF_F_NO_PREALLOC where most "
        "entries stay unused; per-CPU types take that memory once for every possible CPU.");
  }
}

void Advisor::user_space() {
  if (!subject_.process_cpu_percent.avg || *subject_.process_cpu_percent.avg < 5) return;
  add("reader-cpu",
      fmt::format("Its user-space process takes {} of a CPU (peak {}).",
                  percent_text(subject_.process_cpu_percent.avg),
                  percent_text(subject_.process_cpu_percent.peak)),
      "Read less often and more at a time, format less, or let the kernel side do the summing; pin the "
      "reader to a CPU that the traffic does not use.");
}

// The reader and the traffic on one CPU: then the tool's user space slows the traffic down directly. Only
// where both ends are one machine: elsewhere a CPU's number does not say whose it is.
void Advisor::shared_cpu() {
  const auto& cpu = subject_.process_cpu_percent.avg;
  if (!cpu || *cpu < 1) return;
  const nlohmann::json& placement = placement_of(result_, subject_);
  if (!placement.is_object() || !ends_on_one_host(result_, subject_)) return;
  const nlohmann::json& facts = facts_of(result_, subject_);
  std::optional<int64_t> online;
  if (facts.is_object() && facts.contains("cpu_count_online") &&
      facts["cpu_count_online"].is_number_integer())
    online = facts["cpu_count_online"].get<int64_t>();
  std::vector<std::string> workloads;
  std::set<int64_t> shared;
  for (const auto& [workload, place] : placement.items()) {
    std::set<int64_t> traffic = cpus_in(place, "server");
    traffic.merge(cpus_in(place, "client"));
    std::set<int64_t> own = cpus_in(place, "subject");
    // Not pinned: it shares when the traffic leaves no CPU free.
    if (own.empty() && online && static_cast<int64_t>(traffic.size()) >= *online) own = traffic;
    std::set<int64_t> both;
    std::set_intersection(own.begin(), own.end(), traffic.begin(), traffic.end(),
                          std::inserter(both, both.end()));
    if (both.empty()) continue;
    workloads.push_back(workload);
    shared.merge(both);
  }
  if (shared.empty()) return;
  add("reader-shares-cpu",
      fmt::format(
          "Its user-space process takes {} of a CPU and may run on CPU{} {}, which the traffic of {} uses "
          "too.",
          percent_text(cpu), shared.size() == 1 ? "" : "s", fmt::join(shared, ", "), join(workloads, ", ")),
      "Give the reader a CPU of its own (taskset, cpuset); where there is none, what it takes is missing to "
      "the traffic, and the overhead seen here is an upper bound.");
}

void Advisor::residual() {
  const AttributedTime* largest = nullptr;
  const auto rows = attributions(result_, subject_.id);
  for (const AttributedTime& a : rows) {
    // Only where the measurement itself is clear of the attributed time, and the rest is most of it.
    if (!a.residual_low || *a.residual_low <= 0 || a.residual_us < 0.5 * a.measured_us) continue;
    if (largest == nullptr || a.residual_us > largest->residual_us) largest = &a;
  }
  if (largest == nullptr) return;
  add("residual",
      fmt::format("On {} it adds {} us to each {}, of which its programs explain {} us.",
                  largest->row->workload, format_significant(largest->measured_us),
                  unit_of_work(largest->row->workload), format_significant(largest->attributed_us)),
      largest->row->attributed_entry_us
          ? "The rest is outside the programs and their hooks: waking the reader, the reader's own CPU time "
            "and cache misses. Fewer wake-ups and less output help there; a cheaper program does not."
          : "The rest is outside the programs: entering the hook, waking the reader, the reader's own CPU "
            "time "
            "and cache misses. A cheaper hook (raw tracepoint or fentry) and fewer wake-ups help there; a "
            "cheaper program does not.");
}

void Advisor::leftovers() {
  int64_t misses = 0;
  for (const ResultProgram& program : subject_.programs) misses += program.recursion_misses.value_or(0);
  if (misses > 0) {
    add("recursion-misses",
        fmt::format("The kernel skipped {} of its program runs to prevent recursion.", misses),
        "What it counts is short by these events: do not trace what the program itself triggers.");
  }
  if (!subject_.left_behind.empty()) {
    std::string what = subject_.left_behind.front();
    if (subject_.left_behind.size() > 1) what += fmt::format(" and {} more", subject_.left_behind.size() - 1);
    add("left-behind", fmt::format("After it ended, this stayed: {}.", what),
        "It goes on costing until it is removed: let the tool detach and unpin what it made on every way "
        "out.");
  }
}

void Advisor::weak_evidence() {
  size_t open = 0, without_interval = 0;
  int needed = 0;
  bool known = true;
  for (const ResultComparison* row : rows_) {
    if (row->overhead_percent && (!row->ci_low || !row->ci_high)) ++without_interval;
    if (row->verdict != Verdict::kInconclusive && row->verdict != Verdict::kOverhead) continue;
    ++open;
    needed = std::max(needed, row->blocks_needed.value_or(0));
    known = known && row->blocks_needed;
  }
  if (without_interval > 0) {
    add("weak-evidence",
        fmt::format("Of its {}, {} {} no interval: measured once.", counted(rows_.size(), "primary metric"),
                    without_interval, without_interval == 1 ? "has" : "have"),
        "A difference between two single measurements may be chance: repeat them, at least six times, tool "
        "and baseline in turn (`bpftax measure`, `bpftax run`).");
    return;
  }
  if (open == 0) return;
  std::string advice;
  if (known && needed > 6 && needed <= 200) {
    advice = fmt::format("About {0} blocks would decide all of them (--blocks 6..{0}); ", needed);
  } else {
    advice = "More blocks alone may not decide them: ";
  }
  add("weak-evidence",
      fmt::format("Of its {}, {} {} not decided.", counted(rows_.size(), "primary metric"), open,
                  open == 1 ? "is" : "are"),
      advice + "longer windows and a quieter machine make each block worth more.");
}

std::vector<ResultWarning> Advisor::all() {
  if (subject_.status != "measured") return {};
  in_kernel_time();
  output_per_event();
  user_space();
  shared_cpu();
  maps();
  residual();
  leftovers();
  weak_evidence();
  return std::move(out_);
}

}  // namespace

std::vector<ResultWarning> advice_for(const RunResult& result, const ResultSubject& subject) {
  return Advisor(result, subject, rows_of(result, subject.id, true)).all();
}

void classify(RunResult& result) {
  const ResultIndex index(result);
  for (ResultSubject& subject : result.subjects) {
    subject.design = design_of(subject);
    ClassOfUse use = class_of_use(subject, index.primary_rows(subject.id));
    subject.klass = std::move(use.name);
    subject.class_reason = std::move(use.reason);
    subject.advice = Advisor(result, subject, index.primary_rows(subject.id)).all();
  }
}

}  // namespace bpftax
