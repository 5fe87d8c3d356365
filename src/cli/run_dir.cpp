#include "cli/run_dir.h"

#include <limits.h>
#include <unistd.h>

#include <cerrno>

#include "run/engine.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {

Result<std::string> absolute_folder(const std::string& path) {
  if (!path.empty() && path[0] == '/') return path;
  char buffer[PATH_MAX];
  if (getcwd(buffer, sizeof buffer) == nullptr) return fail_errno(errno, "cannot tell the working folder");
  return std::string(buffer) + "/" + path;
}

Result<std::string> make_run_dir(const std::string& wanted) {
  BPFTAX_ASSIGN(const std::string path, absolute_folder(wanted));
  const auto unusable = [&](const Error& error) {
    return fail(ErrorKind::kUsage, "cannot use the output folder", path, error.why,
                "choose another one with --out DIR");
  };
  if (auto made = make_directories(path); !made) return unusable(made.error());
  if (access(path.c_str(), W_OK | X_OK) != 0)
    return unusable(fail_errno(errno, "cannot write to", path).value());
  if (path_exists(path + "/" + kJournalFile) || path_exists(path + "/" + kPlanFile)) {
    return fail(
        ErrorKind::kUsage, "there is a run in the output folder already", path, "",
        "go on with it by --resume " + shell_quote(path) + ", or choose another folder with --out DIR");
  }
  return path;
}

Error with_resume_hint(Error error, bool resumable, const std::string& command, const std::string& run_dir) {
  if (resumable && error.hint.empty())
    error.hint = "go on with: " + command + " --resume " + shell_quote(run_dir);
  return error;
}

}  // namespace bpftax
