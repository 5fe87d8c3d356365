#include "bench/tracing/hook.h"

#include <cerrno>

#include "hook_programs.skel.h"

namespace bpftax::bench {
namespace {

class HookOfParts : public Hook {
 public:
  explicit HookOfParts(HookParts parts) : parts_(std::move(parts)) {}
  Result<std::unique_ptr<Body>> load(BodyKind kind) override { return Body::load(parts_.programs, kind); }
  Result<HookLink> attach(Body& body) override { return parts_.attach(body); }
  Result<Fired> fire(uint64_t n) override { return parts_.trigger->fire(n); }
  std::string target() const override { return parts_.target; }
  Slack slack() const override { return parts_.slack; }

 private:
  HookParts parts_;
};

}  // namespace

std::unique_ptr<Hook> make_hook(HookParts parts) {
  return std::make_unique<HookOfParts>(std::move(parts));
}

Result<HookLink> hook_link(bpf_link* link, const std::string& where) {
  if (link == nullptr) return fail_refused(errno, "the attachment is refused", where);
  HookLink owned;
  owned.add(link);
  return owned;
}

BodyRequest hook_programs(std::string stem) {
  BodyRequest request;
  request.image = hook_programs_bpf::elf_bytes(&request.image_size);
  request.stem = std::move(stem);
  return request;
}

}  // namespace bpftax::bench
