#include "util/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sha256.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace bpftax {
namespace {

Result<void> write_all(int fd, std::string_view data, const std::string& path) {
  while (!data.empty()) {
    const ssize_t written = ::write(fd, data.data(), data.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "cannot write", path);
    }
    data.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> write_whole(const std::string& path, std::string_view content, int mode, int flags, bool sync) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, mode));
  if (!fd) return fail_errno(errno, "cannot write", path);
  const auto done = write_all(fd.get(), content, path);
  const int error = done && sync && ::fsync(fd.get()) != 0 ? errno : 0;
  if (done && error == 0) return {};
  ::unlink(path.c_str());
  if (!done) return done;
  return fail_errno(error, "cannot write", path);
}

Result<void> write_and_rename(const std::string& path, std::string_view content, int mode, bool sync) {
  const std::string temporary = fmt::format("{}.tmp.{}", path, ::getpid());
  BPFTAX_TRY(write_whole(temporary, content, mode, O_TRUNC, sync));
  if (::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(temporary.c_str());
  return fail_errno(error, "cannot rename to", path);
}

Result<std::string> read_all(int fd, const std::string& path, size_t max_bytes) {
  std::string content;
  std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail_errno(errno, "cannot read", path);
    }
    if (got == 0) return content;
    if (content.size() + static_cast<size_t>(got) > max_bytes)
      return fail(ErrorKind::kInternal, "cannot read", path,
                  fmt::format("it is longer than {} bytes", max_bytes));
    content.append(buffer.data(), static_cast<size_t>(got));
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot read", path);
  return read_all(fd.get(), path, max_bytes);
}

Result<std::string> read_regular_file(const std::string& path, size_t max_bytes, FileLinks links) {
  const int no_links = links == FileLinks::kRefuse ? O_NOFOLLOW : 0;
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | no_links));
  if (!fd) {
    const int error = errno;
    struct stat link {};
    if (no_links != 0 && ::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode))
      return fail(ErrorKind::kEnvironment, "cannot read", path,
                  "it is a symbolic link, which is not followed here");
    return fail_errno(error, "cannot read", path);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "cannot read", path);
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::kEnvironment, "cannot read", path, "it is no regular file");
  return read_all(fd.get(), path, max_bytes);
}

Result<std::string> read_tail(const std::string& path, size_t max_bytes) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot read", path);
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return fail_errno(errno, "cannot read the end of", path);
  off_t at = size > static_cast<off_t>(max_bytes) ? size - static_cast<off_t>(max_bytes) : 0;
  std::string content(static_cast<size_t>(size - at), '\0');
  size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::pread(fd.get(), content.data() + filled, content.size() - filled, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    at += got;
  }
  content.resize(filled);
  return content;
}

Result<void> write_file_atomically(const std::string& path, std::string_view content, int mode) {
  return write_and_rename(path, content, mode, true);
}

Result<void> replace_file(const std::string& path, std::string_view content, int mode) {
  return write_and_rename(path, content, mode, false);
}

Result<void> create_file(const std::string& path, std::string_view content, int mode) {
  return write_whole(path, content, mode, O_EXCL, false);
}

Result<void> make_directories(const std::string& path, int mode) {
  // Mostly only the last one is missing, or the last few: from there upwards until one can be made.
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0) return {};
  int error = errno;
  const size_t slash = path.find_last_of('/');
  if (error == ENOENT && slash != std::string::npos && slash > 0) {
    BPFTAX_TRY(make_directories(path.substr(0, slash), mode));
    if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0) return {};
    error = errno;
  }
  // Whatever kept us from making it (a read-only file system says so first): it may be there.
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (there && S_ISDIR(info.st_mode)) return {};
  return fail_errno(there ? ENOTDIR : error, "cannot create the folder", path);
}

Result<void> remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return fail_errno(error.value(), "cannot remove", path);
  return {};
}

bool path_exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

bool is_regular_file(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string sha256_hex(std::string_view data) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
  SHA256Data(reinterpret_cast<const uint8_t*>(data.data()), data.size(), hex.data());
  return hex.data();
}

Result<std::string> sha256_file(const std::string& path) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
  if (SHA256File(path.c_str(), hex.data()) == nullptr) return fail_errno(errno, "cannot read", path);
  return std::string(hex.data());
}

Result<AppendFile> AppendFile::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return fail_errno(errno, "cannot open", path);
  return AppendFile(std::move(fd), path);
}

Result<void> AppendFile::append_line(std::string_view line) {
  if (torn_)
    return fail(ErrorKind::kEnvironment, "cannot write", path_,
                "its last line is cut: a write to it failed and could not be taken back");
  struct stat before {};
  if (::fstat(fd_.get(), &before) != 0) return fail_errno(errno, "cannot write", path_);
  std::string record(line);
  record += '\n';
  Result<void> written = write_all(fd_.get(), record, path_);
  if (written && ::fdatasync(fd_.get()) != 0) written = fail_errno(errno, "cannot write", path_);
  if (!written) torn_ = ::ftruncate(fd_.get(), before.st_size) != 0;
  return written;
}

}  // namespace bpftax
