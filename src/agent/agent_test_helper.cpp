// A program for the agent's tests to start: behaves badly on demand. Says its pid in a file where one is
// asked for, so that tests can look for exactly that process.
//
//   stubborn PIDFILE              ignores SIGINT and SIGTERM, lives until SIGKILL
//   polite PIDFILE TEXT           ends on SIGINT with code 0, after writing TEXT to stdout
//   family PIDFILE...             forks a child for each PIDFILE, which live on; waits for them
//   orphan PIDFILE                forks a child that lives on in another session with an empty environment,
//   ends daemon PIDFILE                double fork and setsid as daemon(7) says, the first process ends with
//   code 0 listen tcp|udp PORT [DELAY]   after DELAY ms binds to 127.0.0.1:PORT, waits flood BYTES writes
//   that many bytes to stdout and "END" to stderr count SIGNAL PIDFILE          writes how often SIGNAL came
//   within 300 ms of the first, then ends limits                        prints what it inherited:
//   descriptors, ignored signals, blocked signals
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

[[noreturn]] void live_on() {
  while (true) ::pause();
}

// The name appears with its content.
void say_pid(const std::string& path) {
  const std::string temporary = path + ".tmp";
  FILE* file = std::fopen(temporary.c_str(), "w");
  if (file == nullptr) std::abort();
  std::fprintf(file, "%d", ::getpid());
  std::fclose(file);
  if (std::rename(temporary.c_str(), path.c_str()) != 0) std::abort();
}

int stubborn(const std::string& path) {
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  say_pid(path);
  live_on();
}

int polite(const std::string& path, const std::string& text) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  say_pid(path);
  int number = 0;
  ::sigwait(&signals, &number);
  std::puts(text.c_str());
  return 0;
}

int family(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (::fork() == 0) {
      say_pid(path);
      live_on();
    }
  }
  while (::wait(nullptr) > 0) {
  }
  return 0;
}

int orphan(const std::string& path) {
  if (::fork() != 0) {
    // Long enough that the agent has seen the child as ours before it loses its parent.
    ::usleep(700'000);
    return 0;
  }
  ::setsid();
  char* const argv[] = {const_cast<char*>("agent-test-helper"), const_cast<char*>("stubborn"),
                        const_cast<char*>(path.c_str()), nullptr};
  char* const none[] = {nullptr};
  ::execve("/proc/self/exe", argv, none);
  return 127;
}

int daemonize(const std::string& path) {
  if (::fork() != 0) {
    while (::access(path.c_str(), F_OK) != 0) ::usleep(1000);
    return 0;
  }
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  say_pid(path);
  live_on();
}

int listen_on(const std::string& protocol, int port, int delay_ms) {
  ::usleep(static_cast<useconds_t>(delay_ms) * 1000);
  const int fd = ::socket(AF_INET, protocol == "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0);
  const int on = 1;
  // For datagrams this would let two sockets share the port.
  if (protocol == "tcp") ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    std::fprintf(stderr, "cannot bind: %s\n", std::strerror(errno));
    return 1;
  }
  if (protocol == "tcp") ::listen(fd, 5);
  live_on();
}

int flood(long bytes) {
  const std::string block(65536, 'x');
  while (bytes > 0) {
    const ssize_t written = ::write(1, block.data(), static_cast<size_t>(std::min(bytes, 65536L)));
    if (written <= 0) return 1;
    bytes -= written;
  }
  std::fputs("END\n", stderr);
  return 0;
}

int count_signals(int number, const std::string& path) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, number);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  say_pid(path);
  int first = 0;
  ::sigwait(&signals, &first);
  int times = 1;
  const timespec while_waiting{0, 300'000'000};
  while (::sigtimedwait(&signals, nullptr, &while_waiting) == number) ++times;
  std::printf("%d\n", times);
  return 0;
}

int now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  std::printf("%lld\n", static_cast<long long>(time.tv_sec) * 1'000'000'000 + time.tv_nsec);
  return 0;
}

int limits() {
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) std::printf("fd %d\n", fd);
  }
  // The kernel's own word: sigaction() is intercepted by sanitizers, which answer with something else.
  unsigned long long ignored = 0;
  if (FILE* status = std::fopen("/proc/self/status", "re"); status != nullptr) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::sscanf(line, "SigIgn: %llx", &ignored) == 1) break;
    }
    std::fclose(status);
  }
  for (int number = 1; number < 32; ++number) {
    if ((ignored >> static_cast<unsigned>(number - 1) & 1u) != 0) std::printf("ignored %d\n", number);
  }
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < 32; ++number) {
    if (::sigismember(&blocked, number) == 1) std::printf("blocked %d\n", number);
  }
  std::printf("session %s\n", ::getsid(0) == ::getpid() ? "own" : "other");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "limits") return limits();
  if (words.size() == 1 && words[0] == "now") return now();
  if (words.size() < 2) return 2;
  if (words[0] == "stubborn") return stubborn(words[1]);
  if (words[0] == "polite" && words.size() == 3) return polite(words[1], words[2]);
  if (words[0] == "family") return family({words.begin() + 1, words.end()});
  if (words[0] == "orphan") return orphan(words[1]);
  if (words[0] == "daemon") return daemonize(words[1]);
  if (words[0] == "listen" && words.size() >= 3)
    return listen_on(words[1], std::atoi(words[2].c_str()),
                     words.size() > 3 ? std::atoi(words[3].c_str()) : 0);
  if (words[0] == "flood") return flood(std::atol(words[1].c_str()));
  if (words[0] == "count" && words.size() == 3) return count_signals(std::atoi(words[1].c_str()), words[2]);
  return 2;
}
