// The files of an analysis, and the folder they go to. Nothing is written before all paths are known; the
// list of what was written stands in analysis.json, so that the next analysis can remove what it does not
// write anew. Contents may be made while they are written: by two threads then, and never all in memory at
// once.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

inline constexpr const char* kAnalysisFile = "analysis.json";
inline constexpr const char* kAnalysisSchema = "bpftax.analysis/1";

// A name from outside as one component of a path: letters, digits, '-', '_' and single dots (not in front)
// stay, others become '_', and a part of the name's SHA-256 is added then, so that different names stay
// different. At most 100 bytes.
std::string out_name(std::string_view name);

struct WrittenFiles {
  std::vector<std::string> written;  // below the folder
  std::vector<std::string> removed;  // of an earlier analysis, not written any more
};

// Takes the content of the next file; it is not kept.
using PutText = std::function<void(std::string_view)>;
// Puts the contents of some files, in their order. Called by any thread, and what it refers to must live
// until the files are written.
using MakeTexts = std::function<void(const PutText&)>;

struct OutPart {
  std::vector<std::string> paths;
  MakeTexts make;
  size_t weight = 0;
};

class OutFiles {
 public:
  // `path`: components made by out_name() or constants of ours, joined by '/'. Two files never share a path:
  // the second gets a number. Returns the path used.
  std::string add(const std::string& path, std::string content);
  // Files that are made together. `weight`: about how many bytes they are; the heaviest are begun first, so
  // that no thread is left with one of them at the end.
  void add(const std::vector<std::string>& paths, MakeTexts make, size_t weight);
  // Makes all of them, for tests: content by path.
  std::map<std::string, std::string> all() const;

  // Writes all files below `folder`, and analysis.json with `about` in it: it says whether they are complete.
  // Files of an earlier analysis are replaced atomically. kUsage: the folder is the input or lies in it,
  // cannot be written, or holds a file of one of the names that no analysis wrote.
  Result<WrittenFiles> write(const std::string& folder, const std::string& input,
                             const nlohmann::ordered_json& about) const;

 private:
  std::string unused(const std::string& path);

  std::vector<OutPart> parts_;
  std::set<std::string> paths_;  // of all parts
};

}  // namespace bpftax
