// When a subject counts as ready (method.md section 3): the readiness half of SubjectRunner.
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "subject/inventory.h"
#include "subject/subject.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr int64_t kStableNs = 500 * kNsPerMs;
constexpr int64_t kStablePollMs = 25;
// An inventory of the whole system costs more than one of a process tree, and finds something only for the
// few tools that let go of their programs.
constexpr int kPollsPerSystemLook = 5;
constexpr size_t kLineSearchBytes = 1 << 20;
// std::regex recurses per character.
constexpr size_t kLongestLine = 4096;

// How long to wait before the next look while nothing is there yet: most tools take a few hundred ms (they
// compile), some 20 ms, and each look costs the machine something.
int64_t poll_ms(double running_s) {
  if (running_s < 0.3) return 20;
  return running_s < 5 ? 50 : 100;
}

bool any_line_matches(const std::string& text, const std::regex& pattern) {
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view head = line.substr(0, kLongestLine);
    try {
      if (std::regex_search(head.begin(), head.end(), pattern)) return true;
    } catch (const std::regex_error&) {
      // Too complex for this line: as good as no match.
    }
  }
  return false;
}

}  // namespace

tl::unexpected<Error> SubjectRunner::not_ready(std::string why, std::string hint) {
  const std::string words = last_words();
  if (!words.empty()) why += ": " + words;
  return fail(ErrorKind::kSubject, "the subject did not become ready", subject_.command, std::move(why),
              std::move(hint));
}

Result<SubjectReady> SubjectRunner::wait_ready() {
  if (subject_.kind == PlannedSubject::Kind::kPlacebo || subject_.ready.kind == ReadySpec::Kind::kBpf)
    return wait_stable_programs();
  return wait_signal();
}

Result<void> SubjectRunner::check_running(int64_t wait_ms) {
  BPFTAX_ASSIGN(const std::optional<ExitStatus> ended, host_.wait(*process_, wait_ms));
  if (!ended) return {};
  const std::string how = ended->signaled ? fmt::format("it was {}", to_string(*ended))
                                          : fmt::format("it exited with code {}", ended->code);
  std::string hint;
  if (ended->ok()) {
    hint =
        "a tool must run while it is measured; wrap commands that attach something and leave: "
        "--tool 'attach ...; trap \"detach ...\" EXIT; trap exit INT TERM; sleep infinity & wait'";
  }
  return not_ready(fmt::format("{} after {}", how, format_duration(running_s())), hint);
}

Result<BpfInventory> SubjectRunner::programs_without_holder() {
  BPFTAX_ASSIGN(const BpfInventory all, host_.bpf_all());
  const std::set<uint32_t> attached(all.attached.begin(), all.attached.end());
  std::set<uint32_t> ids;
  for (const BpfProgram& program : all.programs) {
    if (before_.programs.count(program.id) == 0 && attached.count(program.id) != 0 &&
        attaches_without_holder(program.type))
      ids.insert(program.id);
  }
  return only_programs(all, ids);
}

std::set<uint32_t> SubjectRunner::its_programs(const BpfInventory& inventory) const {
  std::set<uint32_t> ids = effective_programs(inventory);
  std::erase_if(ids, [&](uint32_t id) {
    // It may attach an older program once more.
    return before_.working.count(id) != 0 &&
           std::none_of(inventory.links.begin(), inventory.links.end(), [&](const BpfLink& link) {
             return link.program_id == id && before_.links.count(link.id) == 0;
           });
  });
  return ids;
}

Result<BpfInventory> SubjectRunner::observe() {
  BPFTAX_ASSIGN(BpfInventory own, host_.bpf_of(*process_));
  remember(own);
  const bool look_around = detached_ || polls_++ % kPollsPerSystemLook == kPollsPerSystemLook - 1;
  if (!its_programs(own).empty()) {
    detached_ = false;
    return own;
  }
  if (!look_around || subject_.kind == PlannedSubject::Kind::kPlacebo) return own;
  BPFTAX_ASSIGN(BpfInventory others, programs_without_holder());
  detached_ = !others.programs.empty();
  if (!detached_) return own;
  remember(others);
  return others;
}

