#include "host/ssh_connection.h"

#include <dirent.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "agent/process_identity.h"
#include "host/interrupt.h"
#include "host/ssh_errors.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/rng.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr char kControlPrefix[] = "bpftax-ssh-";
constexpr size_t kLongestControlBase = 50;  // sun_path has 108 bytes, ssh adds 18 to a name of ours
// ServerAliveInterval * (CountMax + 1) is when a silent peer is given up.
constexpr int kAliveIntervalS = 2;
constexpr int kAliveCount = 3;
constexpr size_t kMaxNoiseBytes = 64u << 10;
constexpr int64_t kMasterGraceMs = 2'000;
constexpr const char* kConnectWhat = "cannot connect";
constexpr const char* kQuietShell =
    "let ~/.bashrc there (or what its login shell reads) write nothing when it is not interactive";

std::string control_base(const SshOptions& options) {
  if (!options.control_folder.empty()) return options.control_folder;
  const char* named = ::getenv("TMPDIR");
  if (named == nullptr || named[0] != '/' || std::string_view(named).size() > kLongestControlBase)
    return "/tmp";
  return named;
}

// BASE/bpftax-ssh-PID-STARTTICKS-N, 0700.
Result<std::string> make_control_folder(const std::string& base) {
  static std::atomic<int> count = 0;
  const auto self = identify(::getpid());
  if (!self) return fail(ErrorKind::kInternal, "cannot read", "/proc/self/stat");
  const std::string path =
      fmt::format("{}/{}{}-{}-{}", base, kControlPrefix, self->pid, self->start_ticks, ++count);
  if (::mkdir(path.c_str(), 0700) != 0)
    return fail_errno(errno, "cannot make a folder for SSH's socket", path);
  return path;
}

// Runs by whatever shell the account has; the script itself by a POSIX shell. Quoting by ' alone is
// understood by all of them as long as the script has no newline.
std::string remote_command(const std::string& marker, const std::string& script) {
  return "exec sh -c " + shell_quote(fmt::format("printf '%s\\n' {}; {}", marker, script));
}

}  // namespace

std::string ssh_destination(const ConfiguredHost& host, const SshOptions& options) {
  std::vector<std::string> words;
  if (!options.config_file.empty()) words.insert(words.end(), {"-F", options.config_file});
  if (host.port) words.insert(words.end(), {"-p", std::to_string(*host.port)});
  words.push_back(host.user.empty() ? host.address : host.user + "@" + host.address);
  return shell_join(words);
}

Result<void> check_ssh_destination(const ConfiguredHost& host) {
  const auto usable = [](const std::string& word) {
    return !word.starts_with('-') && std::all_of(word.begin(), word.end(), [](unsigned char c) {
      return c > 0x20 && c != 0x7f &&
             std::string_view("'`\"$\\;&<>|(){}*?").find(static_cast<char>(c)) == std::string_view::npos;
    });
  };
  if (host.address.empty() || !usable(host.address)) {
    return fail(ErrorKind::kUsage, "this cannot be the address of a host", host.id,
                "'" + printable(host.address) + "'",
                "an IP address, a name, or a Host alias of the ssh configuration");
  }
  if (!usable(host.user) || host.user.find('@') != std::string::npos)
    return fail(ErrorKind::kUsage, "this cannot be a user", host.id, "'" + printable(host.user) + "'");
  if (host.port && (*host.port < 1 || *host.port > 65535))
    return fail(ErrorKind::kUsage, "this cannot be a port", host.id, std::to_string(*host.port));
  return {};
}

void remove_stale_control_folders(const std::string& base) {
  const auto close = [](DIR* dir) { ::closedir(dir); };
  const std::unique_ptr<DIR, decltype(close)> dir(::opendir(base.c_str()), close);
  if (!dir) return;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kControlPrefix)) continue;
    const auto words = split(name.substr(std::string_view(kControlPrefix).size()), '-');
    const auto pid = words.size() == 3 ? to_int64(words[0]) : std::nullopt;
    const auto ticks = words.size() == 3 ? to_int64(words[1]) : std::nullopt;
    if (!pid || !ticks || *pid < 1 || *pid > INT32_MAX) continue;
    if (is_alive({static_cast<int>(*pid), *ticks})) continue;
    const std::string path = base + "/" + std::string(name);
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) continue;
    (void)remove_tree(path);  // the next one tries again
  }
}

