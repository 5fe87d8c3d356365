// Reading a tree quickly and safely: each folder is opened once, relative to its parent, listed once, and
// nothing is asked twice. Symbolic links are not followed, FIFOs and devices not waited for. What cannot be
// read is a warning, never an error.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/reader.h"
#include "analyze/warning_codes.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

enum class EntryKind { kFile, kFolder };
struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
};

// An open folder and its path below the analysed one ("" = that one itself).
class Folder {
 public:
  // The folder that the user named: a link is followed here.
  static Result<Folder> open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string path_of(std::string_view name) const;
  int fd() const { return fd_.get(); }

 private:
  friend class FolderAccess;
  Folder(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  Fd fd_;
  std::string path_;
};

// What all threads have seen together.
struct ReadCounters {
  std::atomic<int64_t> entries = 0, files = 0, bytes = 0;
};

// One a thread: it keeps the buffers.
class FolderAccess {
 public:
  // Bytes behind a text that may be read, as simdjson wants it.
  static constexpr size_t kPadding = 64;

  FolderAccess(const ReadLimits& limits, ReadCounters& counters) : limits_(limits), counters_(counters) {}

  // nullopt with a warning: it cannot be opened. No warning when there is none.
  std::optional<Folder> open(const Folder& parent, const std::string& name, WarningSink& warnings);
  // Sorted by name. Links and names that must not be are left out with a warning; FIFOs and devices are taken
  // for files that cannot be read.
  std::vector<FolderEntry> list(const Folder& folder, WarningSink& warnings);
  // The text of a file, good until the next read. nullopt with a warning: not readable, or too long; an empty
  // file is read as such.
  std::optional<std::string_view> read(const Folder& folder, const std::string& name, WarningSink& warnings);

  const ReadLimits& limits() const { return limits_; }
  // Whether the tree holds more entries than the limit: then list() gives nothing more.
  bool too_many() const { return counters_.entries > static_cast<int64_t>(limits_.max_entries); }

 private:
  EntryKind kind_of(const Folder& folder, const std::string& name, unsigned char type, bool& link) const;

  const ReadLimits& limits_;
  ReadCounters& counters_;
  std::vector<char> buffer_;   // of files
  std::vector<char> entries_;  // of folders
};

}  // namespace bpftax
