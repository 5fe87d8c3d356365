#include "bench/tracing/hook_instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>

#include "bench/this_thread.h"
#include "bench/tracing/hook_bodies.h"
#include "bench/tracing/triggers.h"
#include "sample/bpf_stats.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kAttachments = 1;         // of a sample: some kinds take 0.1 s to detach
constexpr uint64_t kWitnessedEvents = 1000;  // of an empty program, after each run
constexpr uint64_t kTrialEvents = 16;

tl::unexpected<Error> fail_wrong_work(std::string why) {
  return fail(ErrorKind::kWorkload, "wrong work", "", std::move(why));
}

Result<void> check_count(uint64_t count, uint64_t events, const Slack& slack) {
  const auto fired = static_cast<double>(events);
  const auto few = static_cast<double>(slack.few);
  const auto seen = static_cast<double>(count);
  const double least = slack.missing > 0 ? fired * (1 - slack.missing) - few : fired;
  if (seen >= least && seen <= fired * (1 + slack.extra) + few) return {};
  return fail_wrong_work(fmt::format("the program ran {} times, the hook fired {} times", count, events));
}

}  // namespace

Result<HookTask> hook_task(const Task& task) {
  HookTask out;
  out.wish.name = task.subject;
  BPFTAX_ASSIGN(const std::string place, require_string(task.params, "place"));
  out.wish.place = place == "in-place" ? Place::kInPlace : Place::kHot;
  BPFTAX_ASSIGN(const int64_t programs, require_integer(task.params, "programs"));
  BPFTAX_ASSIGN(const auto instruction, json_string(task.params, "instruction"));
  out.wish.instruction = instruction.value_or("");
  if (programs < 1 || programs > 64 || task.cpus.empty())
    return fail(ErrorKind::kUsage, "impossible task", task.subject, "1 to 64 programs, and a CPU");
  out.programs = static_cast<int>(programs);
  out.cpu = task.cpus.front();
  return out;
}

Result<std::unique_ptr<HookInstance>> HookInstance::make(const HookTask& task,
                                                         const std::vector<BodyKind>& kinds, bool attaching) {
  const HookKind* kind = find_hook_kind(task.wish.name);
  if (kind == nullptr) return fail(ErrorKind::kInternal, "no such hook", task.wish.name);
  BPFTAX_TRY(pin_to_cpu(task.cpu));
  BPFTAX_ASSIGN(auto hook, kind->make(task.wish));
  return make(task, std::move(hook), kinds, attaching);
}

Result<std::unique_ptr<HookInstance>> HookInstance::make(const HookTask& task, std::unique_ptr<Hook> hook,
                                                         const std::vector<BodyKind>& kinds, bool attaching) {
  std::unique_ptr<HookInstance> instance(new HookInstance(std::move(hook), task.cpu));
  const Json params = {{"target", instance->hook_->target()}};
  const bool has_floor = instance->hook_->has_floor();
  if (has_floor) instance->add({Work::kFloor}, {.name = "trigger", .params = params, .is_floor = true});
  for (const BodyKind body : kinds) {
    BPFTAX_ASSIGN(const std::string refused, instance->load(body, task.programs));
    instance->add({Work::kBody, body}, {.name = std::string(to_string(body)),
                                        .params = params,
                                        .floor = has_floor ? "trigger" : "",
                                        .absent = refused});
  }
  if (attaching) {
    std::string refused;
    if (instance->bodies(BodyKind::kCount).empty()) {
      BPFTAX_ASSIGN(refused, instance->load(BodyKind::kCount, 1));
    }
    for (const auto& [work, name] : {std::pair(Work::kAttach, "attach"), std::pair(Work::kDetach, "detach")})
      instance->add({work}, {.name = name, .params = params, .fixed_n = kAttachments, .absent = refused});
  }
  return instance;
}

void HookInstance::add(Step step, Operation operation) {
  steps_.push_back(step);
  operations_.push_back(std::move(operation));
}

Result<std::string> HookInstance::load(BodyKind kind, int programs) {
  auto& loaded = bodies_[static_cast<size_t>(kind)];
  for (int i = 0; i < programs; ++i) {
    auto body = hook_->load(kind);
    if (!body && body.error().kind != ErrorKind::kEnvironment) return propagate(body);
    if (!body) {
      loaded.clear();
      return body.error().why.empty() ? to_string(body.error()) : body.error().why;
    }
    loaded.push_back(std::move(*body));
  }
  return std::string();
}

const std::vector<std::unique_ptr<Body>>& HookInstance::bodies(BodyKind kind) const {
  return bodies_[static_cast<size_t>(kind)];
}

