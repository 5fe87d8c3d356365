#include "host/clean.h"

#include <unistd.h>

#include <cerrno>

#include "host/kept_lab.h"

namespace bpftax {

Result<CleanReport> clean(const LabOptions& options) {
  UndoOptions undo;
  undo.netns_directory = options.netns_dir;
  BPFTAX_ASSIGN(CleanReport report, undo_dead_runs(options.state_dir, undo));
  const auto labs = list_labs(options);
  if (!labs) {
    report.problems.push_back(labs.error());
    return report;
  }
  for (const KeptLab& lab : *labs) {
    if (!lab.gone()) continue;
    const std::string path = lab_record_path(options, lab.info.run_id);
    if (::unlink(path.c_str()) == 0) {
      report.removed.push_back("the record of the lab " + lab.info.run_id);
    } else if (errno != ENOENT) {
      report.problems.push_back(fail_errno(errno, "cannot remove the record of a lab", path).value());
    }
  }
  return report;
}

}  // namespace bpftax
