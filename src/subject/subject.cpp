#include "subject/subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/interrupt.h"
#include "subject/inventory.h"
#include "subject/lost_events.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr size_t kLastWordsBytes = 2048;
constexpr size_t kLostEventsBytes = 64 << 10;
// Programs are freed after an RCU grace period and by a work queue: a busy machine takes a while.
constexpr int64_t kFreeingMs = 2000;

bool host_failure(const Error& error) {
  return error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kLost;
}

template <class Object>
void add_left(const std::vector<Object>& now, const std::map<uint32_t, std::string>& seen,
              const std::set<uint32_t>& before, std::vector<std::string>& found) {
  for (const Object& object : now) {
    const auto had = seen.find(object.id);
    if (had != seen.end() && before.count(object.id) == 0) found.push_back(had->second);
  }
}

}  // namespace

SubjectRunner::SubjectRunner(Host& host, Clock& clock, PlannedSubject subject, SubjectPaths paths)
    : host_(host), clock_(clock), subject_(std::move(subject)), paths_(std::move(paths)) {}

Result<SubjectReady> SubjectRunner::start() {
  BPFTAX_ASSIGN(before_, system_state());
  ProcessSpec spec;
  spec.name = (subject_.kind == PlannedSubject::Kind::kPlacebo ? "placebo " : "tool ") + subject_.name;
  spec.argv = subject_.argv;
  spec.shell = subject_.shell;
  spec.cpus = subject_.cpus;
  spec.stdout_path = paths_.stdout_path;
  spec.stderr_path = paths_.stderr_path;
  spec.output_cap_bytes = subject_.output_cap_bytes;
  spec.stop = subject_.stop;
  began_ns_ = clock_.monotonic_ns();
  auto process = host_.start(spec);
  if (!process) {
    if (host_failure(process.error())) return propagate(std::move(process));
    // A command that cannot be executed is the subject's fault, not the host's.
    Error error = std::move(process.error());
    error.kind = ErrorKind::kSubject;
    return tl::unexpected<Error>(std::move(error));
  }
  process_ = *process;
  auto ready = wait_ready();
  if (!ready) {
    // What went wrong first is what the user must see, not a failure to clean up after it.
    const auto stopped = stop();
    (void)stopped;
  }
  return ready;
}

Result<void> SubjectRunner::alive() {
  const auto lost = [&](std::string why) {
    return fail(ErrorKind::kSubject, "the subject did not stay", subject_.command, std::move(why));
  };
  BPFTAX_ASSIGN(const std::optional<ExitStatus> ended, host_.wait(*process_, 0));
  if (ended) {
    const std::string words = last_words();
    return lost(
        fmt::format("it ended in mid-window ({}){}", to_string(*ended), words.empty() ? "" : ": " + words));
  }
  if (ready_programs_.empty()) return {};
  BPFTAX_ASSIGN(const BpfInventory now, inventory());
  const std::set<uint32_t> attached = effective_programs(now);
  std::vector<std::string> missing;
  for (const uint32_t id : ready_programs_) {
    if (attached.count(id) == 0) missing.push_back(seen_programs_[id]);
  }
  if (missing.empty()) return {};
  return lost("it lost eBPF programs in mid-window: " + join(missing, ", "));
}

Result<BpfInventory> SubjectRunner::inventory() {
  if (detached_) {
    BPFTAX_ASSIGN(const BpfInventory all, host_.bpf_all());
    BpfInventory own = only_programs(all, ready_programs_);
    remember(own);
    return own;
  }
  BPFTAX_ASSIGN(BpfInventory own, host_.bpf_of(*process_));
  remember(own);
  return own;
}

Result<SubjectStopped> SubjectRunner::stop() {
  if (stopped_) return *stopped_;
  if (!process_) return SubjectStopped{};
  const InterruptShield shield;
  SubjectStopped stopped;
  for (const OutputStream stream : {OutputStream::kStdout, OutputStream::kStderr}) {
    if (stream == OutputStream::kStderr && paths_.stderr_path == paths_.stdout_path) continue;
    // A remark about lost events is worth nothing if asking for it keeps the tool from being stopped.
    const auto text = host_.tail(*process_, stream, kLostEventsBytes);
    if (text) stopped.lost_events += count_lost_events(*text);
  }
  BPFTAX_ASSIGN(stopped.report, host_.stop(*process_));
  BPFTAX_ASSIGN(stopped.left_behind, left_behind());
  stopped_ = stopped;
  return stopped;
}

