#include "report/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/summary.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr std::array<const char*, 4> kClasses = {"continuous", "diagnosis", "short-term", "avoid"};

// Upper ends of the first three classes, in percent. In measurements on four kinds of machine, tools that
// only count or keep histograms stayed below 1 % of a CPU and 20 % latency, tools with an effective filter
// below 5 % and 35 %, tools that report every packet took 15 % and more and multiplied the latency: the bands
// lie between these groups.
struct Bands {
  std::array<double, 3> below;
};
constexpr Bands kIncrease = {{20, 100, 300}};   // of a latency or of CPU per unit
constexpr Bands kShareLost = {{10, 30, 60}};    // of throughput, packets, transactions
constexpr Bands kUserSpaceCpu = {{1, 15, 50}};  // of one CPU

int level(const Bands& bands, double value) {
  int at = 0;
  for (const double limit : bands.below)
    if (value >= limit) ++at;
  return at;
}

std::string limits_text(const Bands& bands, int at) {
  if (at == 0) return fmt::format("below {:g} %", bands.below[0]);
  if (at == 3) return fmt::format("{:g} % or more", bands.below[2]);
  const auto i = static_cast<size_t>(at);
  return fmt::format("{:g} to {:g} %", bands.below[i - 1], bands.below[i]);
}

// One thing that speaks for a class.
struct Evidence {
  std::string text;  // "+36.2 % tcp_rr mean latency"
  const Bands* bands = nullptr;
  std::string_view what;  // what the band is of
  int level = 0;          // at the estimate
  int best = 0, worst = 0;
  std::optional<double> high;
};

std::vector<Evidence> evidence_of(const RunResult& result, const ResultSubject& subject) {
  std::vector<Evidence> all;
  for (const ResultComparison* row : rows_of(result, subject.id, true)) {
    if (!row->overhead_percent || row->verdict == Verdict::kInvalid) continue;
    // At its ceiling the traffic can hide a cost, not invent one.
    if (row->verdict == Verdict::kSaturated && *row->overhead_percent < kShareLost.below[0]) continue;
    const Bands& bands = row->better == "higher" ? kShareLost : kIncrease;
    Evidence e;
    e.bands = &bands;
    e.what = row->better == "higher" ? "share lost" : "increase";
    e.text = fmt::format("{} % on {} {}", signed_number(row->overhead_percent), row->workload,
                         metric_label(row->metric, row->workload));
    e.level = level(bands, *row->overhead_percent);
    e.best = level(bands, row->ci_low.value_or(*row->overhead_percent));
    e.worst = level(bands, row->ci_high.value_or(*row->overhead_percent));
    e.high = row->ci_high;
    all.push_back(std::move(e));
  }
  return all;
}

double program_cpu(const ResultProgram& program) {
  if (program.cpu_percent) return *program.cpu_percent;
  if (program.runs_per_s && program.ns_per_run) return *program.runs_per_s * *program.ns_per_run * 1e-7;
  return 0;
}

// Most runs of one program for each transaction or packet, and of which. Streams do not count: their unit is
// a GB, which is many events.
struct RunsPerEvent {
  double runs = 0;
  std::string unit;
};
RunsPerEvent runs_per_event(const ResultSubject& subject) {
  RunsPerEvent most;
  for (const ResultProgram& program : subject.programs) {
    for (const auto& workload : program.workloads) {
      const std::string unit = unit_of_work(workload.workload);
      if ((unit == "packet" || unit == "transaction") && workload.runs_per_unit > most.runs)
        most = {workload.runs_per_unit, unit};
    }
  }
  return most;
}

std::string program_name(const ResultProgram& program) {
  return program.attach.empty() ? program.name : fmt::format("{} ({})", program.name, program.attach);
}

const ResultMap* map_of_type(const ResultSubject& subject, std::string_view type) {
  for (const ResultMap& map : subject.maps)
    if (map.type == type) return &map;
  return nullptr;
}

class Advisor {
 public:
  Advisor(const RunResult& result, const ResultSubject& subject) : result_(result), subject_(subject) {}
  std::vector<ResultWarning> all();

 private:
  void add(const char* code, std::string text, std::string advice) {
    out_.push_back({code, std::move(text), std::move(advice)});
  }
  void in_kernel_time();
  void output_per_event();
  void maps();
  void user_space();
  void residual();
  void leftovers();
  void weak_evidence();

  const RunResult& result_;
  const ResultSubject& subject_;
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
  if (most.runs >= 0.9) {
    add("output-per-event",
        fmt::format("It writes {}/s, and one of its programs runs about {} times for each {}: it reports "
                    "every event.",
                    format_bytes(*subject_.output_bytes_per_s), format_significant(most.runs, 2), most.unit),
        "Report sums at an interval, or only the events that matter (above a latency threshold, with a "
        "drop reason); output that grows with the traffic is what costs most.");
  } else {
    add("output-volume", fmt::format("It writes {}/s.", format_bytes(*subject_.output_bytes_per_s)),
        "Give its output a place that can take it, or lower the rate: a filter, a threshold, a longer "
        "interval.");
  }
}

