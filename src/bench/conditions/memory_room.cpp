#include "bench/conditions/memory_room.h"

#include <fmt/format.h>

#include <algorithm>

#include "sample/scan.h"
#include "util/files.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

// Files of one hierarchy.
struct MemoryHierarchy {
  std::string root;  // where it is mounted
  const char* limit;
  const char* usage;
  const char* droppable;  // line of memory.stat
};

std::optional<int64_t> number_in(const std::string& path) {
  const auto text = read_file(path, 4096);
  return text ? to_int64(trim(*text)) : std::nullopt;  // "max": no limit
}

int64_t droppable_bytes(const std::string& folder, std::string_view key) {
  const auto text = read_file(folder + "/memory.stat");
  if (!text) return 0;
  std::string_view rest = *text, line;
  while (scan::next_line(rest, line)) {
    if (scan::next_word(line) == key) return scan::next_number(line).value_or(0);
  }
  return 0;
}

std::optional<CgroupRoom> room_of(const MemoryHierarchy& hierarchy, const std::string& folder) {
  const auto limit = number_in(folder + "/" + hierarchy.limit);
  const auto usage = number_in(folder + "/" + hierarchy.usage);
  if (!limit || !usage) return std::nullopt;
  return CgroupRoom{folder + "/" + hierarchy.limit,
                    *limit - *usage + droppable_bytes(folder, hierarchy.droppable)};
}

}  // namespace

double memory_percent(const MemoryState& state) {
  if (state.total_kb <= 0) return 0;
  return 100.0 * static_cast<double>(state.total_kb - state.available_kb) /
         static_cast<double>(state.total_kb);
}

std::optional<CgroupRoom> cgroup_room(const SampleRoots& roots) {
  const auto membership = read_file(roots.proc + "/self/cgroup", 1 << 20);
  if (!membership) return std::nullopt;
  const std::string mount = roots.sys + paths::kCgroup;
  std::optional<CgroupRoom> tightest;
  for (const std::string_view line : split(*membership, '\n')) {
    // "4:memory:/some/group" (v1), "0::/some/group" (v2)
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    MemoryHierarchy hierarchy{mount, "memory.max", "memory.current", "inactive_file"};
    if (!controllers.empty()) {
      const auto names = split(controllers, ',');
      if (std::find(names.begin(), names.end(), "memory") == names.end()) continue;
      hierarchy = {mount + "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                   "total_inactive_file"};
    }
    std::string group(line.substr(second + 1));
    while (true) {
      while (!group.empty() && group.back() == '/') group.pop_back();
      const auto room = room_of(hierarchy, hierarchy.root + group);
      if (room && (!tightest || room->left_bytes < tightest->left_bytes)) tightest = room;
      if (group.empty()) break;
      group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
  }
  return tightest;
}

Result<int64_t> bytes_to_take(double target_percent, const MemoryState& now,
                              const std::optional<CgroupRoom>& room) {
  const std::string what = fmt::format("cannot load the memory to {:g} %", target_percent);
  if (now.total_kb <= 0) return fail(ErrorKind::kEnvironment, what, "/proc/meminfo", "MemTotal is unknown");
  const double used = memory_percent(now);
  if (used > target_percent + kMemoryTolerance)
    return fail(ErrorKind::kEnvironment, what, "", fmt::format("{:.1f} % are in use already", used));
  const double total = static_cast<double>(now.total_kb) * 1024;
  const auto needed = static_cast<int64_t>(total * (target_percent - used) / 100);
  const int64_t left = now.available_kb * 1024 - std::max<int64_t>(0, needed);
  if (left < kHeadroomBytes) {
    return fail(ErrorKind::kEnvironment, what, "",
                fmt::format("of {} only {} would be left, and {} are left to everything else",
                            format_bytes(total), format_bytes(static_cast<double>(left)),
                            format_bytes(static_cast<double>(kHeadroomBytes))));
  }
  if (room && room->left_bytes - needed < kHeadroomBytes) {
    return fail(
        ErrorKind::kEnvironment, what, room->path,
        fmt::format("the control group's limit leaves {} and the load needs {}, with {} for everything "
                    "else",
                    format_bytes(static_cast<double>(room->left_bytes)),
                    format_bytes(static_cast<double>(needed)),
                    format_bytes(static_cast<double>(kHeadroomBytes))));
  }
  // Too little to be worth a process.
  if (target_percent - used < 0.5) return 0;
  return needed;
}

}  // namespace bpftax::bench
