#include "sample/disk_reader.h"

#include "sample/proc_disk.h"

namespace bpftax {
namespace {

// One file of a disk costs about a third of what /proc/diskstats costs with ten rows.
constexpr size_t kFewDisks = 3;
constexpr int64_t kAllPeriodNs = 1'000'000'000;

}  // namespace

Result<DiskReader> DiskReader::open(const SampleRoots& roots, FdBudget& budget) {
  BPFTAX_ASSIGN(SourceFile all, SourceFile::open(roots.proc + paths::kDiskstats, Records::kMany, budget));
  return DiskReader(roots, std::move(all));
}

Result<std::vector<DiskCounters>> DiskReader::read(int64_t now_ns, std::string& buffer, FdBudget& budget) {
  if (all_read_at_ns_ && now_ns - *all_read_at_ns_ < kAllPeriodNs && !each_.empty()) {
    if (auto disks = read_each(buffer)) return std::move(*disks);
  }
  all_read_at_ns_ = now_ns;
  return read_all(buffer, budget);
}

Result<std::vector<DiskCounters>> DiskReader::read_all(std::string& buffer, FdBudget& budget) {
  BPFTAX_ASSIGN(const std::string_view text, all_.read(buffer));
  BPFTAX_ASSIGN(std::vector<DiskCounters> disks, parse_diskstats(text));
  if (disks.size() != rows_) {  // at the first look, and when a disk came or went
    rows_ = disks.size();
    hardware_ = hardware_disks(roots_.sys);
    open_each(budget);
  }
  std::erase_if(disks, [&](const DiskCounters& disk) { return !hardware_.contains(disk.name); });
  return disks;
}

void DiskReader::open_each(FdBudget& budget) {
  for (auto& [name, file] : each_) file.close(budget);
  each_.clear();
  if (hardware_.size() > kFewDisks) return;
  for (const std::string& name : hardware_) {
    auto file = SourceFile::open(roots_.sys + paths::kBlock + "/" + name + "/stat", Records::kOne, budget);
    if (!file) return each_.clear();
    each_.emplace(name, std::move(*file));
  }
}

std::optional<std::vector<DiskCounters>> DiskReader::read_each(std::string& buffer) {
  std::vector<DiskCounters> disks;
  for (const auto& [name, file] : each_) {
    const auto text = file.read(buffer);
    if (!text) return std::nullopt;
    // The same columns as in /proc/diskstats, which has device numbers and name before them.
    auto parsed = parse_diskstats("0 0 " + name + " " + std::string(*text));
    if (!parsed || parsed->size() != 1) return std::nullopt;
    disks.push_back(std::move(parsed->front()));
  }
  return disks;
}

}  // namespace bpftax
