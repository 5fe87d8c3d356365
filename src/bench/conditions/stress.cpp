#include "bench/conditions/stress.h"

#include <fmt/format.h>

#include "util/strings.h"

namespace bpftax::bench {
namespace {

// It obeys SIGINT at once, its workers after the piece of work at hand.
constexpr StopPolicy kStop{5000, 1000};
constexpr int64_t kWordsBytes = 1 << 20;
constexpr int kSliceMs = 4;

ProcessSpec stress(const StressProgram& program, std::string name, const std::vector<std::string>& options) {
  ProcessSpec spec;
  spec.name = "stress-ng " + name;
  spec.argv = {program.path, "--timeout", "365d", "--temp-path", program.folder, "--no-rand-seed"};
  spec.argv.insert(spec.argv.end(), options.begin(), options.end());
  spec.cwd = program.folder;
  spec.stderr_path = fmt::format("{}/{}.stderr", program.folder, name);
  spec.output_cap_bytes = kWordsBytes;
  spec.stop = kStop;
  return spec;
}

}  // namespace

Result<std::string> find_stress(Host& host) {
  ProcessSpec spec;
  spec.name = "look for stress-ng";
  spec.shell = "PATH=\"$PATH:/usr/local/bin:/usr/bin\"; command -v stress-ng";
  BPFTAX_ASSIGN(const Host::Finished finished, host.run(spec, 10'000));
  const std::string path(trim(finished.out));
  if (!finished.status.ok() || path.empty() || path[0] != '/') {
    return fail(ErrorKind::kEnvironment, "cannot load the machine", host.name(), "stress-ng is not installed",
                "apt-get install stress-ng");
  }
  return path;
}

ProcessSpec stress_cpu(const StressProgram& program, int cpu, int percent) {
  ProcessSpec spec = stress(program, fmt::format("cpu{}", cpu),
                            {"--cpu", "1", "--cpu-method", "int64", "--cpu-load", std::to_string(percent),
                             "--cpu-load-slice", std::to_string(kSliceMs)});
  spec.cpus = {cpu};
  return spec;
}

ProcessSpec stress_memory(const StressProgram& program, int64_t bytes, int workers) {
  return stress(program, "vm",
                {"--vm", std::to_string(workers), "--vm-bytes", std::to_string(bytes), "--vm-keep",
                 "--vm-hang", "0", "--vm-method", "write64", "--vm-madvise", "normal", "--oomable"});
}

ProcessSpec stress_disk(const StressProgram& program) {
  return stress(program, "hdd",
                {"--hdd", "1", "--hdd-bytes", "128m", "--hdd-write-size", "1m", "--hdd-opts",
                 "wr-seq,rd-seq,fdatasync"});
}

ProcessSpec stress_network(const StressProgram& program, int port) {
  return stress(program, "sock", {"--sock", "1", "--sock-port", std::to_string(port)});
}

}  // namespace bpftax::bench
