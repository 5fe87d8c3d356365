// The manifest on each host (result/manifest.h): sizes and SHA-256 of everything this run wrote there,
// computed by the host itself.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "run/session.h"

namespace bpftax {

// Adds the files of `paths` (below `root`, the results folder) that are there to the manifest of that run. A
// manifest that cannot be read is written anew; `note` is told.
Result<void> add_to_manifest(Host& host, const std::string& root, const std::string& run_id,
                             const std::set<std::string>& paths,
                             const std::function<void(const std::string&)>& note);

// On each host: what the manifest of this run has already (other parts of a campaign write into the same one)
// and all files that the journal knows of and the host has.
Result<void> write_manifests(Session& session);

}  // namespace bpftax
