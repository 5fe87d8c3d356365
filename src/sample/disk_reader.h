// Counters of the hardware's disks, look after look.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sample/paths.h"
#include "sample/source_file.h"
#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// /proc/diskstats tells of every partition, loop and ram device; where the disks that count are few, each
// one's own file in sysfs costs less. Then all of /proc/diskstats is read once a second only, to see disks
// come and go.
class DiskReader {
 public:
  static Result<DiskReader> open(const SampleRoots& roots, FdBudget& budget);
  Result<std::vector<DiskCounters>> read(int64_t now_ns, std::string& buffer, FdBudget& budget);

 private:
  DiskReader(SampleRoots roots, SourceFile all) : roots_(std::move(roots)), all_(std::move(all)) {}
  Result<std::vector<DiskCounters>> read_all(std::string& buffer, FdBudget& budget);
  // nullopt: one of them could not be read.
  std::optional<std::vector<DiskCounters>> read_each(std::string& buffer);
  void open_each(FdBudget& budget);

  SampleRoots roots_;
  SourceFile all_;
  std::set<std::string> hardware_;
  size_t rows_ = 0;
  std::map<std::string, SourceFile> each_;  // empty where they are too many, or have no file
  std::optional<int64_t> all_read_at_ns_;
};

}  // namespace bpftax