uint64_t HookInstance::most(size_t operation) const {
  const Step& step = steps_[operation];
  if (step.work != Work::kBody || step.kind != BodyKind::kEvent) return UINT64_MAX;
  // The ring buffer must hold them all, with those that a trigger makes too many (iter: whole walks); half of
  // it where others' events come in too.
  const uint64_t events = kHookRingBytes / kHookEventRoom - 2 * kHookWalk;
  return hook_->slack().exact() ? events : events / 2;
}

// Some kinds wait for a grace period of the kernel (0.05 s); those of several programs can be waited for
// together.
void HookInstance::detach_all() {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < links_.size(); ++i) threads.emplace_back([this, i] { links_[i] = HookLink(); });
  if (!links_.empty()) links_[0] = HookLink();
  for (std::thread& thread : threads) thread.join();
  links_.clear();
}

bool HookInstance::ran_last() const {
  return std::any_of(after_.counted.begin(), after_.counted.end(),
                     [i = size_t{0}, this](uint64_t now) mutable { return now != before_.counted[i++]; });
}

Result<void> HookInstance::prepare(size_t operation, uint64_t /*n*/) {
  if (attached_ == operation) return {};
  detach_all();
  attached_.reset();
  const Step& step = steps_[operation];
  BPFTAX_TRY(hook_->get_ready());
  if (step.work == Work::kFloor) {
    BPFTAX_ASSIGN(HookLink link, hook_->attach_floor());
    links_.push_back(std::move(link));
  } else if (step.work == Work::kBody) {
    for (const auto& body : bodies(step.kind)) {
      BPFTAX_ASSIGN(HookLink link, hook_->attach(*body));
      links_.push_back(std::move(link));
      // Events of others since it is attached.
      if (step.kind == BodyKind::kEvent) BPFTAX_TRY(body->drain(false));
    }
  }
  attached_ = operation;
  return {};
}

// The programs' own counts: of all CPUs where only we fire the hook, of ours where others do so too.
Result<uint64_t> HookInstance::counted(const Body& body) const {
  BPFTAX_ASSIGN(const auto counts, body.counts());
  if (hook_->slack().exact()) return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  return static_cast<size_t>(cpu_) < counts.size() ? counts[static_cast<size_t>(cpu_)] : 0;
}

Result<HookInstance::Seen> HookInstance::look(BodyKind kind) const {
  Seen seen;
  for (const auto& body : bodies(kind)) {
    BPFTAX_ASSIGN(const Body::Runs runs, body->runs());
    seen.missed.push_back(runs.missed);
    if (kind == BodyKind::kEmpty) continue;
    BPFTAX_ASSIGN(const uint64_t count, counted(*body));
    seen.counted.push_back(count);
  }
  return seen;
}

Result<Stretch> HookInstance::run(size_t operation, uint64_t n) {
  const Step& step = steps_[operation];
  if (step.work == Work::kAttach || step.work == Work::kDetach) return attach_and_detach(step.work, n);
  const bool body = step.work == Work::kBody;
  if (body) {
    BPFTAX_ASSIGN(before_, look(step.kind));
  }
  BPFTAX_ASSIGN(fired_, hook_->fire(n));
  // Where others fire the hook too, later is too late.
  if (body && !hook_->slack().exact()) {
    BPFTAX_ASSIGN(after_, look(step.kind));
  }
  return Stretch{fired_.ns, fired_.events, {}};
}

Result<void> HookInstance::check(size_t operation, uint64_t n) {
  const Step& step = steps_[operation];
  if (step.work == Work::kAttach || step.work == Work::kDetach) return {};  // was checked at each one
  if (fired_.events < n)
    return fail_wrong_work(fmt::format("the hook was fired {} of {} times", fired_.events, n));
  return step.work == Work::kBody ? check_body(step.kind) : Result<void>();
}

Result<void> HookInstance::check_body(BodyKind kind) {
  if (hook_->slack().exact()) {
    BPFTAX_ASSIGN(after_, look(kind));
  }
  const auto& programs = bodies(kind);
  for (size_t i = 0; i < programs.size(); ++i) {
    if (after_.missed[i] != before_.missed[i])
      return fail_wrong_work(
          fmt::format("the kernel skipped the program {} times because it was running already",
                      after_.missed[i] - before_.missed[i]));
    if (kind == BodyKind::kEmpty) continue;
    BPFTAX_TRY(check_count(after_.counted[i] - before_.counted[i], fired_.events, hook_->slack()));
    BPFTAX_TRY(check_results(*programs[i], after_.counted[i], after_.counted[i] - before_.counted[i]));
  }
  return kind == BodyKind::kEmpty ? check_empty() : Result<void>();
}

