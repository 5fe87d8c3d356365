// A hook as the benchmark uses it: programs are loaded for it, attached to it, and it is made to fire.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/tracing/body.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench {

// An attached program; detaches when destroyed. Ends with the process in any case.
class HookLink {
 public:
  void add(bpf_link* link) { links_.emplace_back(link); }
  void add(Fd fd) { fds_.push_back(std::move(fd)); }
  // Of the first libbpf link.
  int fd() const { return links_.empty() ? -1 : bpf_link__fd(links_.front().get()); }

 private:
  struct DestroyLink {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };
  std::vector<Fd> fds_;
  std::vector<std::unique_ptr<bpf_link, DestroyLink>> links_;  // destroyed first
};

// What firing took.
struct Fired {
  uint64_t ns = 0;
  uint64_t events = 0;  // that the trigger made, by its own count
};

class Trigger {
 public:
  virtual ~Trigger() = default;
  // At least n events; the same work whatever is attached.
  virtual Result<Fired> fire(uint64_t n) = 0;
};

// How far the count of a program may be from the trigger's: events of others, and timers, are not in our
// hand.
struct Slack {
  double missing = 0;  // share of the events
  double extra = 0;
  uint64_t few = 0;  // beside the share
  bool exact() const { return missing == 0 && extra == 0 && few == 0; }
};
inline constexpr Slack kSharedSlack{0, 0.10, 500};  // events of other tasks on our CPU

class Hook {
 public:
  virtual ~Hook() = default;
  virtual Result<std::unique_ptr<Body>> load(BodyKind kind) = 0;
  // Before anything is attached; not timed.
  virtual Result<void> get_ready() { return {}; }
  virtual Result<HookLink> attach(Body& body) = 0;
  // What must be there for the trigger to work while no body is (struct_ops).
  virtual Result<HookLink> attach_floor() { return HookLink(); }
  virtual Result<Fired> fire(uint64_t n) = 0;
  // Where the programs are attached: the kernel's function or tracepoint, or what is special about our own.
  virtual std::string target() const = 0;
  virtual Slack slack() const { return {}; }
  // Can it be fired with nothing attached? Else there is no floor to be had.
  virtual bool has_floor() const { return true; }
  virtual uint64_t links_of_attach() const { return 1; }
  // Calls of a program that are no events: its bodies do not run in them.
  virtual uint64_t calls_beside(uint64_t /*events*/) const { return 0; }
};

// A hook of which all parts are independent of each other: most are.
struct HookParts {
  BodyRequest programs;
  std::function<Result<HookLink>(Body& body)> attach;
  std::unique_ptr<Trigger> trigger;
  std::string target;
  Slack slack;
};
std::unique_ptr<Hook> make_hook(HookParts parts);

// HookLink of what a libbpf function that attaches has just returned (errno is still its own).
Result<HookLink> hook_link(bpf_link* link, const std::string& where);

// The objects with the programs of most hooks (hook_programs.bpf.c).
BodyRequest hook_programs(std::string stem);

}  // namespace bpftax::bench
