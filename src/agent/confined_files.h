// File operations that cannot leave the folders they were given. A path is absolute, lies below a root by its
// words, and no symbolic link on the way leads out of that root; ".." is refused. Links inside a root work
// where the kernel has openat2 (5.6); before that no link is followed at all.
//
// Ownership: one descriptor a root. Failure: every Error names the path; kUsage for a path that is not
// allowed. Never blocks on a FIFO or a device: only regular files are opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

class ConfinedFiles {
 public:
  // Roots that do not exist are made. `use_openat2` = false: as on a kernel without it (for tests).
  static Result<ConfinedFiles> open(const std::vector<std::string>& roots, bool use_openat2 = true);

  // A longer file is an error, never a cut.
  Result<std::string> read(const std::string& path, size_t max_bytes) const;
  // From `offset` on, at most max_bytes: less only at the end of the file.
  Result<FileChunk> read_chunk(const std::string& path, int64_t offset, size_t max_bytes) const;
  // Both values nullopt when there is no such regular file; any other failure to read it is an error.
  Result<FileSum> checksum(const std::string& path) const;
  // Write to a temporary in the same folder, rename. Parents must exist.
  Result<void> write(const std::string& path, std::string_view content) const;
  // Replaces a file of that name; parents must exist.
  Result<void> rename(const std::string& from, const std::string& to) const;
  Result<void> make_directories(const std::string& path) const;
  // Follows no link; a missing path is no error; a root itself is refused.
  Result<void> remove_tree(const std::string& path) const;
  Result<std::vector<FileInfo>> list(const std::string& path) const;
  // An emptied regular file for reading and appending, close-on-exec; parents are made.
  Result<Fd> open_output(const std::string& path) const;
  Result<Fd> open_for_reading(const std::string& path) const;

  // The longest root that holds the path; nullopt: none does (or the path is no absolute path without "..").
  std::optional<std::string> root_of(const std::string& path) const;

 private:
  struct Root {
    std::string path;  // without a trailing slash; "" for "/"
    Fd fd;
  };
  struct Place {
    int root_fd = -1;
    std::vector<std::string> parts;  // empty: the root itself
  };

  Result<Place> locate(const std::string& path) const;
  // Opens below the root; parts may be empty.
  Result<Fd> open_at(int root_fd, const std::vector<std::string>& parts, int flags, int mode,
                     const std::string& path) const;
  Result<Fd> open_parent(const Place& place, const std::string& path) const;
  Result<Fd> make_at(const Place& place, size_t count, const std::string& path) const;

  std::vector<Root> roots_;
  bool use_openat2_ = true;
};

}  // namespace bpftax
