#include "agent/confined_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "util/files.h"
#include "util/sha256.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int kMaxDepth = 256;  // of a tree to remove: each level holds a descriptor
constexpr size_t kMaxEntries = 100'000;
constexpr int kOpenat2Retries = 16;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Dir = std::unique_ptr<DIR, DirCloser>;

bool is_dots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// Takes the descriptor over.
Dir open_directory_stream(Fd fd) {
  Dir dir(::fdopendir(fd.get()));
  if (dir) (void)fd.release();
  return dir;
}

// "/a//b/./c" -> {"a", "b", "c"}; nullopt: relative, has "..", or a NUL.
std::optional<std::vector<std::string>> components(const std::string& path) {
  if (path.empty() || path[0] != '/' || path.find('\0') != std::string::npos) return std::nullopt;
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    parts.emplace_back(part);
  }
  return parts;
}

Result<void> remove_entry(int parent_fd, const std::string& name, const std::string& path, int depth) {
  if (::unlinkat(parent_fd, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return fail_errno(errno, "cannot remove", path);
  if (depth > kMaxDepth) return fail_errno(ENAMETOOLONG, "cannot remove", path);
  Fd fd(::openat(parent_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot remove", path);
  const Dir dir = open_directory_stream(std::move(fd));
  if (!dir) return fail_errno(errno, "cannot remove", path);
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (is_dots(entry->d_name)) continue;
    BPFTAX_TRY(remove_entry(::dirfd(dir.get()), entry->d_name, path + "/" + entry->d_name, depth + 1));
    errno = 0;
  }
  if (errno != 0) return fail_errno(errno, "cannot remove", path);
  if (::unlinkat(parent_fd, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
    return fail_errno(errno, "cannot remove", path);
  return {};
}

Result<Fd> regular_file(Fd fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "cannot open", path);
  if (S_ISDIR(info.st_mode)) return fail_errno(EISDIR, "cannot open", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kUsage, "cannot open", path, "it is no regular file");
  // O_NONBLOCK was only for the open itself; a process that gets this descriptor must not see it.
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) != 0)
    return fail_errno(errno, "cannot open", path);
  return fd;
}

tl::unexpected<Error> fail_open(int error, const char* what, const std::string& path) {
  if (error == EXDEV || error == ELOOP) {
    return fail(ErrorKind::kUsage, what, path,
                "a symbolic link on the way leads out of the permitted folders");
  }
  return fail_errno(error, what, path);
}

}  // namespace

Result<ConfinedFiles> ConfinedFiles::open(const std::vector<std::string>& roots, bool use_openat2) {
  ConfinedFiles files;
  files.use_openat2_ = use_openat2;
  for (const std::string& root : roots) {
    const auto parts = components(root);
    if (!parts)
      return fail(ErrorKind::kUsage, "cannot use as a root", root, "it is no absolute path without '..'");
    std::string path;
    for (const std::string& part : *parts) path += "/" + part;
    if (!path.empty()) BPFTAX_TRY(::bpftax::make_directories(path));
    Fd fd(::open(path.empty() ? "/" : path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot open the root", root);
    files.roots_.push_back(Root{std::move(path), std::move(fd)});
  }
  return files;
}

std::optional<std::string> ConfinedFiles::root_of(const std::string& path) const {
  const auto place = locate(path);
  if (!place) return std::nullopt;
  const auto it = std::find_if(roots_.begin(), roots_.end(),
                               [&](const Root& root) { return root.fd.get() == place->root_fd; });
  return it->path.empty() ? "/" : it->path;
}

Result<ConfinedFiles::Place> ConfinedFiles::locate(const std::string& path) const {
  const auto parts = components(path);
  if (!parts) return fail(ErrorKind::kUsage, "path refused", path, "it must be absolute and without '..'");
  std::string clean;
  for (const std::string& part : *parts) clean += "/" + part;
  const Root* best = nullptr;
  for (const Root& root : roots_) {
    const bool inside = clean.compare(0, root.path.size(), root.path) == 0 &&
                        (clean.size() == root.path.size() || clean[root.path.size()] == '/');
    if (inside && (best == nullptr || root.path.size() > best->path.size())) best = &root;
  }
  if (best == nullptr) {
    std::vector<std::string> names;
    for (const Root& root : roots_) names.push_back(root.path.empty() ? "/" : root.path);
    return fail(ErrorKind::kUsage, "path refused", path,
                "it is outside the permitted folders " + join(names, ", "));
  }
  Place place;
  place.root_fd = best->fd.get();
  const auto depth = std::count(best->path.begin(), best->path.end(), '/');
  place.parts.assign(parts->begin() + depth, parts->end());
  return place;
}

Result<Fd> ConfinedFiles::open_at(int root_fd, const std::vector<std::string>& parts, int flags, int mode,
                                  const std::string& path) const {
  flags |= O_CLOEXEC;
  if (use_openat2_) {
    open_how how{};
    how.flags = static_cast<uint64_t>(flags);
    how.mode = static_cast<uint64_t>((flags & O_CREAT) != 0 ? mode : 0);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    const std::string relative = parts.empty() ? "." : join(parts, "/");
    for (int attempt = 0; attempt < kOpenat2Retries; ++attempt) {
      const int fd = static_cast<int>(::syscall(SYS_openat2, root_fd, relative.c_str(), &how, sizeof(how)));
      if (fd >= 0) return Fd(fd);
      // EAGAIN: a rename elsewhere made the kernel unsure whether the walk stayed below the root.
      if (errno != EAGAIN && errno != EINTR) break;
    }
    if (errno != ENOSYS) return fail_open(errno, "cannot open", path);
  }
  Fd at(::openat(root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return fail_open(errno, "cannot open", path);
  if (parts.empty()) {
    Fd fd(::openat(root_fd, ".", flags));
    if (!fd) return fail_open(errno, "cannot open", path);
    return fd;
  }
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    Fd next(::openat(at.get(), parts[i].c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return fail_open(errno == ENOTDIR ? ELOOP : errno, "cannot open", path);
    at = std::move(next);
  }
  Fd fd(::openat(at.get(), parts.back().c_str(), flags | O_NOFOLLOW, mode));
  if (!fd) return fail_open(errno, "cannot open", path);
  return fd;
}

Result<Fd> ConfinedFiles::open_parent(const Place& place, const std::string& path) const {
  if (place.parts.empty())
    return fail(ErrorKind::kUsage, "path refused", path, "it is one of the permitted folders");
  const std::vector<std::string> parent(place.parts.begin(), place.parts.end() - 1);
  return open_at(place.root_fd, parent, O_PATH | O_DIRECTORY, 0, path);
}

Result<Fd> ConfinedFiles::make_at(const Place& place, size_t count, const std::string& path) const {
  Result<Fd> at = open_at(place.root_fd, {}, O_PATH | O_DIRECTORY, 0, path);
  for (size_t i = 0; at && i < count; ++i) {
    if (::mkdirat(at->get(), place.parts[i].c_str(), 0755) != 0 && errno != EEXIST)
      return fail_errno(errno, "cannot create the folder", path);
    const std::vector<std::string> parts(place.parts.begin(), place.parts.begin() + static_cast<long>(i) + 1);
    at = open_at(place.root_fd, parts, O_PATH | O_DIRECTORY, 0, path);
  }
  return at;
}

Result<Fd> ConfinedFiles::open_for_reading(const std::string& path) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  BPFTAX_ASSIGN(Fd fd, open_at(place.root_fd, place.parts, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, path));
  return regular_file(std::move(fd), path);
}

Result<std::string> ConfinedFiles::read(const std::string& path, size_t max_bytes) const {
  BPFTAX_ASSIGN(const Fd fd, open_for_reading(path));
  // By the descriptor: the file that was checked is the file that is read.
  std::string content;
  std::string buffer(16384, '\0');
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path);
    if (got == 0) return content;
    if (content.size() + static_cast<size_t>(got) > max_bytes)
      return fail(ErrorKind::kEnvironment, "cannot read", path,
                  "it is longer than " + std::to_string(max_bytes) + " bytes");
    content.append(buffer.data(), static_cast<size_t>(got));
  }
}

Result<FileChunk> ConfinedFiles::read_chunk(const std::string& path, int64_t offset, size_t max_bytes) const {
  BPFTAX_ASSIGN(const Fd fd, open_for_reading(path));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(errno, "cannot read", path);
  FileChunk chunk{"", info.st_size};
  if (offset < 0) return fail_errno(EINVAL, "cannot read", path);
  // A file of /proc says that it is empty; otherwise no more is set aside than there can be.
  const auto rest = static_cast<size_t>(std::max<int64_t>(info.st_size - offset, 0));
  chunk.data.resize(info.st_size == 0 ? max_bytes : std::min(max_bytes, rest));
  size_t filled = 0;
  while (filled < chunk.data.size()) {
    const ssize_t got = ::pread(fd.get(), chunk.data.data() + filled, chunk.data.size() - filled,
                                offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  chunk.data.resize(filled);
  return chunk;
}

Result<FileSum> ConfinedFiles::checksum(const std::string& path) const {
  FileSum sum{path, {}, {}};
  auto opened = open_for_reading(path);
  if (!opened) {
    if (opened.error().errno_value == ENOENT || opened.error().errno_value == ENOTDIR) return sum;
    return propagate(std::move(opened));
  }
  Sha256 sha256;
  int64_t size = 0;
  std::string buffer(256u << 10, '\0');
  while (true) {
    const ssize_t got = ::read(opened->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read", path);
    if (got == 0) break;
    sha256.update(std::string_view(buffer).substr(0, static_cast<size_t>(got)));
    size += got;
  }
  sum.size = size;
  sum.sha256 = sha256.hex();
  return sum;
}

Result<void> ConfinedFiles::write(const std::string& path, std::string_view content) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  BPFTAX_ASSIGN(const Fd parent, open_parent(place, path));
  const std::string& name = place.parts.back();
  const std::string temporary = ".bpftax-" + std::to_string(::getpid()) + ".tmp";
  const auto write_content = [&]() -> Result<void> {
    const Fd fd(::openat(parent.get(), temporary.c_str(),
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!fd) return fail_errno(errno, "cannot write", path);
    std::string_view rest = content;
    while (!rest.empty()) {
      const ssize_t written = ::write(fd.get(), rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return fail_errno(errno, "cannot write", path);
      rest.remove_prefix(static_cast<size_t>(written));
    }
    if (::renameat(parent.get(), temporary.c_str(), parent.get(), name.c_str()) != 0)
      return fail_errno(errno, "cannot write", path);
    return {};
  };
  auto done = write_content();
  if (!done) ::unlinkat(parent.get(), temporary.c_str(), 0);
  return done;
}

Result<void> ConfinedFiles::rename(const std::string& from, const std::string& to) const {
  BPFTAX_ASSIGN(const Place source, locate(from));
  BPFTAX_ASSIGN(const Place target, locate(to));
  BPFTAX_ASSIGN(const Fd source_parent, open_parent(source, from));
  BPFTAX_ASSIGN(const Fd target_parent, open_parent(target, to));
  if (::renameat(source_parent.get(), source.parts.back().c_str(), target_parent.get(),
                 target.parts.back().c_str()) != 0)
    return fail_errno(errno, "cannot rename to", to);
  return {};
}

Result<void> ConfinedFiles::make_directories(const std::string& path) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  BPFTAX_TRY(make_at(place, place.parts.size(), path));
  return {};
}

Result<void> ConfinedFiles::remove_tree(const std::string& path) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  auto parent = open_parent(place, path);
  if (!parent && parent.error().errno_value == ENOENT) return {};
  if (!parent) return propagate(std::move(parent));
  return remove_entry(parent->get(), place.parts.back(), path, 0);
}

Result<std::vector<FileInfo>> ConfinedFiles::list(const std::string& path) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  BPFTAX_ASSIGN(Fd fd, open_at(place.root_fd, place.parts, O_RDONLY | O_DIRECTORY, 0, path));
  const Dir dir = open_directory_stream(std::move(fd));
  if (!dir) return fail_errno(errno, "cannot list", path);
  std::vector<FileInfo> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (is_dots(entry->d_name)) continue;
    if (entries.size() == kMaxEntries)
      return fail(ErrorKind::kEnvironment, "cannot list", path, "it has more than 100000 entries");
    struct stat info {};
    if (::fstatat(::dirfd(dir.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
      const bool special = !S_ISDIR(info.st_mode) && !S_ISLNK(info.st_mode) && !S_ISREG(info.st_mode);
      entries.push_back(
          FileInfo{entry->d_name, S_ISDIR(info.st_mode), S_ISLNK(info.st_mode), info.st_size, special});
    }
    errno = 0;
  }
  if (errno != 0) return fail_errno(errno, "cannot list", path);
  std::sort(entries.begin(), entries.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
  return entries;
}

Result<Fd> ConfinedFiles::open_output(const std::string& path) const {
  BPFTAX_ASSIGN(const Place place, locate(path));
  if (place.parts.empty())
    return fail(ErrorKind::kUsage, "path refused", path, "it is one of the permitted folders");
  BPFTAX_TRY(make_at(place, place.parts.size() - 1, path));
  BPFTAX_ASSIGN(Fd fd, open_at(place.root_fd, place.parts,
                               O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK | O_NOCTTY, 0644, path));
  return regular_file(std::move(fd), path);
}

}  // namespace bpftax
