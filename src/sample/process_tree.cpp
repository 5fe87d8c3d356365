#include "sample/process_tree.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>

#include "sample/scan.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::string process_path(const std::string& proc_root, int pid, std::string_view file) {
  return proc_root + "/" + std::to_string(pid) + "/" + std::string(file);
}

std::vector<int> children_of(const std::string& proc_root, int pid) {
  std::vector<int> children;
  for (const int tid : thread_ids(proc_root, pid)) {
    const auto text = read_file(process_path(proc_root, pid, "task/" + std::to_string(tid) + "/children"));
    if (!text) continue;  // the thread has ended
    const auto parsed = parse_children(*text);
    if (parsed) children.insert(children.end(), parsed->begin(), parsed->end());
  }
  return children;
}

// Parent -> children, from one look at every process.
std::map<int, std::vector<int>> family(const std::string& proc_root) {
  std::map<int, std::vector<int>> children;
  for (const int pid : all_processes(proc_root)) {
    const auto stat = read_process_stat(proc_root, pid);
    if (stat) children[stat->ppid].push_back(pid);
  }
  return children;
}

}  // namespace

int64_t clock_tick_us() {
  static const int64_t kTick = [] {
    const long hz = ::sysconf(_SC_CLK_TCK);
    return hz > 0 ? 1'000'000 / hz : 10'000;
  }();
  return kTick;
}

Result<ProcessStat> parse_process_stat(std::string_view text, int64_t tick_us) {
  const auto malformed = [&](std::string_view why) {
    return fail(ErrorKind::kInternal, "cannot parse", "/proc/PID/stat",
                std::string(why) + ": '" + printable(shorten(text, 80)) + "'");
  };
  // "PID (COMM) STATE PPID ...": comm is the process's own choice and may hold ") R 1 (", but nothing after
  // it holds a parenthesis.
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return malformed("no command in parentheses");
  ProcessStat stat;
  const auto pid = scan::to_number(trim(text.substr(0, open)));
  if (!pid || *pid <= 0 || *pid > INT32_MAX) return malformed("no process id");
  stat.pid = static_cast<int>(*pid);
  stat.comm = std::string(text.substr(open + 1, close - open - 1));

  std::string_view rest = text.substr(close + 1);
  rest = rest.substr(0, rest.find('\n'));
  const std::string_view state = scan::next_word(rest);
  if (state.size() != 1) return malformed("no state");
  stat.state = state.front();

  // Field numbers as in proc_pid_stat(5); the state is number 3. Fields between those wanted may exceed 2^63
  // (rsslim) and are not looked at.
  std::vector<std::string_view> fields;
  fields.reserve(24);
  while (fields.size() < 21) {
    const std::string_view word = scan::next_word(rest);
    if (word.empty()) return malformed("fewer than 24 fields");
    fields.push_back(word);
  }
  bool good = true;
  const auto field = [&](size_t number) -> int64_t {
    const auto value = scan::to_number(fields[number - 4]);
    good = good && value.has_value();
    return value.value_or(0);
  };
  const auto id = [&](size_t number) {
    const int64_t value = field(number);
    good = good && value >= -1 && value <= INT32_MAX;
    return static_cast<int>(value);
  };
  const auto time = [&](size_t number) {
    const auto value = scan::scaled(field(number), tick_us);
    // Members' times are added up.
    good = good && value && *value >= 0 && *value < INT64_MAX / 1'000'000;
    return value.value_or(0);
  };
  stat.ppid = id(4), stat.pgrp = id(5), stat.session = id(6);
  stat.user_us = time(14), stat.system_us = time(15);
  stat.children_user_us = time(16), stat.children_system_us = time(17);
  stat.threads = id(20);
  stat.start_ticks = field(22), stat.vsz_bytes = field(23), stat.rss_pages = field(24);
  // No address space is larger than 2^57 bytes; sums over members must not overflow.
  good = good && stat.vsz_bytes >= 0 && stat.vsz_bytes <= (int64_t{1} << 57);
  good = good && stat.rss_pages >= 0 && stat.rss_pages <= (int64_t{1} << 45);
  if (!good) return malformed("a field is no number or impossible");
  return stat;
}

