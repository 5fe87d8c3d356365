// Verdict programs of a sockmap: sk_skb for what a TCP socket in it receives, sk_msg for what it sends.
#include <bpf/bpf.h>

#include <cerrno>

#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kSkSkbProgram = 14,
                   kStreamVerdictType = 5;  // BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT
constexpr uint32_t kSkMsgProgram = 16, kMsgVerdictType = 7;  // BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT
constexpr const char* kOneVerdict =
    "a sockmap has one program of each type: a second one takes the first one's place";

class Sockmap : public Attached {
 public:
  explicit Sockmap(Fd map) : map_(std::move(map)) {}
  int fd() const { return map_.get(); }

 private:
  Fd map_;
};

// A program on the map, and the socket in it.
class SockmapVerdict : public Attached {
 public:
  SockmapVerdict(int map, int program, bpf_attach_type type) : map_(map), program_(program), type_(type) {}
  ~SockmapVerdict() override {
    const int key = 0;
    if (inside_) bpf_map_delete_elem(map_, &key);
    if (attached_) bpf_prog_detach2(program_, map_, type_);
  }
  Result<void> attach(int socket) {
    if (bpf_prog_attach(program_, map_, type_, 0) != 0)
      return fail_errno(errno, "the attachment is refused", "sockmap");
    attached_ = true;
    const int key = 0;
    if (bpf_map_update_elem(map_, &key, &socket, BPF_ANY) != 0)
      return fail_errno(errno, "the socket is refused", "sockmap");
    inside_ = true;
    return {};
  }

 private:
  int map_, program_;
  bpf_attach_type type_;
  bool attached_ = false, inside_ = false;
};

Result<AttachedPtr> make_sockmap(const Site&) {
  Fd map(bpf_map_create(BPF_MAP_TYPE_SOCKMAP, "bpftax_sockmap", sizeof(int), sizeof(int), 1, nullptr));
  if (!map) return fail_errno(errno, "the sockmap is refused");
  return std::make_unique<Sockmap>(std::move(map));
}

template <uint32_t kType>
Result<AttachedPtr> attach_verdict(const Site& site, Attached* ground, int program_fd, int) {
  const int map = static_cast<const Sockmap*>(ground)->fd();
  auto verdict = std::make_unique<SockmapVerdict>(map, program_fd, static_cast<bpf_attach_type>(kType));
  BPFTAX_TRY(verdict->attach(site.connection));
  return verdict;
}

NetworkHook sockmap_hook(const char* name, const char* summary) {
  NetworkHook hook;
  hook.name = name;
  hook.summary = summary;
  hook.verdict = Verdict::kOne;
  hook.unit = Unit::kMessage;
  hook.runs_per_answer = 0;
  hook.ground = make_sockmap;
  hook.one_only = kOneVerdict;
  return hook;
}

}  // namespace

NetworkHook sk_skb_hook() {
  NetworkHook hook = sockmap_hook("sk_skb", "stream verdict of a sockmap, for what a TCP socket receives");
  hook.program_type = kSkSkbProgram;
  hook.attach_type = kStreamVerdictType;
  hook.attach = attach_verdict<kStreamVerdictType>;
  return hook;
}

NetworkHook sk_msg_hook() {
  NetworkHook hook = sockmap_hook("sk_msg", "message verdict of a sockmap, for what a TCP socket sends");
  hook.program_type = kSkMsgProgram;
  hook.attach_type = kMsgVerdictType;
  hook.from = Side::kNear;
  hook.attach = attach_verdict<kMsgVerdictType>;
  return hook;
}

}  // namespace bpftax::bench::network
