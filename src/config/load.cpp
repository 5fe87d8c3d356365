#include "config/load.h"

#include <algorithm>
#include <filesystem>

#include "config/config_files.h"
#include "config/fields.h"
#include "config/legacy.h"
#include "util/strings.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;
constexpr const char* kCannotRead = "cannot read the configuration";

// Names of the folder's files that end like this, sorted.
std::vector<std::string> files_ending(const std::string& folder, const std::string& end) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), last; !error && at != last; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.ends_with(end) && at->is_regular_file(error)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<CampaignConfig> load_folder(const std::string& folder) {
  std::vector<std::string> full = files_ending(folder, "-full.yaml");
  for (const std::string& name : files_ending(folder, "-full.yml")) full.push_back(name);
  if (full.size() > 1)
    return fail(ErrorKind::kUsage, kCannotRead, folder,
                "it has several full configurations: " + printable(join(full, ", ")),
                "name one of the files");
  if (full.size() == 1) {
    const std::string path = (fs::path(folder) / full[0]).string();
    BPFTAX_ASSIGN(const std::string text, read_config_file(path));
    return parse_full_config(text, path);
  }
  if (is_legacy_folder(folder)) return load_legacy(folder);
  const std::vector<std::string> minimal = files_ending(folder, "minimal.yaml");
  const std::vector<std::string> inputs = files_ending(folder, "minimal-input.yaml");
  const std::string input = !inputs.empty() ? inputs[0] : minimal.empty() ? "" : minimal[0];
  if (!input.empty())
    return fail(ErrorKind::kUsage, kCannotRead, folder, "it has a minimal input only",
                "bpftax discover " + shell_quote((fs::path(folder) / input).string()) +
                    " makes a full configuration of it");
  return fail(ErrorKind::kUsage, kCannotRead, folder, "it has no configuration",
              "one *-full.yaml, or ssh-config.yaml, test-env-config.yaml, performance-test-spec.yaml and "
              "ebpf-tools-config.yaml");
}

}  // namespace

Result<CampaignConfig> load_config(const std::string& path) {
  std::error_code error;
  Result<CampaignConfig> config = [&]() -> Result<CampaignConfig> {
    if (fs::is_directory(path, error)) return load_folder(path);
    BPFTAX_ASSIGN(const std::string text, read_config_file(path));
    return parse_full_config(text, path);
  }();
  if (config) config->origin = path;
  return config;
}

Result<MinimalInput> load_minimal(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error))
    return fail(ErrorKind::kUsage, "cannot read the minimal input", path, "it is a folder",
                "name the file, as " + shell_quote((fs::path(path) / "minimal-input.yaml").string()));
  BPFTAX_ASSIGN(const std::string text, read_config_file(path));
  return parse_minimal(text, path);
}

}  // namespace bpftax
