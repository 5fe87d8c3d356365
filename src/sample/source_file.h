// A kernel file that is read again and again: opened once, read with pread from its beginning. Where
// descriptors are scarce it is opened for each read instead.
#pragma once

#include <string>
#include <string_view>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// How many descriptors samplers may hold: half of what RLIMIT_NOFILE leaves free at the start, as the limit
// is the whole process's and raising it would be inherited by the tools we start. Machines with very many
// CPUs reach it.
class FdBudget {
 public:
  explicit FdBudget(int descriptors) : left_(descriptors) {}
  static FdBudget of_this_process();
  bool take() { return left_ > 0 && left_-- > 0; }
  void give_back() { ++left_; }

 private:
  int left_;
};

enum class Records {
  kOne,   // one seq_file record (most of /proc, all of sysfs): one pread returns it all
  kMany,  // a table (net/dev, diskstats): read until the end
};

class SourceFile {
 public:
  SourceFile() = default;
  static Result<SourceFile> open(const std::string& path, Records records, FdBudget& budget);
  // For a descriptor that somebody has opened elsewhere (in another namespace); `path` is for messages.
  SourceFile(Fd fd, std::string path, Records records)
      : path_(std::move(path)), fd_(std::move(fd)), records_(records) {}

  // The text, in `buffer` (which grows as needed and is meant to be shared by many files); valid until its
  // next use.
  Result<std::string_view> read(std::string& buffer) const;
  // The same for a file that holds one number.
  Result<int64_t> read_number(std::string& buffer) const;
  const std::string& path() const { return path_; }
  // Closes it; its descriptor may be used for another file.
  void close(FdBudget& budget);

 private:
  std::string path_;
  Fd fd_;  // empty: opened for each read
  Records records_ = Records::kOne;
};

}  // namespace bpftax
