#include "bench/maps/maps_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/maps/loop_control.h"
#include "bench/maps/map_shape.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr const char* kImpossible = "cannot measure maps";
constexpr uint64_t kMostEntries = 1 << 20;
// What document 004 measured, and others that are as quick.
const std::vector<std::string> kQuickTypes = {"hash",     "array",    "percpu_hash", "percpu_array",
                                              "lru_hash", "lpm_trie", "queue",       "ringbuf"};
const std::vector<std::string> kSides = {"program", "user", "repeat"};
const std::vector<std::string> kContentions = {"own", "bucket", "same"};

Result<std::vector<std::string>> names(const char* option, std::vector<std::string> given,
                                       const std::vector<std::string>& known,
                                       const std::vector<std::string>& missing) {
  if (given.empty()) return missing;
  if (std::find(given.begin(), given.end(), "all") != given.end()) return known;
  std::vector<std::string> result;
  for (const std::string& name : given) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto nearest = nearest_name(name, known);
      return fail(ErrorKind::kUsage, kImpossible, option, fmt::format("'{}' is unknown", name),
                  nearest ? fmt::format("did you mean '{}'?", *nearest) : "known: " + join(known, ", "));
    }
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

struct Bounds {
  const char* option;
  uint64_t least, most, multiple;
};

Result<std::vector<uint64_t>> numbers(const Bounds& bounds, const std::vector<uint64_t>& given,
                                      uint64_t missing) {
  if (given.empty()) return std::vector<uint64_t>{missing};
  for (const uint64_t n : given) {
    if (n < bounds.least || n > bounds.most || n % bounds.multiple != 0)
      return fail(ErrorKind::kUsage, kImpossible, fmt::format("{} {}", bounds.option, n),
                  fmt::format("it must be {} to {}{}", bounds.least, bounds.most,
                              bounds.multiple > 1 ? fmt::format(", a multiple of {}", bounds.multiple) : ""));
  }
  return given;
}

// Which of the sizes mean anything to a type.
struct Meaning {
  bool entries = true, keys = true, values = true, fill = true;
};
Meaning meaning_of(const std::string& type) {
  if (type == "truth") return {false, false, false, false};
  if (type.ends_with("_storage")) return {false, false, false, false};
  if (type == "queue" || type == "stack" || type == "bloom_filter" || type == "ringbuf")
    return {.keys = false};
  if (type.ends_with("_of_maps")) return {.keys = false};  // 4 bytes here
  if (type.ends_with("array")) return {.keys = false};     // an index
  return {};
}

bool has_keys(const std::string& type) {
  const MapKind& kind = map_kind(type);
  const bool keyed = kind.array || kind.per_cpu || kind.lru || kind.trie || type == "hash";
  return keyed && !type.ends_with("_of_maps");
}

// "": nothing against it.
std::string side_impossible(const std::string& type, const std::string& side, uint64_t threads) {
  if (type == "truth") return side == "program" ? "" : "truth is injected into programs only";
  if (side != "repeat") return "";
  if (!has_keys(type)) return "the kernel repeats programs for maps with keys only";
  return threads > 1 ? "the kernel repeats a program in one thread only" : "";
}

// "all" stands for the maps; what is named beside it is measured too.
std::vector<std::string> spelled_out(const std::vector<std::string>& types) {
  std::vector<std::string> result;
  for (const std::string& type : types) {
    if (type != "all")
      result.push_back(type);
    else
      result.insert(result.begin(), map_subjects().begin(), map_subjects().end());
  }
  return result;
}

// Of the sides that are asked for, those of this type. There is one truth: from elsewhere than programs it is
// planned only where programs are not asked for, to say why it is not measured.
std::vector<std::string> sides_of(const std::string& type, const std::vector<std::string>& sides) {
  if (type != "truth") return sides;
  const bool programs = std::find(sides.begin(), sides.end(), "program") != sides.end();
  return {programs ? "program" : sides.front()};
}

class TaskMaker {
 public:
  TaskMaker(const PlanOptions& plan, std::vector<uint64_t> ops) : plan_(plan), ops_(std::move(ops)) {}

  void add(const std::string& type, const std::string& side, const Json& params, uint64_t threads) {
    Task task;
    task.benchmark = "maps";
    task.subject = type;
    task.params = params;
    task.cpus.assign(plan_.cpus.begin(), plan_.cpus.begin() + static_cast<ptrdiff_t>(threads));
    task.options = {{"side", side}, {"quick", plan_.quick}};
    if (!ops_.empty()) task.options["ops"] = ops_;
    // Two types with the same sizes differ by their names; the same type twice comes of crossing what means
    // nothing to it.
    const auto same = [&](const Task& other) {
      return other.subject == task.subject && other.params == task.params && other.options == task.options;
    };
    if (std::none_of(tasks_.begin(), tasks_.end(), same)) tasks_.push_back(std::move(task));
  }
  std::vector<Task> take() { return std::move(tasks_); }

