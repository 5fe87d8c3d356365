// Every file that a run's manifest lists is there, with its size and its SHA-256; nothing else is.
#include <fmt/format.h>

#include <set>

#include "result/manifest.h"
#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

constexpr const char* kFetchAgain = "fetch it again: bpftax fetch RUN_DIR reads only what differs";

void check_listed(const ResultTree& tree, const std::string& folder, const ManifestFile& listed,
                  Findings& findings) {
  const std::string path = folder.empty() ? listed.path : folder + "/" + listed.path;
  const TreeFile* file = tree.find(path);
  findings.examined();
  if (file == nullptr) {
    findings.fail(path, "the manifest lists it and it is not there", "it was removed, or never fetched",
                  kFetchAgain);
    return;
  }
  if (file->size != listed.size) {
    findings.fail(path, fmt::format("{} bytes, and the manifest says {}", file->size, listed.size),
                  file->size < listed.size ? "it was cut" : "something was added to it", kFetchAgain);
    return;
  }
  const auto sum = tree.checksum(path);
  if (!sum || !sum->sha256) {
    findings.fail(path, "it cannot be read", sum ? "" : sum.error().why);
  } else if (*sum->sha256 != listed.sha256) {
    findings.fail(path, "its SHA-256 is not the one in the manifest",
                  "the size is right and the content is not: it was changed after the run", kFetchAgain);
  }
}

}  // namespace

void check_manifests(const ResultTree& tree, Findings& findings) {
  std::set<std::string> folders;  // that have a manifest
  std::set<std::string> known;
  for (const TreeFile& file : tree.files()) {
    const size_t slash = file.path.rfind('/');
    const std::string name = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
    if (manifest_run_id(name).empty()) continue;
    const std::string folder = slash == std::string::npos ? "" : file.path.substr(0, slash);
    const auto text = tree.read(file.path, kMaxManifestBytes);
    const auto manifest = text ? parse_manifest(*text, file.path) : tl::unexpected<Error>(text.error());
    if (!manifest) {
      findings.fail(file.path, "the manifest cannot be used", manifest.error().why,
                    "fetch it again, or resume the run: it writes a new one");
      continue;
    }
    folders.insert(folder);
    known.insert(file.path);
    for (const ManifestFile& listed : manifest->files) {
      check_listed(tree, folder, listed, findings);
      known.insert(folder.empty() ? listed.path : folder + "/" + listed.path);
    }
  }
  for (const TreeFile& file : tree.files()) {
    if (file.results.empty() || known.count(file.path) != 0) continue;
    const std::string folder = file.results == "." ? "" : file.results;
    if (folders.count(folder) == 0) continue;
    findings.warn(file.path, "no manifest lists it", "another run wrote it, or somebody put it there",
                  "remove it, or keep the runs in folders of their own");
  }
}

}  // namespace bpftax
