#include "host/ssh_transport.h"

#include <fmt/format.h>

#include "agent/ledger.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr const char* kStartWhat = "cannot start the agent";
constexpr int64_t kLaunchTimeoutMs = 60'000;  // ending a predecessor takes its processes' grace times
constexpr int64_t kForceTimeoutMs = 30'000;
constexpr int kCopies = 2;  // a copy may be damaged by somebody in between
constexpr char kStarting[] = "starting";
constexpr char kReplaced[] = "replaced ";
constexpr char kFailed[] = "failed ";
constexpr char kNoRun[] = "norun ";

bool wants_sudo(const SshProbe& probe, bool use_sudo) {
  return use_sudo && probe.uid != 0;
}

std::string state_folder(const SshProbe& probe, bool root) {
  if (root) return kDefaultStateDirectory;
  return probe.runtime_dir.empty() ? probe.cache + "/state" : probe.runtime_dir + "/bpftax";
}

tl::unexpected<Error> does_not_run(const SshConnection& connection, std::string_view words) {
  const auto says = [&](std::string_view text) { return words.find(text) != std::string_view::npos; };
  std::string hint = "run " + printable(connection.probe().cache) + "/agent-* --version on that machine";
  if (says("ermission denied") || says("not permitted")) {
    hint = "is " + printable(connection.probe().cache) +
           " on a file system mounted noexec, or (with sudo) on NFS with root_squash? Set XDG_CACHE_HOME "
           "there to "
           "another folder (SetEnv in sshd_config, or ~/.ssh/environment)";
  } else if (says("xec format error") || says("annot execute") || says("yntax error")) {
    hint = "the machine says it is " + connection.probe().architecture + ", but does not run programs for it";
  }
  return fail(ErrorKind::kEnvironment, "the agent does not run on the host", connection.where(),
              printable(shorten(words, 300)), hint);
}

Result<void> check_sudo(const SshConnection& connection, bool sudo) {
  const auto& error = connection.probe().sudo_error;
  if (!sudo || !error || error->empty()) return {};
  return fail(
      ErrorKind::kEnvironment, "cannot become root with sudo -n", connection.where(), shorten(*error, 300),
      fmt::format("allow it without a password, in /etc/sudoers.d/bpftax of that machine: {} ALL=(root) "
                  "NOPASSWD: ALL; or log in as root",
                  connection.probe().user));
}

// Where the agent's program lies there and how to run it; brings it there if it is missing or damaged.
struct Program {
  std::string command;
  std::string check_script;
  AgentBinary binary;
  std::string state_dir;
};
Result<Program> program_for(const SshConnection& connection, bool use_sudo) {
  const SshProbe& probe = connection.probe();
  const bool sudo = wants_sudo(probe, use_sudo);
  BPFTAX_TRY(check_sudo(connection, sudo));
  Program program;
  auto binary = find_agent_for(probe.architecture);
  if (!binary) {
    Error error = std::move(binary.error());
    error.where = connection.where() + ": " + error.where;
    return tl::unexpected<Error>(std::move(error));
  }
  program.binary = std::move(*binary);
  const std::string path = remote_agent_path(probe, program.binary);
  program.command = agent_command(path, sudo);
  program.check_script = check_agent_script(path, program.binary, sudo);
  program.state_dir = state_folder(probe, sudo || probe.uid == 0);
  return program;
}

