#include "host/host.h"

#include <fmt/format.h>
#include <string.h>

namespace bpftax {

Result<ProcessHandle> Host::start(const ProcessSpec& spec) {
  BPFTAX_ASSIGN(const std::vector<ProcessHandle> handles, start_together({spec}));
  if (handles.size() != 1) {
    return fail(ErrorKind::kInternal, "cannot start a process", spec.name,
                fmt::format("the host returned {} handles for one process", handles.size()));
  }
  return handles.front();
}

std::string to_string(const ExitStatus& status) {
  if (!status.signaled) return fmt::format("exit code {}", status.code);
  const char* abbreviation = ::sigabbrev_np(status.code);
  if (abbreviation == nullptr) return fmt::format("killed by signal {}", status.code);
  return fmt::format("killed by SIG{} ({})", abbreviation, status.code);
}

}  // namespace bpftax
