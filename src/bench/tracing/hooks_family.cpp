#include "bench/tracing/hooks_family.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "bench/network/network_hooks.h"
#include "bench/tracing/hook_instance.h"
#include "bench/tracing/hook_selection.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr int64_t kMostPrograms = 32;  // a trampoline takes 38
constexpr int64_t kLeastPacket = 64, kMostPacket = 1514;
const std::vector<std::string> kPlaces = {"hot", "in-place"};

tl::unexpected<Error> fail_not_there(const HookKind& kind, const char* why) {
  return fail(ErrorKind::kEnvironment, "nothing to measure", kind.name, why);
}

Result<void> needs_hook(const Task& task) {
  const HookKind* kind = find_hook_kind(task.subject);
  if (kind == nullptr) return fail(ErrorKind::kInternal, "no such hook", task.subject);
  BPFTAX_ASSIGN(const HookTask wanted, hook_task(task));
  if (wanted.programs > 1 && kind->only_one != nullptr) return fail_not_there(*kind, kind->only_one);
  if (wanted.wish.place == Place::kInPlace && kind->not_in_place != nullptr)
    return fail_not_there(*kind, kind->not_in_place);
  return try_hook(wanted);
}

// To attach and to detach is measured once for each kind of hook.
bool is_plain(const HookTask& task) {
  return task.programs == 1 && task.wish.place == Place::kHot &&
         (task.wish.instruction.empty() || task.wish.instruction == "nop");
}

Result<std::unique_ptr<Instance>> setup_hook(const Task& task, const Sampling&) {
  BPFTAX_ASSIGN(const HookTask wanted, hook_task(task));
  std::vector<BodyKind> kinds;
  const SelectedBodies bodies = selected_bodies(task);
  for (const BodyKind kind : kBodyKinds)
    if (is_body_selected(bodies, to_string(kind))) kinds.push_back(kind);
  BPFTAX_ASSIGN(auto instance, HookInstance::make(wanted, kinds, is_plain(wanted)));
  return std::unique_ptr<Instance>(std::move(instance));
}

const std::vector<Benchmark>& benchmarks() {
  static const std::vector<Benchmark> kAll = [] {
    std::vector<Benchmark> list;
    for (const HookKind& kind : hook_kinds())
      list.push_back({kind.name, kind.summary, needs_hook, setup_hook});
    const auto& network = network_hooks();
    list.insert(list.end(), network.begin(), network.end());
    return list;
  }();
  return kAll;
}

Result<void> check_names(const std::vector<std::string>& names, const std::vector<std::string>& known,
                         const char* what, const char* option) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = nearest_name(name, known);
    return fail(ErrorKind::kUsage, std::string("unknown ") + what,
                std::string(option) + " " + printable(name), {},
                nearest ? "did you mean " + *nearest + "?" : "one of " + join(known, ", "));
  }
  return {};
}

Result<void> check_options(const HookOptions& options) {
  std::vector<std::string> hooks, bodies;
  for (const Benchmark& benchmark : benchmarks()) hooks.emplace_back(benchmark.name);
  for (const BodyKind kind : kBodyKinds) bodies.emplace_back(to_string(kind));
  BPFTAX_TRY(check_names(options.hooks, hooks, "hook", "--hooks"));
  BPFTAX_TRY(check_names(options.places, kPlaces, "place", "--place"));
  BPFTAX_TRY(check_names(options.bodies, bodies, "body", "--bodies"));
  for (const int64_t programs : options.programs)
    if (programs < 1 || programs > kMostPrograms)
      return fail(ErrorKind::kUsage, "impossible number of programs",
                  "--programs " + std::to_string(programs), {},
                  "between 1 and " + std::to_string(kMostPrograms));
  for (const int64_t size : options.packet_sizes)
    if (size < kLeastPacket || size > kMostPacket)
      return fail(ErrorKind::kUsage, "impossible packet", "--packet-size " + std::to_string(size), {},
                  "64 to 1514 bytes");
  return {};
}

