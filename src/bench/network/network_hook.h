// A network hook: what is known of it, where it is, and how a program gets there. One file a hook; the table
// of all is in network_hooks.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "bench/network/namespace_pair.h"
#include "bench/network/traffic.h"
#include "util/result.h"

namespace bpftax::bench::network {

// What a program answers so that the packet goes its way (network_programs.bpf.c).
enum class Verdict { kNext, kZero, kOne, kTwo };

// What an operation of the traffic is: the parameter "unit" of a row.
enum class Unit { kPacket, kMessage, kConnection, kSocket, kConnect };
std::string_view to_string(Unit unit);  // "packet", ...

// Where programs are attached.
struct Site {
  const NamespacePair& pair;
  int receiver = -1;    // UDP socket of the near side that takes the packets
  int connection = -1;  // near end of the TCP connection; of Unit::kMessage
  int cgroup = -1;      // this process's own; of hooks with in_cgroup
};

// Something attached. The destructor detaches it; it must also vanish with this process.
class Attached {
 public:
  virtual ~Attached() = default;
  Attached() = default;
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;
};
using AttachedPtr = std::unique_ptr<Attached>;

struct NetworkHook {
  const char* name = "";
  const char* summary = "";
  // Numbers of enum bpf_prog_type and bpf_attach_type: the headers of Debian 12 do not have all of them.
  uint32_t program_type = 0;
  uint32_t attach_type = 0;  // also the type that the program is loaded for, where `loads_for_type`
  bool loads_for_type = true;
  Verdict verdict = Verdict::kZero;

  // In place.
  Unit unit = Unit::kPacket;
  Side from = Side::kFar;        // who sends: kFar for what comes in, kNear for what goes out
  uint64_t runs_per_unit = 1;    // 0: found by trying once
  uint64_t runs_per_answer = 1;  // in a transaction of two packets; 0: there are no transactions
  bool in_cgroup = false;        // so that other processes' packets run it too
  // position: 0 for the first program, 1 for the second, ... Null where `not_in_place` says why.
  Result<AttachedPtr> (*attach)(const Site& site, Attached* ground, int program_fd, int position) = nullptr;
  // What has to be there before the first program, and goes after the last one: a qdisc, a map. May be null.
  Result<AttachedPtr> (*ground)(const Site& site) = nullptr;
  const char* not_in_place = nullptr;
  // A test run of a program that is attached nowhere changes code of the whole kernel, for 15 ms: it is
  // attached to an interface without traffic meanwhile.
  bool attached_when_hot = false;
  // Why a second program takes the place of the first one; null where that can be tried.
  const char* one_only = nullptr;
};

// bpf(BPF_LINK_CREATE) with a layout of our own: older headers and libbpf know neither tcx nor netfilter
// links. target: interface, cgroup or namespace; detaches when it is closed. extra: the part that depends on
// the type.
struct LinkExtra {
  uint32_t words[4] = {};
};
Result<AttachedPtr> attach_link(int program_fd, uint32_t target, uint32_t attach_type, uint32_t flags = 0,
                                const LinkExtra& extra = {});
// Of hooks on the near interface, a cgroup or the near namespace without anything special about them.
template <uint32_t kType>
Result<AttachedPtr> attach_to_interface(const Site& site, Attached*, int program_fd, int) {
  return attach_link(program_fd, site.pair.near_interface(), kType);
}
template <uint32_t kType>
Result<AttachedPtr> attach_to_cgroup(const Site& site, Attached*, int program_fd, int) {
  return attach_link(program_fd, static_cast<uint32_t>(site.cgroup), kType);
}
template <uint32_t kType>
Result<AttachedPtr> attach_to_namespace(const Site& site, Attached*, int program_fd, int) {
  return attach_link(program_fd, static_cast<uint32_t>(site.pair.near_namespace()), kType);
}

// This process's own cgroup of version 2. Where none is mounted, a mount that only its descriptor knows.
Result<Fd> open_own_cgroup();

// The hooks, each in a file of its own.
NetworkHook xdp_native_hook();
NetworkHook xdp_generic_hook();
NetworkHook tc_clsact_ingress_hook();
NetworkHook tc_clsact_egress_hook();
NetworkHook tcx_ingress_hook();
NetworkHook tcx_egress_hook();
NetworkHook cgroup_skb_ingress_hook();
NetworkHook cgroup_skb_egress_hook();
NetworkHook cgroup_sock_hook();
NetworkHook cgroup_connect4_hook();
NetworkHook sock_ops_hook();
NetworkHook sk_skb_hook();
NetworkHook sk_msg_hook();
NetworkHook socket_filter_hook();
NetworkHook sk_lookup_hook();
NetworkHook flow_dissector_hook();
NetworkHook netfilter_hook();

}  // namespace bpftax::bench::network