void Advisor::maps() {
  if (const ResultMap* map = map_of_type(subject_, "perf_event_array")) {
    add("perf-buffer", fmt::format("Its events go through a perf buffer (map {}).", map->name),
        "On Linux 5.8 and later a BPF ring buffer shares one buffer between CPUs, reserves in place "
        "instead of copying, and can leave the reader asleep (BPF_RB_NO_WAKEUP) until there is enough to "
        "read.");
  }
  if (const ResultMap* map = map_of_type(subject_, "stack_trace")) {
    add("stack-traces", fmt::format("It takes stack traces (map {}).", map->name),
        "Walking a stack costs up to microseconds: take it only for events that passed the filter, limit "
        "its depth, or sample.");
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

void Advisor::residual() {
  const Attribution* largest = nullptr;
  const auto rows = attributions(result_, subject_.id);
  for (const Attribution& a : rows) {
    // Only where the measurement itself is clear of the attributed time, and the rest is most of it.
    if (!a.residual_low || *a.residual_low <= 0 || a.residual_us < 0.5 * a.measured_us) continue;
    if (largest == nullptr || a.residual_us > largest->residual_us) largest = &a;
  }
  if (largest == nullptr) return;
  add("residual",
      fmt::format("On {} it adds {} us to each {}, of which its programs explain {} us.",
                  largest->row->workload, format_significant(largest->measured_us),
                  unit_of_work(largest->row->workload), format_significant(largest->attributed_us)),
      "The rest is outside the programs: entering the hook, waking the reader, the reader's own CPU time "
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
  size_t open = 0;
  int needed = 0;
  bool known = true;
  const auto rows = rows_of(result_, subject_.id, true);
  for (const ResultComparison* row : rows) {
    if (row->verdict != Verdict::kInconclusive && row->verdict != Verdict::kOverhead) continue;
    ++open;
    needed = std::max(needed, row->blocks_needed.value_or(0));
    known = known && row->blocks_needed;
  }
  if (open == 0) return;
  std::string advice;
  if (known && needed > 6 && needed <= 200) {
    advice = fmt::format("About {0} blocks would decide all of them (--blocks 6..{0}); ", needed);
  } else {
    advice = "More blocks alone may not decide them: ";
  }
  add("weak-evidence",
      fmt::format("Of its {}, {} {} not decided.", counted(rows.size(), "primary metric"), open,
                  open == 1 ? "is" : "are"),
      advice + "longer windows and a quieter machine make each block worth more.");
}

std::vector<ResultWarning> Advisor::all() {
  if (subject_.status != "measured") return {};
  in_kernel_time();
  output_per_event();
  user_space();
  maps();
  residual();
  leftovers();
  weak_evidence();
  return std::move(out_);
}

}  // namespace

ClassOfUse class_of_use(const RunResult& result, const ResultSubject& subject) {
  if (subject.status != "measured")
    return {"unknown", "It was not measured" + (subject.reason.empty() ? "." : ": " + subject.reason + ".")};
  std::vector<Evidence> all = evidence_of(result, subject);
  if (all.empty()) return {"unknown", "No primary metric could be estimated."};
  if (subject.process_cpu_percent.avg) {
    const int at = level(kUserSpaceCpu, *subject.process_cpu_percent.avg);
    all.push_back(
        {.text = fmt::format("{} of a CPU in user space", percent_text(subject.process_cpu_percent.avg)),
         .bands = &kUserSpaceCpu,
         .what = "user-space CPU",
         .level = at,
         .best = at,
         .worst = at});
  }
  // The worst decides; among equals the first, which is in the order of the result.
  const auto by = [](int Evidence::*field) {
    return [field](const Evidence& a, const Evidence& b) { return a.*field < b.*field; };
  };
  const Evidence& decides = *std::max_element(all.begin(), all.end(), by(&Evidence::level));
  const Evidence& at_worst = *std::max_element(all.begin(), all.end(), by(&Evidence::worst));
  const int best = std::max_element(all.begin(), all.end(), by(&Evidence::best))->best;
  if (at_worst.worst - best >= 2) {
    return {"unknown",
            fmt::format("The evidence is too weak: the intervals allow everything from \"{}\" to \"{}\" "
                        "({}, upper bound {} %).",
                        kClasses[static_cast<size_t>(best)], kClasses[static_cast<size_t>(at_worst.worst)],
                        at_worst.text, signed_number(at_worst.high))};
  }
  std::string reason;
  if (decides.level == 0) {
    reason = fmt::format(
        "Everything stays low: every latency and CPU increase {}, every share lost {}, user-space CPU {}.",
        limits_text(kIncrease, 0), limits_text(kShareLost, 0),
        subject.process_cpu_percent.avg ? limits_text(kUserSpaceCpu, 0) : "unknown");
  } else {
    std::string text = decides.text;
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    reason = fmt::format("{}: in the band \"{}\" ({} {}).", text,
                         class_phrase(kClasses[static_cast<size_t>(decides.level)]), decides.what,
                         limits_text(*decides.bands, decides.level));
  }
  if (at_worst.worst > decides.level) {
    reason +=
        fmt::format(" It may be worse: {} reaches up to {} %.", at_worst.text, signed_number(at_worst.high));
  }
  return {kClasses[static_cast<size_t>(decides.level)], reason};
}

std::vector<ResultWarning> advice_for(const RunResult& result, const ResultSubject& subject) {
  return Advisor(result, subject).all();
}

void classify(RunResult& result) {
  for (ResultSubject& subject : result.subjects) {
    ClassOfUse use = class_of_use(result, subject);
    subject.klass = std::move(use.name);
    subject.class_reason = std::move(use.reason);
    subject.advice = advice_for(result, subject);
  }
}

}  // namespace bpftax