tl::unexpected<Error> SubjectRunner::no_programs(const BpfInventory& inventory, const std::string& within) {
  const auto loaded =
      std::count_if(inventory.programs.begin(), inventory.programs.end(),
                    [&](const BpfProgram& program) { return before_.programs.count(program.id) == 0; });
  if (loaded != 0)
    return not_ready(fmt::format("it loaded {} eBPF program(s), but attached none {}", loaded, within));
  const std::string hint =
      "for a tool that is ready otherwise: --ready line:REGEX, exec:COMMAND or delay:SECONDS";
  if (!inventory.programs.empty())
    return not_ready(
        fmt::format("it holds {} eBPF program(s) that were there before it, and attached none {}",
                    inventory.programs.size(), within),
        hint);
  return not_ready("no eBPF program appeared " + within, hint);
}

Result<SubjectReady> SubjectRunner::wait_stable_programs() {
  const bool needs_programs = subject_.kind != PlannedSubject::Kind::kPlacebo;
  const auto timeout_ns = static_cast<int64_t>(subject_.ready.timeout_s * 1e9);
  std::set<uint32_t> current;
  int64_t since_ns = began_ns_;
  while (true) {
    BPFTAX_ASSIGN(BpfInventory inventory, observe());
    const int64_t now = clock_.monotonic_ns();
    std::set<uint32_t> seen = its_programs(inventory);
    if (seen != current) {
      current = std::move(seen);
      since_ns = now;
    }
    const bool present = !current.empty() || !needs_programs;
    if (present && now - since_ns >= kStableNs) {
      ready_programs_ = std::move(current);
      return SubjectReady{static_cast<double>(since_ns - began_ns_) * 1e-6, std::move(inventory), detached_};
    }
    if (now - began_ns_ >= timeout_ns) {
      const std::string within = fmt::format("within {:g} s", subject_.ready.timeout_s);
      if (!current.empty()) return not_ready("its set of eBPF programs did not come to rest " + within);
      return no_programs(inventory, within);
    }
    BPFTAX_TRY(check_running(current.empty() ? poll_ms(running_s()) : kStablePollMs));
  }
}

// What was written since the last look, and the line that it goes on with. As far as the file reached when
// the look began: a tool may write faster than it can be read.
Result<bool> SubjectRunner::line_printed() {
  const std::regex pattern(subject_.ready.argument);
  std::optional<int64_t> end;
  while (!end || searched_bytes_ < *end) {
    BPFTAX_ASSIGN(const FileChunk chunk,
                  host_.read_chunk(paths_.stdout_path, searched_bytes_, kLineSearchBytes));
    if (!end) end = chunk.file_size;
    if (chunk.data.empty()) break;
    searched_bytes_ += static_cast<int64_t>(chunk.data.size());
    searched_line_ += chunk.data;
    if (any_line_matches(searched_line_, pattern)) return true;
    const size_t newline = searched_line_.rfind('\n');
    if (newline != std::string::npos) searched_line_.erase(0, newline + 1);
    if (searched_line_.size() > kLongestLine) searched_line_.resize(kLongestLine);
  }
  return false;
}

Result<bool> SubjectRunner::signal_given() {
  switch (subject_.ready.kind) {
    case ReadySpec::Kind::kLine:
      return line_printed();
    case ReadySpec::Kind::kExec: {
      ProcessSpec spec;
      spec.name = "readiness check";
      spec.shell = subject_.ready.argument;
      const double left_s = std::max(0.1, subject_.ready.timeout_s - running_s());
      auto finished = host_.run(spec, static_cast<int64_t>(left_s * 1e3));
      if (finished) return finished->status.ok();
      if (finished.error().kind == ErrorKind::kInterrupted || finished.error().kind == ErrorKind::kLost)
        return propagate(std::move(finished));
      return not_ready("the readiness check failed: " + to_string(finished.error()));
    }
    case ReadySpec::Kind::kDelay:
      return running_s() >= subject_.ready.delay_s;
    case ReadySpec::Kind::kBpf:
      break;
  }
  return true;
}

Result<SubjectReady> SubjectRunner::wait_signal() {
  while (true) {
    BPFTAX_ASSIGN(const bool given, signal_given());
    if (given) {
      SubjectReady ready;
      ready.ready_ms = running_s() * 1e3;
      BPFTAX_TRY(check_running(0));
      BPFTAX_ASSIGN(ready.inventory, observe());
      ready.detached_programs = detached_;
      ready_programs_ = its_programs(ready.inventory);
      return ready;
    }
    if (running_s() >= subject_.ready.timeout_s) {
      return not_ready(fmt::format("'{}' did not come true within {:g} s", to_string(subject_.ready),
                                   subject_.ready.timeout_s));
    }
    BPFTAX_TRY(check_running(poll_ms(running_s())));
  }
}

}  // namespace bpftax
