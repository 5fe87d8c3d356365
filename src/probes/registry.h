// The table of all reference tools.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "probes/probe.h"

namespace bpftax {

struct ProbeInfo {
  const char* name;
  const char* design;    // "summary", "details" or "truth"
  const char* summary;   // one line
  const char* hooks;     // tracepoints, by path where there are several
  const char* examples;  // command lines, one a line
  std::unique_ptr<Probe> (*make)();
};

const std::vector<ProbeInfo>& probe_table();
// nullptr where there is none.
const ProbeInfo* find_probe(const std::string& name);

}  // namespace bpftax
