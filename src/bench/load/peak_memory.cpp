#include "bench/load/peak_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

tl::unexpected<Error> no_peak(std::string why) {
  return fail(ErrorKind::kEnvironment, "no peak memory", "", std::move(why),
              "run it in a cgroup of its own: systemd-run --scope bpftax bench load ...");
}

// Where cgroup v2 is mounted; empty when it is not.
std::string unified_mount(std::string_view mounts) {
  for (const std::string_view line : split(mounts, '\n')) {
    const auto fields = split_blank(line);
    if (fields.size() >= 3 && fields[2] == "cgroup2") return std::string(fields[1]);
  }
  return {};
}

Result<uint64_t> read_bytes(int fd) {
  char text[32] = {};
  const ssize_t got = pread(fd, text, sizeof text - 1, 0);
  if (got <= 0) return fail_errno(got < 0 ? errno : ENODATA, "cannot read memory.peak");
  const auto bytes = to_uint64(trim({text, static_cast<size_t>(got)}));
  if (!bytes) return fail(ErrorKind::kInternal, "unexpected text", "memory.peak", printable(text));
  return *bytes;
}

}  // namespace

Result<PeakMemory> PeakMemory::open(const std::string& proc_root, const std::string& cgroup_root) {
  BPFTAX_ASSIGN(const std::string own, read_file(proc_root + "/self/cgroup"));
  std::string path;
  for (const std::string_view line : split(own, '\n'))
    if (line.substr(0, 3) == "0::") path = line.substr(3);
  if (path.empty()) return no_peak("this process is in no cgroup of version 2");
  std::string root = cgroup_root;
  if (root.empty()) {
    BPFTAX_ASSIGN(const std::string mounts, read_file(proc_root + "/self/mounts"));
    root = unified_mount(mounts);
  }
  if (root.empty()) return no_peak("cgroup v2 is not mounted");
  const std::string folder = root + (path == "/" ? "" : path);
  Fd peak(::open((folder + "/memory.peak").c_str(), O_RDWR | O_CLOEXEC));
  if (!peak)
    return no_peak(errno == ENOENT
                       ? "the cgroup of this process (" + path +
                             ") has no memory.peak: the root cgroup, no memory controller of "
                             "version 2, or Linux before 5.19"
                       : std::string("memory.peak cannot be reset (Linux before 6.12): ") + strerror(errno));
  return PeakMemory(std::move(peak), folder + "/memory.current");
}

Result<uint64_t> PeakMemory::during(const std::function<Result<void>()>& work) {
  constexpr std::string_view kReset = "reset\n";
  if (pwrite(peak_.get(), kReset.data(), kReset.size(), 0) != static_cast<ssize_t>(kReset.size()))
    return no_peak(std::string("memory.peak cannot be reset (Linux before 6.12): ") + strerror(errno));
  BPFTAX_ASSIGN(const std::string text, read_file(current_path_));
  const auto before = to_uint64(trim(text));
  if (!before) return fail(ErrorKind::kInternal, "unexpected text", current_path_, printable(text));
  BPFTAX_TRY(work());
  BPFTAX_ASSIGN(const uint64_t peak, read_bytes(peak_.get()));
  return peak > *before ? peak - *before : 0;
}

}  // namespace bpftax::bench
