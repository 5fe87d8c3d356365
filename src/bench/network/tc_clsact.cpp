// Classifiers in direct-action mode on the near end's clsact qdisc, one filter a program, by falling
// priority.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kClassifierProgram = 3;  // BPF_PROG_TYPE_SCHED_CLS
constexpr uint32_t kFilterHandle = 1;

tcmsg tc_target(const NamespacePair& pair, uint32_t parent) {
  tcmsg body{};
  body.tcm_family = AF_UNSPEC;
  body.tcm_ifindex = static_cast<int>(pair.near_interface());
  body.tcm_parent = parent;
  return body;
}

// Makes the qdisc; its end takes all of its filters with it.
class ClsactQdisc : public Attached {
 public:
  explicit ClsactQdisc(const NamespacePair& pair) : pair_(pair) {}
  ~ClsactQdisc() override { (void)change(RTM_DELQDISC, 0); }
  Result<void> create() { return change(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL); }

 private:
  Result<void> change(uint16_t type, uint16_t flags) {
    tcmsg body = tc_target(pair_, TC_H_CLSACT);
    body.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
    NetlinkMessage message(type, flags, body);
    message.attribute(TCA_KIND, std::string_view("clsact"));
    return pair_.route().request(message, "cannot change the clsact qdisc");
  }
  const NamespacePair& pair_;
};

class TcFilter : public Attached {
 public:
  TcFilter(const NamespacePair& pair, uint32_t parent, int position)
      : pair_(pair), body_(tc_target(pair, TC_H_MAKE(TC_H_CLSACT, parent))) {
    body_.tcm_info = TC_H_MAKE(static_cast<uint32_t>(position + 1) << 16, htons(ETH_P_ALL));
    body_.tcm_handle = kFilterHandle;
  }
  ~TcFilter() override {
    if (!created_) return;
    NetlinkMessage message(RTM_DELTFILTER, 0, body_);
    message.attribute(TCA_KIND, std::string_view("bpf"));
    (void)pair_.route().request(message, "cannot remove a tc filter");
  }
  Result<void> create(int program_fd) {
    NetlinkMessage message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, body_);
    message.attribute(TCA_KIND, std::string_view("bpf"));
    const size_t options = message.open(TCA_OPTIONS);
    message.attribute(TCA_BPF_FD, static_cast<uint32_t>(program_fd));
    message.attribute(TCA_BPF_NAME, std::string_view("bpftax"));
    message.attribute(TCA_BPF_FLAGS, uint32_t{TCA_BPF_FLAG_ACT_DIRECT});
    message.close(options);
    BPFTAX_TRY(pair_.route().request(message, "cannot add a tc filter"));
    created_ = true;
    return {};
  }

 private:
  const NamespacePair& pair_;
  tcmsg body_;
  bool created_ = false;
};

Result<AttachedPtr> make_clsact(const Site& site) {
  auto qdisc = std::make_unique<ClsactQdisc>(site.pair);
  BPFTAX_TRY(qdisc->create());
  return qdisc;
}

template <uint32_t kParent>
Result<AttachedPtr> attach_filter(const Site& site, Attached*, int program_fd, int position) {
  auto filter = std::make_unique<TcFilter>(site.pair, kParent, position);
  BPFTAX_TRY(filter->create(program_fd));
  return filter;
}

NetworkHook clsact_hook(const char* name, const char* summary) {
  NetworkHook hook;
  hook.name = name;
  hook.summary = summary;
  hook.program_type = kClassifierProgram;
  hook.loads_for_type = false;
  hook.verdict = Verdict::kNext;
  hook.ground = make_clsact;
  return hook;
}

}  // namespace

NetworkHook tc_clsact_ingress_hook() {
  NetworkHook hook = clsact_hook("tc_clsact_ingress", "tc filter (direct action) for packets that come in");
  hook.attach = attach_filter<TC_H_MIN_INGRESS>;
  return hook;
}

NetworkHook tc_clsact_egress_hook() {
  NetworkHook hook = clsact_hook("tc_clsact_egress", "tc filter (direct action) for packets that go out");
  hook.attach = attach_filter<TC_H_MIN_EGRESS>;
  hook.from = Side::kNear;
  return hook;
}

}  // namespace bpftax::bench::network
