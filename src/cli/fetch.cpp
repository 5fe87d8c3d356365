// bpftax fetch: results of a campaign's hosts, or of any host that ssh reaches, brought here and verified.
#include "fetch/fetch.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/commands.h"
#include "fetch/fetch_hosts.h"
#include "host/interrupt.h"
#include "host/ssh_hosts.h"
#include "plan/workflow.h"
#include "report/text.h"
#include "result/manifest.h"
#include "util/files.h"
#include "util/json.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr const char* kResultsHere = "performance-test-results";
constexpr int64_t kProgressMs = 200;

struct FetchCommandOptions {
  std::string run_dir;
  std::string host, remote_path, local_dir, ssh_config;
  bool sudo = false;
  int at_once = 8;
};

// Where from, where to, and how to get there.
struct FetchJob {
  std::vector<FetchSource> sources;
  std::vector<ConfiguredHost> hosts;
  SshHostsOptions ssh;
};

Result<std::string> absolute_path(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return fail(ErrorKind::kUsage, "cannot use the folder", path, error.message());
  std::string text = absolute.string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Result<FetchJob> job_of_run(const FetchCommandOptions& options) {
  BPFTAX_ASSIGN(const std::string run_dir, absolute_path(options.run_dir));
  const std::string plan = run_dir + "/plan.json";
  const auto text = read_file(plan);
  if (!text) {
    return fail(
        ErrorKind::kUsage, "cannot fetch the run", plan, text.error().why,
        "RUN_DIR is what `bpftax run --out` made; for other results: --host, --remote-path, --local-dir");
  }
  BPFTAX_ASSIGN(const Json json, parse_json(*text, plan));
  if (find_path(json, "stopping") != nullptr) {
    return fail(ErrorKind::kUsage, "there is nothing to fetch", run_dir,
                "this run measured in the lab, and its results are here already",
                "bpftax validate " + shell_quote(options.run_dir));
  }
  BPFTAX_ASSIGN(const Workflow workflow, workflow_from_json(json, plan));
  FetchJob job;
  job.hosts = workflow.hosts;
  job.ssh.use_sudo = workflow.use_sudo;
  for (const ConfiguredHost& host : workflow.hosts) {
    if (!path_fault(host.id).empty() || host.id.find('/') != std::string::npos)
      return fail(ErrorKind::kUsage, "cannot fetch from the host", printable(host.id),
                  "its id is no folder name");
    job.sources.push_back({host.id, host.workdir + "/" + workflow.results_dir, workflow.run_id, run_dir,
                           "hosts/" + host.id + "/" + kResultsHere});
  }
  return job;
}

Result<FetchJob> job_of_host(const FetchCommandOptions& options) {
  if (options.host.empty() || options.remote_path.empty() || options.local_dir.empty()) {
    return fail(ErrorKind::kUsage, "cannot fetch", "", "say from where and to where",
                "bpftax fetch RUN_DIR, or bpftax fetch --host H --remote-path P --local-dir D");
  }
  std::string remote = options.remote_path;
  while (remote.size() > 1 && remote.back() == '/') remote.pop_back();
  if (remote[0] != '/' || remote == "/")
    return fail(ErrorKind::kUsage, "cannot fetch", remote,
                "the remote path must be absolute, and not / itself");
  BPFTAX_ASSIGN(const std::string local, absolute_path(options.local_dir));
  FetchJob job;
  ConfiguredHost host;
  host.id = "remote";
  const size_t at = options.host.rfind('@');
  if (at != std::string::npos) host.user = options.host.substr(0, at);
  host.address = at == std::string::npos ? options.host : options.host.substr(at + 1);
  // The tree is only read; what must be writable is any folder. The root is the folder above the tree, so
  // that a name that is not there is an error and no new folder.
  host.workdir = "/tmp";
  const std::string above = remote.substr(0, remote.rfind('/'));
  job.ssh.extra_roots = {above.empty() ? "/" : above};
  job.ssh.use_sudo = options.sudo;
  job.hosts = {host};
  job.sources = {{host.id, remote, "", local, ""}};
  return job;
}

// One line on a terminal, redrawn a few times a second; nothing elsewhere.
class FetchLine {
 public:
  explicit FetchLine(bool live) : live_(live) {}
  ~FetchLine() {
    if (shown_) print(stderr, "\r\x1b[K");
  }
  void show(const FetchProgress& progress) {
    if (!live_) return;
    states_[progress.name] = progress;
    const int64_t now_ms = RealClock().monotonic_ns() / kNsPerMs;
    if (shown_ && now_ms - last_ms_ < kProgressMs) return;
    last_ms_ = now_ms;
    shown_ = true;
    FetchProgress sum;
    for (const auto& [name, state] : states_) {
      sum.files += state.files;
      sum.files_total += state.files_total;
      sum.bytes += state.bytes / 1024;  // of 1 KiB: sizes that hosts claim may be anything
      sum.bytes_total += state.bytes_total / 1024;
    }
    const std::string line =
        fmt::format("fetching from {} hosts: {}/{} files, {} of {}", states_.size(), sum.files,
                    sum.files_total, format_bytes(static_cast<double>(sum.bytes) * 1024),
                    format_bytes(static_cast<double>(sum.bytes_total) * 1024));
    print(stderr, "\r\x1b[K" + shorten(line, static_cast<size_t>(terminal_width(stderr) - 1)));
  }

 private:
  bool live_, shown_ = false;
  int64_t last_ms_ = 0;
  std::map<std::string, FetchProgress> states_;
};

Result<int> fetch(const FetchCommandOptions& options, const CommonOptions& common) {
  const bool run = !options.run_dir.empty();
  if (run && !(options.host + options.remote_path + options.local_dir).empty()) {
    return fail(ErrorKind::kUsage, "cannot fetch", options.run_dir,
                "RUN_DIR and --host/--remote-path/--local-dir exclude each other");
  }
  BPFTAX_ASSIGN(FetchJob job, run ? job_of_run(options) : job_of_host(options));
  job.ssh.run_id = fmt::format("fetch-{:06x}", random_seed() & 0xffffffu);
  job.ssh.ssh.config_file = options.ssh_config;
  BPFTAX_TRY(install_interrupt_handlers());
  // A file-size limit here is an error to report, not a reason to die.
  ::signal(SIGXFSZ, SIG_IGN);
  SshHosts hosts(job.hosts, job.ssh);
  std::vector<FetchReport> reports;
  {
    FetchLine line(!common.quiet && isatty(STDERR_FILENO) == 1);
    FetchOptions fetch_options;
    fetch_options.progress = [&](const FetchProgress& progress) { line.show(progress); };
    reports = fetch_hosts(
        job.sources, [&](const FetchSource& source) { return hosts.host(source.name); }, fetch_options,
        options.at_once);
  }
  for (const std::string& left : hosts.close_all())
    print(stderr, "bpftax: warning: left behind: " + one_line(left) + "\n");
  BPFTAX_TRY(write_json_output(common.json, fetch_json(reports).dump(2) + "\n"));
  const int code = fetch_exit_code(reports);
  if (!common.quiet || code != 0) print(common.human(), fetch_table(reports));
  return code;
}

}  // namespace

RunCommand set_up_fetch(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<FetchCommandOptions>();
  command.add_option("RUN_DIR", options->run_dir,
                     "run directory of a campaign: its hosts, into RUN_DIR/hosts/");
  command
      .add_option("--host", options->host,
                  "fetch from this host instead: user@host, or a name of the ssh config")
      ->type_name("H");
  command.add_option("--remote-path", options->remote_path, "folder on that host, absolute")->type_name("P");
  command.add_option("--local-dir", options->local_dir, "where to put its content")->type_name("D");
  command.add_option("--ssh-config", options->ssh_config, "ssh configuration file instead of the user's own")
      ->type_name("FILE");
  command.add_flag("--sudo", options->sudo, "with --host: read as root there (sudo -n)");
  command.add_option("--parallel", options->at_once, "hosts at the same time")
      ->type_name("N")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  return [options, &common] { return fetch(*options, common); };
}

}  // namespace bpftax
