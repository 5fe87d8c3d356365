// BPF objects for tests, made from raw instructions: no compiler needed. Everything fails the running test
// with errno's text and returns an empty Fd.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>

#include "util/fd.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::test {

// r0 = result; exit
inline std::array<bpf_insn, 2> return_constant(int result) {
  return {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, result}, bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
}

inline Fd checked(int fd, const char* what) {
  EXPECT_GE(fd, 0) << what << ": " << std::strerror(fd < 0 ? (fd == -1 ? errno : -fd) : 0);
  return Fd(fd < 0 ? -1 : fd);
}

inline Fd load_program(bpf_prog_type type, const char* name, int result = 0,
                       const bpf_prog_load_opts* options = nullptr) {
  const auto program = return_constant(result);
  return checked(bpf_prog_load(type, name, "Dual MIT/GPL", program.data(), program.size(), options), name);
}

// A program whose instructions name a map, so that the kernel counts the map as used by it: r1 = map; r0 = 0;
// exit.
inline Fd load_program_using(bpf_prog_type type, const char* name, int map_fd) {
  const std::array<bpf_insn, 4> program = {
      bpf_insn{BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map_fd}, bpf_insn{0, 0, 0, 0, 0},
      bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  return checked(bpf_prog_load(type, name, "Dual MIT/GPL", program.data(), program.size(), nullptr), name);
}

inline Fd make_map(bpf_map_type type, const char* name, uint32_t key, uint32_t value, uint32_t entries,
                   const bpf_map_create_opts* options = nullptr) {
  return checked(bpf_map_create(type, name, key, value, entries, options), name);
}

inline uint32_t program_id(const Fd& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(program.get(), &info, &size), 0);
  return info.id;
}

inline uint32_t map_id(const Fd& map) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  EXPECT_EQ(bpf_obj_get_info_by_fd(map.get(), &info, &size), 0);
  return info.id;
}

inline Fd open_perf_event(uint32_t type, uint64_t config) {
  perf_event_attr attributes{};
  attributes.type = type;
  attributes.size = sizeof attributes;
  attributes.config = config;
  attributes.sample_period = 1'000'000'000;
  return checked(
      static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)),
      "perf_event_open");
}

// A perf event on a tracepoint, "net/netif_receive_skb".
inline Fd open_tracepoint(const std::string& event) {
  const auto id = read_file("/sys/kernel/tracing/events/" + event + "/id");
  const auto number = id ? to_uint64(trim(*id)) : std::nullopt;
  EXPECT_TRUE(number.has_value()) << "no tracepoint " << event;
  return open_perf_event(PERF_TYPE_TRACEPOINT, number.value_or(0));
}

// The attachment of tools from before BPF links: it lives as long as the perf event.
inline void attach_old_way(const Fd& event, const Fd& program) {
  EXPECT_EQ(::ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()), 0) << std::strerror(errno);
  EXPECT_EQ(::ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0), 0) << std::strerror(errno);
}

}  // namespace bpftax::test