std::string SubjectRunner::last_words() {
  if (!process_) return {};
  for (const OutputStream stream : {OutputStream::kStderr, OutputStream::kStdout}) {
    const auto text = host_.tail(*process_, stream, kLastWordsBytes);
    if (!text) continue;
    const std::string_view words = trim(*text);
    if (!words.empty()) return printable(words);
  }
  return {};
}

double SubjectRunner::running_s() const {
  return static_cast<double>(clock_.monotonic_ns() - began_ns_) * 1e-9;
}

Result<SubjectRunner::SystemState> SubjectRunner::system_state() {
  SystemState state;
  BPFTAX_ASSIGN(const BpfInventory all, host_.bpf_all());
  for (const BpfProgram& program : all.programs) state.programs.insert(program.id);
  for (const BpfMap& map : all.maps) state.maps.insert(map.id);
  for (const BpfLink& link : all.links) state.links.insert(link.id);
  state.working = effective_programs(all);
  auto pinned = host_.bpf_pins();
  if (pinned) {
    for (const BpfPin& pin : *pinned) state.pins.insert(pin.path);
    state.pins_known = true;
  } else if (host_failure(pinned.error())) {
    return propagate(std::move(pinned));
  }
  return state;
}

void SubjectRunner::remember(const BpfInventory& inventory) {
  for (const BpfProgram& program : inventory.programs) seen_programs_[program.id] = describe(program);
  for (const BpfMap& map : inventory.maps) seen_maps_[map.id] = describe(map);
  for (const BpfLink& link : inventory.links) seen_links_[link.id] = describe(link);
}

Result<std::vector<std::string>> SubjectRunner::left_behind() {
  if (subject_.kind == PlannedSubject::Kind::kTool && ready_programs_.empty()) {
    // A command that came and went may have attached programs that were never seen in its hands.
    BPFTAX_ASSIGN(const BpfInventory orphans, programs_without_holder());
    remember(orphans);
  }
  std::vector<std::string> found;
  for (int64_t pause_ms = 10, waited_ms = 0;; pause_ms = std::min<int64_t>(pause_ms * 2, 200)) {
    BPFTAX_ASSIGN(const BpfInventory all, host_.bpf_all());
    found = left_of(all);
    if (found.empty() || waited_ms >= kFreeingMs) break;
    clock_.sleep_ns(pause_ms * 1'000'000);
    waited_ms += pause_ms;
  }
  BPFTAX_ASSIGN(const std::vector<std::string> pins, left_pins());
  found.insert(found.end(), pins.begin(), pins.end());
  return found;
}

std::vector<std::string> SubjectRunner::left_of(const BpfInventory& now) const {
  std::vector<std::string> found;
  add_left(now.links, seen_links_, before_.links, found);
  add_left(now.programs, seen_programs_, before_.programs, found);
  add_left(now.maps, seen_maps_, before_.maps, found);
  return found;
}

Result<std::vector<std::string>> SubjectRunner::left_pins() {
  std::vector<std::string> found;
  if (!before_.pins_known) return found;
  auto pinned = host_.bpf_pins();
  if (!pinned && host_failure(pinned.error())) return propagate(std::move(pinned));
  if (!pinned) return found;
  for (const BpfPin& pin : *pinned) {
    // Others pin things too: it is the subject's when it had what is pinned.
    const bool had = (pin.kind == "program" && seen_programs_.count(pin.id) != 0) ||
                     (pin.kind == "map" && seen_maps_.count(pin.id) != 0) ||
                     (pin.kind == "link" && seen_links_.count(pin.id) != 0);
    if (had && before_.pins.count(pin.path) == 0) found.push_back("pin " + pin.path);
  }
  return found;
}

}  // namespace bpftax
