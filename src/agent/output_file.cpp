#include "agent/output_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace bpftax {
namespace {

constexpr int64_t kKeptEnd = 64 << 10;
constexpr int64_t kMaxOvershoot = 256 << 20;
constexpr int64_t kReleaseStep = 64 << 10;  // releasing less is not worth a call

Result<std::string> read_range(int fd, int64_t begin, int64_t end, const std::string& path) {
  std::string content(static_cast<size_t>(std::max<int64_t>(0, end - begin)), '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got =
        ::pread(fd, content.data() + filled, content.size() - filled, begin + static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  content.resize(filled);
  return content;
}

int64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_size : 0;
}

}  // namespace

Result<OutputFile> OutputFile::create(const ConfinedFiles& files, const std::string& path,
                                      int64_t cap_bytes) {
  BPFTAX_ASSIGN(Fd fd, files.open_output(path));
  return OutputFile(std::move(fd), path, cap_bytes, &files);
}

Result<OutputFile> OutputFile::create_in_memory(int64_t cap_bytes) {
  Fd fd(::memfd_create("bpftax-output", MFD_CLOEXEC));
  if (!fd || ::fcntl(fd.get(), F_SETFL, O_APPEND) != 0)
    return fail_errno(errno, "cannot create a file in memory");
  return OutputFile(std::move(fd), "", cap_bytes, nullptr);
}

int64_t OutputFile::size_now() const {
  return size_of(fd_.get());
}

Result<void> OutputFile::enforce() {
  if (finished_) return {};
  const int64_t size = size_now();
  const int64_t begin = std::max(cap_bytes_, released_to_);
  const int64_t end = size - kKeptEnd;
  if (end - begin < kReleaseStep) return {};
  if (can_release_) {
    if (::fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, begin, end - begin) == 0) {
      released_to_ = end;
      return {};
    }
    if (errno == EINTR) return {};
    can_release_ = false;
  }
  if (size - cap_bytes_ <= kMaxOvershoot) return {};
  return fail(ErrorKind::kSubject, "too much output", path_,
              std::to_string(size) + " bytes, the cap is " + std::to_string(cap_bytes_) +
                  ", and this file system cannot release what is beyond it");
}

void OutputFile::finish() {
  if (finished_) return;
  final_bytes_ = size_now();
  if (final_bytes_ > cap_bytes_) {
    auto end =
        read_range(fd_.get(), std::max<int64_t>(released_to_, final_bytes_ - kKeptEnd), final_bytes_, path_);
    if (end) last_words_ = std::move(*end);
    // Fails on a full or broken disk only; the file is then longer than promised and total_bytes() still
    // right.
    (void)!::ftruncate(fd_.get(), cap_bytes_);
  }
  if (files_ == nullptr) {
    auto all = read_range(fd_.get(), 0, std::min(final_bytes_, cap_bytes_), path_);
    if (all) kept_ = std::move(*all);
  }
  finished_ = true;
  fd_.reset();
}

int64_t OutputFile::total_bytes() const {
  return finished_ ? final_bytes_ : size_now();
}

int64_t OutputFile::removed_bytes() const {
  return finished_ ? std::max<int64_t>(0, final_bytes_ - cap_bytes_) : 0;
}

Result<std::string> OutputFile::tail(size_t max_bytes) const {
  const auto wanted = static_cast<int64_t>(std::min<size_t>(max_bytes, INT32_MAX));
  if (!finished_) {
    const int64_t size = size_now();
    return read_range(fd_.get(), std::max({int64_t{0}, released_to_, size - wanted}), size, path_);
  }
  if (!last_words_.empty()) {
    return last_words_.substr(last_words_.size() - std::min(last_words_.size(), static_cast<size_t>(wanted)));
  }
  if (files_ == nullptr)
    return kept_.substr(kept_.size() - std::min(kept_.size(), static_cast<size_t>(wanted)));
  BPFTAX_ASSIGN(const Fd fd, files_->open_for_reading(path_));
  const int64_t size = size_of(fd.get());
  return read_range(fd.get(), std::max<int64_t>(0, size - wanted), size, path_);
}

Result<std::string> OutputFile::content() const {
  if (files_ == nullptr && finished_) return kept_;
  if (!finished_) return read_range(fd_.get(), 0, std::min(size_now(), cap_bytes_), path_);
  BPFTAX_ASSIGN(const Fd fd, files_->open_for_reading(path_));
  return read_range(fd.get(), 0, std::min(size_of(fd.get()), cap_bytes_), path_);
}

}  // namespace bpftax
