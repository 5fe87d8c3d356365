#include "fetch/local_tree.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "fetch/remote_tree.h"

namespace bpftax {

bool is_full(const Error& error) {
  return error.errno_value == ENOSPC || error.errno_value == EDQUOT || error.errno_value == EFBIG;
}

std::string LocalTree::unfinished() const {
  return full(kFetchFolder);
}

Result<LocalTree> LocalTree::open(const std::string& root, const std::string& folder) {
  BPFTAX_ASSIGN(ConfinedFiles files, ConfinedFiles::open({root}));
  const std::string path = folder.empty() ? root : root + "/" + folder;
  BPFTAX_TRY(files.make_directories(path));
  LocalTree tree(std::move(files), path);
  // On the folder itself, so that no lock file is left.
  Fd lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) return fail_errno(errno, "cannot open", path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(errno, "cannot lock", path);
    return fail(ErrorKind::kUsage, "cannot fetch into the folder", path, "another fetch is writing to it",
                "wait until it has ended");
  }
  tree.lock_ = std::move(lock);
  BPFTAX_TRY(tree.files_.remove_tree(tree.unfinished()));
  BPFTAX_TRY(tree.files_.make_directories(tree.unfinished()));
  return tree;
}

LocalTree::~LocalTree() {
  // Moved from, or another process is at work there.
  if (lock_) (void)files_.remove_tree(unfinished());
}

Result<LocalTree::Incoming> LocalTree::begin() const {
  BPFTAX_ASSIGN(Fd fd, files_.open_output(unfinished() + "/part"));
  return Incoming(*this, std::move(fd));
}

Result<void> LocalTree::Incoming::write(std::string_view data) {
  sum_.update(data);
  size_ += static_cast<int64_t>(data.size());
  while (!data.empty()) {
    const ssize_t written = ::write(fd_.get(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, "cannot write", tree_.path_);
    data.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> LocalTree::Incoming::keep(const std::string& path) {
  if (::fsync(fd_.get()) != 0) return fail_errno(errno, "cannot write", tree_.path_);
  const std::string target = tree_.full(path);
  BPFTAX_TRY(tree_.files_.make_directories(target.substr(0, target.rfind('/'))));
  return tree_.files_.rename(tree_.unfinished() + "/part", target);
}

std::optional<int64_t> LocalTree::size_of(const std::string& path) const {
  const auto fd = files_.open_for_reading(full(path));
  struct stat info {};
  if (!fd || ::fstat(fd->get(), &info) != 0) return std::nullopt;
  return info.st_size;
}

bool LocalTree::holds(const std::string& path, int64_t size, const std::string& sha256) const {
  if (size_of(path) != size) return false;  // spares reading it
  const auto sum = files_.checksum(full(path));
  return sum && sum->size == size && sum->sha256 == sha256;
}

int64_t LocalTree::free_bytes() const {
  struct statvfs space {};
  if (::fstatvfs(lock_.get(), &space) != 0) return INT64_MAX;
  const auto bytes = static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize);
  return bytes < 9e18 ? static_cast<int64_t>(bytes) : INT64_MAX;
}

bool LocalTree::folds_case() const {
  const std::string probe = unfinished() + "/case";
  if (!files_.write(probe, "")) return false;
  const bool folds = files_.open_for_reading(unfinished() + "/CASE").has_value();
  (void)files_.remove_tree(probe);
  return folds;
}

}  // namespace bpftax
