#include "sample/cgroup_attachments.h"

#include <bpf/bpf.h>
#include <fcntl.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "sample/bpf_names.h"
#include "sample/bpf_targets.h"
#include "util/fd.h"

namespace bpftax {
namespace {

// Numbers of enum bpf_attach_type.
constexpr std::array<uint32_t, 29> kCgroupAttachTypes = {0,  1,  2,  3,  6,  8,  9,  10, 11, 12,
                                                         13, 14, 15, 18, 19, 20, 21, 22, 29, 30,
                                                         31, 32, 34, 43, 49, 50, 51, 52, 53};
constexpr std::array<uint32_t, 4> kSockmapAttachTypes = {4, 5, 7, 38};

void query(int target, uint32_t attach_type, const std::string& where, std::vector<NetAttachment>& found) {
  std::array<__u32, 64> ids{};
  __u32 count = ids.size(), flags = 0;
  if (bpf_prog_query(target, static_cast<bpf_attach_type>(attach_type), 0, &flags, ids.data(), &count) != 0)
    return;
  for (__u32 i = 0; i < count && i < ids.size(); ++i)
    found.push_back({ids[i], attach_type_name(attach_type) + ":" + where});
}

}  // namespace

const std::set<uint32_t>& cgroup_program_types() {
  // cgroup_skb, cgroup_sock, sock_ops, cgroup_device, cgroup_sock_addr, cgroup_sysctl, cgroup_sockopt
  static const std::set<uint32_t> kTypes = {8, 9, 13, 15, 18, 23, 25};
  return kTypes;
}

Result<std::vector<NetAttachment>> cgroup_attachments(const SampleRoots& roots) {
  constexpr int kMostFolders = 4096;
  std::vector<NetAttachment> found;
  const std::string mount = cgroup2_mount(roots);
  if (mount.empty()) return found;
  const auto ask = [&](const std::string& path) {
    const Fd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return;  // removed meanwhile
    const std::string name = path == mount ? "/" : path.substr(mount.size());
    for (const uint32_t type : kCgroupAttachTypes) query(folder.get(), type, name, found);
  };
  ask(mount);
  std::error_code error;
  int folders = 0;
  for (std::filesystem::recursive_directory_iterator it(mount, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code unreadable;
    if (!it->is_directory(unreadable)) continue;
    if (++folders > kMostFolders) {
      return fail(ErrorKind::kEnvironment, "cannot look for programs on cgroups", mount,
                  "more than " + std::to_string(kMostFolders) + " cgroups");
    }
    ask(it->path().string());
  }
  return found;
}

Result<std::vector<NetAttachment>> sockmap_attachments(uint32_t map_id) {
  std::vector<NetAttachment> found;
  const Fd map(bpf_map_get_fd_by_id(map_id));
  if (!map) return found;  // gone
  for (const uint32_t type : kSockmapAttachTypes)
    query(map.get(), type, "map " + std::to_string(map_id), found);
  return found;
}

}  // namespace bpftax
