// One case (or the baseline) of one environment, from the folders of all hosts that have a part of it.
#pragma once

#include <string>
#include <vector>

#include "analyze/folder_access.h"
#include "analyze/tree.h"
#include "analyze/window_reader.h"

namespace bpftax {

// {case folder}/{environment} on one host.
struct CaseSide {
  std::string host;  // "host-client"; may be empty
  Folder folder;
};

AnalysedCase read_case(CaseKey key, std::string environment, std::vector<CaseSide> sides, ReadTools& tools,
                       size_t max_warnings);

}  // namespace bpftax
