// The BPF programs on the running kernel: they load, and the parser in them sees packets as the one in memory
// does.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "probes/attach.h"
#include "probes/drop_reasons.h"
#include "probes/packet_cases_test.h"
#include "probes/parse_check.h"

#include "drop_details.skel.h"
#include "drop_summary.skel.h"
#include "latency_details.skel.h"
#include "latency_summary.skel.h"
#include "packet_count.skel.h"
#include "packet_trace.skel.h"
#include "parse_check.skel.h"
#include "probes/spin.h"
#include "spin.skel.h"

namespace bpftax {
namespace {

TEST(Environment, CanLoadBpfProgramsWithTheKernelsTypes) {
  ASSERT_EQ(geteuid(), 0u) << "this tier needs root";
  ASSERT_TRUE(check_kernel()) << "this tier needs a kernel with BTF";
  LibbpfLog::instance();
  const SkeletonPtr<packet_count_bpf> skeleton(packet_count_bpf::open());
  ASSERT_TRUE(skeleton);
  ASSERT_TRUE(select_programs(skeleton->obj, {"receive"}, AttachMode::kRawTp, {}));
  ASSERT_TRUE(load_skeleton(skeleton->skeleton))
      << "this tier needs BPF: CONFIG_BPF_SYSCALL, CAP_BPF, CAP_PERFMON";
}

// ---- the parser in the kernel ----

class KernelParser : public testing::Test {
 protected:
  void SetUp() override {
    skeleton_.reset(parse_check_bpf::open());
    ASSERT_TRUE(skeleton_);
    ASSERT_TRUE(load_skeleton(skeleton_->skeleton));
  }

  void run(const PacketCase& packet) {
    std::string frame(12, '\2');
    frame += static_cast<char>(packet.ethertype >> 8);
    frame += static_cast<char>(packet.ethertype);
    frame += packet.bytes;
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = frame.data();
    options.data_size_in = static_cast<__u32>(frame.size());
    memset(&skeleton_->bss->result, 0xee, sizeof skeleton_->bss->result);
    const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.parse_check), &options);
    ASSERT_EQ(error, 0) << packet.name;
    ASSERT_EQ(options.retval, 0u) << packet.name;
  }

  SkeletonPtr<parse_check_bpf> skeleton_;
};

TEST_F(KernelParser, EachCraftedPacketIsWhatItIs) {
  int ran = 0;
  for (const PacketCase& packet : packet_cases()) {
    // The kernel itself refuses to make a test packet whose IP header is cut.
    const bool ip = packet.ethertype == 0x0800 || packet.ethertype == 0x86dd;
    if (ip && packet.bytes.size() < (packet.ethertype == 0x0800 ? 20u : 40u)) continue;
    run(packet);
    EXPECT_EQ(describe(skeleton_->bss->result.flow), describe(packet.flow)) << packet.name;
    ++ran;
  }
  EXPECT_GT(ran, 20);
}

TEST_F(KernelParser, TheFilterDecidesAsInMemory) {
  const PacketCase& packet = packet_cases().front();  // 192.0.2.1:1000 > 192.0.2.2:2000, UDP
  struct Question {
    ProbeFilter filter;
    bool wanted;
  };
  ProbeFilter port{}, other_port{}, udp{}, tcp{};
  port.port = 2000;
  other_port.port = 2001;
  udp.protocol = kProbeUdp + 1;
  tcp.protocol = kProbeTcp + 1;
  const std::vector<Question> questions = {{{}, true},
                                           {address_filter("192.0.2.1"), true},
                                           {address_filter("192.0.2.2"), true},
                                           {address_filter("192.0.2.3"), false},
                                           {address_filter("2001:db8::1"), false},
                                           {port, true},
                                           {other_port, false},
                                           {udp, true},
                                           {tcp, false}};
  for (size_t i = 0; i < questions.size(); ++i) {
    skeleton_->bss->filter = questions[i].filter;
    run(packet);
    EXPECT_EQ(skeleton_->bss->result.matches, questions[i].wanted ? 1u : 0u) << "question " << i;
  }
}

// ---- loading ----

struct Loadable {
  const char* name;
  std::function<Result<void>(AttachMode)> load;
};

template <class Skeleton>
Result<void> load_only(const std::vector<std::string>& stems, AttachMode mode) {
  LibbpfLog::instance().clear();
  const SkeletonPtr<Skeleton> skeleton(Skeleton::open());
  if (!skeleton) return fail_errno(errno, "cannot open");
  BPFTAX_TRY(select_programs(skeleton->obj, stems, mode, {}));
  return load_skeleton(skeleton->skeleton);
}

std::vector<Loadable> loadables() {
  const auto of = []<class Skeleton>(const char* name, std::vector<std::string> stems, Skeleton*) {
    return Loadable{name, [stems](AttachMode mode) { return load_only<Skeleton>(stems, mode); }};
  };
  return {
      of("packet-count", {"receive", "transmit"}, static_cast<packet_count_bpf*>(nullptr)),
      of("packet-trace", {"receive", "transmit"}, static_cast<packet_trace_bpf*>(nullptr)),
      of("latency-summary receive", {"receive_begin", "receive_end", "receive_udp_end"},
         static_cast<latency_summary_bpf*>(nullptr)),
      of("latency-summary queue", {"queue_begin", "queue_end"}, static_cast<latency_summary_bpf*>(nullptr)),
      of("latency-summary link", {"link_begin", "link_end"}, static_cast<latency_summary_bpf*>(nullptr)),
      of("latency-details receive", {"receive_begin", "receive_end", "receive_udp_end"},
         static_cast<latency_details_bpf*>(nullptr)),
      of("latency-details queue", {"queue_begin", "queue_end"}, static_cast<latency_details_bpf*>(nullptr)),
      of("latency-details link", {"link_begin", "link_end"}, static_cast<latency_details_bpf*>(nullptr)),
      of("drop-summary", {"drop"}, static_cast<drop_summary_bpf*>(nullptr)),
      of("drop-details", {"drop"}, static_cast<drop_details_bpf*>(nullptr)),
      of("spin receive", {"receive"}, static_cast<spin_bpf*>(nullptr)),
      of("spin receive, bounded loop", {"receive_bounded"}, static_cast<spin_bpf*>(nullptr)),
      of("spin transmit", {"transmit"}, static_cast<spin_bpf*>(nullptr)),
      of("spin transmit, bounded loop", {"transmit_bounded"}, static_cast<spin_bpf*>(nullptr)),
  };
}

