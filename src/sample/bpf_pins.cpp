#include "sample/bpf_pins.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include "sample/fdinfo.h"
#include "util/fd.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;

constexpr char kBpfFileSystem[] = "/fs/bpf";
constexpr size_t kMostPins = 4096;
constexpr int kDeepest = 4;

std::string kind_of(int fd) {
  std::error_code error;
  const fs::path target = fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
  switch (fd_kind(target.native())) {
    case FdKind::kProgram:
      return "program";
    case FdKind::kMap:
      return "map";
    case FdKind::kLink:
      return "link";
    default:
      return "";
  }
}

BpfPin describe_pin(const std::string& path) {
  BpfPin pin{path, "", 0};
  const Fd fd(bpf_obj_get(path.c_str()));
  if (!fd) return pin;
  pin.kind = kind_of(fd.get());
  // The info of all three kinds begins with type and id.
  std::array<uint32_t, 2> head{};
  __u32 size = sizeof head;
  if (!pin.kind.empty() && bpf_obj_get_info_by_fd(fd.get(), head.data(), &size) == 0) pin.id = head[1];
  return pin;
}

}  // namespace

Result<std::vector<BpfPin>> bpf_pins(const SampleRoots& roots) {
  const std::string root = roots.sys + kBpfFileSystem;
  std::vector<BpfPin> pins;
  std::vector<std::pair<std::string, int>> folders = {{root, 1}};
  while (!folders.empty() && pins.size() < kMostPins) {
    const auto [folder, depth] = folders.back();
    folders.pop_back();
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    // A folder that went away meanwhile has no pins.
    if (error && depth == 1) return fail_errno(error.value(), "cannot list the pinned BPF objects", root);
    for (; !error && entry != fs::directory_iterator() && pins.size() < kMostPins; entry.increment(error)) {
      std::error_code unknown;
      if (entry->symlink_status(unknown).type() != fs::file_type::directory) {
        pins.push_back(describe_pin(entry->path().native()));
      } else if (depth < kDeepest) {
        folders.emplace_back(entry->path().native(), depth + 1);
      }
    }
  }
  std::sort(pins.begin(), pins.end(), [](const BpfPin& a, const BpfPin& b) { return a.path < b.path; });
  return pins;
}

}  // namespace bpftax
