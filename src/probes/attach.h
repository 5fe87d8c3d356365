// Loading a probe's BPF object and attaching its programs in one of the ways that the kernel offers.
//
// A BPF object holds, for each point of the stack (a "stem"), one program per way, named STEM_SUFFIX
// (hooks.bpf.h). Only the programs of the chosen way are loaded. Everything is owned by file descriptors of
// this process: when it ends in whatever manner, nothing stays attached or loaded.
#pragma once

#include <bpf/libbpf.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace bpftax {

// In the order in which "auto" tries them: cheapest first.
enum class AttachMode { kTpBtf, kRawTp, kTracepoint, kFentry, kKprobe };
inline constexpr std::array kAttachModes = {AttachMode::kTpBtf, AttachMode::kRawTp, AttachMode::kTracepoint,
                                            AttachMode::kFentry, AttachMode::kKprobe};

std::string_view to_string(AttachMode mode);  // "tp_btf", "raw_tp", "tracepoint", "fentry", "kprobe"
// "auto" is nullopt; kUsage with the nearest name on anything else.
Result<std::optional<AttachMode>> parse_attach_mode(const std::string& text);

// Keeps what libbpf prints away from the terminal, so that it can become the cause of an Error. One per
// process.
class LibbpfLog {
 public:
  static LibbpfLog& instance();
  void clear() { lines_.clear(); }
  // The lines of warnings so far but for verifier logs; the first one is usually the cause.
  const std::vector<std::string>& lines() const { return lines_; }
  void add(std::string_view text);

 private:
  LibbpfLog();
  std::vector<std::string> lines_;
  bool in_verifier_log_ = false;
};

// errno's text and the first thing that libbpf said since the log was cleared: why it or the kernel refused.
std::string bpf_cause(int error);

// Attached programs of one object. Detaches when destroyed.
class Attachment {
 public:
  Attachment() = default;
  Attachment(AttachMode mode, std::string description) : mode_(mode), description_(std::move(description)) {}
  AttachMode mode() const { return mode_; }
  // "tp_btf: netif_receive_skb, net_dev_queue"
  const std::string& description() const { return description_; }
  void add(bpf_link* link, const bpf_program* program);
  void detach() { links_.clear(); }
  // Events that the kernel skipped because the program was already running on that CPU (Linux 5.12), of all
  // programs.
  uint64_t recursion_misses() const;

 private:
  struct DestroyLink {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };
  AttachMode mode_ = AttachMode::kTpBtf;
  std::string description_;
  std::vector<std::unique_ptr<bpf_link, DestroyLink>> links_;
  std::vector<int> programs_;  // descriptors, owned by the object
};

// Chooses the programs of that way for each stem and nothing else. Programs that are no hook (without a
// suffix of a way) are loaded when their name is in `others`. kEnvironment when the way does not exist for a
// stem or on this kernel.
Result<void> select_programs(bpf_object* object, const std::vector<std::string>& stems, AttachMode mode,
                             const std::vector<std::string>& others);
Result<Attachment> attach_selected(bpf_object* object, const std::vector<std::string>& stems,
                                   AttachMode mode);
// bpf_object__load_skeleton() with a proper Error.
Result<void> load_skeleton(bpf_object_skeleton* skeleton);
// What every probe needs: kernel BTF.
Result<void> check_kernel();
// Adds the failure of one way to that of all; an Error when trying the next one is pointless (no privilege, a
// bug).
Result<void> add_failure(Error& all, AttachMode mode, const Error& error);

struct AttachRequest {
  std::optional<AttachMode> mode;  // nullopt: the first that works
  std::vector<std::string> stems;
  std::vector<std::string> other_programs;
};

template <class Skeleton>
struct DestroySkeleton {
  void operator()(Skeleton* skeleton) const { Skeleton::destroy(skeleton); }
};
template <class Skeleton>
using SkeletonPtr = std::unique_ptr<Skeleton, DestroySkeleton<Skeleton>>;

template <class Skeleton>
struct LoadedProbe {
  SkeletonPtr<Skeleton> skeleton;
  Attachment attachment;  // destroyed first
};

// configure(Skeleton&): sets constants and map sizes before loading. prepare(Skeleton&): a Result<void>; runs
// when the object is loaded and nothing is attached.
template <class Skeleton, class Configure, class Prepare>
Result<LoadedProbe<Skeleton>> load_and_attach(const AttachRequest& request, Configure configure,
                                              Prepare prepare) {
  BPFTAX_TRY(check_kernel());
  const auto attempt = [&](AttachMode mode) -> Result<LoadedProbe<Skeleton>> {
    LibbpfLog::instance().clear();
    LoadedProbe<Skeleton> loaded;
    loaded.skeleton.reset(Skeleton::open());
    if (!loaded.skeleton) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
    BPFTAX_TRY(select_programs(loaded.skeleton->obj, request.stems, mode, request.other_programs));
    configure(*loaded.skeleton);
    BPFTAX_TRY(load_skeleton(loaded.skeleton->skeleton));
    BPFTAX_TRY(prepare(*loaded.skeleton));
    BPFTAX_ASSIGN(loaded.attachment, attach_selected(loaded.skeleton->obj, request.stems, mode));
    return loaded;
  };
  if (request.mode) return attempt(*request.mode);
  Error all;
  for (const AttachMode mode : kAttachModes) {
    auto loaded = attempt(mode);
    if (loaded) return loaded;
    BPFTAX_TRY(add_failure(all, mode, loaded.error()));
  }
  return tl::unexpected<Error>(std::move(all));
}

template <class Skeleton, class Configure>
Result<LoadedProbe<Skeleton>> load_and_attach(const AttachRequest& request, Configure configure) {
  return load_and_attach<Skeleton>(request, configure, [](Skeleton&) { return Result<void>(); });
}

}  // namespace bpftax