void expect_all_load(AttachMode mode) {
  for (const Loadable& probe : loadables()) {
    const auto loaded = probe.load(mode);
    EXPECT_TRUE(loaded) << probe.name << ": " << to_string(loaded.error());
  }
}

TEST(Verifier, AcceptsEachProgramOnTpBtf) {
  expect_all_load(AttachMode::kTpBtf);
}

TEST(Verifier, AcceptsEachProgramOnRawTracepoints) {
  expect_all_load(AttachMode::kRawTp);
}

TEST(Verifier, AcceptsEachProgramOnTracepoints) {
  expect_all_load(AttachMode::kTracepoint);
}

// Which ways beyond the tracepoints work depends on the kernel; a probe without such a point is no failure.
void expect_loads_where_possible(AttachMode mode) {
  if (const auto possible = loadables().front().load(mode); !possible)
    GTEST_SKIP() << to_string(mode) << " does not exist here: " << to_string(possible.error());
  for (const Loadable& probe : loadables()) {
    const auto loaded = probe.load(mode);
    if (!loaded && loaded.error().what.find("this probe has no") != std::string::npos) continue;
    EXPECT_TRUE(loaded) << probe.name << ": " << to_string(loaded.error());
  }
}

TEST(Verifier, AcceptsEachProgramOnFentry) {
  expect_loads_where_possible(AttachMode::kFentry);
}

TEST(Verifier, AcceptsEachProgramOnKprobes) {
  expect_loads_where_possible(AttachMode::kKprobe);
}

// Without kprobe events nothing can be attached, but the programs themselves can still be shown to be right.
template <class Skeleton>
void load_kprobe_programs() {
  const SkeletonPtr<Skeleton> skeleton(Skeleton::open());
  ASSERT_TRUE(skeleton);
  bpf_program* program = nullptr;
  int chosen = 0;
  bpf_object__for_each_program(program, skeleton->obj) {
    const bool wanted = std::string(bpf_program__section_name(program)).rfind("kprobe/", 0) == 0;
    bpf_program__set_autoload(program, wanted);
    chosen += wanted ? 1 : 0;
  }
  EXPECT_GT(chosen, 0);
  LibbpfLog::instance().clear();
  const auto loaded = load_skeleton(skeleton->skeleton);
  EXPECT_TRUE(loaded) << to_string(loaded.error());
}

TEST(Verifier, AcceptsTheKprobeProgramsThemselves) {
  if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, nullptr) != 1)
    GTEST_SKIP() << "this kernel has no BPF program type kprobe (CONFIG_BPF_EVENTS)";
  load_kprobe_programs<packet_count_bpf>();
  load_kprobe_programs<packet_trace_bpf>();
  load_kprobe_programs<latency_summary_bpf>();
  load_kprobe_programs<latency_details_bpf>();
  load_kprobe_programs<drop_summary_bpf>();
  load_kprobe_programs<drop_details_bpf>();
  load_kprobe_programs<spin_bpf>();
}

TEST(BoundedLoop, BurnsItsTargetToo) {
  const SkeletonPtr<spin_bpf> skeleton(spin_bpf::open());
  ASSERT_TRUE(skeleton);
  ASSERT_TRUE(select_programs(skeleton->obj, {}, AttachMode::kTpBtf, {"calibrate_bounded"}));
  ASSERT_TRUE(load_skeleton(skeleton->skeleton));
  skeleton->bss->target_ns = 5000;
  char packet[64] = {};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet;
  options.data_size_in = sizeof packet;
  options.repeat = 200;
  ASSERT_EQ(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.calibrate_bounded), &options), 0);
  const auto cpus = static_cast<size_t>(libbpf_num_possible_cpus());
  std::vector<SpinState> states(cpus);
  const uint32_t entry = kSpinCalibrate;
  ASSERT_EQ(bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.spin_states), &entry, states.data()), 0);
  SpinState sum{};
  for (const SpinState& state : states) {
    sum.events += state.events;
    sum.burnt_ns += state.burnt_ns;
    sum.iterations += state.iterations;
  }
  EXPECT_EQ(sum.events, 200u);
  // The program's own account: never less than asked for but for what was carried over.
  EXPECT_GE(sum.burnt_ns, 200u * 5000u - kSpinMaxCarryNs);
  EXPECT_GE(sum.iterations, sum.events * 2);
}

TEST(DropReasonsOfThisKernel, HaveNames) {
  const auto reasons = DropReasons::from_kernel();
  ASSERT_TRUE(reasons);
  if (reasons->size() == 0) GTEST_SKIP() << "this kernel has no enum skb_drop_reason (before Linux 5.17)";
  EXPECT_GT(reasons->size(), 5u);
  bool found = false;
  for (uint32_t reason = 0; reason < 300; ++reason) found = found || reasons->name(reason) == "NO_SOCKET";
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace bpftax
