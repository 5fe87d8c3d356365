#include "run/manifest_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "result/manifest.h"

namespace bpftax {
namespace {

// The host computes them and answers nothing else meanwhile; a tool's output may have 64 MiB.
constexpr size_t kFilesPerCall = 16;

Result<Manifest> manifest_there(Host& host, const std::string& folder, const std::string& file,
                                const std::string& run_id) {
  Manifest manifest;
  manifest.run_id = run_id;
  manifest.host = host.name();
  BPFTAX_ASSIGN(const std::vector<FileInfo> entries, host.list(folder));
  const bool there =
      std::any_of(entries.begin(), entries.end(), [&](const FileInfo& entry) { return entry.name == file; });
  if (!there) return manifest;
  const std::string path = folder + "/" + file;
  std::string text;
  while (true) {
    BPFTAX_ASSIGN(const FileChunk chunk,
                  host.read_chunk(path, static_cast<int64_t>(text.size()), kMaxManifestBytes));
    text += chunk.data;
    if (chunk.data.empty() || static_cast<int64_t>(text.size()) >= chunk.file_size) break;
  }
  BPFTAX_ASSIGN(Manifest known, parse_manifest(text, host.name() + ":" + path));
  manifest.files = std::move(known.files);
  return manifest;
}

Result<void> add_sums(Host& host, const std::string& root, const std::set<std::string>& paths,
                      std::map<std::string, ManifestFile>& files) {
  std::vector<std::string> batch;
  const auto flush = [&]() -> Result<void> {
    if (batch.empty()) return {};
    BPFTAX_ASSIGN(const std::vector<FileSum> sums, host.checksum(batch));
    for (const FileSum& sum : sums) {
      const std::string relative = sum.path.substr(std::min(sum.path.size(), root.size() + 1));
      if (!sum.size || !sum.sha256 || paths.count(relative) == 0) continue;
      files[relative] = {relative, *sum.size, *sum.sha256};
    }
    batch.clear();
    return {};
  };
  for (const std::string& path : paths) {
    if (!path_fault(path).empty()) continue;
    batch.push_back(root + "/" + path);
    if (batch.size() == kFilesPerCall) BPFTAX_TRY(flush());
  }
  return flush();
}

}  // namespace

Result<void> add_to_manifest(Host& host, const std::string& root, const std::string& run_id,
                             const std::set<std::string>& paths,
                             const std::function<void(const std::string&)>& note) {
  const std::string name = manifest_name(run_id);
  BPFTAX_TRY(host.make_directories(root));
  auto known = manifest_there(host, root, name, run_id);
  if (!known) {
    if (known.error().kind != ErrorKind::kEnvironment) return propagate(std::move(known));
    // What somebody else put there cannot keep ours from being listed.
    note(to_string(known.error()) + "; it is written anew");
    known = Manifest{run_id, host.name(), {}};
  }
  std::map<std::string, ManifestFile> files;
  for (ManifestFile& file : known->files) files[file.path] = std::move(file);
  BPFTAX_TRY(add_sums(host, root, paths, files));
  known->files.clear();
  for (auto& [path, file] : files) known->files.push_back(std::move(file));
  BPFTAX_ASSIGN(const std::string text, manifest_document(*known));
  return host.write_file(root + "/" + name, text);
}

Result<void> write_manifests(Session& session) {
  for (Host* host : session.hosts()) {
    const auto paths = session.state.files().find(host->name());
    if (paths == session.state.files().end()) continue;
    const std::string& run_id =
        session.env.manifest_run_id.empty() ? session.plan.run_id : session.env.manifest_run_id;
    BPFTAX_TRY(
        add_to_manifest(*host, session.results_of(*host), run_id, paths->second,
                        [&](const std::string& text) { session.note(ProgressEvent::Kind::kNote, text); }));
  }
  return {};
}

}  // namespace bpftax
