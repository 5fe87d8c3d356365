#include "agent/cpu_setting.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "util/fd.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// '#': a number.
constexpr std::array<std::string_view, 6> kPatterns{
    "cpu#/cpuidle/state#/disable",
    "cpufreq/policy#/scaling_governor",
    "cpufreq/policy#/scaling_min_freq",
    "cpufreq/policy#/scaling_max_freq",
    "cpufreq/boost",
    "intel_pstate/no_turbo",
};
constexpr size_t kMostDigits = 6;
constexpr size_t kMostBytes = 64;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool matches(std::string_view name, std::string_view pattern) {
  for (const char expected : pattern) {
    if (expected != '#') {
      if (name.empty() || name.front() != expected) return false;
      name.remove_prefix(1);
      continue;
    }
    const size_t digits =
        static_cast<size_t>(std::find_if_not(name.begin(), name.end(), is_digit) - name.begin());
    if (digits == 0 || digits > kMostDigits) return false;
    name.remove_prefix(digits);
  }
  return name.empty();
}

Result<Fd> open_setting(const std::string& directory, const std::string& name, int flags,
                        const std::string& what) {
  const std::string path = directory + "/" + name;
  if (!valid_cpu_setting(name)) {
    return fail(ErrorKind::kUsage, what, printable(path),
                "it is no setting of processors that bpftax may change");
  }
  Fd at(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return fail_errno(errno, what, directory);
  const auto parts = split(name, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    const int mode = i + 1 < parts.size() ? O_PATH | O_DIRECTORY : flags;
    Fd next(::openat(at.get(), std::string(parts[i]).c_str(), mode | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return fail_errno(errno, what, path);
    at = std::move(next);
  }
  return at;
}

}  // namespace

bool valid_cpu_setting(std::string_view name) {
  return std::any_of(kPatterns.begin(), kPatterns.end(),
                     [&](std::string_view pattern) { return matches(name, pattern); });
}

bool valid_cpu_setting_value(std::string_view value) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
  };
  return !value.empty() && value.size() <= kMostBytes && std::all_of(value.begin(), value.end(), allowed);
}

Result<std::string> read_cpu_setting(const std::string& directory, const std::string& name) {
  const std::string what = "cannot read the setting";
  BPFTAX_ASSIGN(const Fd fd, open_setting(directory, name, O_RDONLY, what));
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got < 0) return fail_errno(errno, what, directory + "/" + name);
  const std::string_view value = trim(std::string_view(buffer.data(), static_cast<size_t>(got)));
  if (!valid_cpu_setting_value(value)) {
    return fail(ErrorKind::kEnvironment, what, directory + "/" + name,
                "'" + printable(shorten(value, 80)) + "' is no value that could be written back");
  }
  return std::string(value);
}

Result<void> write_cpu_setting(const std::string& directory, const std::string& name,
                               const std::string& value) {
  const std::string what = "cannot write the setting";
  if (!valid_cpu_setting_value(value)) {
    return fail(ErrorKind::kUsage, what, directory + "/" + printable(name),
                "'" + printable(shorten(value, 80)) + "' is no value for it");
  }
  BPFTAX_ASSIGN(const Fd fd, open_setting(directory, name, O_WRONLY | O_TRUNC, what));
  if (::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return fail_errno(errno, what, directory + "/" + name + " = " + value);
  return {};
}

}  // namespace bpftax
