#include "probes/probe_process_test.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{20};

bool run_shell(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

sockaddr_storage socket_address(const std::string& text, bool v6, uint16_t port, socklen_t& size) {
  sockaddr_storage storage{};
  if (v6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    inet_pton(AF_INET6, text.c_str(), &address->sin6_addr);
    size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &address->sin_addr);
    size = sizeof *address;
  }
  return storage;
}

}  // namespace

ProbeProcess::ProbeProcess(const std::vector<std::string>& arguments, int stdout_fd) {
  static int number = 0;
  out_path_ =
      fmt::format("{}/bpfpr-{}-{}.out", std::filesystem::temp_directory_path().string(), getpid(), ++number);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  err_pipe_.reset(ends[0]);
  const Fd err_end(ends[1]);
  const Fd out_file(open(out_path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600));
  const std::string program = std::string(BPFTAX_BIN_DIR) + "/bpftax-probe";
  std::vector<std::string> words = {program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(stdout_fd >= 0 ? stdout_fd : out_file.get(), STDOUT_FILENO);
  dup2(err_end.get(), STDERR_FILENO);
  execv(program.c_str(), argv.data());
  _exit(127);
}

ProbeProcess::~ProbeProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  unlink(out_path_.c_str());
}

bool ProbeProcess::read_err(int timeout_ms) {
  pollfd entry{err_pipe_.get(), POLLIN, 0};
  if (poll(&entry, 1, timeout_ms) <= 0) return true;
  char buffer[4096];
  const ssize_t size = read(err_pipe_.get(), buffer, sizeof buffer);
  if (size > 0) err_.append(buffer, static_cast<size_t>(size));
  return size > 0;
}

bool ProbeProcess::wait_attached() {
  const auto end = Clock::now() + kPatience;
  while (err_.find(": attached (") == err_.npos) {
    if (!read_err(100) || Clock::now() > end) return false;
  }
  return true;
}

void ProbeProcess::signal(int number) const {
  kill(pid_, number);
}

