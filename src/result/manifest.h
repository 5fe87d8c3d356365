// The manifest of a host: every file that a run wrote there, with its size and SHA-256. It lies beside the
// files, as performance-test-results/manifest_{run_id}.json, and is what `fetch` and `validate` go by:
//
//   { "schema": "bpftax.manifest/1", "run_id", "host",
//     "files": [ { "path": relative to performance-test-results, "size": bytes, "sha256": 64 hex digits } ] }
//
// A manifest is foreign text once it has come from a host: the reader takes nothing that could leave a folder
// or hide what it names. Pure: no file system here.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

inline constexpr std::string_view kManifestSchema = "bpftax.manifest/1";
inline constexpr size_t kMaxManifestFiles = 1'000'000;
inline constexpr size_t kMaxManifestBytes = 512u << 20;

struct ManifestFile {
  std::string path;  // "baseline/host/client_results/latency/tcp_rr_20261120_184314/latency_tcp_rr.txt"
  int64_t size = 0;
  std::string sha256;  // 64 lower-case hex digits
};

struct Manifest {
  std::string run_id, host;
  std::vector<ManifestFile> files;  // paths unique
};

// Why a relative path must not be used below a results folder; "" when it may: not empty, not absolute, no
// empty component, no "." or "..", no control character (NUL, newline, DEL), valid UTF-8, at most 4000 bytes,
// 200 components and 255 bytes a component.
std::string path_fault(std::string_view path);

// "manifest_{run_id}.json"; and the way back: the run_id of such a name, "" when it is none.
std::string manifest_name(std::string_view run_id);
std::string manifest_run_id(std::string_view file_name);

// The text of the file, files sorted by path. kInternal for an entry that the reader would refuse: a run must
// not claim what cannot be checked.
Result<std::string> manifest_document(const Manifest& manifest);

// Strict: another schema, a wrong type, a path with a fault, the same path twice, a path that is also a
// folder of another, a size below 0, a digest that is none and more than kMaxManifestFiles are errors
// (kEnvironment) that name the entry. `where` is the file or host, for messages. Members that it does not
// know are ignored.
Result<Manifest> parse_manifest(std::string_view text, std::string_view where);

}  // namespace bpftax
