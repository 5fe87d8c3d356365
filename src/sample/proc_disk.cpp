#include "sample/proc_disk.h"

#include <array>
#include <filesystem>

#include "sample/paths.h"
#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {

Result<std::vector<DiskCounters>> parse_diskstats(std::string_view text) {
  constexpr int64_t kSectorBytes = 512;  // the kernel's unit here, whatever the disk's own sector size
  std::vector<DiskCounters> disks;
  std::string_view line;
  while (scan::next_line(text, line)) {
    const auto malformed = [&](std::string_view why) {
      return fail(ErrorKind::kInternal, "cannot parse", "/proc/diskstats",
                  std::string(why) + ": '" + printable(shorten(line, 80)) + "'");
    };
    std::string_view rest = line;
    if (scan::next_word(rest).empty()) continue;  // major number
    scan::next_word(rest);                        // minor number
    DiskCounters disk;
    disk.name = std::string(scan::next_word(rest));
    if (disk.name.empty()) return malformed("no name");
    // reads, merged, sectors, ms; writes, merged, sectors, ms; in flight, ms busy
    std::array<int64_t, 10> columns{};
    size_t filled = 0;
    for (; filled < columns.size(); ++filled) {
      const std::string_view word = scan::next_word(rest);
      if (word.empty()) break;
      const auto value = scan::to_number(word);
      if (!value) return malformed("no number");
      columns[filled] = *value;
    }
    if (filled == 4) continue;
    if (filled < columns.size()) return malformed("fewer than 10 counters");
    disk.reads = columns[0], disk.writes = columns[4], disk.busy_ms = columns[9];
    const auto read_bytes = scan::scaled(columns[2], kSectorBytes);
    const auto written_bytes = scan::scaled(columns[6], kSectorBytes);
    if (!read_bytes || !written_bytes) return malformed("impossible count of sectors");
    disk.read_bytes = *read_bytes;
    disk.written_bytes = *written_bytes;
    disks.push_back(std::move(disk));
  }
  return disks;
}

std::set<std::string> hardware_disks(const std::string& sys_root) {
  std::set<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(sys_root + paths::kBlock, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code missing;
    if (std::filesystem::exists(it->path() / "device", missing)) names.insert(it->path().filename().string());
  }
  return names;
}

}  // namespace bpftax
