#include "sample/bpf_objects.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "sample/bpf_names.h"
#include "sample/fdinfo.h"
#include "util/files.h"

namespace bpftax {
namespace {

// Opens an object by id. An empty Fd: it is gone.
Result<Fd> open_object(int (*open)(__u32), uint32_t id, const char* what) {
  const int fd = open(id);
  if (fd >= 0) return Fd(fd);
  if (fd == -ENOENT) return Fd();
  return fail_errno(-fd, std::string("cannot open a BPF ") + what, "id " + std::to_string(id));
}

std::string hex(const unsigned char* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

// A name field of the kernel's: at most 15 characters and a zero.
template <size_t N>
std::string bounded(const char (&name)[N]) {
  return std::string(name, ::strnlen(name, N));
}

// The kernel cuts names at 15 characters; the function's own name is in the program's BTF.
std::string function_name(const bpf_prog_info& info, const std::vector<unsigned char>& func_info,
                          BpfTargets& targets) {
  if (info.btf_id == 0 || func_info.size() < sizeof(bpf_func_info)) return "";
  bpf_func_info first{};
  std::memcpy(&first, func_info.data(), sizeof first);
  return targets.btf_type_name(info.btf_id, first.type_id);
}

constexpr size_t kNameSize = BPF_OBJ_NAME_LEN - 1;

// struct bpf_link_info as of Linux 6.18, which is longer than that of the headers we are built with: a head,
// and a body whose layout depends on the type.
struct LinkInfo {
  uint32_t type = 0, id = 0, program_id = 0, padding = 0;
  std::array<unsigned char, 112> body{};

  template <class T>
  T at(size_t offset) const {
    T value{};
    std::memcpy(&value, body.data() + offset, sizeof value);
    return value;
  }
  template <class T>
  void put(size_t offset, T value) {
    std::memcpy(body.data() + offset, &value, sizeof value);
  }
};

int get_link_info(int fd, LinkInfo& info) {
  __u32 size = sizeof info;
  return bpf_obj_get_info_by_fd(fd, &info, &size);
}

// Asks again with a buffer for the name whose address and size the kernel expects at these places of the
// body.
std::string link_string(int fd, size_t pointer_at, size_t size_at) {
  std::array<char, 4096> text{};
  LinkInfo info;
  info.put<uint64_t>(pointer_at, reinterpret_cast<uintptr_t>(text.data()));
  info.put<uint32_t>(size_at, text.size() - 1);
  if (get_link_info(fd, info) != 0) return "";
  return text.data();
}

std::string perf_event_target(int fd, const LinkInfo& info, BpfTargets& targets) {
  const auto type = info.at<uint32_t>(0);
  if (type == 0) return "";  // before Linux 6.6 the kernel does not say
  if (type == kernel::kEvent) return "perf_event";
  const std::string name = link_string(fd, 8, 16);
  const auto offset = info.at<uint32_t>(20);
  switch (type) {
    case kernel::kTracepoint:
      return targets.tracepoint(name);
    case kernel::kKprobe:
      return describe_probe("kprobe", name, offset, info.at<uint64_t>(24));
    case kernel::kKretprobe:
      return describe_probe("kretprobe", name, offset, info.at<uint64_t>(24));
    case kernel::kUprobe:
      return describe_probe("uprobe", name, offset, 0);
    case kernel::kUretprobe:
      return describe_probe("uretprobe", name, offset, 0);
    default:
      return "";
  }
}

std::string tracing_target(const LinkInfo& info, BpfTargets& targets) {
  const auto attach_type = info.at<uint32_t>(0);
  const auto name = [&] { return targets.btf_type_name(info.at<uint32_t>(4), info.at<uint32_t>(8)); };
  switch (attach_type) {
    case kernel::kFentry:
      return "fentry:" + name();
    case kernel::kFexit:
      return "fexit:" + name();
    case kernel::kModifyReturn:
      return "fmod_ret:" + name();
    case kernel::kLsmMac:
      return "lsm:" + name();
    case 0:  // ext programs have no attach type
      return "freplace:" + name();
    default:
      return attach_type_name(attach_type) + ":" + name();
  }
}

std::string link_target(int fd, const LinkInfo& info, BpfTargets& targets) {
  const auto on_interface = [&](const std::string& where) {
    return where + ":" + targets.interface_name(info.at<uint32_t>(0));
  };
  switch (info.type) {
    case kernel::kRawTracepointLink:
      return "raw_tp:" + link_string(fd, 0, 8);
    case kernel::kTracingLink:
      return tracing_target(info, targets);
    case kernel::kCgroupLink:
      return attach_type_name(info.at<uint32_t>(8)) + ":" + targets.cgroup_path(info.at<uint64_t>(0));
    case kernel::kIterLink:
      return "iter:" + link_string(fd, 0, 8);
    case kernel::kNetnsLink:
      return attach_type_name(info.at<uint32_t>(4)) + ":netns " + std::to_string(info.at<uint32_t>(0));
    case kernel::kXdpLink:
      return on_interface("xdp");
    case kernel::kPerfEventLink:
      return perf_event_target(fd, info, targets);
    case kernel::kKprobeMultiLink:
      return fmt::format("{}.multi:{} functions", info.at<uint32_t>(12) & 1 ? "kretprobe" : "kprobe",
                         info.at<uint32_t>(8));
    case kernel::kStructOpsLink:
      return "struct_ops:map " + std::to_string(info.at<uint32_t>(0));
    case kernel::kNetfilterLink:
      return fmt::format("netfilter:pf {} hook {}", info.at<uint32_t>(0), info.at<uint32_t>(4));
    case kernel::kTcxLink:
      return on_interface(info.at<uint32_t>(4) == kernel::kTcxIngress ? "tcx/ingress" : "tcx/egress");
    case kernel::kUprobeMultiLink:
      return fmt::format("{}.multi:{}:{} sites", info.at<uint32_t>(40) & 1 ? "uretprobe" : "uprobe",
                         link_string(fd, 0, 32), info.at<uint32_t>(36));
    case kernel::kNetkitLink:
      return on_interface(attach_type_name(info.at<uint32_t>(4)));
    case kernel::kSockmapLink:
      return attach_type_name(info.at<uint32_t>(4)) + ":map " + std::to_string(info.at<uint32_t>(0));
    default:
      return "";
  }
}

}  // namespace

Result<std::optional<ProgramDetails>> describe_program(uint32_t id, BpfTargets& targets) {
  BPFTAX_ASSIGN(const Fd fd, open_object(bpf_prog_get_fd_by_id, id, "program"));
  if (!fd) return std::optional<ProgramDetails>();
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (const int error = bpf_obj_get_info_by_fd(fd.get(), &info, &size); error != 0)
    return fail_errno(-error, "cannot look at a BPF program", "id " + std::to_string(id));

  ProgramDetails details;
  details.type = info.type;
  BpfProgram& program = details.program;
  program.id = info.id;
  program.name = bounded(info.name);
  program.type = program_type_name(info.type);
  program.tag = hex(info.tag, sizeof info.tag);
  program.created_by_uid = info.created_by_uid;
  program.loaded_at_ns = static_cast<int64_t>(info.load_time);
  program.run_time_ns = static_cast<int64_t>(info.run_time_ns);
  program.run_count = static_cast<int64_t>(info.run_cnt);
  program.recursion_misses = static_cast<int64_t>(info.recursion_misses);
  program.jited_bytes = info.jited_prog_len;
  program.translated_bytes = info.xlated_prog_len;
  // The kernel says how much of the struct it knows.
  if (size >= offsetof(bpf_prog_info, verified_insns) + sizeof info.verified_insns)
    program.verified_insns = info.verified_insns;
  if (size >= offsetof(bpf_prog_info, attach_btf_id) + sizeof info.attach_btf_id) {
    details.attach_btf_object_id = info.attach_btf_obj_id;
    details.attach_btf_type_id = info.attach_btf_id;
  }

  // Variable parts need buffers of ours, in a call of its own.
  const bool cut = program.name.size() == kNameSize && info.btf_id != 0 && info.nr_func_info > 0;
  if (info.nr_map_ids > 0 || cut) {
    bpf_prog_info more{};
    std::vector<__u32> map_ids(info.nr_map_ids);
    std::vector<unsigned char> func_info(cut ? size_t{info.func_info_rec_size} : 0);
    more.nr_map_ids = info.nr_map_ids;
    more.map_ids = reinterpret_cast<uintptr_t>(map_ids.data());
    if (cut) {
      more.nr_func_info = 1;
      more.func_info_rec_size = info.func_info_rec_size;
      more.func_info = reinterpret_cast<uintptr_t>(func_info.data());
    }
    size = sizeof more;
    if (bpf_obj_get_info_by_fd(fd.get(), &more, &size) == 0) {
      program.map_ids.assign(map_ids.begin(), map_ids.end());
      const std::string full = cut ? function_name(info, func_info, targets) : "";
      if (full.starts_with(program.name)) program.name = full;
    }
  }
  return std::optional(std::move(details));
}

Result<std::optional<MapDetails>> describe_map(uint32_t id, const std::string& proc_root) {
  BPFTAX_ASSIGN(const Fd fd, open_object(bpf_map_get_fd_by_id, id, "map"));
  if (!fd) return std::optional<MapDetails>();
  bpf_map_info info{};
  __u32 size = sizeof info;
  if (const int error = bpf_obj_get_info_by_fd(fd.get(), &info, &size); error != 0)
    return fail_errno(-error, "cannot look at a BPF map", "id " + std::to_string(id));
  MapDetails details;
  details.type = info.type;
  BpfMap& map = details.map;
  map.id = info.id;
  map.name = bounded(info.name);
  map.type = map_type_name(info.type);
  map.key_size = info.key_size;
  map.value_size = info.value_size;
  map.max_entries = info.max_entries;
  const auto fdinfo = read_file(proc_root + "/self/fdinfo/" + std::to_string(fd.get()));
  if (fdinfo) map.bytes = parse_fdinfo(*fdinfo).memlock_bytes;
  return std::optional(std::move(details));
}

Result<std::optional<LinkDetails>> describe_link(uint32_t id, BpfTargets& targets) {
  BPFTAX_ASSIGN(const Fd fd, open_object(bpf_link_get_fd_by_id, id, "link"));
  if (!fd) return std::optional<LinkDetails>();
  LinkInfo info;
  if (const int error = get_link_info(fd.get(), info); error != 0)
    return fail_errno(-error, "cannot look at a BPF link", "id " + std::to_string(id));
  LinkDetails details;
  details.type = info.type;
  details.link.id = info.id;
  details.link.type = link_type_name(info.type);
  details.link.program_id = info.program_id;
  details.link.target = link_target(fd.get(), info, targets);
  return std::optional(std::move(details));
}

HeldIds ids_in_map(const MapDetails& map) {
  constexpr size_t kMostKeys = 4096;
  HeldIds held;
  const Fd fd(bpf_map_get_fd_by_id(map.map.id));
  if (!fd || map.map.value_size != sizeof(uint32_t) || map.map.key_size <= 0) return held;
  std::vector<unsigned char> key(static_cast<size_t>(map.map.key_size)), next(key.size());
  bool first = true;
  for (size_t keys = 0; bpf_map_get_next_key(fd.get(), first ? nullptr : key.data(), next.data()) == 0;
       ++keys) {
    if (keys == kMostKeys) {
      held.cut = true;
      break;
    }
    first = false;
    key.swap(next);
    uint32_t value = 0;
    if (bpf_map_lookup_elem(fd.get(), key.data(), &value) == 0 && value != 0) held.ids.push_back(value);
  }
  return held;
}

std::string describe_probe(const std::string& kind, const std::string& name, uint64_t offset,
                           uint64_t address) {
  const bool user = kind.starts_with("u");
  if (name.empty()) return address != 0 ? fmt::format("{}:{:#x}", kind, address) : kind + ":";
  if (user) return fmt::format("{}:{}:{:#x}", kind, name, offset);
  return offset != 0 ? fmt::format("{}:{}+{:#x}", kind, name, offset) : kind + ":" + name;
}

}  // namespace bpftax