// Runs the agent's program for a task that prints one JSON document.
Result<Json> run_task(const ConfiguredHost& host, const SshOptions& options, bool use_sudo,
                      const std::string& task) {
  BPFTAX_ASSIGN(auto connection, SshConnection::open(host, options, use_sudo));
  BPFTAX_ASSIGN(const Program program, program_for(*connection, use_sudo));
  for (int copies = 0;; ++copies) {
    const std::string script = fmt::format("{} exec {} {} --state-dir {}", program.check_script,
                                           program.command, task, shell_quote(program.state_dir));
    BPFTAX_ASSIGN(const SshConnection::Output output, connection->run(script, "", kLaunchTimeoutMs));
    const std::string_view text = trim(output.out);
    if (text.starts_with(kNoRun)) return does_not_run(*connection, text.substr(sizeof kNoRun - 1));
    if (text == "missing" || text == "damaged") {
      if (copies == kCopies)
        return does_not_run(*connection, "its file is " + std::string(text) + " after a copy");
      BPFTAX_TRY(copy_agent(*connection, program.binary));
      continue;
    }
    if (output.exit_code != 0)
      return fail(ErrorKind::kEnvironment, "the agent could not do what was asked", connection->where(),
                  output.err);
    return parse_json(text, connection->where());
  }
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  std::vector<std::string> texts;
  const Json* list = find_path(json, key);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(printable(item.get<std::string>()));
  }
  return texts;
}

}  // namespace

Result<std::unique_ptr<SshTransport>> SshTransport::start(const ConfiguredHost& host,
                                                          const SshOptions& options, const SshAgent& agent) {
  std::unique_ptr<SshTransport> transport(new SshTransport);
  BPFTAX_ASSIGN(transport->connection_, SshConnection::open(host, options, agent.use_sudo));
  BPFTAX_TRY(transport->check_machine(agent));
  BPFTAX_TRY(transport->launch(host, agent));
  return transport;
}

SshTransport::~SshTransport() {
  finish(kDefaultGraceMs);
}

Result<void> SshTransport::check_machine(const SshAgent& agent) const {
  const SshProbe& probe = connection_->probe();
  if (!valid_run_id(agent.run_id))
    return fail(ErrorKind::kInternal, kStartWhat, where(), "'" + agent.run_id + "' is no run id");
  for (const std::string& root : agent.roots) {
    if (root.size() < 2 || root[0] != '/') {
      return fail(ErrorKind::kUsage, "the workdir of a host must be an absolute path", where(),
                  "'" + printable(root) + "'");
    }
  }
  const bool root = probe.uid == 0 || wants_sudo(probe, agent.use_sudo);
  if (!root && !probe.workdir_writable && !agent.roots.empty()) {
    return fail(ErrorKind::kEnvironment, "cannot write to the workdir", where(),
                printable(agent.roots.front()),
                fmt::format("on that machine: mkdir -p {0} && chown {1} {0}; or choose another workdir",
                            printable(shell_quote(agent.roots.front())), probe.user));
  }
  return {};
}

Result<void> SshTransport::launch(const ConfiguredHost& host, const SshAgent& agent) {
  BPFTAX_ASSIGN(const Program program, program_for(*connection_, agent.use_sudo));
  remote_command_ = program.command;
  state_dir_ = program.state_dir;
  run_id_ = agent.run_id;
  std::string script = program.check_script;
  // Made by the login user, so that they can remove it; what they cannot make, root does.
  if (!host.workdir.empty()) script += fmt::format("mkdir -p {} 2>/dev/null; ", shell_quote(host.workdir));
  if (!agent.replaces.empty()) {
    script += fmt::format(
        "if r=$({} --end {} --state-dir {} 2>&1); then printf 'replaced %s\\n' \"$r\"; else "
        "printf 'failed %s\\n' \"$(printf %s \"$r\" | tr '\\n\\r' '  ')\"; exit 0; fi; ",
        remote_command_, shell_quote(agent.replaces), shell_quote(state_dir_));
  }
  script += fmt::format("echo starting; exec {} --run-id {} --state-dir {} --silence-limit {}",
                        remote_command_, shell_quote(run_id_), shell_quote(state_dir_), kSilenceLimitMs);
  for (const std::string& root : agent.roots) script += " --root " + shell_quote(root);

  for (int copies = 0;; ++copies) {
    BPFTAX_ASSIGN(const std::string word, try_launch(script));
    if (word.empty()) return {};
    if (copies == kCopies) return does_not_run(*connection_, "its file is " + word + " after a copy");
    BPFTAX_TRY(copy_agent(*connection_, program.binary));
  }
}

