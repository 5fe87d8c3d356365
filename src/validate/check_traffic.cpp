// What the traffic generators wrote: it parses, holds no error, and lasted at least 95 % of what was asked.
#include <fmt/format.h>

#include "util/json.h"
#include "util/strings.h"
#include "validate/checks.h"
#include "workload/iperf3_json.h"
#include "workload/netperf_output.h"
#include "workload/sockperf_output.h"

namespace bpftax {
namespace {

constexpr const char* kMeasureAgain = "fetch it again; when it is so on the host too, measure the case again";

void check_duration(const TreeFile& file, double took_s, double asked_s, Findings& findings) {
  if (asked_s > 0 && took_s < kLeastDuration * asked_s)
    findings.fail(file.path, fmt::format("it lasted {:.2f} s of the {:g} s asked for", took_s, asked_s),
                  "the window ended before its time: its numbers are of another, shorter one", kMeasureAgain);
}

void check_iperf3(const ResultTree& tree, const TreeFile& file, Findings& findings) {
  const auto text = tree.read(file.path, kMaxTextBytes);
  if (!text) return findings.fail(file.path, "it cannot be read", text.error().why);
  const auto json = parse_json(*text, file.path);
  if (!json || !json->is_object()) {
    return findings.fail(file.path,
                         trim(*text).empty() ? "it is empty" : "it is no JSON document: cut, or not iperf3's",
                         json ? "expected an object" : json.error().why, kMeasureAgain);
  }
  if (const Json* error = find_path(*json, "error"); error != nullptr) {
    return findings.fail(file.path, "iperf3 reports an error",
                         error->is_string() ? error->get<std::string>() : "of an unknown kind",
                         kMeasureAgain);
  }
  const auto number = [&](const char* path) -> std::optional<double> {
    const Json* value = find_path(*json, path);
    return value != nullptr && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
  };
  const auto asked = number("start.test_start.duration");
  const bool sent = find_path(*json, "end.sum_sent") != nullptr;
  const auto took = number(sent ? "end.sum_sent.seconds" : "end.sum.seconds");
  const auto bytes = number(sent ? "end.sum_sent.bytes" : "end.sum.bytes");
  if (!asked || !took || !bytes)
    return findings.fail(file.path, "it has no totals", "the client did not come to its end", kMeasureAgain);
  if (*bytes <= 0) return findings.fail(file.path, "nothing was sent", "", kMeasureAgain);
  check_duration(file, *took, *asked, findings);
  // Ours carries the receiver's own report; then everything in it must fit together.
  if (find_path(*json, "server_output_json") == nullptr) return;
  if (const auto report = parse_iperf3(*text, file.path); !report)
    findings.fail(file.path, "iperf3's report cannot be used", report.error().why, kMeasureAgain);
}

// "Minimum Latency Microseconds,Mean Latency Microseconds,Maximum Latency Microseconds" and a line of
// numbers.
std::optional<std::string> latency_csv_fault(const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("Minimum Latency")) continue;
    if (i + 1 >= lines.size()) return "the line of values is missing";
    const auto fields = split(lines[i + 1], ',');
    std::vector<double> values;
    for (const std::string_view field : fields) {
      const auto value = to_double(trim(field));
      if (!value || *value < 0) return "'" + shorten(printable(field), 40) + "' is no latency";
      values.push_back(*value);
    }
    if (values.size() != split(lines[i], ',').size() || values.size() < 3) return "values are missing";
    if (values[0] > values[1] || values[1] > values[2]) return "minimum, mean and maximum are out of order";
    return "";
  }
  return std::nullopt;
}

double asked_for(const std::optional<WindowMetadata>& metadata) {
  if (!metadata) return 0;
  for (size_t i = 0; i + 1 < metadata->command.size(); ++i) {
    if (metadata->command[i] == "-l" || metadata->command[i] == "-t")
      return to_double(metadata->command[i + 1]).value_or(0);
  }
  return 0;
}

void check_latency(const ResultTree& tree, const TreeCase& owner, const TreeWindow& window,
                   const TreeFile& file, Findings& findings) {
  const auto text = tree.read(file.path, kMaxTextBytes);
  if (!text) return findings.fail(file.path, "it cannot be read", text.error().why);
  if (const auto fault = latency_csv_fault(text_lines(*text))) {
    if (!fault->empty()) findings.fail(file.path, "netperf's result cannot be used", *fault, kMeasureAgain);
    return;
  }
  if (text->find("sockperf") != std::string::npos) {
    if (const auto report = parse_sockperf(*text, file.path); !report)
      findings.fail(file.path, "sockperf's result cannot be used", report.error().why, kMeasureAgain);
    return;
  }
  const auto report = parse_netperf(*text, file.path);
  if (!report)
    return findings.fail(file.path, "netperf's result cannot be used", report.error().why, kMeasureAgain);
  check_duration(file, report->elapsed_s, asked_for(window_metadata(tree, owner, window.time)), findings);
}

}  // namespace

void check_traffic(const ResultTree& tree, Findings& findings) {
  for (const auto& [name, owner] : tree.cases()) {
    for (const auto& [key, window] : owner.windows) {
      if (window.client.empty() || !window_counts(tree, owner, window)) continue;
      int results = 0;
      for (const auto& [file_name, file] : window.client) {
        const bool iperf3 = window.perf_type != "latency" && file_name.ends_with(".json");
        const bool latency = window.perf_type == "latency" && file_name.ends_with(".txt");
        if (!iperf3 && !latency) continue;
        ++results;
        findings.examined();
        iperf3 ? check_iperf3(tree, *file, findings) : check_latency(tree, owner, window, *file, findings);
      }
      if (results == 0 && window.perf_type == "latency")
        findings.fail(window.folder, "it has no result file", "the client wrote nothing", kMeasureAgain);
    }
  }
}

}  // namespace bpftax
