#include "config/config_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "config/fields.h"
#include "config/sections.h"
#include "config/yaml.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {

namespace fs = std::filesystem;

bool stays_below(const std::string& path) {
  if (path.empty() || path[0] == '/' || path.find('\0') != std::string::npos ||
      path.find('\n') != std::string::npos)
    return false;
  int depth = 0;
  for (const std::string_view part : split(path, '/')) {
    if (part == "..") return false;
    if (!part.empty() && part != ".") ++depth;
  }
  return depth > 0;
}

Result<std::string> read_config_file(const std::string& path) {
  constexpr const char* kWhat = "cannot read the configuration";
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status))
    return fail(ErrorKind::kUsage, kWhat, path, error ? error.message() : "it does not exist");
  if (!fs::is_regular_file(status)) return fail(ErrorKind::kUsage, kWhat, path, "it is no regular file");
  auto text = read_file(path, kMaxYamlBytes);
  if (!text) return fail(ErrorKind::kUsage, kWhat, path, text.error().why);
  return text;
}

Result<std::string> path_below(const std::string& folder, const std::string& name) {
  if (!stays_below(name))
    return fail(ErrorKind::kUsage, "", "", "it leaves the configuration's folder",
                "a path relative to the folder, without '..'");
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return fail(ErrorKind::kUsage, "", "", folder + ": " + error.message());
  const fs::path found = fs::canonical(root / name, error);
  if (error) return fail(ErrorKind::kUsage, "", "", error.message(), "the file is looked for in " + folder);
  if (std::mismatch(root.begin(), root.end(), found.begin(), found.end()).first != root.end())
    return fail(ErrorKind::kUsage, "", "", "it is a link that leaves the configuration's folder",
                "copy the file into the folder");
  return found.string();
}

}  // namespace bpftax
