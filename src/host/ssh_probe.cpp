#include "host/ssh_probe.h"

#include <fmt/format.h>

#include <map>

#include "util/strings.h"

namespace bpftax {

namespace {

// "KEY VALUE" a line; what a command says over several lines is made one.
constexpr const char* kProbeFunctions =
    "LC_ALL=C; export LC_ALL; "
    "put() { printf '%s %s\\n' \"$1\" \"$(printf %s \"$2\" | tr '\\n\\r' '  ')\"; }; "
    // The nearest folder that exists.
    "near() { d=$1; while [ ! -e \"$d\" ] && [ \"$d\" != / ] && [ -n \"$d\" ]; do d=$(dirname \"$d\"); done; "
    "printf %s \"$d\"; }; ";
constexpr const char* kProbeMachine =
    "put system \"$(uname -s)\"; put architecture \"$(uname -m)\"; put uid \"$(id -u)\"; "
    "put user \"$(id -un 2>/dev/null)\"; "
    "c=${XDG_CACHE_HOME:-$HOME/.cache}/bpftax; put cache \"$c\"; "
    "e=$(mkdir -p -m 700 \"$c\" 2>&1) || put cache_error \"$e\"; "
    "[ ! -d \"$c\" ] || [ -w \"$c\" ] || put cache_error 'Permission denied'; "
    "put cache_df \"$(df -Pk \"$(near \"$c\")\" 2>/dev/null | tail -n 1)\"; "
    "if [ -n \"$XDG_RUNTIME_DIR\" ] && [ -d \"$XDG_RUNTIME_DIR\" ] && [ -w \"$XDG_RUNTIME_DIR\" ]; then "
    "put runtime_dir \"$XDG_RUNTIME_DIR\"; fi; "
    "command -v sha256sum >/dev/null 2>&1 && put sha256sum yes; ";

// The last field of a line of df that is a number and stands before the percentage.
std::optional<int64_t> available_kb(std::string_view line) {
  const auto fields = split_blank(line);
  for (size_t i = 2; i < fields.size(); ++i) {
    if (fields[i].size() < 2 || fields[i].back() != '%') continue;
    const auto kb = to_int64(fields[i - 1]);
    if (kb && *kb >= 0 && *kb < INT64_MAX / 1024) return kb;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> free_bytes_of_df(std::string_view text) {
  std::optional<int64_t> found;
  for (const std::string_view line : split(text, '\n')) {
    if (const auto kb = available_kb(line)) found = *kb * 1024;
  }
  return found;
}

std::string probe_script(const std::string& workdir, bool ask_sudo) {
  std::string script = std::string(kProbeFunctions) + kProbeMachine;
  if (!workdir.empty()) {
    script += fmt::format(
        "w=$(near {}); put workdir_df \"$(df -Pk \"$w\" 2>/dev/null | tail -n 1)\"; "
        "[ -w \"$w\" ] && put workdir_writable yes; ",
        shell_quote(workdir));
  }
  if (ask_sudo) script += "if e=$(sudo -n true 2>&1); then put sudo ''; else put sudo \"${e:-failed}\"; fi; ";
  return script;
}

Result<SshProbe> parse_probe(std::string_view text, const std::string& where) {
  const std::string what = "cannot use the host";
  std::map<std::string, std::string, std::less<>> values;
  for (const std::string_view line : split(text, '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    values[std::string(line.substr(0, blank))] = std::string(trim(line.substr(blank + 1)));
  }
  const auto value = [&](std::string_view key) {
    const auto it = values.find(key);
    return it == values.end() ? std::string() : it->second;
  };
  SshProbe probe;
  probe.system = printable(value("system"));
  probe.architecture = printable(value("architecture"));
  if (probe.system.empty() || probe.architecture.empty()) {
    return fail(ErrorKind::kEnvironment, what, where, "it did not say what machine it is",
                "the account needs a POSIX shell: ssh HOST 'uname -a' must work");
  }
  if (probe.system != "Linux") {
    return fail(ErrorKind::kEnvironment, what, where, "it runs " + shorten(probe.system, 40) + ", not Linux",
                "bpftax measures Linux machines only");
  }
  const auto uid = to_int64(value("uid"));
  if (!uid || *uid < 0 || *uid > INT32_MAX)
    return fail(ErrorKind::kEnvironment, what, where, "it did not say which user we are");
  probe.uid = static_cast<int>(*uid);
  probe.user = printable(value("user"));
  probe.cache = value("cache");
  probe.cache_error = printable(value("cache_error"));
  if (probe.cache.empty() || probe.cache[0] != '/') {
    probe.cache_error =
        probe.cache.empty() ? "its place is not known" : "'" + printable(probe.cache) + "' is relative";
  }
  const auto free = [&](std::string_view key) -> std::optional<int64_t> {
    return free_bytes_of_df(value(key));
  };
  probe.cache_free_bytes = free("cache_df");
  probe.workdir_free_bytes = free("workdir_df");
  probe.workdir_writable = value("workdir_writable") == "yes";
  const std::string runtime_dir = value("runtime_dir");
  if (!runtime_dir.empty() && runtime_dir[0] == '/') probe.runtime_dir = runtime_dir;
  if (values.contains("sudo")) probe.sudo_error = printable(value("sudo"));
  probe.has_sha256sum = value("sha256sum") == "yes";
  return probe;
}

}  // namespace bpftax
