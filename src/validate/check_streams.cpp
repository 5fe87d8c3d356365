// Every window has one client file for each of its streams: N streams are only added up when all N are there.
#include <fmt/format.h>

#include <set>

#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

// 3 of "pps_multi_stream_3_port_5003.json"; 0: not of that form.
int stream_number(const std::string& name) {
  constexpr std::string_view kMark = "_multi_stream_";
  const size_t at = name.find(kMark);
  if (at == std::string::npos || !name.ends_with(".json")) return 0;
  const std::string rest = name.substr(at + kMark.size());
  const auto number = to_int64(std::string_view(rest).substr(0, rest.find('_')));
  return number && *number >= 1 && *number <= 1024 ? static_cast<int>(*number) : 0;
}

void check_multi(const TreeWindow& window, Findings& findings) {
  std::set<int> found;
  for (const auto& [name, file] : window.client) {
    if (const int number = stream_number(name); number > 0) found.insert(number);
  }
  for (int number = 1; number <= window.streams(); ++number) {
    if (found.count(number) == 0)
      findings.fail(window.folder, fmt::format("stream {} of {} is missing", number, window.streams()),
                    "a sum over the others would be too small: the window cannot be used",
                    "fetch again; when it is missing on the host too, measure the case again");
  }
  for (const int number : found) {
    if (number > window.streams())
      findings.fail(window.folder,
                    fmt::format("stream {} of {} should not be there", number, window.streams()));
  }
}

}  // namespace

void check_streams(const ResultTree& tree, Findings& findings) {
  for (const auto& [name, owner] : tree.cases()) {
    for (const auto& [key, window] : owner.windows) {
      if (window.perf_type == "latency" || window.client.empty() || !window_counts(tree, owner, window))
        continue;
      findings.examined();
      if (window.conn.starts_with("multi_")) {
        check_multi(window, findings);
        continue;
      }
      int files = 0;
      for (const auto& [file_name, file] : window.client) files += file_name.ends_with(".json") ? 1 : 0;
      if (files != 1)
        findings.fail(window.folder, fmt::format("{} result files, and a single stream writes one", files),
                      files == 0 ? "the client wrote nothing: it did not run, or its file was lost" : "",
                      "fetch again; when it is so on the host too, measure the case again");
    }
  }
}

}  // namespace bpftax
