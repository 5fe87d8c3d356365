#include "fetch/fetch_hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "report/text.h"
#include "util/json.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr size_t kShown = 10;  // remarks of a kind in the table

FetchReport fetch_one(const FetchSource& source, const OpenFetchHost& open, const FetchOptions& options) {
  auto host = open(source);
  if (host) return fetch_tree(**host, source, options);
  FetchReport report;
  report.name = source.name;
  report.remote = source.remote;
  report.error = std::move(host.error());
  return report;
}

std::string remark_lines(const char* what, const FetchReport& report,
                         const std::vector<FetchRemark>& remarks) {
  std::string text;
  for (size_t i = 0; i < std::min(remarks.size(), kShown); ++i) {
    text += fmt::format("{} {}: {}: {}\n", what, one_line(report.name),
                        shorten(one_line(remarks[i].path), 200), one_line(remarks[i].why));
  }
  if (remarks.size() > kShown)
    text += fmt::format("{} {}: {} more\n", what, one_line(report.name), remarks.size() - kShown);
  return text;
}

OrderedJson remarks_json(const std::vector<FetchRemark>& remarks) {
  OrderedJson list = OrderedJson::array();
  for (const FetchRemark& remark : remarks)
    list.push_back({{"path", printable(remark.path)}, {"why", printable(remark.why)}});
  return list;
}

}  // namespace

std::vector<FetchReport> fetch_hosts(const std::vector<FetchSource>& sources, const OpenFetchHost& open,
                                     const FetchOptions& options, int at_once) {
  std::vector<FetchReport> reports(sources.size());
  std::mutex telling;
  FetchOptions shared = options;
  if (options.progress) {
    shared.progress = [&](const FetchProgress& progress) {
      const std::lock_guard lock(telling);
      options.progress(progress);
    };
  }
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < sources.size(); i = next++) reports[i] = fetch_one(sources[i], open, shared);
  };
  std::vector<std::thread> threads;
  const size_t count = std::min(sources.size(), static_cast<size_t>(std::max(at_once, 1)));
  for (size_t i = 0; i < count; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return reports;
}

std::string fetch_table(const std::vector<FetchReport>& reports) {
  size_t width = 4;
  for (const FetchReport& report : reports) width = std::max(width, one_line(report.name).size());
  std::string text = fmt::format("{:<{}}  {:>8} {:>12} {:>8} {:>8} {:>8}  checked by\n", "host", width,
                                 "files", "bytes", "skipped", "refused", "failed");
  std::string remarks;
  for (const FetchReport& report : reports) {
    text += fmt::format("{:<{}}  {:>8} {:>12} {:>8} {:>8} {:>8}  {}\n", one_line(report.name), width,
                        report.files, format_bytes(static_cast<double>(report.bytes)), report.skipped,
                        report.refused.size(), report.failed.size(),
                        report.error      ? "ended early"
                        : report.manifest ? "manifest"
                                          : "the host's checksums");
    for (const std::string& warning : report.warnings)
      remarks += fmt::format("warning {}: {}\n", one_line(report.name), one_line(warning));
    remarks += remark_lines("refused", report, report.refused);
    remarks += remark_lines("failed", report, report.failed);
    if (!report.error) continue;
    remarks += fmt::format("error {}: {}\n", one_line(report.name), one_line(to_string(*report.error)));
    if (!report.error->hint.empty()) remarks += fmt::format("hint: {}\n", one_line(report.error->hint));
  }
  return remarks.empty() ? text : text + "\n" + remarks;
}

OrderedJson fetch_json(const std::vector<FetchReport>& reports) {
  OrderedJson hosts = OrderedJson::array();
  for (const FetchReport& report : reports) {
    OrderedJson error;
    if (report.error) error = printable(to_string(*report.error));
    OrderedJson warnings = OrderedJson::array();
    for (const std::string& warning : report.warnings) warnings.push_back(printable(warning));
    hosts.push_back({{"host", report.name},
                     {"remote", report.remote},
                     {"local", report.local},
                     {"checked_by", report.manifest ? "manifest" : "host"},
                     {"files", report.files},
                     {"bytes", report.bytes},
                     {"skipped", report.skipped},
                     {"refused", remarks_json(report.refused)},
                     {"failed", remarks_json(report.failed)},
                     {"warnings", std::move(warnings)},
                     {"error", std::move(error)}});
  }
  return {
      {"schema", "bpftax.fetch/1"}, {"complete", fetch_exit_code(reports) == 0}, {"hosts", std::move(hosts)}};
}

int fetch_exit_code(const std::vector<FetchReport>& reports) {
  int code = 0;
  for (const FetchReport& report : reports) {
    if (report.error && report.error->kind == ErrorKind::kInterrupted)
      return exit_code(ErrorKind::kInterrupted);
    if (!report.complete()) code = exit_code(ErrorKind::kEnvironment);
  }
  return code;
}

}  // namespace bpftax
