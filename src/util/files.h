// Reading and writing whole files; append-only journals; write-then-rename. Errors name path and errno.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// Reads at most max_bytes; a longer file is an error (kInternal), not a cut. Works on /proc (size 0).
Result<std::string> read_file(const std::string& path, size_t max_bytes = 64u << 20);
// The same for a path under which anything may lie: only a regular file is read, and neither a FIFO nor a
// device is waited for. kRefuse: a link is no file either.
enum class FileLinks { kFollow, kRefuse };
Result<std::string> read_regular_file(const std::string& path, size_t max_bytes, FileLinks links);
// The last max_bytes of a file.
Result<std::string> read_tail(const std::string& path, size_t max_bytes);
// Write to a temporary in the same folder, fsync, rename. On failure the temporary is removed and the old
// file stays.
Result<void> write_file_atomically(const std::string& path, std::string_view content, int mode = 0644);
// The same without fsync, for files that can be made again at any time: readers see the old file or the whole
// new one, but after a power failure it may be empty. Much faster where there are thousands of them.
Result<void> replace_file(const std::string& path, std::string_view content, int mode = 0644);
// A file that must not be there yet, without temporary, rename and fsync: for files that nobody reads before
// all of them are there. On failure it is removed.
Result<void> create_file(const std::string& path, std::string_view content, int mode = 0644);
// mkdir -p
Result<void> make_directories(const std::string& path, int mode = 0755);
// rm -r without following links; a missing path is no error.
Result<void> remove_tree(const std::string& path);
bool path_exists(const std::string& path);
// The path itself: a link to a file is none.
bool is_regular_file(const std::string& path);
// SHA-256 in lower-case hex (libmd).
std::string sha256_hex(std::string_view data);
Result<std::string> sha256_file(const std::string& path);

// Append-only file with one writer: each line is written with one write(2) and fdatasync'ed before
// append_line() returns. What was written of a line that does not fit (full disk) is taken back, so that
// nothing is ever glued to it; when that fails too, the file takes no more lines.
class AppendFile {
 public:
  static Result<AppendFile> open(const std::string& path);
  Result<void> append_line(std::string_view line);
  const std::string& path() const { return path_; }

 private:
  AppendFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
  bool torn_ = false;
};

}  // namespace bpftax
