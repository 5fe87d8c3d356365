#include "workload/sockperf_output.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxSockperfBytes = 1u << 20;
constexpr double kLongestUs = 30 * 86400.0 * 1e6;

// Removes "\x1b[...m".
std::string without_colours(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      const size_t end = text.find('m', i);
      if (end != std::string_view::npos && end - i <= 16) {
        i = end;
        continue;
      }
    }
    plain += text[i];
  }
  return plain;
}

// Finds numbers after literal words, each of which must stand in the text exactly once.
class SockperfReader {
 public:
  explicit SockperfReader(std::string_view text) : text_(text) {}

  // The number after `before`, then blanks and '='.  `scope` is a piece of the line's beginning, "" for any
  // line.
  double number(std::string_view scope, std::string_view before, double high) {
    const std::string_view line = line_with(scope.empty() ? before : scope, before);
    if (!problem_.empty()) return 0;
    std::string_view rest = line.substr(line.find(before) + before.size());
    const size_t start = rest.find_first_not_of(" =");
    rest = rest.substr(start == std::string_view::npos ? rest.size() : start);
    const std::optional<double> number = to_double(rest.substr(0, rest.find_first_not_of("-+.0123456789eE")));
    if (!number) return wrong(before, "is followed by no number");
    if (*number < 0 || *number > high) return wrong(before, fmt::format("is {}, which cannot be", *number));
    return *number;
  }
  int64_t count(std::string_view scope, std::string_view before) {
    return static_cast<int64_t>(number(scope, before, 1e15));
  }

  double wrong(std::string_view what, const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("'{}' {}", what, why);
    return 0;
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string_view line_with(std::string_view scope, std::string_view before) {
    std::string_view found;
    for (const std::string_view line : split(text_, '\n')) {
      if (line.find(scope) == std::string_view::npos || line.find(before) == std::string_view::npos) continue;
      if (found.data() != nullptr) {
        wrong(before, "is there twice");
        return {};
      }
      found = line;
    }
    if (found.data() == nullptr) wrong(before, "is missing");
    return found;
  }

  std::string_view text_;
  std::string problem_;
};

std::optional<std::string> error_line(std::string_view text) {
  for (const std::string_view sign : {"ERROR: ", "No messages were received"}) {
    const size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    std::string_view words = text.substr(at);
    words = words.substr(0, words.find('\n'));
    if (words.starts_with("ERROR: ")) words.remove_prefix(7);
    return shorten(printable(trim(words)), 300);
  }
  return std::nullopt;
}

}  // namespace

Result<SockperfReport> parse_sockperf(std::string_view text, const std::string& where) {
  const auto malformed = [&](std::string why) {
    return fail(ErrorKind::kWorkload, "cannot read what sockperf reports", where, std::move(why),
                "bpftax was tested with sockperf 3.7; `sockperf --version` shows yours");
  };
  if (text.size() > kMaxSockperfBytes) return malformed("it is longer than a report can be");
  const std::string plain = without_colours(text);
  if (const auto words = error_line(plain))
    return fail(ErrorKind::kWorkload, "sockperf failed", where, *words);
  if (trim(plain).empty()) return malformed("it wrote nothing");

  SockperfReader reader(plain);
  SockperfReport report;
  report.total_s = reader.number("[Total Run]", "RunTime", kLongestUs / 1e6);
  report.warmup_s = reader.number("[Total Run]", "Warm up time", kLongestUs / 1e3) / 1e3;
  report.valid_s = reader.number("[Valid Duration]", "RunTime", kLongestUs / 1e6);
  report.observations = reader.count("[Valid Duration]", "ReceivedMessages");
  report.dropped = reader.count("", "# dropped messages");
  report.duplicated = reader.count("", "# duplicated messages");
  report.out_of_order = reader.count("", "# out-of-order messages");
  report.mean_us = reader.number("====>", "avg-rtt", kLongestUs);  // absent without --full-rtt
  report.max_us = reader.number("", "<MAX> observation", kLongestUs);
  report.min_us = reader.number("", "<MIN> observation", kLongestUs);
  report.p99_us = reader.number("", "percentile 99.000", kLongestUs);
  report.p90_us = reader.number("", "percentile 90.000", kLongestUs);
  report.p50_us = reader.number("", "percentile 50.000", kLongestUs);
  if (report.p50_us < report.min_us || report.p90_us < report.p50_us || report.p99_us < report.p90_us ||
      report.max_us < report.p99_us) {
    reader.wrong("percentile", "values are not in order");
  }
  if (!reader.problem().empty()) return malformed(reader.problem());
  return report;
}

}  // namespace bpftax
