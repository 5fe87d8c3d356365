#include "sample/bpf_targets.h"

#include <bpf/btf.h>
#include <net/if.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "util/files.h"

namespace bpftax {

void FreeBtf::operator()(btf* types) const {
  btf__free(types);
}

std::string cgroup2_mount(const SampleRoots& roots) {
  for (const char* folder : {"", "/unified"}) {
    std::string base = roots.sys + paths::kCgroup + folder;
    if (path_exists(base + "/cgroup.controllers")) return base;
  }
  return "";
}

std::string BpfTargets::tracepoint_category(const std::string& event) {
  const auto known = categories_.find(event);
  if (known != categories_.end()) return known->second;
  for (const char* events : {paths::kTracefsEvents, paths::kTracefsEventsOld}) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(roots_.sys + events, error), end; !error && it != end;
         it.increment(error)) {
      if (!path_exists(it->path().string() + "/" + event + "/id")) continue;
      return categories_[event] = it->path().filename().string();
    }
  }
  return "";  // not remembered: a module may bring it later
}

std::string BpfTargets::tracepoint(const std::string& event) {
  const std::string category = tracepoint_category(event);
  return "tracepoint:" + (category.empty() ? "" : category + ":") + event;
}

btf* BpfTargets::kernel_btf() {
  if (!kernel_btf_tried_) {
    kernel_btf_tried_ = true;
    kernel_btf_.reset(btf__load_vmlinux_btf());
  }
  return kernel_btf_.get();
}

std::string BpfTargets::btf_type_name(uint32_t btf_object_id, uint32_t type_id) {
  const btf* types = nullptr;
  if (btf_object_id == 0) {
    types = kernel_btf();
  } else {
    const auto known = btf_.find(btf_object_id);
    if (known != btf_.end()) {
      types = known->second.get();
    } else {
      // A program's BTF stands alone, a module's continues the kernel's; which it is shows in whether the id
      // exists.
      BtfPointer loaded(btf__load_from_kernel_by_id(btf_object_id));
      if (loaded == nullptr || btf__type_by_id(loaded.get(), type_id) == nullptr)
        loaded.reset(btf__load_from_kernel_by_id_split(btf_object_id, kernel_btf()));
      types = loaded.get();
      btf_[btf_object_id] = std::move(loaded);
    }
  }
  const btf_type* type = types != nullptr ? btf__type_by_id(types, type_id) : nullptr;
  const char* name = type != nullptr ? btf__name_by_offset(types, type->name_off) : nullptr;
  return name != nullptr ? name : "";
}

std::string BpfTargets::interface_name(uint32_t index) const {
  std::array<char, IF_NAMESIZE> name{};
  if (::if_indextoname(index, name.data()) != nullptr) return name.data();
  return "ifindex " + std::to_string(index);
}

std::string BpfTargets::cgroup_path(uint64_t id) {
  const auto known = cgroups_.find(id);
  if (known != cgroups_.end()) return known->second;
  // On 64-bit kernels since 5.5 a cgroup's id is its folder's inode number.
  constexpr int kMostFolders = 4096;
  const std::string mount = cgroup2_mount(roots_);
  if (!mount.empty()) {
    struct stat file {};
    if (::stat(mount.c_str(), &file) == 0 && file.st_ino == id) return cgroups_[id] = "/";
    std::error_code error;
    int seen = 0;
    for (std::filesystem::recursive_directory_iterator it(mount, error), end;
         !error && it != end && seen < kMostFolders; it.increment(error)) {
      std::error_code unreadable;
      if (!it->is_directory(unreadable)) continue;
      ++seen;
      if (::stat(it->path().c_str(), &file) == 0 && file.st_ino == id)
        return cgroups_[id] = it->path().string().substr(mount.size());
    }
  }
  return "id " + std::to_string(id);
}

}  // namespace bpftax
