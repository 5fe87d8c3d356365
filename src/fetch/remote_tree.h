// What there is to fetch on a host: by the run's manifest, or by listing. Nothing is fetched here but
// manifests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fetch/fetch.h"
#include "host/host.h"

namespace bpftax {

struct RemoteFile {
  std::string path;  // below FetchSource::remote; without a fault (path_fault())
  int64_t size = 0;
  std::optional<std::string> sha256;  // nullopt: no manifest says, the host is to be asked
};

struct RemoteTree {
  std::vector<RemoteFile> files;  // in order
  std::vector<FetchRemark> refused;
  std::vector<std::string> warnings;
  bool manifest = false;
};

// The folder where unfinished files are kept, below the destination; nothing remote may have its name.
inline constexpr const char* kFetchFolder = ".bpftax-fetch";

// A folder that is not there, and a lost or interrupted host, are errors.
Result<RemoteTree> survey_tree(Host& host, const FetchSource& source);

// A whole file in parts; a longer one than max_bytes is an error.
Result<std::string> read_remote_file(Host& host, const std::string& path, size_t max_bytes);

// An error that ends everything, not just this file.
bool ends_fetching(const Error& error);

}  // namespace bpftax
