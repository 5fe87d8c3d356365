#include "bench/assemble.h"

#include <fmt/format.h>
#include <sys/personality.h>

#include <algorithm>

#include "bench/aggregate.h"
#include "sample/host_facts.h"
#include "util/files.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

constexpr double kBusyShare = 0.25;  // load average for each CPU that makes a machine not quiet

Json text_of_file(const std::string& path) {
  const auto text = read_file(path, 1u << 16);
  if (!text || trim(*text).empty()) return nullptr;
  return printable(trim(*text));
}

Json load_average(const SampleRoots& roots) {
  const auto text = read_file(roots.proc + "/loadavg", 4096);
  if (!text) return nullptr;
  const auto fields = split_blank(*text);
  return fields.empty() ? Json(nullptr) : json_or_null(to_double(fields.front()));
}

Json condition_json(const ConditionRecord& condition) {
  const bool available = condition.unavailable.empty();
  return {{"name", condition.name},
          {"status", available ? "measured" : "unavailable"},
          {"reason", available ? Json(nullptr) : Json(condition.unavailable)},
          {"visits", condition.visits},
          {"repetitions", condition.repetitions},
          {"reached", condition.reached}};
}

std::optional<double> number_at(const Json& object, const char* name) {
  return json_number(object, name).value_or(std::nullopt);
}

}  // namespace

std::optional<bool> addresses_are_random(const SampleRoots& roots) {
  const auto text = read_file(roots.proc + "/sys/kernel/randomize_va_space", 64);
  if (!text) return std::nullopt;
  const int persona = ::personality(0xffffffff);  // asks
  return trim(*text) == "2" && persona != -1 && (persona & ADDR_NO_RANDOMIZE) == 0;
}

Json bench_host_facts(const std::vector<int>& cpus, const SampleRoots& roots) {
  Json host = read_host_facts(roots);
  const auto random = addresses_are_random(roots);
  host["bench"] = {{"cpus", cpus},
                   {"addresses_are_random", random ? Json(*random) : Json(nullptr)},
                   {"load_average", load_average(roots)},
                   {"isolated_cpus", text_of_file(roots.sys + paths::kCpuDirectory + "/isolated")},
                   {"nohz_full_cpus", text_of_file(roots.sys + paths::kCpuDirectory + "/nohz_full")}};
  return host;
}

std::vector<std::string> host_warnings(const Json& host) {
  std::vector<std::string> out;
  if (number_at(host, "bpf_stats_enabled").value_or(0) != 0)
    out.emplace_back(
        "BPF run-time statistics are on (kernel.bpf_stats_enabled): they add about 20 ns to each run of a "
        "program");
  if (const auto jit = number_at(host, "bpf_jit_enable"); jit && *jit == 0)
    out.emplace_back("the BPF JIT is off (net.core.bpf_jit_enable): programs are interpreted");
  if (number_at(host, "bpf_jit_harden").value_or(0) != 0)
    out.emplace_back(
        "the BPF JIT is hardened (net.core.bpf_jit_harden): constants are blinded, programs are slower");
  const Json* bench = find_path(host, "bench");
  const Json* random = find_path(host, "bench.addresses_are_random");
  if (random != nullptr && *random == false)
    out.emplace_back(
        "addresses are not laid out at random (kernel.randomize_va_space, setarch -R): code and data lie at "
        "the "
        "same place in all processes, and what that does to the times is in no interval");
  const auto load = bench == nullptr ? std::nullopt : number_at(*bench, "load_average");
  const auto count = number_at(host, "cpu_count_online");
  if (load && count && *count > 0 && *load > kBusyShare * *count)
    out.push_back(fmt::format("the machine was busy when the run started: load average {} on {:.0f} CPUs",
                              format_significant(*load), *count));
  return out;
}

Document assemble(const RunHeader& header, const RunRecord& record) {
  Document document;
  document.version = header.version;
  document.command = header.command;
  document.started = header.started;
  document.seed = header.seed;
  document.host = header.host;
  for (const ConditionRecord& condition : record.conditions)
    document.conditions.push_back(condition_json(condition));
  document.rows = aggregate(header.benchmark, record);
  document.warnings = host_warnings(header.host);
  document.warnings.insert(document.warnings.end(), record.warnings.begin(), record.warnings.end());
  if (record.interrupted)
    document.warnings.push_back(
        fmt::format("the run was interrupted after {} processes: this is what had been measured",
                    record.processes.size()));
  return document;
}

std::string journal_header(const RunHeader& header, const std::vector<Task>& tasks,
                           const std::vector<std::string>& conditions, const RunOptions& options) {
  Json plan = Json::array();
  for (const Task& task : tasks)
    plan.push_back({{"subject", task.subject}, {"params", task.params}, {"cpus", task.cpus}});
  return dump_line({{"schema", kBenchJournalSchema},
                    {"version", header.version},
                    {"benchmark", header.benchmark},
                    {"command", header.command},
                    {"started", header.started},
                    {"seed", header.seed},
                    {"runs", options.runs},
                    {"samples", options.sampling.samples},
                    {"stretch_ns", options.sampling.stretch_ns},
                    {"conditions", conditions},
                    {"tasks", plan},
                    {"host", header.host}});
}

std::string journal_line(const ProcessRecord& record) {
  return dump_line({{"condition", record.condition},
                    {"task", record.task},
                    {"repetition", record.repetition},
                    {"seed", record.seed},
                    {"process", to_json(record.result)}});
}

}  // namespace bpftax::bench
