#include "analyze/out_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <set>
#include <span>
#include <utility>

#include "util/files.h"
#include "util/json.h"
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
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
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

using OutFile = std::pair<const std::string, std::string>;  // path, content

// `earlier`: paths that may be there already. The others need no temporary: until the list of files says that
// it is complete, nobody takes them for whole.
Result<void> write_files(const std::string& folder, std::span<const OutFile* const> files,
                         const std::set<std::string>& earlier) {
  std::string made_last;
  for (const OutFile* file : files) {
    const std::string& path = file->first;
    const size_t slash = path.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : path.substr(0, slash);
    if (parent != made_last) {
      BPFTAX_TRY(make_directories(folder + "/" + parent));
      made_last = parent;
    }
    BPFTAX_TRY(
        (earlier.count(path) > 0 ? replace_file : create_file)(folder + "/" + path, file->second, 0644));
  }
  return {};
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

std::string OutFiles::add(const std::string& path, std::string content) {
  std::string used = path;
  for (int number = 2; files_.count(used) > 0 || used == kAnalysisFile; ++number) {
    const size_t dot = path.rfind('.');
    used =
        fmt::format("{}-{}{}", path.substr(0, dot), number, dot == std::string::npos ? "" : path.substr(dot));
  }
  files_.emplace(used, std::move(content));
  return used;
}

void OutFiles::add_all(OutFiles&& other) {
  for (auto& [path, content] : other.files_) add(path, std::move(content));
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
  std::set<std::string> files;
  for (const auto& [path, content] : files_) {
    if (around && lies_in(out / path, in))
      return cannot_write(folder, "its file " + path + " would lie in the folder to analyse", kOtherFolder);
    if (earlier.count(path) == 0 && path_exists(folder + "/" + path))
      return cannot_write(folder + "/" + path, "it exists, and no earlier analysis wrote it", kOtherFolder);
    files.insert(path);
  }
  // Should we be interrupted, the list still names everything that may be there.
  const std::string list = folder + "/" + kAnalysisFile;
  std::set<std::string> both = earlier;
  both.insert(files.begin(), files.end());
  const auto failed = [](const Error& error) { return cannot_write(error.where, error.why, kOtherFolder); };
  if (const auto done = replace_file(list, about_text(about, both, false)); !done)
    return failed(done.error());
  // Thousands of small files: half of them by a second thread.
  std::vector<const OutFile*> order;
  for (const auto& file : files_) order.push_back(&file);
  const std::span<const OutFile* const> all(order);
  const size_t half = all.size() / 2;
  auto second = std::async(std::launch::async, write_files, folder, all.subspan(half), std::cref(earlier));
  const Result<void> first = write_files(folder, all.subspan(0, half), earlier);
  const Result<void> rest = second.get();
  if (!first) return failed(first.error());
  if (!rest) return failed(rest.error());
  WrittenFiles written;
  for (const std::string& path : files) written.written.push_back(path);
  for (const std::string& path : earlier)
    if (files.count(path) == 0) written.removed.push_back(path);
  remove_stale(folder, written.removed);
  if (const auto done = replace_file(list, about_text(about, files, true)); !done)
    return failed(done.error());
  return written;
}

}  // namespace bpftax
