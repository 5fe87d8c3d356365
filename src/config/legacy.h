// The four files of the older format: ssh-config.yaml, test-env-config.yaml, performance-test-spec.yaml and
// ebpf-tools-config.yaml, whose entries name cases of testcase files.
#pragma once

#include <string>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

bool is_legacy_folder(const std::string& folder);  // one of the four files is there
Result<CampaignConfig> load_legacy(const std::string& folder);

}  // namespace bpftax