// What the body must have done beside counting: `now` is its count, of which `ran` are of the last run.
Result<void> HookInstance::check_results(Body& body, uint64_t now, uint64_t ran) const {
  const bool exact = hook_->slack().exact();
  if (body.kind() == BodyKind::kHashUpdate) return body.check_table(now, exact);
  if (body.kind() != BodyKind::kEvent) return {};
  BPFTAX_ASSIGN(const uint64_t events, body.drain(exact));
  if (exact ? events == ran : events >= ran) return {};
  return fail_wrong_work(fmt::format("{} runs of the program left {} events", ran, events));
}

Result<void> HookInstance::check_empty() {
  const auto statistics = BpfStats::enable();
  if (!statistics) return {};  // before Linux 5.8: try_hook() has seen a counting program run
  std::vector<uint64_t> before;
  for (const auto& body : bodies(BodyKind::kEmpty)) {
    BPFTAX_ASSIGN(const Body::Runs runs, body->runs());
    before.push_back(runs.runs);
  }
  BPFTAX_ASSIGN(const Fired fired, hook_->fire(std::min(fired_.events, kWitnessedEvents)));
  const Slack slack = hook_->slack();
  for (size_t i = 0; i < before.size(); ++i) {
    BPFTAX_ASSIGN(const Body::Runs runs, bodies(BodyKind::kEmpty)[i]->runs());
    const uint64_t ran = runs.runs - before[i] - hook_->calls_beside(fired.events);
    // The statistics are of all CPUs: events of others have no upper limit here.
    BPFTAX_TRY(check_count(slack.exact() ? ran : std::min(ran, fired.events), fired.events, slack));
  }
  return {};
}

// Attached, it must count what is fired; detached, nothing.
Result<void> HookInstance::check_fires(const Body& body, bool attached) {
  if (!attached && !hook_->has_floor()) return {};
  HookLink floor;
  if (!attached) {
    BPFTAX_TRY(hook_->get_ready());
    BPFTAX_ASSIGN(floor, hook_->attach_floor());
  }
  BPFTAX_ASSIGN(const uint64_t before, counted(body));
  BPFTAX_ASSIGN(const Fired fired, hook_->fire(kTrialEvents));
  BPFTAX_ASSIGN(const uint64_t after, counted(body));
  if (attached) return check_count(after - before, fired.events, hook_->slack());
  if (after == before) return {};
  return fail_wrong_work(fmt::format("the program ran {} times after it had been detached", after - before));
}

Result<Stretch> HookInstance::attach_and_detach(Work work, uint64_t n) {
  Body& body = *bodies(BodyKind::kCount).front();
  uint64_t attach_ns = 0, detach_ns = 0;
  for (uint64_t i = 0; i < n; ++i) {
    BPFTAX_TRY(hook_->get_ready());
    const uint64_t begin_ns = monotonic_now_ns();
    auto link = hook_->attach(body);
    attach_ns += monotonic_now_ns() - begin_ns;
    if (!link) return propagate(link);
    BPFTAX_TRY(check_fires(body, true));
    const uint64_t end_ns = monotonic_now_ns();
    *link = HookLink();
    detach_ns += monotonic_now_ns() - end_ns;
    BPFTAX_TRY(check_fires(body, false));
  }
  return Stretch{work == Work::kAttach ? attach_ns : detach_ns, n * hook_->links_of_attach(), {}};
}

Result<void> try_hook(const HookTask& task) {
  BPFTAX_ASSIGN(const auto instance, HookInstance::make(task, {BodyKind::kCount}, false));
  const size_t count = instance->operations().size() - 1;
  if (const std::string& refused = instance->operations()[count].absent; !refused.empty())
    return fail(ErrorKind::kEnvironment, "the hook does not work here", task.wish.name, refused);
  BPFTAX_TRY(instance->prepare(count, kTrialEvents));
  BPFTAX_ASSIGN(const Stretch stretch, instance->run(count, kTrialEvents));
  static_cast<void>(stretch);
  const auto checked = instance->check(count, kTrialEvents);
  // So few events of a timer are no measure for how many there will be: it fires, and that is enough here.
  if (checked || (instance->is_timer() && instance->ran_last())) return {};
  return fail(ErrorKind::kEnvironment, "the hook does not work here", task.wish.name,
              "attached without an error, but " + checked.error().why);
}

}  // namespace bpftax::bench