 private:
  const PlanOptions& plan_;
  std::vector<uint64_t> ops_;
  std::vector<Task> tasks_;
};

}  // namespace

const std::vector<std::string>& map_subjects() {
  static const std::vector<std::string> kSubjects = {
      "hash",    "array",        "percpu_hash",  "percpu_array", "lru_hash",     "lru_percpu_hash",
      "queue",   "stack",        "bloom_filter", "lpm_trie",     "hash_of_maps", "array_of_maps",
      "ringbuf", "task_storage", "sk_storage",   "cgrp_storage", "inode_storage"};
  return kSubjects;
}

Result<std::vector<Task>> plan_maps(const MapsOptions& given, const PlanOptions& plan) {
  std::vector<std::string> known = map_subjects();
  known.emplace_back("truth");
  BPFTAX_ASSIGN(const std::vector<std::string> types,
                names("--types", spelled_out(given.types), known, plan.quick ? kQuickTypes : map_subjects()));
  BPFTAX_ASSIGN(const std::vector<std::string> sides,
                names("--side", given.sides, kSides, {"program", "user"}));
  BPFTAX_ASSIGN(const std::vector<std::string> contentions,
                names("--contention", given.contentions, kContentions, {"own"}));
  BPFTAX_ASSIGN(const auto entries, numbers({"--entries", 1, kMostEntries, 1}, given.entries, 1024));
  BPFTAX_ASSIGN(const auto key_sizes, numbers({"--key-size", 4, kMaxKeyBytes - 4, 4}, given.key_sizes, 4));
  BPFTAX_ASSIGN(const auto value_sizes,
                numbers({"--value-size", 8, kMaxValueBytes, 8}, given.value_sizes, 8));
  BPFTAX_ASSIGN(const auto fills, numbers({"--fill", 1, 100, 1}, given.fills, 50));
  BPFTAX_ASSIGN(const auto threads, numbers({"--threads", 1, kMaxLoopThreads, 1}, given.threads, 1));
  std::vector<uint64_t> ops;
  if (!given.ops.empty()) {
    BPFTAX_ASSIGN(ops, numbers({"--ops", 1, 100'000'000, 1}, given.ops, 0));
  }
  for (const uint64_t count : threads) {
    if (count > plan.cpus.size())
      return fail(ErrorKind::kUsage, kImpossible, fmt::format("--threads {}", count),
                  fmt::format("there are {} CPUs, and each thread needs one for itself", plan.cpus.size()),
                  "see --cpus");
    for (const uint64_t size : entries)
      if (size < count)
        return fail(ErrorKind::kUsage, kImpossible, fmt::format("--entries {}", size),
                    fmt::format("{} threads need an element each", count));
  }
  TaskMaker maker(plan, ops);
  for (const std::string& type : types) {
    const Meaning meaning = meaning_of(type);
    for (const uint64_t size : entries)
      for (const uint64_t key : key_sizes)
        for (const uint64_t value : value_sizes)
          for (const uint64_t fill : fills)
            for (const uint64_t count : threads)
              for (const std::string& contention : contentions)
                for (const std::string& side : sides_of(type, sides)) {
                  Json params = Json::object();
                  if (meaning.entries) params["entries"] = size;
                  if (meaning.keys) params["key_size"] = key;
                  if (meaning.values) params["value_size"] = value;
                  if (meaning.fill) params["fill"] = fill;
                  if (type != "truth") params["threads"] = count;
                  if (count > 1 && type != "truth") params["contention"] = contention;
                  maker.add(type, side, params, type == "truth" ? 1 : count);
                }
  }
  std::vector<Task> tasks = maker.take();
  for (const Task& task : tasks)
    if (check_side(task)) return tasks;
  auto refused = check_side(tasks.front());
  refused.error().kind = ErrorKind::kUsage;
  return propagate(refused);
}

Result<void> check_side(const Task& task) {
  BPFTAX_ASSIGN(const auto side, json_string(task.options, "side"));
  const std::string from = side.value_or("program");
  std::string why = side_impossible(task.subject, from, task.cpus.size());
  if (why.empty()) return {};
  return fail(
      ErrorKind::kEnvironment, kImpossible, "--side " + from, std::move(why),
      task.subject == "truth"
          ? "--side program"
          : "--threads 1 --types hash,array,percpu_hash,percpu_array,lru_hash,lru_percpu_hash,lpm_trie");
}

}  // namespace bpftax::bench
