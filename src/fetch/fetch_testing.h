// Test support: a host in memory whose tree also holds what no honest one would.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "agent/temporary_folder.h"
#include "fetch/fetch.h"
#include "host/fake_host.h"
#include "result/manifest.h"
#include "util/files.h"

namespace bpftax {

inline constexpr const char* kRemoteTree = "/srv/performance-test-results";

class HostileHost : public FakeHost {
 public:
  using FakeHost::FakeHost;
  // Shown in the listing of a folder, besides what is really there.
  void show(const std::string& folder, FileInfo entry) { shown_[folder].push_back(std::move(entry)); }
  Result<std::vector<FileInfo>> list(const std::string& path) override {
    auto entries = FakeHost::list(path);
    if (const auto more = shown_.find(path); more != shown_.end()) {
      if (!entries) entries = std::vector<FileInfo>();
      entries->insert(entries->end(), more->second.begin(), more->second.end());
    }
    return entries;
  }

 private:
  std::map<std::string, std::vector<FileInfo>> shown_;
};

class FetchFixture : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    host_.set_file(std::string(kRemoteTree) + "/" + path, content);
    manifest_.files.push_back({path, static_cast<int64_t>(content.size()), sha256_hex(content)});
  }
  void put_manifest(const std::string& run_id = "r1") {
    manifest_.run_id = run_id;
    manifest_.host = "host-server";
    host_.set_file(std::string(kRemoteTree) + "/" + manifest_name(run_id),
                   manifest_document(manifest_).value());
  }
  FetchSource source(const std::string& run_id = "") const {
    return {"host-server", kRemoteTree, run_id, folder_ / "run", "hosts/host-server/tree"};
  }
  FetchReport fetch(const std::string& run_id = "", const FetchOptions& options = {}) {
    return fetch_tree(host_, source(run_id), options);
  }
  std::string here(const std::string& path) const {
    return read_file(folder_ / ("run/hosts/host-server/tree/" + path)).value_or("(missing)");
  }
  bool left_over() const { return path_exists(folder_ / "run/hosts/host-server/tree/.bpftax-fetch"); }

  FakeClock clock_;
  HostileHost host_{clock_};
  Manifest manifest_;
  TemporaryFolder folder_;
};

}  // namespace bpftax
