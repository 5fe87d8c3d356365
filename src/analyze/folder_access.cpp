#include "analyze/folder_access.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "result/manifest.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr size_t kFirstBuffer = 256u << 10;
constexpr size_t kKeptBuffer = 4u << 20;  // a larger one is given back when the next file is read
constexpr size_t kEntriesBuffer = 64u << 10;

std::string cause(int error) {
  return std::generic_category().message(error);
}

// A name as it can be shown and used: one component, no control characters, valid UTF-8.
std::string name_fault(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return plain && name.size() < 255 ? std::string() : path_fault(name);
}

}  // namespace

Result<Folder> Folder::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return fail(ErrorKind::kUsage, "cannot analyse", path, cause(errno),
                "name a run directory, a folder of iterations or a performance-test-results folder");
  }
  return Folder(std::move(fd), "");
}

std::string Folder::path_of(std::string_view name) const {
  std::string full = path_;
  if (!full.empty()) full += '/';
  full += name;
  return full;
}

std::optional<Folder> FolderAccess::open(const Folder& parent, const std::string& name,
                                         WarningSink& warnings) {
  Fd fd(::openat(parent.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    const int error = errno;
    if (error != ENOENT)
      warnings.add(warning_code::kFolderUnreadable, parent.path_of(name),
                   "it cannot be opened: " + cause(error));
    return std::nullopt;
  }
  return Folder(std::move(fd), parent.path_of(name));
}

EntryKind FolderAccess::kind_of(const Folder& folder, const std::string& name, unsigned char type,
                                bool& link) const {
  link = type == DT_LNK;
  if (type != DT_UNKNOWN) return type == DT_DIR ? EntryKind::kFolder : EntryKind::kFile;
  struct stat info {};  // some file systems do not tell
  if (::fstatat(folder.fd(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kFile;
  link = S_ISLNK(info.st_mode);
  return S_ISDIR(info.st_mode) ? EntryKind::kFolder : EntryKind::kFile;
}

std::vector<FolderEntry> FolderAccess::list(const Folder& folder, WarningSink& warnings) {
  std::vector<FolderEntry> found;
  entries_.resize(kEntriesBuffer);
  while (!too_many()) {
    const ssize_t got = ::getdents64(folder.fd(), entries_.data(), entries_.size());
    if (got < 0) {
      warnings.add(warning_code::kFolderUnreadable, folder.path(), "it cannot be listed: " + cause(errno));
      break;
    }
    if (got == 0) break;
    int64_t here = 0;
    for (size_t at = 0; at < static_cast<size_t>(got);) {
      dirent64 head{};
      std::memcpy(&head, entries_.data() + at, offsetof(dirent64, d_name));
      const std::string name(entries_.data() + at + offsetof(dirent64, d_name));
      at += head.d_reclen;
      if (name == "." || name == "..") continue;
      ++here;
      if (const std::string fault = name_fault(name); !fault.empty()) {
        warnings.add(warning_code::kNameRefused, folder.path_of(name), "it is left out: " + fault);
        continue;
      }
      bool link = false;
      const EntryKind kind = kind_of(folder, name, head.d_type, link);
      if (link) {
        warnings.add(warning_code::kLinkSkipped, folder.path_of(name),
                     "it is a symbolic link: results hold none, and it is not followed");
        continue;
      }
      found.push_back({name, kind});
    }
    counters_.entries += here;
  }
  std::sort(found.begin(), found.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return found;
}

std::optional<std::string_view> FolderAccess::read(const Folder& folder, const std::string& name,
                                                   WarningSink& warnings) {
  // Not blocking: a FIFO of that name must not hold us up.
  const Fd fd(::openat(folder.fd(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const auto unreadable = [&](int error) {
    warnings.add(warning_code::kFileUnreadable, folder.path_of(name), "it cannot be read: " + cause(error));
    return std::nullopt;
  };
  if (!fd) return unreadable(errno);
  if (buffer_.size() < kFirstBuffer || buffer_.size() > kKeptBuffer) {
    buffer_.resize(kFirstBuffer);
    buffer_.shrink_to_fit();
  }
  size_t filled = 0;
  while (true) {
    const size_t room = buffer_.size() - filled - kPadding;
    const ssize_t got = ::read(fd.get(), buffer_.data() + filled, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(errno);
    filled += static_cast<size_t>(got);
    if (filled > limits_.max_file_bytes) {
      warnings.add(warning_code::kFileTooLong, folder.path_of(name),
                   fmt::format("it is longer than {}: not read",
                               format_bytes(static_cast<double>(limits_.max_file_bytes))));
      return std::nullopt;
    }
    // A regular file gives less than asked for at its end only.
    if (static_cast<size_t>(got) < room) break;
    buffer_.resize(std::min(buffer_.size() * 2, limits_.max_file_bytes + 2 * kPadding));
  }
  std::memset(buffer_.data() + filled, 0, kPadding);
  ++counters_.files;
  counters_.bytes += static_cast<int64_t>(filled);
  return std::string_view(buffer_.data(), filled);
}

}  // namespace bpftax
