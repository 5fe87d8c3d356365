// Brings a results tree of a host here, verified. A file counts as fetched when its SHA-256 is the one that
// the run's manifest (result/manifest.h) or, without a manifest, the host itself states.
//
// - Incremental: a file that is here already with the right size and digest is not read again.
// - Safe to kill: a file is written under a name of ours in TREE/.bpftax-fetch, synced, then renamed; what an
//   earlier attempt left there is removed by the next one.
// - What the host says is foreign: names that could leave or hide, links, FIFOs and devices are refused,
// listed,
//   and fetching goes on; every file is written by openat2 below the destination (agent/confined_files.h).
//
//   FetchReport report = fetch_tree(host, {.name = "host-server", .remote =
//   "/root/x/performance-test-results",
//       .run_id = plan.run_id, .root = run_dir, .folder = "hosts/host-server/performance-test-results"}, {});
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct FetchSource {
  std::string name;    // of the host, for people
  std::string remote;  // absolute folder on it
  // Fetch exactly what manifest_{run_id}.json in that folder lists. "" or no such manifest: the whole tree,
  // as the host lists it.
  std::string run_id;
  std::string root;    // absolute folder here that nothing may leave; made when missing
  std::string folder;  // below root, where the tree goes; "" = root itself
};

struct FetchProgress {
  std::string name;
  int64_t files = 0, files_total = 0, bytes = 0, bytes_total = 0;
};

struct FetchOptions {
  size_t chunk_bytes = 4u << 20;
  std::function<void(const FetchProgress&)> progress;  // after each chunk and each file
  // For tests: free bytes here, and whether names that differ in case only are the same file here. Both are
  // found out when not given.
  std::optional<int64_t> free_bytes;
  std::optional<bool> folds_case;
};

struct FetchRemark {
  std::string path;  // on the host, below FetchSource::remote
  std::string why;
};

struct FetchReport {
  std::string name, remote, local;
  bool manifest = false;         // the manifest of the run said what is to be there
  int64_t files = 0, bytes = 0;  // fetched now, and verified
  int64_t skipped = 0;           // were here already
  std::vector<FetchRemark> refused, failed;
  std::vector<std::string> warnings;
  std::optional<Error> error;  // what ended it before its time: lost, interrupted, no space here

  bool complete() const { return !error && refused.empty() && failed.empty(); }
};

FetchReport fetch_tree(Host& host, const FetchSource& source, const FetchOptions& options);

}  // namespace bpftax