Result<ProcessStat> read_process_stat(const std::string& proc_root, int pid) {
  BPFTAX_ASSIGN(const std::string text, read_file(process_path(proc_root, pid, "stat"), 8192));
  return parse_process_stat(text, clock_tick_us());
}

Result<std::vector<int>> parse_children(std::string_view text) {
  std::vector<int> pids;
  std::string_view line;
  while (scan::next_line(text, line)) {
    for (std::string_view word = scan::next_word(line); !word.empty(); word = scan::next_word(line)) {
      const auto pid = scan::to_number(word);
      if (!pid || *pid <= 0 || *pid > INT32_MAX) {
        return fail(ErrorKind::kInternal, "cannot parse", "/proc/PID/task/TID/children",
                    "'" + printable(shorten(word, 40)) + "' is no process id");
      }
      pids.push_back(static_cast<int>(*pid));
    }
  }
  return pids;
}

std::vector<int> numbered_files(const std::string& directory) {
  std::vector<int> numbers;
  struct CloseDirectory {
    void operator()(DIR* opened) const { ::closedir(opened); }
  };
  const std::unique_ptr<DIR, CloseDirectory> listing(::opendir(directory.c_str()));
  if (listing == nullptr) return numbers;
  while (const dirent* entry = ::readdir(listing.get())) {
    const auto number = scan::to_number(entry->d_name);
    if (number && *number >= 0 && *number <= INT32_MAX) numbers.push_back(static_cast<int>(*number));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<int> thread_ids(const std::string& proc_root, int pid) {
  return numbered_files(process_path(proc_root, pid, "task"));
}

std::vector<int> all_processes(const std::string& proc_root) {
  return numbered_files(proc_root);
}

Result<std::vector<int>> descendants(const std::string& proc_root, int pid) {
  if (!path_exists(process_path(proc_root, pid, "stat"))) {
    return fail_errno(ESRCH, "cannot follow the process tree", "process " + std::to_string(pid));
  }
  const bool listed = path_exists(process_path(proc_root, pid, "task/" + std::to_string(pid) + "/children"));
  std::map<int, std::vector<int>> by_parent;
  if (!listed) by_parent = family(proc_root);

  // Breadth first, so that parents come before children. A process may show up twice when it changes its
  // parent while we look.
  std::vector<int> found;
  std::vector<int> queue = {pid};
  for (size_t next = 0; next < queue.size(); ++next) {
    const std::vector<int> children = listed ? children_of(proc_root, queue[next]) : by_parent[queue[next]];
    for (const int child : children) {
      if (std::find(queue.begin(), queue.end(), child) != queue.end()) continue;
      queue.push_back(child);
      found.push_back(child);
    }
  }
  return found;
}

std::vector<std::pair<std::string, std::string>> parse_environment(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> variables;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    const std::string_view entry = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t equals = entry.find('=');
    // A process may overwrite this memory (setproctitle does); what is no NAME=VALUE is not a variable.
    if (equals == std::string_view::npos || equals == 0) continue;
    variables.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

Result<std::vector<std::pair<std::string, std::string>>> read_environment(const std::string& proc_root,
                                                                          int pid) {
  BPFTAX_ASSIGN(const std::string text, read_file(process_path(proc_root, pid, "environ"), 8u << 20));
  return parse_environment(text);
}

Result<SchedStat> parse_schedstat(std::string_view text) {
  std::string_view rest = text.substr(0, text.find('\n'));
  const auto run = scan::next_number(rest);
  const auto wait = scan::next_number(rest);
  const auto turns = scan::next_number(rest);
  if (!run || !wait || *run < 0 || *wait < 0) {
    return fail(ErrorKind::kInternal, "cannot parse", "/proc/PID/schedstat",
                "'" + printable(shorten(text, 80)) + "' does not begin with two numbers");
  }
  return SchedStat{*run, *wait, std::max<int64_t>(0, turns.value_or(0))};
}

}  // namespace bpftax
