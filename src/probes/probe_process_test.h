// For the tests that run the real bpftax-probe: the process, and two network namespaces with traffic of known
// amount.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "util/fd.h"

namespace bpftax {

// Runs bpftax-probe from start to end. Its output goes to a temporary file.
class ProbeProcess {
 public:
  // stdout_fd: where stdout goes instead, not owned; -1: to the file.
  explicit ProbeProcess(const std::vector<std::string>& arguments, int stdout_fd = -1);
  ~ProbeProcess();  // kills what is left
  ProbeProcess(const ProbeProcess&) = delete;
  ProbeProcess& operator=(const ProbeProcess&) = delete;

  // Until "attached" stands on its stderr; false when it ended before or 20 s passed.
  bool wait_attached();
  void signal(int number) const;
  // Exit code, or 128 + signal; -1 when it does not end within 20 s. Reads the rest of its output.
  int wait();
  // Signals and waits.
  int stop(int number);
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  std::string out_so_far() const;
  std::vector<std::string> out_lines() const;
  // Ids of BPF programs that it holds open, from /proc/PID/fdinfo.
  std::vector<uint32_t> bpf_program_ids() const;

 private:
  bool read_err(int timeout_ms);
  pid_t pid_ = -1;
  Fd err_pipe_;
  std::string out_path_, out_, err_;
};

// True once no program of these ids exists any more (the kernel frees them a moment after the last use),
// within 5 s.
bool programs_are_gone(const std::vector<uint32_t>& ids);

// Two namespaces joined by a veth pair, all named after this process; removed by the destructor. side: 0
// or 1.
class VethLab {
 public:
  VethLab();
  ~VethLab();
  VethLab(const VethLab&) = delete;
  VethLab& operator=(const VethLab&) = delete;

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  std::string interface(int side) const;
  std::string address(int side) const;   // IPv4
  std::string address6(int side) const;  // IPv6
  // `count` datagrams of `bytes` from one side to a port of the other, with a receiver there that reads them
  // all if `received`; else the port is closed. Returns how many were sent; IPv6 addresses if `v6`.
  int send_udp(int from, int count, size_t bytes, bool received, bool v6 = false);
  static constexpr uint16_t kPort = 4567;
  // `count` requests and as many answers of `bytes` over one TCP connection between the sides, one after the
  // other. Returns how many went there and back.
  int tcp_requests(int from, int count, size_t bytes);
  // `count` echo requests, each answered: exit code of ping.
  int ping(int from, int count, bool v6 = false) const;

 private:
  std::string netns(int side) const;
  Fd socket_in(int side, bool v6, int type) const;
  std::string error_;
};

}  // namespace bpftax
