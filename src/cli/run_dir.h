// The folder of a run, as the user named it.
#pragma once

#include <string>

#include "util/result.h"

namespace bpftax {

Result<std::string> absolute_folder(const std::string& path);
// Created, writable, without a run in it; absolute. kUsage with what to do instead.
Result<std::string> make_run_dir(const std::string& wanted);
// "the error, and how to go on with `command --resume DIR`", where the run can be resumed and the error says
// nothing better.
Error with_resume_hint(Error error, bool resumable, const std::string& command, const std::string& run_dir);

}  // namespace bpftax
