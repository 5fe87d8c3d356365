#include "workload/netperf_output.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxNetperfBytes = 1u << 20;
constexpr double kMaxRate = 1e9;
constexpr double kMaxUs = 30 * 86400.0 * 1e6;

class NetperfReader {
 public:
  explicit NetperfReader(const std::map<std::string_view, std::string_view>& values) : values_(values) {}

  double number(std::string_view key, double low, double high) {
    const std::string_view raw = text(key);
    if (!problem_.empty()) return 0;
    const std::optional<double> number = to_double(raw);
    if (!number) return wrong(key, fmt::format("'{}' is not a number", shorten(printable(raw), 40)));
    if (*number < low || *number > high) return wrong(key, fmt::format("{} cannot be", *number));
    return *number;
  }
  double microseconds(std::string_view key) { return number(key, 0, kMaxUs); }

  std::string_view text(std::string_view key) {
    const auto at = values_.find(key);
    if (at != values_.end()) return at->second;
    wrong(key, "it is missing");
    return {};
  }

  double wrong(std::string_view key, const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("{}: {}", key, why);
    return 0;
  }
  const std::string& problem() const { return problem_; }

 private:
  const std::map<std::string_view, std::string_view>& values_;
  std::string problem_;
};

}  // namespace

const char* const kNetperfKeys =
    "TRANSACTION_RATE,MIN_LATENCY,MEAN_LATENCY,P50_LATENCY,P90_LATENCY,P99_LATENCY,MAX_LATENCY,"
    "ELAPSED_TIME,REQUEST_SIZE,RESPONSE_SIZE,PROTOCOL";

Result<NetperfReport> parse_netperf(std::string_view text, const std::string& where) {
  const auto malformed = [&](std::string why) {
    return fail(ErrorKind::kWorkload, "cannot read what netperf reports", where, std::move(why),
                "bpftax was tested with netperf 2.7; `netperf -V` shows yours");
  };
  if (text.size() > kMaxNetperfBytes) return malformed("it is longer than a report can be");
  std::map<std::string_view, std::string_view> values;
  for (const std::string_view line : split(text, '\n')) {
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, equals));
    if (!values.emplace(key, trim(line.substr(equals + 1))).second)
      return malformed(shorten(printable(key), 40) + " is there twice");
  }
  if (values.empty()) {
    const std::string words = shorten(printable(trim(text)), 300);
    return malformed(words.empty() ? "it wrote nothing" : "no values, but: " + words);
  }

  NetperfReader reader(values);
  NetperfReport report;
  report.protocol = std::string(reader.text("PROTOCOL"));
  if (report.protocol != "TCP" && report.protocol != "UDP")
    reader.wrong("PROTOCOL", "it is neither TCP nor UDP");
  report.transactions_per_s = reader.number("TRANSACTION_RATE", 0, kMaxRate);
  report.elapsed_s = reader.number("ELAPSED_TIME", 0, kMaxUs / 1e6);
  report.mean_us = reader.microseconds("MEAN_LATENCY");
  report.min_us = reader.microseconds("MIN_LATENCY");
  report.p50_us = reader.microseconds("P50_LATENCY");
  report.p90_us = reader.microseconds("P90_LATENCY");
  report.p99_us = reader.microseconds("P99_LATENCY");
  report.max_us = reader.microseconds("MAX_LATENCY");
  report.request_bytes = static_cast<int64_t>(reader.number("REQUEST_SIZE", 0, 1e9));
  report.response_bytes = static_cast<int64_t>(reader.number("RESPONSE_SIZE", 0, 1e9));
  // Not compared with the maximum: a percentile is interpolated within its bucket and may lie a little above
  // it.
  if (report.p90_us < report.p50_us || report.p99_us < report.p90_us)
    reader.wrong("P50_LATENCY, P90_LATENCY, P99_LATENCY", "they are not in order");
  if (report.max_us < report.min_us) reader.wrong("MAX_LATENCY", "it is below MIN_LATENCY");
  if (!reader.problem().empty()) return malformed(reader.problem());
  return report;
}

double busy_share(const NetperfReport& report) {
  return report.mean_us * report.transactions_per_s * 1e-6;
}

}  // namespace bpftax
