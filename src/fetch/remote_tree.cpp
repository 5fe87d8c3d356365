#include "fetch/remote_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "result/manifest.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxListed = 1'000'000;  // files and folders of one tree
constexpr size_t kMaxRefusals = 1000;     // listed one by one; a hostile tree must not fill our memory
constexpr size_t kPartBytes = 4u << 20;

std::string below(const std::string& folder, const std::string& name) {
  if (name.empty()) return folder;
  return folder.empty() ? name : folder + "/" + name;
}

void refuse(RemoteTree& tree, const std::string& path, std::string why) {
  if (tree.refused.size() < kMaxRefusals) tree.refused.push_back({path, std::move(why)});
}

// Why an entry of a listing is not taken; "" when it is.
std::string entry_fault(const FileInfo& entry, const std::string& path) {
  if (std::string fault = path_fault(entry.name); !fault.empty()) return fault;
  if (entry.name.find('/') != std::string::npos) return "its name holds a '/'";
  if (std::string fault = path_fault(path); !fault.empty()) return fault;
  if (entry.is_link) return "it is a symbolic link";
  if (entry.is_special) return "it is no regular file";
  if (path == kFetchFolder) return "the name is reserved for unfinished files";
  return "";
}

Result<void> list_folders(Host& host, const FetchSource& source, RemoteTree& tree) {
  std::vector<std::string> folders = {""};
  size_t listed = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    auto entries = host.list(below(source.remote, folder));
    if (!entries && (folder.empty() || ends_fetching(entries.error()))) return propagate(std::move(entries));
    if (!entries) {
      refuse(tree, folder, "it cannot be listed: " + entries.error().why);
      continue;
    }
    for (const FileInfo& entry : *entries) {
      if (++listed > kMaxListed)
        return fail(ErrorKind::kEnvironment, "cannot fetch the tree", source.remote,
                    fmt::format("it has more than {} entries", kMaxListed), "fetch its parts one by one");
      const std::string path = below(folder, entry.name);
      if (std::string fault = entry_fault(entry, path); !fault.empty()) {
        refuse(tree, path, std::move(fault));
      } else if (entry.is_directory) {
        folders.push_back(path);
      } else {
        tree.files.push_back({path, entry.size, std::nullopt});
      }
    }
  }
  std::sort(tree.files.begin(), tree.files.end(),
            [](const RemoteFile& a, const RemoteFile& b) { return a.path < b.path; });
  return {};
}

// Manifests that lie in the tree say what the files beside and below them must be.
Result<void> apply_manifests(Host& host, const FetchSource& source, RemoteTree& tree) {
  std::map<std::string, RemoteFile*> by_path;
  std::vector<std::string> manifests;
  for (RemoteFile& file : tree.files) {
    by_path[file.path] = &file;
    if (!manifest_run_id(file.path.substr(file.path.rfind('/') + 1)).empty()) manifests.push_back(file.path);
  }
  for (const std::string& path : manifests) {
    const auto text = read_remote_file(host, below(source.remote, path), kMaxManifestBytes);
    if (!text && ends_fetching(text.error())) return tl::unexpected<Error>(text.error());
    const auto manifest = text ? parse_manifest(*text, path) : tl::unexpected<Error>(text.error());
    if (!manifest) {
      tree.warnings.push_back(printable(to_string(manifest.error())));
      continue;
    }
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
    for (const ManifestFile& file : manifest->files) {
      const auto found = by_path.find(below(folder, file.path));
      if (found == by_path.end()) {
        tree.warnings.push_back(
            fmt::format("{} lists {}, which is not there", path, below(folder, file.path)));
        continue;
      }
      found->second->sha256 = file.sha256;
      found->second->size = file.size;
    }
  }
  return {};
}

// The files of one run. nullopt: no manifest of it can be used; a warning says why.
Result<std::optional<RemoteTree>> tree_of_manifest(Host& host, const FetchSource& source,
                                                   std::vector<std::string>& warnings) {
  const std::string name = manifest_name(source.run_id);
  const auto text = read_remote_file(host, below(source.remote, name), kMaxManifestBytes);
  if (!text && ends_fetching(text.error())) return tl::unexpected<Error>(text.error());
  if (!text) {
    warnings.push_back(
        text.error().errno_value == ENOENT
            ? "the host has no manifest of this run (is it still going on?): the whole tree is fetched"
            : "the manifest cannot be read: " + printable(to_string(text.error())));
    return std::optional<RemoteTree>();
  }
  const auto manifest = parse_manifest(*text, source.name);
  if (!manifest) {
    warnings.push_back(printable(to_string(manifest.error())));
    return std::optional<RemoteTree>();
  }
  RemoteTree tree;
  tree.manifest = true;
  for (const ManifestFile& file : manifest->files) {
    if (file.path == kFetchFolder || file.path.starts_with(std::string(kFetchFolder) + "/")) {
      refuse(tree, file.path, "the name is reserved for unfinished files");
    } else {
      tree.files.push_back({file.path, file.size, file.sha256});
    }
  }
  // Last: a tree that holds its manifest is a tree that was fetched to the end.
  tree.files.push_back({name, static_cast<int64_t>(text->size()), std::nullopt});
  return std::optional(std::move(tree));
}

}  // namespace

bool ends_fetching(const Error& error) {
  return error.kind == ErrorKind::kLost || error.kind == ErrorKind::kInterrupted;
}

Result<std::string> read_remote_file(Host& host, const std::string& path, size_t max_bytes) {
  std::string content;
  while (true) {
    BPFTAX_ASSIGN(const FileChunk chunk,
                  host.read_chunk(path, static_cast<int64_t>(content.size()), kPartBytes));
    if (chunk.data.empty()) return content;
    if (content.size() + chunk.data.size() > max_bytes)
      return fail(ErrorKind::kEnvironment, "cannot read", path,
                  fmt::format("it is longer than {} bytes", max_bytes));
    content += chunk.data;
    if (static_cast<int64_t>(content.size()) >= chunk.file_size) return content;
  }
}

Result<RemoteTree> survey_tree(Host& host, const FetchSource& source) {
  std::vector<std::string> warnings;
  if (!source.run_id.empty()) {
    BPFTAX_ASSIGN(std::optional<RemoteTree> known, tree_of_manifest(host, source, warnings));
    if (known) return std::move(*known);
  }
  RemoteTree tree;
  tree.warnings = std::move(warnings);
  BPFTAX_TRY(list_folders(host, source, tree));
  BPFTAX_TRY(apply_manifests(host, source, tree));
  return tree;
}

}  // namespace bpftax
