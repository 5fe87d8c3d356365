#include "result/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxPathBytes = 4000;
constexpr size_t kMaxComponents =
    200;  // a tree deeper than that cannot be removed again (agent/confined_files.h)
constexpr size_t kMaxComponentBytes = 255;
constexpr size_t kDigestDigits = 64;
constexpr std::string_view kManifestPrefix = "manifest_", kManifestSuffix = ".json";
constexpr size_t kMaxNameBytes = 200;  // run_id, host

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

tl::unexpected<Error> refuse_manifest(std::string_view where, std::string why) {
  return fail(ErrorKind::kEnvironment, "cannot use the manifest", std::string(where), std::move(why),
              "the run that wrote it can be resumed, which writes it anew");
}

std::string file_fault(const ManifestFile& file) {
  if (std::string fault = path_fault(file.path); !fault.empty()) return fault;
  if (file.size < 0) return "its size is negative";
  if (!is_digest(file.sha256)) return "its sha256 is not 64 lower-case hex digits";
  return "";
}

Result<ManifestFile> file_from_json(const Json& json) {
  ManifestFile file;
  BPFTAX_ASSIGN(file.path, require_string(json, "path"));
  BPFTAX_ASSIGN(file.size, require_integer(json, "size"));
  BPFTAX_ASSIGN(file.sha256, require_string(json, "sha256"));
  return file;
}

// Sorted paths: the same twice, or "a" beside "a/b".
std::string conflict(const std::set<std::string>& paths) {
  for (const std::string& path : paths) {
    for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      if (paths.count(path.substr(0, slash)) != 0)
        return fmt::format("'{}' is a file and a folder", shorten(path.substr(0, slash), 200));
    }
  }
  return "";
}

}  // namespace

std::string path_fault(std::string_view path) {
  if (path.empty()) return "the name is empty";
  if (path[0] == '/') return "the path is absolute";
  if (path.size() > kMaxPathBytes) return fmt::format("the path is longer than {} bytes", kMaxPathBytes);
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return fmt::format("it holds the control character \\x{:02x}", byte);
  }
  const auto components = split(path, '/');
  if (components.size() > kMaxComponents) return fmt::format("it is deeper than {} folders", kMaxComponents);
  for (const std::string_view component : components) {
    if (component.empty()) return "it has an empty component";
    if (component == "." || component == "..") return fmt::format("it has the component '{}'", component);
    if (component.size() > kMaxComponentBytes)
      return fmt::format("a name in it is longer than {} bytes", kMaxComponentBytes);
  }
  if (printable(path) != path) return "it is no valid UTF-8, or holds a control character";
  return "";
}

std::string manifest_name(std::string_view run_id) {
  return fmt::format("{}{}{}", kManifestPrefix, run_id, kManifestSuffix);
}

std::string manifest_run_id(std::string_view file_name) {
  if (!file_name.starts_with(kManifestPrefix) || !file_name.ends_with(kManifestSuffix) ||
      file_name.size() <= kManifestPrefix.size() + kManifestSuffix.size() || !path_fault(file_name).empty() ||
      file_name.find('/') != std::string_view::npos)
    return "";
  file_name.remove_prefix(kManifestPrefix.size());
  file_name.remove_suffix(kManifestSuffix.size());
  return std::string(file_name);
}

Result<std::string> manifest_document(const Manifest& manifest) {
  std::vector<const ManifestFile*> sorted;
  std::set<std::string> paths;
  for (const ManifestFile& file : manifest.files) {
    std::string fault = file_fault(file);
    if (fault.empty() && !paths.insert(file.path).second) fault = "it is listed twice";
    if (!fault.empty()) {
      return fail(ErrorKind::kInternal, "cannot list a file in the manifest",
                  printable(shorten(file.path, 200)), fault);
    }
    sorted.push_back(&file);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const ManifestFile* a, const ManifestFile* b) { return a->path < b->path; });
  OrderedJson files = OrderedJson::array();
  for (const ManifestFile* file : sorted)
    files.push_back({{"path", file->path}, {"size", file->size}, {"sha256", file->sha256}});
  const OrderedJson document = {{"schema", kManifestSchema},
                                {"run_id", manifest.run_id},
                                {"host", manifest.host},
                                {"files", std::move(files)}};
  return document.dump(1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text, std::string_view where) {
  BPFTAX_ASSIGN(const Json json, parse_json(text, where, {.max_bytes = kMaxManifestBytes, .max_depth = 8}));
  if (!json.is_object()) return refuse_manifest(where, "it is no JSON object");
  const auto schema = json_string(json, "schema");
  if (!schema || *schema != std::string(kManifestSchema))
    return refuse_manifest(where, fmt::format("its schema is not {}", kManifestSchema));
  Manifest manifest;
  for (const auto& [key, target] :
       {std::pair("run_id", &manifest.run_id), std::pair("host", &manifest.host)}) {
    auto name = require_string(json, key);
    if (!name) return refuse_manifest(where, to_string(name.error()));
    if (name->size() > kMaxNameBytes || printable(*name) != *name || name->find('\n') != std::string::npos)
      return refuse_manifest(where, fmt::format("{} is no plain name", key));
    *target = std::move(*name);
  }
  const Json* files = find_path(json, "files");
  if (files == nullptr || !files->is_array()) return refuse_manifest(where, "it has no list of files");
  if (files->size() > kMaxManifestFiles)
    return refuse_manifest(where, fmt::format("it lists more than {} files", kMaxManifestFiles));
  std::set<std::string> paths;
  for (size_t i = 0; i < files->size(); ++i) {
    const Json& entry = (*files)[i];
    const auto at = [&](const std::string& why) {
      return refuse_manifest(where, fmt::format("files[{}]: {}", i, why));
    };
    if (!entry.is_object()) return at("expected an object");
    auto file = file_from_json(entry);
    if (!file) return at(to_string(file.error()));
    std::string fault = file_fault(*file);
    if (fault.empty() && !paths.insert(file->path).second) fault = "it is listed twice";
    if (!fault.empty()) return at(fmt::format("'{}': {}", printable(shorten(file->path, 200)), fault));
    manifest.files.push_back(std::move(*file));
  }
  if (const std::string fault = conflict(paths); !fault.empty()) return refuse_manifest(where, fault);
  return manifest;
}

}  // namespace bpftax
