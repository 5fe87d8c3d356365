#include "fetch/fetch.h"

#include <fmt/format.h>

#include <cerrno>
#include <set>

#include "fetch/local_tree.h"
#include "fetch/remote_tree.h"
#include "host/interrupt.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr size_t kMaxRemarks = 1000;  // of one kind, in one report

int64_t add_sizes(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

// What became of one file.
enum class Outcome { kFetched, kSkipped, kRefused, kFailed };

struct FileOutcome {
  Outcome outcome = Outcome::kFetched;
  std::string why;
};

class Fetching {
 public:
  Fetching(Host& host, const FetchSource& source, const FetchOptions& options, FetchReport& report)
      : host_(host), source_(source), options_(options), report_(report) {}

  Result<void> run() {
    BPFTAX_ASSIGN(const LocalTree local, LocalTree::open(source_.root, source_.folder));
    report_.local = local.path();
    BPFTAX_ASSIGN(RemoteTree remote, survey_tree(host_, source_));
    report_.manifest = remote.manifest;
    report_.warnings = std::move(remote.warnings);
    report_.refused = std::move(remote.refused);
    if (options_.folds_case.value_or(local.folds_case())) refuse_case_twins(remote);
    progress_.name = source_.name;
    progress_.files_total = static_cast<int64_t>(remote.files.size());
    for (const RemoteFile& file : remote.files)
      progress_.bytes_total = add_sizes(progress_.bytes_total, file.size);
    BPFTAX_TRY(check_space(local, remote));
    for (const RemoteFile& file : remote.files) {
      if (interrupt_pending()) return fail_interrupted("cannot go on fetching");
      const int64_t bytes_before = progress_.bytes;
      BPFTAX_ASSIGN(FileOutcome done, bring(local, file));
      account(file, std::move(done));
      ++progress_.files;
      progress_.bytes = add_sizes(bytes_before, file.size);
      tell();
    }
    return {};
  }

 private:
  std::string remote_path(const RemoteFile& file) const { return source_.remote + "/" + file.path; }

  void tell() const {
    if (options_.progress) options_.progress(progress_);
  }

  // Names that are one file here: the first stays, the others would overwrite it.
  void refuse_case_twins(RemoteTree& remote) {
    std::set<std::string> seen;
    std::vector<RemoteFile> kept;
    for (RemoteFile& file : remote.files) {
      std::string folded = file.path;
      for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (seen.insert(folded).second) {
        kept.push_back(std::move(file));
      } else {
        report_.refused.push_back({file.path, "another file's name differs in upper and lower case only"});
      }
    }
    remote.files = std::move(kept);
  }

  Result<void> check_space(const LocalTree& local, const RemoteTree& remote) const {
    int64_t needed = 0;
    for (const RemoteFile& file : remote.files) {
      const int64_t here = local.size_of(file.path).value_or(0);
      if (here == file.size) continue;
      needed = add_sizes(needed, file.size);
    }
    const int64_t free_bytes = options_.free_bytes.value_or(local.free_bytes());
    if (needed <= free_bytes) return {};
    Error error =
        fail(ErrorKind::kEnvironment, "cannot fetch", local.path(),
             fmt::format("{} are to come and {} are free here", format_bytes(static_cast<double>(needed)),
                         format_bytes(static_cast<double>(free_bytes))),
             "free some space, or fetch to another folder")
            .value();
    error.errno_value = ENOSPC;
    return tl::unexpected<Error>(std::move(error));
  }

  // The digest the file must have: the manifest's, else what the host finds. An empty one: it is not there.
  Result<std::string> wanted_sum(const RemoteFile& file) {
    if (file.sha256) return *file.sha256;
    BPFTAX_ASSIGN(const auto sums, host_.checksum({remote_path(file)}));
    if (sums.size() != 1 || !sums[0].sha256) return std::string();
    return *sums[0].sha256;
  }

  // An Error only for what ends everything.
  Result<FileOutcome> bring(const LocalTree& local, const RemoteFile& file) {
    const auto wanted = wanted_sum(file);
    if (!wanted) return judge(wanted.error());
    if (wanted->empty()) return FileOutcome{Outcome::kFailed, "it is not there any more"};
    if (local.holds(file.path, file.size, *wanted)) return FileOutcome{Outcome::kSkipped, ""};
    auto incoming = local.begin();
    if (!incoming) return judge(incoming.error());
    if (auto read = download(file, *incoming); !read) return judge(read.error());
    if (incoming->size() != file.size)
      return FileOutcome{Outcome::kFailed,
                         fmt::format("it should have {} bytes and has {}", file.size, incoming->size())};
    if (incoming->sha256() != *wanted)
      return FileOutcome{Outcome::kFailed, fmt::format("its content is not what {} says (SHA-256)",
                                                       file.sha256 ? "the manifest" : "the host's checksum")};
    if (auto kept = incoming->keep(file.path); !kept) return judge(kept.error());
    return FileOutcome{Outcome::kFetched, ""};
  }

  // Stops at one byte more than there should be: a file that grows for ever must not fill the disk.
  Result<void> download(const RemoteFile& file, LocalTree::Incoming& incoming) {
    while (incoming.size() <= file.size) {
      BPFTAX_ASSIGN(const FileChunk chunk,
                    host_.read_chunk(remote_path(file), incoming.size(), options_.chunk_bytes));
      if (chunk.data.empty()) return {};
      BPFTAX_TRY(incoming.write(chunk.data));
      progress_.bytes = add_sizes(progress_.bytes, static_cast<int64_t>(chunk.data.size()));
      tell();
      if (incoming.size() == file.size && chunk.file_size == file.size) return {};
    }
    return {};
  }

  static Result<FileOutcome> judge(const Error& error) {
    if (is_full(error)) {
      Error full = error;
      full.what = "cannot write what was fetched";
      full.hint = "free some space here and fetch again: what is complete is not fetched twice";
      return tl::unexpected<Error>(std::move(full));
    }
    if (ends_fetching(error)) return tl::unexpected<Error>(error);
    // kUsage is the agent's and ConfinedFiles' word for a path that must not be opened: a link that leads
    // out, a FIFO, a device.
    return FileOutcome{error.kind == ErrorKind::kUsage ? Outcome::kRefused : Outcome::kFailed, error.why};
  }

  void account(const RemoteFile& file, FileOutcome done) {
    switch (done.outcome) {
      case Outcome::kFetched:
        ++report_.files;
        report_.bytes += file.size;
        return;
      case Outcome::kSkipped:
        ++report_.skipped;
        return;
      case Outcome::kRefused:
      case Outcome::kFailed: {
        auto& remarks = done.outcome == Outcome::kRefused ? report_.refused : report_.failed;
        if (remarks.size() < kMaxRemarks) remarks.push_back({file.path, std::move(done.why)});
        return;
      }
    }
  }

  Host& host_;
  const FetchSource& source_;
  const FetchOptions& options_;
  FetchReport& report_;
  FetchProgress progress_;
};

}  // namespace

FetchReport fetch_tree(Host& host, const FetchSource& source, const FetchOptions& options) {
  FetchReport report;
  report.name = source.name;
  report.remote = source.remote;
  report.local = source.folder.empty() ? source.root : source.root + "/" + source.folder;
  if (auto done = Fetching(host, source, options, report).run(); !done)
    report.error = std::move(done.error());
  return report;
}

}  // namespace bpftax