Result<std::string> SshTransport::try_launch(const std::string& script) {
  BPFTAX_ASSIGN(client_, connection_->start(script));
  while (true) {
    const auto line = connection_->read_line(client_, kLaunchTimeoutMs);
    if (line && *line == kStarting) return std::string();
    if (line && line->starts_with(kReplaced)) {
      BPFTAX_TRY(take_replaced(std::string_view(*line).substr(sizeof kReplaced - 1)));
      continue;
    }
    end_child(client_, 1'000);
    if (!line) {
      if (line.error().kind == ErrorKind::kInterrupted || !connection_->alive())
        return tl::unexpected<Error>(line.error().kind == ErrorKind::kInterrupted
                                         ? line.error()
                                         : connection_->explain(client_, kStartWhat));
      const std::string words = last_words(client_.words);
      return fail(line.error().kind, kStartWhat, where(), words.empty() ? line.error().why : words);
    }
    if (line->starts_with(kNoRun)) return does_not_run(*connection_, line->substr(sizeof kNoRun - 1));
    if (line->starts_with(kFailed)) {
      return fail(ErrorKind::kEnvironment, "cannot end what an earlier agent has left", where(),
                  printable(shorten(line->substr(sizeof kFailed - 1), 600)));
    }
    if (*line == "missing" || *line == "damaged") return *line;
    return fail(ErrorKind::kEnvironment, kStartWhat, where(),
                "unexpected words: '" + printable(shorten(*line, 120)) + "'");
  }
}

Result<void> SshTransport::take_replaced(std::string_view line) {
  BPFTAX_ASSIGN(const Json report, parse_json(line, where()));
  replaced_ = texts_of(report, "removed");
  const auto problems = texts_of(report, "problems");
  if (problems.empty()) return {};
  return fail(ErrorKind::kEnvironment, "cannot end what an earlier agent has left", where(),
              join(problems, "; "), "end it by hand on that machine; then: bpftax clean CONFIG");
}

// The agent hangs: another one of its kind ends it and cleans up after it.
void SshTransport::end_by_force() {
  const std::string what = "process group of the run " + run_id_ + " on " + where();
  const auto output = connection_->run(fmt::format("exec {} --end {} --state-dir {}", remote_command_,
                                                   shell_quote(run_id_), shell_quote(state_dir_)),
                                       "", kForceTimeoutMs);
  if (!output) {
    end_->left_over.push_back(what + " (" + to_string(output.error()) + ")");
    return;
  }
  const auto report = parse_json(trim(output->out), where());
  if (!report) {
    end_->left_over.push_back(what);
    return;
  }
  for (const std::string& problem : texts_of(*report, "problems")) end_->left_over.push_back(problem);
}

const AgentEnd& SshTransport::finish(int64_t grace_ms) {
  if (end_) return *end_;
  end_.emplace();
  if (client_.pid <= 0) {
    end_->how = "it was not started";
    return *end_;
  }
  client_.in.reset();
  bool forced = false;
  if (!wait_for_child(client_, grace_ms)) {
    forced = true;
    if (connection_->alive()) end_by_force();
  }
  end_child(client_, 2'000);
  if (!client_.status) {
    end_->how = "its SSH client cannot be killed";
  } else if (!forced && client_.status->code == 255 && !client_.status->signaled) {
    end_->how = "the SSH connection was lost (" + connection_->explain(client_, "").why + ")";
  } else {
    end_->how =
        (client_.status->signaled && !forced ? "its SSH client was " : "") + to_string(*client_.status);
    end_->last_words = last_words(client_.words);
  }
  if (forced) end_->how += ", after it had not ended by itself";
  end_->orderly = client_.status && client_.status->ok() && !forced;
  connection_->close();
  return *end_;
}

Result<Json> clean_over_ssh(const ConfiguredHost& host, const SshOptions& options, bool use_sudo) {
  return run_task(host, options, use_sudo, "--clean");
}

Result<std::vector<std::string>> dead_runs_over_ssh(const ConfiguredHost& host, const SshOptions& options,
                                                    bool use_sudo) {
  BPFTAX_ASSIGN(const Json report, run_task(host, options, use_sudo, "--dead"));
  return texts_of(report, "dead");
}

}  // namespace bpftax
