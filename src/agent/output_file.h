// A file that processes write their stdout or stderr to, without a pipe of ours in between, and its size cap:
// what lies beyond the cap is released while it grows and cut off at the end. Bytes are counted all the same.
//
// Use: hand fd() to the child; call enforce() several times a second while anybody may write, finish() when
// nobody does any more. Afterwards no descriptor is held.
#pragma once

#include <cstdint>
#include <string>

#include "agent/confined_files.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

class OutputFile {
 public:
  // `files` is borrowed and must outlive the OutputFile.
  static Result<OutputFile> create(const ConfinedFiles& files, const std::string& path, int64_t cap_bytes);
  // In memory, for the output of short commands.
  static Result<OutputFile> create_in_memory(int64_t cap_bytes);

  int fd() const { return fd_.get(); }  // read, append; -1 after finish()
  const std::string& path() const { return path_; }

  // Looks at the size and releases what is beyond the cap, but for the last 64 KiB. An Error when the file
  // system cannot release and the file is already 256 MiB over its cap: the writer must be stopped.
  Result<void> enforce();
  // Cuts to the cap and closes. A file in memory is read first.
  void finish();

  int64_t total_bytes() const;    // everything that was written
  int64_t removed_bytes() const;  // of these, no longer counted in the file's size
  bool cut() const { return total_bytes() > cap_bytes_; }

  // The last max_bytes that were written; of a cut file that is finished at most the last 64 KiB.
  Result<std::string> tail(size_t max_bytes) const;
  // The first cap_bytes.
  Result<std::string> content() const;

  void forbid_release_for_test() { can_release_ = false; }

 private:
  OutputFile(Fd fd, std::string path, int64_t cap_bytes, const ConfinedFiles* files)
      : fd_(std::move(fd)), path_(std::move(path)), cap_bytes_(cap_bytes), files_(files) {}
  int64_t size_now() const;

  Fd fd_;
  std::string path_;  // "" in memory
  int64_t cap_bytes_;
  const ConfinedFiles* files_;  // nullptr in memory
  bool can_release_ = true;
  int64_t released_to_ = 0;  // everything in [cap, this) has been released
  bool finished_ = false;
  int64_t final_bytes_ = 0;
  std::string kept_;        // finished: content (in memory)
  std::string last_words_;  // finished and cut: the end of what was written
};

}  // namespace bpftax