Result<std::unique_ptr<SshConnection>> SshConnection::open(const ConfiguredHost& host,
                                                           const SshOptions& options, bool ask_sudo) {
  BPFTAX_TRY(check_ssh_destination(host));
  const std::string base = control_base(options);
  remove_stale_control_folders(base);
  std::unique_ptr<SshConnection> connection(new SshConnection);
  BPFTAX_ASSIGN(connection->folder_, make_control_folder(base));
  connection->options_ = options;
  const std::string name = (host.user.empty() ? "" : host.user + "@") + host.address +
                           (host.port ? ":" + std::to_string(*host.port) : "");
  connection->where_ = printable(host.id.empty() || host.id == name ? name : host.id + " (" + name + ")");
  if (host.port) connection->destination_ = {"-p", std::to_string(*host.port)};
  if (!host.user.empty()) connection->destination_.insert(connection->destination_.end(), {"-l", host.user});
  connection->destination_.insert(connection->destination_.end(), {"--", host.address});
  connection->shown_destination_ = ssh_destination(host, options);
  connection->marker_ = fmt::format("bpftax-{:016x}", random_seed());
  BPFTAX_TRY(connection->connect(host.workdir, ask_sudo));
  return connection;
}

SshConnection::~SshConnection() {
  close();
}

std::vector<std::string> SshConnection::common_argv() const {
  std::vector<std::string> argv = {options_.program};
  if (!options_.config_file.empty()) argv.insert(argv.end(), {"-F", options_.config_file});
  std::string socket = folder_ + "/m";
  for (size_t at = 0; (at = socket.find('%', at)) != std::string::npos; at += 2) socket.insert(at, 1, '%');
  argv.insert(argv.end(), {"-S", socket, "-T", "-a", "-x", "-e", "none"});
  for (const char* option :
       {"BatchMode=yes", "ControlPersist=no", "ClearAllForwardings=yes", "RemoteCommand=none",
        "RequestTTY=no", "PermitLocalCommand=no", "LogLevel=INFO"}) {
    argv.insert(argv.end(), {"-o", option});
  }
  return argv;
}

Result<void> SshConnection::connect(const std::string& workdir, bool ask_sudo) {
  std::vector<std::string> argv = common_argv();
  argv.insert(argv.end(),
              {"-o", "ControlMaster=yes", "-o", fmt::format("ServerAliveInterval={}", kAliveIntervalS), "-o",
               fmt::format("ServerAliveCountMax={}", kAliveCount), "-o",
               fmt::format("ConnectTimeout={}", options_.connect_timeout_s)});
  argv.insert(argv.end(), destination_.begin(), destination_.end());
  const std::string last = "\n" + marker_ + " end\n";
  argv.push_back(
      remote_command(marker_, probe_script(workdir, ask_sudo) +
                                  fmt::format("printf '\\n%s end\\n' {}; exec cat >/dev/null", marker_)));
  BPFTAX_ASSIGN(master_, start_child(argv, ChildGroup::kOwnGroup, "cannot start the SSH client",
                                     "apt-get install openssh-client"));
  Exchange exchange;
  exchange.keep_stdin = true;
  exchange.timeout_ms = options_.command_timeout_ms;
  exchange.done = [&](std::string_view output) { return output.find(last) != std::string_view::npos; };
  const auto exchanged = exchange_with(master_, exchange, kConnectWhat, where_);
  if (!exchanged) {
    Error error = exchanged.error();
    if (error.kind == ErrorKind::kEnvironment) error.hint = kQuietShell;
    return tl::unexpected<Error>(std::move(error));
  }
  const std::string& output = *exchanged;
  const size_t begin = output.find(marker_ + "\n");
  const size_t end = output.find(last);
  if (begin != std::string::npos && end != std::string::npos) {
    BPFTAX_ASSIGN(probe_, parse_probe(std::string_view(output).substr(begin, end - begin), where_));
    return {};
  }
  (void)wait_for_child(master_, kMasterGraceMs);
  // Not ssh's own exit code: the account's shell has ended without running our command; it may have said why.
  const std::string words = last_words(master_.words) + "\n" + printable(output);
  Error error = explain_ssh_failure(words, kConnectWhat, where_, shown_destination_);
  if (master_.status && !(master_.status->code == 255 || master_.status->signaled)) {
    error.kind = ErrorKind::kEnvironment;
    error.why = fmt::format("the login worked, but its shell ended ({}) without running our command: {}",
                            to_string(*master_.status), reason_of_ssh(words));
    error.hint = "the account needs a POSIX shell: ssh " + shown_destination_ + " 'uname -a' must work";
  }
  return tl::unexpected<Error>(std::move(error));
}

std::vector<std::string> SshConnection::client_argv(const std::string& script) const {
  std::vector<std::string> argv = common_argv();
  // Without the master a client would connect by itself: it must not.
  argv.insert(argv.end(), {"-o", "ControlMaster=no", "-o", "ProxyCommand=false"});
  argv.insert(argv.end(), destination_.begin(), destination_.end());
  argv.push_back(remote_command(marker_, script));
  return argv;
}

