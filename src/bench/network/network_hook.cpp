#include "bench/network/network_hook.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "sample/bpf_targets.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench::network {
namespace {

constexpr int kLinkCreate = 28;  // of enum bpf_cmd

// As the kernel reads it (union bpf_attr, link_create).
struct LinkCreate {
  uint32_t program_fd, target, attach_type, flags;
  LinkExtra extra;
};

class AttachedLink : public Attached {
 public:
  explicit AttachedLink(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;
};

// The path of this process in the hierarchy of version 2: the line "0::/path".
Result<std::string> own_cgroup_path() {
  BPFTAX_ASSIGN(const std::string text, read_file("/proc/self/cgroup"));
  for (const std::string_view line : split(text, '\n'))
    if (line.substr(0, 3) == "0::") return std::string(line.substr(3));
  return fail(ErrorKind::kEnvironment, "this process has no cgroup of version 2", "/proc/self/cgroup");
}

// Not attached anywhere in the file system. In a cgroup namespace of its own, because mounting in the first
// one would set the mount options of the whole hierarchy.
Result<Fd> detached_cgroup_mount() {
  if (::unshare(CLONE_NEWCGROUP) != 0) return fail_errno(errno, "cannot create a cgroup namespace");
  const Fd context(::fsopen("cgroup2", FSOPEN_CLOEXEC));
  if (!context) return fail_errno(errno, "cannot mount cgroup2", "fsopen");
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return fail_errno(errno, "cannot mount cgroup2", "fsconfig");
  Fd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount) return fail_errno(errno, "cannot mount cgroup2", "fsmount");
  // The namespace has this process's cgroup as its root.
  Fd folder(::openat(mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno(errno, "cannot open the cgroup");
  return folder;
}

}  // namespace

std::string_view to_string(Unit unit) {
  switch (unit) {
    case Unit::kPacket:
      return "packet";
    case Unit::kMessage:
      return "message";
    case Unit::kConnection:
      return "connection";
    case Unit::kSocket:
      return "socket";
    case Unit::kConnect:
      return "connect";
  }
  return "?";
}

Result<AttachedPtr> attach_link(int program_fd, uint32_t target, uint32_t attach_type, uint32_t flags,
                                const LinkExtra& extra) {
  LinkCreate attributes{static_cast<uint32_t>(program_fd), target, attach_type, flags, extra};
  Fd fd(static_cast<int>(::syscall(SYS_bpf, kLinkCreate, &attributes, sizeof attributes)));
  if (!fd) return fail_errno(errno, "the attachment is refused", "BPF_LINK_CREATE");
  return std::make_unique<AttachedLink>(std::move(fd));
}

Result<Fd> open_own_cgroup() {
  BPFTAX_ASSIGN(const std::string path, own_cgroup_path());
  const std::string mount = cgroup2_mount(SampleRoots{});
  if (mount.empty()) return detached_cgroup_mount();
  Fd folder(::open((mount + path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return fail_errno(errno, "cannot open our own cgroup", mount + path);
  return folder;
}

}  // namespace bpftax::bench::network
