#include "cli/result_paths.h"

#include <algorithm>
#include <filesystem>

#include "util/files.h"

namespace bpftax {

bool has_result(const std::string& folder) {
  return is_regular_file(folder + "/result.json");
}

std::vector<std::string> result_paths(const std::string& given) {
  if (given.ends_with(".json") || has_result(given)) return {given};
  std::vector<std::string> found;
  std::error_code error;
  std::filesystem::directory_iterator entries(given, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with("iteration_") && has_result(given + "/" + name)) found.push_back(given + "/" + name);
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? std::vector<std::string>{given} : found;
}

std::vector<std::string> result_paths(const std::vector<std::string>& given) {
  std::vector<std::string> all;
  for (const std::string& path : given)
    for (std::string& found : result_paths(path)) all.push_back(std::move(found));
  return all;
}

}  // namespace bpftax
