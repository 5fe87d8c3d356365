#include "agent/ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr std::string_view kMagic = "bpftax-ledger";
constexpr std::string_view kVersion1 = "1";
constexpr std::string_view kSuffix = ".own";
// Ends a line that was cut, and makes that it is no record whatever stands in it: cut in the middle of a
// word, it could name something else ("tree /tmp /tmp/a" of ".../a-b").
constexpr std::string_view kEndOfCutLine = " %\n";
constexpr size_t kMaxLedgerBytes = 64u << 20;

std::string escape(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '%') {
      escaped += '%';
      escaped += kHex[byte >> 4];
      escaped += kHex[byte & 15];
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? to_uint64(text.substr(i + 1, 2), 16) : std::nullopt;
    if (!byte) return std::nullopt;
    plain += static_cast<char>(*byte);
    i += 2;
  }
  if (plain.find('\0') != std::string::npos) return std::nullopt;
  return plain;
}

std::string process_line(const ProcessIdentity& process, int64_t handle) {
  return "process " + std::to_string(process.pid) + " " + std::to_string(process.start_ticks) + " " +
         std::to_string(handle);
}
std::string netns_line(const std::string& name) {
  return "netns " + escape(name);
}
std::string tree_line(const OwnedTree& tree) {
  return "tree " + escape(tree.prefix) + " " + escape(tree.path);
}

std::string setting_line(const OwnedSetting& setting) {
  return "setting " + escape(setting.name) + " " + escape(setting.value);
}

std::optional<ProcessIdentity> parse_identity(std::string_view pid, std::string_view start) {
  const auto number = to_int64(pid);
  const auto ticks = to_int64(start);
  if (!number || !ticks || *number < 1 || *number > INT32_MAX || *ticks < 0) return std::nullopt;
  return ProcessIdentity{static_cast<int>(*number), *ticks};
}

template <class T>
void add(std::vector<T>& items, T item, bool forget) {
  const auto it = std::find(items.begin(), items.end(), item);
  if (forget && it != items.end()) items.erase(it);
  if (!forget && it == items.end()) items.push_back(std::move(item));
}

// The first value that was recorded for a name is the one to come back to.
bool apply_setting(const std::vector<std::string_view>& words, bool forget, LedgerContent& content) {
  if (words.size() != (forget ? 2U : 3U)) return false;
  auto name = unescape(words[1]);
  auto value = forget ? std::optional<std::string>("") : unescape(words[2]);
  if (!name || !value) return false;
  const auto it = std::find_if(content.settings.begin(), content.settings.end(),
                               [&](const OwnedSetting& setting) { return setting.name == *name; });
  if (forget && it != content.settings.end()) content.settings.erase(it);
  if (!forget && it == content.settings.end())
    content.settings.push_back({std::move(*name), std::move(*value)});
  return true;
}

// One record without "forget". False: no such line.
bool apply(const std::vector<std::string_view>& words, bool forget, LedgerContent& content,
           std::set<std::pair<ProcessIdentity, int64_t>>& processes) {
  if (words.size() == 3 && words[0] == "agent") {
    const auto process = parse_identity(words[1], words[2]);
    if (process) add(content.agents, *process, forget);
    return process.has_value();
  }
  if (words.size() == 4 && words[0] == "process") {
    const auto process = parse_identity(words[1], words[2]);
    const auto handle = to_int64(words[3]);
    if (!process || !handle) return false;
    // Not add(): there can be very many of these.
    if (forget) {
      processes.erase({*process, *handle});
    } else {
      processes.insert({*process, *handle});
    }
    return true;
  }
  if (words.size() == 2 && words[0] == "netns") {
    auto name = unescape(words[1]);
    if (name) add(content.netns, std::move(*name), forget);
    return name.has_value();
  }
  if (words.size() == 3 && words[0] == "tree") {
    auto prefix = unescape(words[1]);
    auto path = unescape(words[2]);
    if (!prefix || !path) return false;
    add(content.trees, OwnedTree{std::move(*prefix), std::move(*path)}, forget);
    return true;
  }
  if (!words.empty() && words[0] == "setting") return apply_setting(words, forget, content);
  return false;
}

bool below(const OwnedTree& tree) {
  return tree.prefix.size() > 1 && tree.prefix[0] == '/' && tree.path.size() > tree.prefix.size() + 1 &&
         tree.path.compare(0, tree.prefix.size(), tree.prefix) == 0 && tree.path[tree.prefix.size()] == '/' &&
         (tree.path + "/").find("/../") == std::string::npos;
}

}  // namespace

bool valid_run_id(std::string_view run_id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !run_id.empty() && run_id.size() <= 64 && run_id[0] != '.' &&
         std::all_of(run_id.begin(), run_id.end(), allowed);
}

bool owned_netns_name(std::string_view name, std::string_view run_id) {
  return name.substr(0, 7) == "bpftax-" && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos && name.find(run_id) != std::string_view::npos;
}

std::string ledger_path(const std::string& state_directory, const std::string& run_id) {
  return state_directory + "/" + run_id + std::string(kSuffix);
}