// The loop is where a tracing hook is called undisturbed and several programs can be compared; a network hook
// needs its traffic.
bool is_home(const Benchmark& benchmark, const std::string& place) {
  return (place == "hot") == (find_hook_kind(benchmark.name) != nullptr);
}

Task hook_task_of(const Benchmark& benchmark, const std::string& place, int64_t programs,
                  const std::vector<int>& cpus) {
  Task task;
  task.benchmark = "hooks";
  task.subject = benchmark.name;
  task.params = {{"place", place}, {"programs", programs}};
  task.cpus = cpus;
  return task;
}

void add_tasks(std::vector<Task>& tasks, const Benchmark& benchmark, Task task, const HookOptions& options,
               bool quick) {
  const HookKind* kind = find_hook_kind(benchmark.name);
  if (kind == nullptr) {
    for (const int64_t size : options.packet_sizes) {
      task.params["packet_size"] = size;
      tasks.push_back(task);
    }
  } else if (kind->instructions) {
    // What is under the probe matters to one program in the hot loop; a nop is what compilers leave for
    // probes. To detach a uprobe takes long, so that `--quick` has all of them only where they are asked for.
    const bool all =
        (!quick || !options.hooks.empty()) && task.params["place"] == "hot" && task.params["programs"] == 1;
    const std::vector<const char*> instructions =
        all ? std::vector<const char*>{"nop", "nop5", "other"} : std::vector<const char*>{"nop"};
    for (const char* instruction : instructions) {
      task.params["instruction"] = instruction;
      tasks.push_back(task);
    }
  } else {
    tasks.push_back(std::move(task));
  }
}

PlanTasks set_up(CLI::App& command) {
  auto options = std::make_shared<HookOptions>();
  command.add_option("--hooks", options->hooks, "Only these hooks (--list shows them all)")->delimiter(',');
  command
      .add_option("--programs", options->programs,
                  "Programs on one hook (default: 1,2,4, and 1 where that says little; --quick: 1)")
      ->delimiter(',');
  command
      .add_option(
          "--place", options->places,
          "hot: in a loop that does nothing else; in-place: in the middle of real work (default: both; "
          "--quick: hot for tracing, in-place for network hooks)")
      ->delimiter(',');
  command
      .add_option("--bodies", options->bodies,
                  "What the programs do: empty, count, hash_update, event (default: all)")
      ->delimiter(',');
  command
      .add_option("--packet-size", options->packet_sizes,
                  "Bytes of a frame, for network hooks (64 to 1514; default: 64)")
      ->delimiter(',');
  return [options](const PlanOptions& plan) { return plan_hooks(*options, plan); };
}

}  // namespace

Family hooks_family() {
  return {"hooks",
          "What a hook costs: to be called, by hook, body and number of programs; to attach and to detach",
          set_up,
          benchmarks,
          nullptr,
          1};
}

Result<std::vector<Task>> plan_hooks(HookOptions options, const PlanOptions& plan) {
  BPFTAX_TRY(check_options(options));
  if (options.packet_sizes.empty()) options.packet_sizes = {kLeastPacket};
  const auto wanted = [](const auto& list, const auto& item) {
    return list.empty() || std::find(list.begin(), list.end(), item) != list.end();
  };
  std::vector<Task> tasks;
  for (const Benchmark& benchmark : benchmarks()) {
    if (!wanted(options.hooks, benchmark.name)) continue;
    for (const std::string& place : kPlaces) {
      const bool home = is_home(benchmark, place);
      if (!wanted(options.places, place) || (plan.quick && options.places.empty() && !home)) continue;
      std::vector<int64_t> programs = options.programs;
      if (programs.empty())
        programs = plan.quick || !home ? std::vector<int64_t>{1} : std::vector<int64_t>{1, 2, 4};
      for (const int64_t count : programs)
        add_tasks(tasks, benchmark, hook_task_of(benchmark, place, count, plan.cpus), options, plan.quick);
    }
  }
  if (!options.bodies.empty())
    for (Task& task : tasks) task.options["bodies"] = options.bodies;
  return tasks;
}

}  // namespace bpftax::bench
