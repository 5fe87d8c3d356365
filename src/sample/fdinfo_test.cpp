#include "sample/fdinfo.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "sample/bpf_names.h"
#include "sample/bpf_objects.h"
#include "sample/net_attachments.h"

namespace bpftax {
namespace {

TEST(FdKind, IsToldByTheTargetOfTheDescriptor) {
  EXPECT_EQ(fd_kind("anon_inode:bpf-prog"), FdKind::kProgram);
  EXPECT_EQ(fd_kind("anon_inode:bpf-map"), FdKind::kMap);
  EXPECT_EQ(fd_kind("anon_inode:bpf_link"), FdKind::kLink);
  EXPECT_EQ(fd_kind("anon_inode:bpf-link"), FdKind::kLink);
  EXPECT_EQ(fd_kind("anon_inode:bpf-raw-tracepoint"), FdKind::kRawTracepoint);
  EXPECT_EQ(fd_kind("anon_inode:[perf_event]"), FdKind::kPerfEvent);
  EXPECT_EQ(fd_kind("anon_inode:bpf-stats"), FdKind::kStats);
  EXPECT_EQ(fd_kind("anon_inode:[eventpoll]"), FdKind::kOther);
  EXPECT_EQ(fd_kind("/tmp/anon_inode:bpf-prog"), FdKind::kOther);
  EXPECT_EQ(fd_kind(""), FdKind::kOther);
}

TEST(FdInfo, OfAProgram) {
  const FdInfo info = parse_fdinfo(
      "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\nprog_type:\t5\nprog_jited:\t1\n"
      "prog_tag:\tc0b1a85fb75dc74b\nmemlock:\t4096\nprog_id:\t508\nrun_time_ns:\t0\nrun_cnt:\t0\n"
      "recursion_misses:\t0\nverified_insns:\t21\n");
  EXPECT_EQ(info.program_id, 508u);
  EXPECT_EQ(info.program_type, 5);
  EXPECT_EQ(info.program_tag, "c0b1a85fb75dc74b");
  EXPECT_EQ(info.memlock_bytes, 4096);
  EXPECT_FALSE(info.map_id.has_value());
  EXPECT_FALSE(info.link_id.has_value());
}

TEST(FdInfo, OfAProgramBeforeIdsWerePrinted) {
  const FdInfo info = parse_fdinfo(
      "pos:\t0\nflags:\t02000002\nmnt_id:\t13\nprog_type:\t5\nprog_jited:\t1\nprog_tag:\tc0b1a85fb75dc74b\n"
      "memlock:\t4096\n");
  EXPECT_FALSE(info.program_id.has_value());
  EXPECT_EQ(info.program_tag, "c0b1a85fb75dc74b");
}

TEST(FdInfo, OfAMap) {
  const FdInfo info = parse_fdinfo(
      "pos:\t0\nflags:\t02000002\nmap_type:\t6\nkey_size:\t4\nvalue_size:\t8\nmax_entries:\t1\nmap_flags:"
      "\t0x0\n"
      "memlock:\t336\nmap_id:\t63\nfrozen:\t0\n");
  EXPECT_EQ(info.map_id, 63u);
  EXPECT_EQ(info.map_type, 6);
  EXPECT_EQ(info.memlock_bytes, 336);
}

TEST(FdInfo, OfLinksOfSeveralKinds) {
  // 5.10: raw tracepoint and cgroup
  FdInfo info = parse_fdinfo(
      "pos:\t0\nflags:\t02000000\nmnt_id:\t14\nlink_type:\traw_tracepoint\nlink_id:\t4\nprog_tag:"
      "\tf6b1f41da8f1ea5f\n"
      "prog_id:\t37\ntp_name:\tkfree_skb\n");
  EXPECT_EQ(info.link_id, 4u);
  EXPECT_EQ(info.link_type, "raw_tracepoint");
  EXPECT_EQ(info.program_id, 37u);
  info = parse_fdinfo(
      "link_type:\tcgroup\nlink_id:\t9\nprog_tag:\t6deef7357e7b4530\nprog_id:\t40\n"
      "cgroup_id:\t4294967297\nattach_type:\t1\n");
  EXPECT_EQ(info.link_id, 9u);
  // 6.18: a struct_ops link has no program
  info = parse_fdinfo("link_type:\tstruct_ops\nlink_id:\t12\nmap_id:\t77\n");
  EXPECT_EQ(info.link_id, 12u);
  EXPECT_EQ(info.map_id, 77u);
  EXPECT_FALSE(info.program_id.has_value());
  // a detached link
  info =
      parse_fdinfo("link_type:\txdp\nlink_id:\t3\nprog_tag:\t6deef7357e7b4530\nprog_id:\t0\nifindex:\t0\n");
  EXPECT_FALSE(info.program_id.has_value());
}

TEST(FdInfo, TakesNonsenseAsAbsent) {
  const FdInfo info =
      parse_fdinfo("prog_id:\tx\nmap_id:\t-1\nlink_id:\t99999999999\nmemlock:\t-5\nno colon\n:\n\n");
  EXPECT_FALSE(info.program_id || info.map_id || info.link_id || info.memlock_bytes);
}

TEST(BpfNames, AreTheKernelsInLowerCase) {
  EXPECT_EQ(program_type_name(5), "tracepoint");
  EXPECT_EQ(program_type_name(17), "raw_tracepoint");
  EXPECT_EQ(program_type_name(26), "tracing");
  EXPECT_EQ(program_type_name(32), "netfilter");
  EXPECT_EQ(program_type_name(999), "type_999");
  EXPECT_EQ(map_type_name(6), "percpu_array");
  EXPECT_EQ(map_type_name(27), "ringbuf");
  EXPECT_EQ(map_type_name(33), "arena");
  EXPECT_EQ(link_type_name(7), "perf_event");
  EXPECT_EQ(link_type_name(14), "sockmap");
  EXPECT_EQ(attach_type_name(24), "trace_fentry");
  EXPECT_EQ(attach_type_name(41), "perf_event");
  EXPECT_EQ(attach_type_name(57), "trace_uprobe_session");
  EXPECT_EQ(attach_type_name(58), "attach_58");
}

TEST(DescribeProbe, WritesOffsetsAsProbeToolsDo) {
  EXPECT_EQ(describe_probe("kprobe", "tcp_v4_rcv", 0, 0), "kprobe:tcp_v4_rcv");
  EXPECT_EQ(describe_probe("kprobe", "tcp_v4_rcv", 16, 0), "kprobe:tcp_v4_rcv+0x10");
  EXPECT_EQ(describe_probe("kprobe", "", 0, 0xffffffff81000000), "kprobe:0xffffffff81000000");
  EXPECT_EQ(describe_probe("uretprobe", "/bin/bash", 0x1d420, 0), "uretprobe:/bin/bash:0x1d420");
}

// A netlink message of one tc filter: header, tcmsg, kind, options with a program id.
std::vector<char> filter_message(const char* kind, uint32_t program) {
  std::vector<char> message(16 + 20);
  const auto put = [&](const void* data, size_t size) {
    const auto* bytes = static_cast<const char*>(data);
    message.insert(message.end(), bytes, bytes + size);
    while (message.size() % 4 != 0) message.push_back(0);
  };
  const auto attribute = [&](uint16_t type, const void* data, uint16_t size) {
    const uint16_t head[2] = {static_cast<uint16_t>(size + 4), type};
    put(head, sizeof head);
    put(data, size);
  };
  attribute(1, kind, static_cast<uint16_t>(std::strlen(kind) + 1));
  const uint16_t options[6] = {12, 2, 8, 11};  // TCA_OPTIONS of 12 bytes, in it TCA_BPF_ID of 8
  put(options, 8);
  put(&program, sizeof program);
  const uint32_t length = static_cast<uint32_t>(message.size());
  const uint16_t type = 44;  // RTM_NEWTFILTER
  std::memcpy(message.data(), &length, sizeof length);
  std::memcpy(message.data() + 4, &type, sizeof type);
  return message;
}

TEST(TcDump, GivesTheProgramsOfBpfFilters) {
  std::vector<char> dump = filter_message("bpf", 42);
  const std::vector<char> other = filter_message("u32", 7);
  dump.insert(dump.end(), other.begin(), other.end());
  bool done = false;
  EXPECT_EQ(parse_tc_dump(dump.data(), dump.size(), done), (std::vector<uint32_t>{42}));
  EXPECT_FALSE(done);
  const uint32_t end[4] = {16, 3 /* NLMSG_DONE */, 0, 0};
  EXPECT_TRUE(parse_tc_dump(end, sizeof end, done).empty());
  EXPECT_TRUE(done);
}

TEST(TcDump, EndsAtAMessageThatIsCut) {
  const std::vector<char> dump = filter_message("bpf", 42);
  for (size_t size = 16; size < dump.size(); ++size) {
    bool done = false;
    EXPECT_TRUE(parse_tc_dump(dump.data(), size, done).empty());
    EXPECT_TRUE(done);
  }
}

}  // namespace
}  // namespace bpftax
