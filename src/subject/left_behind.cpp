#include "subject/left_behind.h"

#include <utility>
#include <vector>

namespace bpftax {
namespace {
constexpr size_t kMostPins = 4096;
constexpr int kDeepest = 4;
}  // namespace

Result<std::set<std::string>> list_pins(Host& host) {
  std::set<std::string> pins;
  std::vector<std::pair<std::string, int>> folders = {{kBpfFileSystem, 1}};
  while (!folders.empty() && pins.size() < kMostPins) {
    const auto [folder, depth] = folders.back();
    folders.pop_back();
    auto entries = host.list(folder);
    if (!entries) {
      // A folder that went away meanwhile has no pins.
      if (depth > 1 && entries.error().kind == ErrorKind::kEnvironment) continue;
      return propagate(std::move(entries));
    }
    for (const FileInfo& entry : *entries) {
      const std::string path = folder + "/" + entry.name;
      if (!entry.is_directory) {
        pins.insert(path);
      } else if (depth < kDeepest && !entry.is_link) {
        folders.emplace_back(path, depth + 1);
      }
    }
  }
  return pins;
}

}  // namespace bpftax
