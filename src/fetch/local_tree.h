// The destination of a fetch: files appear in it whole and verified, or not at all. One process at a time
// (flock on the folder).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/confined_files.h"
#include "util/fd.h"
#include "util/result.h"
#include "util/sha256.h"

namespace bpftax {

class LocalTree {
 public:
  // Makes root/folder and removes what an earlier attempt left unfinished. kUsage when another process
  // fetches into it.
  static Result<LocalTree> open(const std::string& root, const std::string& folder);
  LocalTree(LocalTree&&) = default;
  ~LocalTree();  // removes its folder of unfinished files

  // A file on its way. Closed and removed unless keep() succeeds.
  class Incoming {
   public:
    Result<void> write(std::string_view data);
    int64_t size() const { return size_; }
    std::string sha256() { return sum_.hex(); }  // of everything written; once
    // Syncs it and gives it its name; folders on the way are made.
    Result<void> keep(const std::string& path);

   private:
    friend class LocalTree;
    Incoming(const LocalTree& tree, Fd fd) : tree_(tree), fd_(std::move(fd)) {}
    const LocalTree& tree_;
    Fd fd_;
    Sha256 sum_;
    int64_t size_ = 0;
  };
  Result<Incoming> begin() const;

  // Size of the regular file of that name; nullopt when there is none.
  std::optional<int64_t> size_of(const std::string& path) const;
  // Whether that file is there with this content.
  bool holds(const std::string& path, int64_t size, const std::string& sha256) const;

  int64_t free_bytes() const;  // of its file system; INT64_MAX when unknown
  bool folds_case() const;     // "a" and "A" are the same file
  const std::string& path() const { return path_; }

 private:
  LocalTree(ConfinedFiles files, std::string path) : files_(std::move(files)), path_(std::move(path)) {}
  std::string full(const std::string& path) const { return path_ + "/" + path; }
  std::string unfinished() const;

  ConfinedFiles files_;
  std::string path_;  // absolute
  Fd lock_;
};

// No space, over the quota, or larger than files may be here: goes for everything that is to be written.
bool is_full(const Error& error);

}  // namespace bpftax
