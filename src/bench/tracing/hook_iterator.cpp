// iter: a program that the kernel calls for each element of an array while somebody reads the iterator. There
// is no walk without a program, so there is no floor: `empty` is the walk with the call, per element.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "bench/tracing/hook_bodies.h"
#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/triggers.h"
#include "probes/attach.h"

namespace bpftax::bench {
namespace {

constexpr uint32_t kElements = kHookWalk;

class IteratorHook : public Hook {
 public:
  static Result<std::unique_ptr<Hook>> make() {
    const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bench_iterated", sizeof(uint32_t), sizeof(uint64_t),
                                  kElements, nullptr);
    if (fd < 0) return fail_refused(-fd, "the map to walk is refused", "iter");
    auto hook = std::make_unique<IteratorHook>();
    hook->map_ = Fd(fd);
    return hook;
  }

  Result<std::unique_ptr<Body>> load(BodyKind kind) override {
    return Body::load(hook_programs("iter"), kind);
  }

  Result<HookLink> attach(Body& body) override {
    LibbpfLog::instance().clear();
    bpf_iter_link_info info{};
    info.map.map_fd = static_cast<__u32>(map_.get());
    bpf_iter_attach_opts options{};
    options.sz = sizeof options;
    options.link_info = &info;
    options.link_info_len = sizeof info;
    BPFTAX_ASSIGN(HookLink link,
                  hook_link(bpf_program__attach_iter(body.program(), &options), "bpf_map_elem"));
    link_ = link.fd();
    return link;
  }

  Result<Fired> fire(uint64_t n) override {
    Fired fired;
    const uint64_t begin_ns = monotonic_now_ns();
    while (fired.events < n) {
      const int error_or_fd = bpf_iter_create(link_);
      if (error_or_fd < 0) return fail_errno(-error_or_fd, "BPF_ITER_CREATE");
      const Fd iterator(error_or_fd);
      BPFTAX_TRY(walk(iterator.get()));
      fired.events += kElements;
    }
    fired.ns = monotonic_now_ns() - begin_ns;
    return fired;
  }

  std::string target() const override { return "bpf_map_elem"; }
  bool has_floor() const override { return false; }
  // One behind the last element of each walk.
  uint64_t calls_beside(uint64_t events) const override { return events / kElements; }

 private:
  // The programs write nothing: the first read ends at the last element, or is told to come again after a
  // million elements.
  static Result<void> walk(int iterator) {
    std::array<char, 64> text{};
    for (;;) {
      const ssize_t got = ::read(iterator, text.data(), text.size());
      if (got == 0) return {};
      if (got < 0 && errno != EAGAIN) return fail_errno(errno, "cannot read the iterator");
    }
  }

  Fd map_;
  int link_ = -1;  // the last one's
};

}  // namespace

Result<std::unique_ptr<Hook>> make_iterator(const HookWish&) {
  return IteratorHook::make();
}

}  // namespace bpftax::bench
