#include "sample/source_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {

FdBudget FdBudget::of_this_process() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return FdBudget(256);
  int open_now = 0;
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir("/proc/self/fd"));
  while (directory != nullptr && ::readdir(directory.get()) != nullptr) ++open_now;
  const rlim_t ceiling = std::min<rlim_t>(limit.rlim_cur, 1u << 20);
  return FdBudget(std::max(0, (static_cast<int>(ceiling) - open_now) / 2));
}

Result<SourceFile> SourceFile::open(const std::string& path, Records records, FdBudget& budget) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot open", path);
  if (!budget.take()) fd.reset();
  return SourceFile(std::move(fd), path, records);
}

void SourceFile::close(FdBudget& budget) {
  if (fd_) budget.give_back();
  fd_.reset();
}

Result<std::string_view> SourceFile::read(std::string& buffer) const {
  constexpr size_t kFirstSize = 16384;
  if (buffer.size() < kFirstSize) buffer.resize(kFirstSize);
  Fd opened_now;
  int fd = fd_.get();
  if (!fd_) {
    opened_now.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened_now) return fail_errno(errno, "cannot open", path_);
    fd = opened_now.get();
  }
  size_t filled = 0;
  while (true) {
    if (filled == buffer.size()) buffer.resize(buffer.size() * 2);
    const ssize_t got =
        ::pread(fd, buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path_);
    filled += static_cast<size_t>(got);
    if (got == 0 || (records_ == Records::kOne && filled < buffer.size()))
      return std::string_view(buffer).substr(0, filled);
  }
}

Result<int64_t> SourceFile::read_number(std::string& buffer) const {
  BPFTAX_ASSIGN(const std::string_view text, read(buffer));
  const auto number = scan::to_number(trim(text));
  if (!number) return fail(ErrorKind::kInternal, "cannot read", path_, "no number");
  return *number;
}

}  // namespace bpftax
