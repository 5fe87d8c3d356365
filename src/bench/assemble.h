// The document of a run, and the facts of its host.
#pragma once

#include <string>
#include <vector>

#include "bench/model.h"
#include "bench/run.h"
#include "sample/paths.h"
#include "util/json.h"

namespace bpftax::bench {

// What there is to say about a run before it starts.
struct RunHeader {
  std::string benchmark;  // the family's name
  std::string command, started, version;
  uint64_t seed = 0;
  Json host = Json::object();
};

// read_host_facts(), and "bench": {"cpus": those that tasks are pinned to, "load_average": 1 minute, when it
// started, "isolated_cpus", "nohz_full_cpus": lists, null where the kernel does not say}.
// Whether the kernel gives a new process addresses of its own: the stack's and the libraries', the code's,
// and the heap's (kernel.randomize_va_space 2), unless this process runs below `setarch -R`. nullopt:
// unknown.
std::optional<bool> addresses_are_random(const SampleRoots& roots = {});

Json bench_host_facts(const std::vector<int>& cpus, const SampleRoots& roots = {});

// What of these facts spoils numbers: run-time statistics on, no JIT, a machine that is busy.
std::vector<std::string> host_warnings(const Json& host);

// Rows, conditions and warnings of what has been measured so far.
Document assemble(const RunHeader& header, const RunRecord& record);

// The journal (JSON lines): what is to be done, then each process with all its samples.
inline constexpr std::string_view kBenchJournalSchema = "bpftax.bench.journal/1";
std::string journal_header(const RunHeader& header, const std::vector<Task>& tasks,
                           const std::vector<std::string>& conditions, const RunOptions& options);
std::string journal_line(const ProcessRecord& record);

}  // namespace bpftax::bench
