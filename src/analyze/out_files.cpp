#include "analyze/out_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "analyze/out_write.h"
#include "util/files.h"
#include "util/json.h"
#include "util/json_text.h"
#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestName = 100;
constexpr size_t kDigits = 8;  // of the hash

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

// A path that an earlier analysis can have written: it stays below the folder.
bool stays_below(const std::string& path) {
  if (path.empty()) return false;
  for (const std::string_view part : split(path, '/'))
    if (part.empty() || part.front() == '.' || !std::all_of(part.begin(), part.end(), is_plain)) return false;
  return true;
}

// As usage: where results go is the user's choice.
tl::unexpected<Error> cannot_write(const std::string& where, std::string why, std::string hint) {
  return fail(ErrorKind::kUsage, "cannot write the analysis", where, std::move(why), std::move(hint));
}

constexpr const char* kOtherFolder = "choose another folder with -o OUT";

// What an earlier analysis wrote here.
Result<std::set<std::string>> earlier_files(const std::string& folder) {
  std::set<std::string> files;
  const std::string list_file = folder + "/" + kAnalysisFile;
  if (!path_exists(list_file)) return files;
  const auto not_ours = [&] {
    return cannot_write(list_file, "it exists, and no earlier analysis wrote it", kOtherFolder);
  };
  const auto text = read_file(list_file);
  if (!text) return not_ours();
  const auto document = parse_json(*text, kAnalysisFile);
  if (!document || !document->is_object()) return not_ours();
  const auto schema = json_string(*document, "schema");
  if (!schema || *schema != kAnalysisSchema) return not_ours();
  const Json* list = find_path(*document, "files");
  if (list == nullptr || !list->is_array()) return files;
  for (const Json& file : *list)
    if (file.is_string() && stays_below(file.get<std::string>())) files.insert(file.get<std::string>());
  return files;
}

// Through links, as far as the path exists.
fs::path real_path(const std::string& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(path, error);
  if (error) real = fs::absolute(path, error);
  if (!real.has_filename()) real = real.parent_path();
  return real;
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

std::string about_text(const OrderedJson& about, const std::set<std::string>& files, bool complete) {
  OrderedJson document = {{"schema", kAnalysisSchema}, {"tool_version", kVersion}, {"complete", complete}};
  document.update(about);
  document["files"] = files;
  JsonText json;
  json.value(document);
  return json.take();
}

void remove_stale(const std::string& folder, const std::vector<std::string>& stale) {
  std::set<fs::path> parents;
  for (const std::string& file : stale) {
    std::error_code error;
    fs::remove(fs::path(folder) / file, error);
    for (fs::path parent = fs::path(file).parent_path(); !parent.empty(); parent = parent.parent_path())
      parents.insert(parent);
  }
  // Deepest first; only empty ones go.
  for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent) {
    std::error_code error;
    fs::remove(fs::path(folder) / *parent, error);
  }
}

// The names in a folder; nullopt when it cannot be listed.
std::optional<std::set<std::string>> names_in(const std::string& folder) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    names.insert(at->path().filename().string());
  if (error) return std::nullopt;
  return names;
}

}  // namespace

std::string out_name(std::string_view name) {
  std::string safe;
  for (const char c : name.substr(0, kLongestName)) {
    const bool second_dot = c == '.' && (safe.empty() || safe.back() == '.');
    safe += is_plain(c) && !second_dot ? c : '_';
  }
  if (safe == name && !safe.empty()) return safe;
  return safe.substr(0, kLongestName - kDigits - 1) + "-" + sha256_hex(name).substr(0, kDigits);
}

std::string OutFiles::unused(const std::string& path) {
  std::string used = path;
  for (int number = 2; paths_.count(used) > 0 || used == kAnalysisFile; ++number) {
    const size_t dot = path.rfind('.');
    used =
        fmt::format("{}-{}{}", path.substr(0, dot), number, dot == std::string::npos ? "" : path.substr(dot));
  }
  paths_.insert(used);
  return used;
}

std::string OutFiles::add(const std::string& path, std::string content) {
  std::string used = unused(path);
  const size_t weight = content.size();
  parts_.push_back({{used}, [text = std::move(content)](const PutText& put) { put(text); }, weight});
  return used;
}

void OutFiles::add(const std::vector<std::string>& paths, MakeTexts make, size_t weight) {
  OutPart part{{}, std::move(make), weight};
  for (const std::string& path : paths) part.paths.push_back(unused(path));
  parts_.push_back(std::move(part));
}

std::map<std::string, std::string> OutFiles::all() const {
  std::map<std::string, std::string> texts;
  for (const OutPart& part : parts_) {
    auto path = part.paths.begin();
    part.make([&](std::string_view text) { texts.emplace(*path++, text); });
  }
  return texts;
}

Result<WrittenFiles> OutFiles::write(const std::string& folder, const std::string& input,
                                     const OrderedJson& about) const {
  const fs::path out = real_path(folder), in = real_path(input);
  if (lies_in(out, in))
    return cannot_write(folder, "it is the folder to analyse, or lies in it: that one is never written to",
                        kOtherFolder);
  if (const auto made = make_directories(folder); !made)
    return cannot_write(folder, made.error().why, kOtherFolder);
  BPFTAX_ASSIGN(const std::set<std::string> earlier, earlier_files(folder));
  const bool around = lies_in(in, out);
  // Mostly nothing at all is there yet.
  const auto there = names_in(folder);
  for (const std::string& path : paths_) {
    if (around && lies_in(out / path, in))
      return cannot_write(folder, "its file " + path + " would lie in the folder to analyse", kOtherFolder);
    if (there && there->count(path.substr(0, path.find('/'))) == 0) continue;
    if (earlier.count(path) == 0 && path_exists(folder + "/" + path))
      return cannot_write(folder + "/" + path, "it exists, and no earlier analysis wrote it", kOtherFolder);
  }
  // Should we be interrupted, the list still names everything that may be there.
  const std::string list = folder + "/" + kAnalysisFile;
  std::set<std::string> both = earlier;
  both.insert(paths_.begin(), paths_.end());
  const auto failed = [](const Error& error) -> tl::unexpected<Error> {
    if (error.kind == ErrorKind::kInternal) return tl::unexpected<Error>(error);
    return cannot_write(error.where, error.why, kOtherFolder);
  };
  if (const auto done = replace_file(list, about_text(about, both, false)); !done)
    return failed(done.error());
  if (const auto done = write_parts(folder, parts_, earlier); !done) return failed(done.error());
  WrittenFiles written;
  written.written.assign(paths_.begin(), paths_.end());
  for (const std::string& path : earlier)
    if (paths_.count(path) == 0) written.removed.push_back(path);
  remove_stale(folder, written.removed);
  if (const auto done = replace_file(list, about_text(about, paths_, true)); !done)
    return failed(done.error());
  return written;
}

}  // namespace bpftax