Result<SshConnection::Output> SshConnection::run(const std::string& script, std::string_view input,
                                                 int64_t timeout_ms) {
  const std::string what = "cannot run a command over SSH";
  BPFTAX_ASSIGN(Child client, start_child(client_argv(script), ChildGroup::kOwnGroup, what, ""));
  Exchange exchange;
  exchange.input = input;
  exchange.timeout_ms = timeout_ms;
  auto output = exchange_with(client, exchange, what, where_);
  if (output) (void)wait_for_child(client, kMasterGraceMs);
  end_child(client, kMasterGraceMs);
  if (!output) return propagate(output);
  const std::string begin = marker_ + "\n";
  const size_t at = output->find(begin);
  if (client.status->signaled || client.status->code == 255 || at == std::string::npos)
    return tl::unexpected<Error>(explain(client, what));
  return Output{client.status->code, output->substr(at + begin.size()), last_words(client.words)};
}

Result<Child> SshConnection::start(const std::string& script) {
  const std::string what = "cannot run a command over SSH";
  BPFTAX_ASSIGN(Child client, start_child(client_argv(script), ChildGroup::kOwnGroup, what, ""));
  const int64_t deadline_ns = RealClock().monotonic_ns() + options_.command_timeout_ms * kNsPerMs;
  for (size_t noise = 0; noise < kMaxNoiseBytes;) {
    auto line = read_line(client, (deadline_ns - RealClock().monotonic_ns()) / kNsPerMs);
    if (!line) {
      end_child(client, kMasterGraceMs);
      if (line.error().kind == ErrorKind::kInterrupted) return propagate(line);
      return tl::unexpected<Error>(client.status && client.status->code == 255 ? explain(client, what)
                                                                               : line.error());
    }
    // Something that ends without a newline may stand before it.
    if (line->ends_with(marker_)) return client;
    noise += line->size() + 1;
  }
  end_child(client, kMasterGraceMs);
  return fail(
      ErrorKind::kEnvironment, what, where_,
      fmt::format("the login shell writes more than {} KiB before it runs the command", kMaxNoiseBytes >> 10),
      "let ~/.bashrc (or what the shell reads) write nothing when it is not interactive");
}

Result<std::string> SshConnection::read_line(Child& client, int64_t timeout_ms) const {
  const std::string what = "cannot run a command over SSH";
  const int64_t deadline_ns = RealClock().monotonic_ns() + timeout_ms * kNsPerMs;
  std::string line;
  while (true) {
    char c = 0;
    const ssize_t bytes = ::read(client.out.get(), &c, 1);
    if (bytes == 1) {
      if (c == '\n') return line;
      line += c;
      if (line.size() > kMaxNoiseBytes)
        return fail(ErrorKind::kEnvironment, what, where_, "a line without end");
      continue;
    }
    if (bytes == 0 || (errno != EAGAIN && errno != EINTR))
      return fail(ErrorKind::kLost, what, where_, "its output ended");
    if (!InterruptShield::active() && interrupted()) return fail_interrupted(what);
    const int64_t left_ms = (deadline_ns - RealClock().monotonic_ns()) / kNsPerMs;
    if (left_ms <= 0) return fail(ErrorKind::kLost, what, where_, "no answer in time");
    pollfd fds[2] = {{client.out.get(), POLLIN, 0},
                     {InterruptShield::active() ? -1 : interrupt_fd(), POLLIN, 0}};
    ::poll(fds, 2, static_cast<int>(std::min(left_ms + 1, kPollSliceMs)));
  }
}

bool SshConnection::alive() {
  return !folder_.empty() && !reap_child(master_);
}

Error SshConnection::explain(const Child& client, const std::string& what) {
  // The master knows why, and it ends a moment later than its clients.
  (void)wait_for_child(master_, 200);
  std::string words = last_words(master_.words);
  const std::string own = last_words(client.words);
  if (!own.empty()) words = words.empty() ? own : own + "\n" + words;
  return explain_ssh_failure(words, what, where_, shown_destination_);
}

void SshConnection::close() {
  if (folder_.empty()) return;
  if (master_.pid > 0) {
    master_.in.reset();
    if (!wait_for_child(master_, kMasterGraceMs)) {
      std::vector<std::string> argv = common_argv();
      argv.insert(argv.end(), {"-O", "exit"});
      argv.insert(argv.end(), destination_.begin(), destination_.end());
      if (auto stop = start_child(argv, ChildGroup::kOwnGroup, "cannot end the SSH connection", "")) {
        (void)wait_for_child(*stop, kMasterGraceMs);
        end_child(*stop, 100);
      }
    }
    end_child(master_, kMasterGraceMs);
  }
  (void)remove_tree(folder_);  // remove_stale_control_folders() tries again
  folder_.clear();
}

}  // namespace bpftax
