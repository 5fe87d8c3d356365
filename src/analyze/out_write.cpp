#include "analyze/out_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <numeric>
#include <thread>
#include <unordered_set>

#include "util/files.h"

namespace bpftax {
namespace {

// More of them would wait for the file system's journal only.
constexpr size_t kMostWriters = 4;

class PartsWriter {
 public:
  PartsWriter(const std::string& folder, const std::vector<OutPart>& parts,
              const std::set<std::string>& earlier)
      : folder_(folder + "/"), parts_(parts), earlier_(earlier), order_(parts.size()) {
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](size_t a, size_t b) { return parts[a].weight > parts[b].weight; });
  }

  Result<void> write() {
    const size_t writers = std::clamp<size_t>(std::thread::hardware_concurrency(), 1,
                                              std::min(kMostWriters, std::max<size_t>(parts_.size(), 1)));
    std::vector<std::future<Result<void>>> others;
    for (size_t i = 1; i < writers; ++i)
      others.push_back(std::async(std::launch::async, [this] { return take_parts(); }));
    Result<void> done = take_parts();
    for (std::future<Result<void>>& other : others) {
      const Result<void> its = other.get();
      if (done) done = its;
    }
    return done;
  }

 private:
  Result<void> take_parts() {
    std::unordered_set<std::string> folders;  // that are there
    while (!failed_) {
      const size_t next = next_++;
      if (next >= order_.size()) break;
      const auto done = write_part(parts_[order_[next]], folders);
      if (done) continue;
      failed_ = true;
      return done;
    }
    return {};
  }

  Result<void> write_part(const OutPart& part, std::unordered_set<std::string>& folders) const {
    Result<void> done;
    size_t at = 0;
    part.make([&](std::string_view text) {
      if (done && at < part.paths.size()) done = write_file(part.paths[at], text, folders);
      ++at;
    });
    if (done && at != part.paths.size()) {
      return fail(ErrorKind::kInternal, "cannot write", folder_,
                  fmt::format("{} texts were made for {} files", at, part.paths.size()));
    }
    return done;
  }

  Result<void> write_file(const std::string& path, std::string_view text,
                          std::unordered_set<std::string>& folders) const {
    BPFTAX_TRY(make_parents(path, folders));
    return (earlier_.count(path) > 0 ? replace_file : create_file)(folder_ + path, text, 0644);
  }

  // From above, so that each call makes one.
  Result<void> make_parents(const std::string& path, std::unordered_set<std::string>& folders) const {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    std::string parent = path.substr(0, slash);
    if (folders.count(parent) > 0) return {};
    BPFTAX_TRY(make_parents(parent, folders));
    BPFTAX_TRY(make_directories(folder_ + parent));
    folders.insert(std::move(parent));
    return {};
  }

  const std::string folder_;
  const std::vector<OutPart>& parts_;
  const std::set<std::string>& earlier_;
  std::vector<size_t> order_;  // heaviest first
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
};

}  // namespace

Result<void> write_parts(const std::string& folder, const std::vector<OutPart>& parts,
                         const std::set<std::string>& earlier) {
  return PartsWriter(folder, parts, earlier).write();
}

}  // namespace bpftax
