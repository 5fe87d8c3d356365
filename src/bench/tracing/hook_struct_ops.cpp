// struct_ops: the kernel's call of a function table's entry that is a BPF program. A socket is given one of
// two congestion controls in turn (struct_ops_programs.bpf.c); the same with two that have no `init` is the
// floor.
//
// Registered by links (Linux 6.4), because without them a registration outlives the process that made it.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "probes/attach.h"
#include "struct_ops_programs.skel.h"

namespace bpftax::bench {
namespace {

// <linux/bpf.h> of Linux 6.4.
constexpr uint32_t kMapIsLinked = 1u << 13;
constexpr auto kAttachStructOps = static_cast<bpf_attach_type>(44);

constexpr std::array kNames = {"bpftax_bench_a", "bpftax_bench_b"};

struct Connection {
  Fd client, server;
};

// Over lo of a network namespace of our own: not touched by filters of the host, gone with us.
Result<Connection> connect_to_ourselves() {
  if (::unshare(CLONE_NEWNET) != 0) return fail_refused(errno, "cannot make a network namespace", "");
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener) return fail_refused(errno, "cannot make a socket", "");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (::ioctl(listener.get(), SIOCSIFFLAGS, &request) != 0)
    return fail_refused(errno, "cannot bring lo up", "lo");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  Connection made;
  made.client = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 1) != 0 ||
      ::getsockname(listener.get(), generic, &size) != 0 || !made.client ||
      ::connect(made.client.get(), generic, size) != 0)
    return fail_refused(errno, "cannot connect to ourselves", "lo");
  made.server = Fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!made.server) return fail_refused(errno, "cannot connect to ourselves", "lo");
  return made;
}

Result<void> registered(HookLink& links, const Body& body, const std::string& map_name) {
  bpf_map* map = bpf_object__find_map_by_name(body.object(), map_name.c_str());
  LibbpfLog::instance().clear();
  // For a map with BPF_F_LINK this only fills it, and says EBUSY where that has been done; libbpf's own link
  // knows nothing of that kind of map.
  bpf_link* filled = bpf_map__attach_struct_ops(map);
  if (filled == nullptr && errno != EBUSY)
    return fail_refused(errno, "the function table is refused", map_name);
  if (filled != nullptr) {
    bpf_link__disconnect(filled);
    bpf_link__destroy(filled);
  }
  LibbpfLog::instance().clear();
  Fd link(bpf_link_create(bpf_map__fd(map), 0, kAttachStructOps, nullptr));
  if (!link) return fail_refused(errno, "the attachment is refused", map_name);
  links.add(std::move(link));
  return {};
}

Result<HookLink> register_pair(const Body& body, const std::string& stem) {
  HookLink links;
  for (const char* one : {"_a", "_b"}) BPFTAX_TRY(registered(links, body, stem + one));
  return links;
}

class StructOpsHook : public Hook {
 public:
  static Result<std::unique_ptr<Hook>> make() {
    auto hook = std::make_unique<StructOpsHook>();
    BPFTAX_ASSIGN(hook->floor_, load_pair(BodyKind::kEmpty, "floor"));
    BPFTAX_ASSIGN(hook->connection_, connect_to_ourselves());
    return hook;
  }

  Result<std::unique_ptr<Body>> load(BodyKind kind) override {
    return load_pair(kind, std::string(to_string(kind)));
  }
  Result<HookLink> attach(Body& body) override {
    return register_pair(body, std::string(to_string(body.kind())));
  }
  Result<HookLink> attach_floor() override { return register_pair(*floor_, "floor"); }

  Result<Fired> fire(uint64_t n) override {
    uint64_t done = 0;
    const int client = connection_.client.get();
    const uint64_t begin_ns = monotonic_now_ns();
    for (uint64_t i = 0; i < n; ++i, ++turn_) {
      const char* name = kNames[turn_ % kNames.size()];
      if (::setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, name, std::strlen(name)) == 0) ++done;
    }
    const Fired fired{monotonic_now_ns() - begin_ns, done};
    if (done != n)
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("{} of {} changes of the congestion control were refused", n - done, n));
    return fired;
  }

  // Nothing of ours may be in use while the next pair is registered: a socket that keeps the last algorithm
  // keeps its table too. reno is always there.
  Result<void> get_ready() override {
    turn_ = 0;
    if (::setsockopt(connection_.client.get(), IPPROTO_TCP, TCP_CONGESTION, "reno", 4) != 0)
      return fail_refused(errno, "the socket cannot be given back to reno", "TCP_CONGESTION");
    return {};
  }

  std::string target() const override { return "tcp_congestion_ops.init"; }
  uint64_t links_of_attach() const override { return kNames.size(); }

 private:
  static Result<std::unique_ptr<Body>> load_pair(BodyKind kind, const std::string& stem) {
    BodyRequest request;
    request.image = struct_ops_programs_bpf::elf_bytes(&request.image_size);
    request.stem = "init";
    request.others = {"tcp_ssthresh", "tcp_cong_avoid", "tcp_undo_cwnd"};
    request.maps = {stem + "_a", stem + "_b"};
    request.configure = [maps = request.maps](bpf_object* object, bpf_program*) -> Result<void> {
      for (const std::string& map : maps) {
        const int error =
            bpf_map__set_map_flags(bpf_object__find_map_by_name(object, map.c_str()), kMapIsLinked);
        if (error != 0) return fail_refused(-error, "the map's flags are refused", map);
      }
      return {};
    };
    return Body::load(request, kind);
  }

  std::unique_ptr<Body> floor_;
  Connection connection_;
  uint64_t turn_ = 0;
};

}  // namespace

Result<std::unique_ptr<Hook>> make_struct_ops(const HookWish&) {
  return StructOpsHook::make();
}

}  // namespace bpftax::bench