int ProbeProcess::wait() {
  const auto end = Clock::now() + kPatience;
  while (read_err(100)) {
    if (Clock::now() > end) return -1;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  out_ = out_so_far();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int ProbeProcess::stop(int number) {
  signal(number);
  return wait();
}

std::string ProbeProcess::out_so_far() const {
  return read_file(out_path_).value_or("");
}

std::vector<std::string> ProbeProcess::out_lines() const {
  std::vector<std::string> lines;
  for (const std::string_view line : split(out_, '\n')) {
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

std::vector<uint32_t> ProbeProcess::bpf_program_ids() const {
  std::vector<uint32_t> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fdinfo", pid_), error)) {
    const auto text = read_file(entry.path().string());
    if (!text) continue;
    for (const std::string_view line : split(*text, '\n')) {
      const auto fields = split_blank(line);
      if (fields.size() == 2 && fields[0] == "prog_id:")
        ids.push_back(static_cast<uint32_t>(to_uint64(fields[1]).value_or(0)));
    }
  }
  return ids;
}

bool programs_are_gone(const std::vector<uint32_t>& ids) {
  const auto end = Clock::now() + std::chrono::seconds(5);
  for (const uint32_t id : ids) {
    while (true) {
      const Fd program(bpf_prog_get_fd_by_id(id));
      if (!program && errno == ENOENT) break;
      if (Clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return true;
}

VethLab::VethLab() {
  for (const int side : {0, 1}) {
    if (!run_shell("ip netns add " + netns(side)))
      error_ = "cannot make the network namespace " + netns(side);
  }
  if (!run_shell(fmt::format("ip -n {} link add {} type veth peer name {} netns {}", netns(0), interface(0),
                             interface(1), netns(1))))
    error_ = "cannot make a veth pair";
  for (const int side : {0, 1}) {
    // No neighbour discovery, no duplicate address detection: nothing but the tests' own packets of these
    // addresses.
    const std::string in = "ip -n " + netns(side);
    if (!run_shell(fmt::format("{0} link set lo up && {0} link set {1} up && {0} addr add {2}/24 dev {1} && "
                               "{0} addr add {3}/64 dev {1} nodad",
                               in, interface(side), address(side), address6(side))))
      error_ = "cannot set up " + interface(side);
  }
}

VethLab::~VethLab() {
  for (const int side : {0, 1}) run_shell("ip netns del " + netns(side));
}

std::string VethLab::netns(int side) const {
  return fmt::format("bpfpr-{}-{}", getpid(), side);
}

std::string VethLab::interface(int side) const {
  return fmt::format("bpfpr{}{}", getpid(), side == 0 ? "a" : "b");
}

std::string VethLab::address(int side) const {
  return fmt::format("198.18.77.{}", side + 1);
}

std::string VethLab::address6(int side) const {
  return fmt::format("fd77:77::{}", side + 1);
}

Fd VethLab::socket_in(int side, bool v6, int type) const {
  // A socket belongs to the namespace of the thread that makes it; a thread of its own leaves ours alone.
  Fd made;
  std::thread([&] {
    const Fd space(open(("/run/netns/" + netns(side)).c_str(), O_RDONLY | O_CLOEXEC));
    if (space && setns(space.get(), CLONE_NEWNET) == 0)
      made.reset(socket(v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
  }).join();
  return made;
}

int VethLab::send_udp(int from, int count, size_t bytes, bool received, bool v6) {
  const int to = 1 - from;
  const Fd sender = socket_in(from, v6, SOCK_DGRAM);
  Fd receiver;
  socklen_t size = 0;
  const sockaddr_storage target = socket_address(v6 ? address6(to) : address(to), v6, kPort, size);
  if (received) {
    receiver = socket_in(to, v6, SOCK_DGRAM);
    const timeval patience{5, 0};
    setsockopt(receiver.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(receiver.get(), reinterpret_cast<const sockaddr*>(&target), size) != 0) return -1;
  }
  const std::string payload(bytes, 'x');
  std::string buffer(bytes + 1, '\0');
  int sent = 0;
  for (int i = 0; i < count; ++i) {
    // Not connected, so that the answer of a closed port is no error of the next datagram.
    if (sendto(sender.get(), payload.data(), bytes, 0, reinterpret_cast<const sockaddr*>(&target), size) !=
        static_cast<ssize_t>(bytes))
      continue;
    if (received && recv(receiver.get(), buffer.data(), buffer.size(), 0) != static_cast<ssize_t>(bytes))
      continue;
    ++sent;
  }
  return sent;
}

int VethLab::tcp_requests(int from, int count, size_t bytes) {
  socklen_t size = 0;
  const sockaddr_storage target = socket_address(address(1 - from), false, kPort, size);
  const auto* const name = reinterpret_cast<const sockaddr*>(&target);
  const Fd listener = socket_in(1 - from, false, SOCK_STREAM);
  const Fd client = socket_in(from, false, SOCK_STREAM);
  const int on = 1;
  const timeval patience{5, 0};
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener.get(), name, size) != 0 || listen(listener.get(), 1) != 0) return -1;
  if (connect(client.get(), name, size) != 0) return -1;
  const Fd server(accept(listener.get(), nullptr, nullptr));
  std::string buffer(bytes, 'x');
  const auto pass = [&](int to_write, int to_read) {
    setsockopt(to_read, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return send(to_write, buffer.data(), bytes, 0) == static_cast<ssize_t>(bytes) &&
           recv(to_read, buffer.data(), bytes, MSG_WAITALL) == static_cast<ssize_t>(bytes);
  };
  int done = 0;
  for (int i = 0; i < count; ++i)
    done += pass(client.get(), server.get()) && pass(server.get(), client.get()) ? 1 : 0;
  return done;
}

int VethLab::ping(int from, int count, bool v6) const {
  const std::string target = v6 ? address6(1 - from) : address(1 - from);
  return run_shell(
             fmt::format("ip netns exec {} ping -n -q -i 0.02 -W 5 -c {} {}", netns(from), count, target))
             ? 0
             : 1;
}

}  // namespace bpftax
