// JUnit XML for CI systems: one test suite for each result, one test case for each check of the gate (a
// tool's row against its margin or budget, a tool's property against its budget). As the format that Jenkins,
// GitLab and GitHub's reporters read has it: EXCEEDS is a <failure>, what was not measured an <error>, what
// is not decided <skipped>, PASS has no child. Well-formed XML 1.0 whatever the names hold: characters that
// XML forbids become visible escapes. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/export_gate.h"

namespace bpftax {

std::string render_junit(const std::vector<GateReport>& reports);

}  // namespace bpftax