Result<Ledger> Ledger::open(const std::string& state_directory, const std::string& run_id) {
  if (!valid_run_id(run_id)) {
    return fail(ErrorKind::kUsage, "invalid run id", "'" + printable(run_id) + "'",
                "it must be 1 to 64 letters, digits, '-', '_' and '.'");
  }
  const std::string path = ledger_path(state_directory, run_id);
  Fd fd;
  for (int attempt = 0; !fd; ++attempt) {
    BPFTAX_TRY(make_directories(state_directory));
    fd = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
    // Another run that ends may remove the empty folder in between.
    if (!fd && (errno != ENOENT || attempt == 16)) return fail_errno(errno, "cannot open the ledger", path);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "cannot open the ledger", path);
  Ledger ledger(std::move(fd), path, run_id);
  if (info.st_size != 0) return ledger;
  BPFTAX_ASSIGN(const std::string boot_id, read_boot_id());
  auto begun =
      ledger.append(std::string(kMagic) + " " + std::string(kVersion1) + " " + run_id + " " + boot_id);
  if (begun) return ledger;
  // With half a head nobody could read it.
  (void)!::ftruncate(ledger.fd_.get(), 0);
  return propagate(std::move(begun));
}

Result<bool> Ledger::last_line_is_cut() const {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return fail_errno(errno, "cannot write the ledger", path_);
  if (info.st_size == 0) return false;
  char last = 0;
  if (::pread(fd_.get(), &last, 1, info.st_size - 1) != 1)
    return fail_errno(errno, "cannot read the ledger", path_);
  return last != '\n';
}

// Not synced to disk: the ledger must survive our processes, not the machine, after whose restart there is
// nothing left to undo but files. One write, so that lines of several writers do not mix (O_APPEND).
Result<void> Ledger::append(const std::string& line) const {
  // A predecessor may have died in the middle of a line, or the disk was full: nothing is glued to that.
  BPFTAX_ASSIGN(const bool cut, last_line_is_cut());
  const std::string record = (cut ? std::string(kEndOfCutLine) : std::string()) + line + "\n";
  const ssize_t written = ::write(fd_.get(), record.data(), record.size());
  if (written < 0) return fail_errno(errno, "cannot write the ledger", path_);
  if (static_cast<size_t>(written) != record.size())
    return fail_errno(ENOSPC, "cannot write the ledger", path_);
  return {};
}

Result<void> Ledger::record_agent(const ProcessIdentity& process) const {
  return append("agent " + std::to_string(process.pid) + " " + std::to_string(process.start_ticks));
}
Result<void> Ledger::record_process(const ProcessIdentity& process, int64_t handle) const {
  return append(process_line(process, handle));
}
Result<void> Ledger::record_netns(const std::string& name) const {
  if (!owned_netns_name(name, run_id_)) {
    return fail(ErrorKind::kUsage, "cannot own the network namespace", printable(name),
                "its name must begin with 'bpftax-' and contain the run id " + run_id_);
  }
  return append(netns_line(name));
}
Result<void> Ledger::record_tree(const OwnedTree& tree) const {
  if (!below(tree)) {
    return fail(ErrorKind::kUsage, "cannot own the folder", printable(tree.path),
                "it must lie below a permitted folder other than /");
  }
  return append(tree_line(tree));
}
Result<void> Ledger::record_setting(const OwnedSetting& setting) const {
  if (!valid_cpu_setting(setting.name) || !valid_cpu_setting_value(setting.value)) {
    return fail(ErrorKind::kUsage, "cannot own the setting", printable(setting.name),
                "it is no setting of processors that bpftax may change");
  }
  return append(setting_line(setting));
}
Result<void> Ledger::forget_process(const ProcessIdentity& process, int64_t handle) const {
  return append("forget " + process_line(process, handle));
}
Result<void> Ledger::forget_netns(const std::string& name) const {
  return append("forget " + netns_line(name));
}
Result<void> Ledger::forget_tree(const OwnedTree& tree) const {
  return append("forget " + tree_line(tree));
}
Result<void> Ledger::forget_setting(const std::string& name) const {
  return append("forget setting " + escape(name));
}

Result<LedgerContent> parse_ledger(std::string_view text, std::string_view where) {
  LedgerContent content;
  std::set<std::pair<ProcessIdentity, int64_t>> processes;
  const size_t end = text.rfind('\n');
  // The cut last line: its writer died before it made the thing.
  text = end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
  for (const std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    auto words = split(line, ' ');
    if (content.run_id.empty()) {
      if (words.size() != 4 || words[0] != kMagic || words[1] != kVersion1 || !valid_run_id(words[2])) {
        return fail(ErrorKind::kInternal, "cannot read the ledger", std::string(where),
                    "it does not begin like one: '" + printable(shorten(line, 80)) + "'");
      }
      content.run_id = std::string(words[2]);
      content.boot_id = std::string(words[3]);
      continue;
    }
    const bool forget = words[0] == "forget";
    if (forget) words.erase(words.begin());
    if (!apply(words, forget, content, processes)) ++content.unreadable_lines;
  }
  content.processes.assign(processes.begin(), processes.end());
  return content;
}

Result<LedgerContent> read_ledger(const std::string& path) {
  BPFTAX_ASSIGN(const std::string text, read_file(path, kMaxLedgerBytes));
  return parse_ledger(text, path);
}

Result<std::vector<std::string>> list_ledgers(const std::string& state_directory) {
  std::vector<std::string> paths;
  const auto close = [](DIR* dir) { ::closedir(dir); };
  const std::unique_ptr<DIR, decltype(close)> dir(::opendir(state_directory.c_str()), close);
  if (!dir && errno == ENOENT) return paths;
  if (!dir) return fail_errno(errno, "cannot list", state_directory);
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name.size() <= kSuffix.size() || name.substr(name.size() - kSuffix.size()) != kSuffix) continue;
    if (valid_run_id(name.substr(0, name.size() - kSuffix.size())))
      paths.push_back(state_directory + "/" + std::string(name));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool agent_alive(const LedgerContent& content) {
  const auto boot_id = read_boot_id();
  if (boot_id && *boot_id != content.boot_id) return false;
  return std::any_of(content.agents.begin(), content.agents.end(), is_alive);
}

}  // namespace bpftax
