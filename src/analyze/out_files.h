// The files of an analysis, and the folder they go to. Nothing is written before everything is known; the
// list of what was written stands in analysis.json, so that the next analysis can remove what it does not
// write anew.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
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

class OutFiles {
 public:
  // `path`: components made by out_name() or constants of ours, joined by '/'. Two files never share a path:
  // the second gets a number. Returns the path used.
  std::string add(const std::string& path, std::string content);
  void add_all(OutFiles&& other);
  const std::map<std::string, std::string>& all() const { return files_; }

  // Writes all files below `folder`, and analysis.json with `about` in it: it says whether they are complete.
  // Files of an earlier analysis are replaced atomically. kUsage: the folder is the input or lies in it,
  // cannot be written, or holds a file of one of the names that no analysis wrote.
  Result<WrittenFiles> write(const std::string& folder, const std::string& input,
                             const nlohmann::ordered_json& about) const;

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace bpftax
