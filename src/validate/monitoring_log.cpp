#include "validate/monitoring_log.h"

#include <algorithm>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kTimeColumns = 3;   // date, time, monotonic
constexpr int64_t kMostDays = 1000;  // that a log of times of day may span

class LogReader {
 public:
  explicit LogReader(bool with_values) : with_values_(with_values) {}

  void line(std::string_view text, int64_t number) {
    const auto fields = split_blank(trim(text));
    if (fields.empty()) return;
    if (fields[0].starts_with("#")) return header(fields);
    if (fields[0] == "Linux") return;  // pidstat's banner
    if (const auto at = row_time(fields)) return sample(*at, fields, number);
    if (fields[0] == "Average:") return;
    ++log_.unusable_lines;
    if (!log_.first_unusable) log_.first_unusable = number;
  }

  MonitoringLog take() { return std::move(log_); }

 private:
  void header(const std::vector<std::string_view>& fields) {
    for (size_t i = 0; i + 1 < fields.size(); ++i) {
      // "# START_DATETIME: 2026-11-20 18:44:09.756  START_EPOCH: ...  INTERVAL: 2s  PID: 19642"
      if (fields[i] == "INTERVAL:" && fields[i + 1].ends_with("s"))
        log_.stated_interval_s = to_double(fields[i + 1].substr(0, fields[i + 1].size() - 1));
      if (fields[i] == "START_DATETIME:") start_day_ns_ = parse_date(fields[i + 1]);
    }
    if (log_.stated_interval_s && *log_.stated_interval_s <= 0) log_.stated_interval_s.reset();
    // "# date time_utc(+00:00) monotonic_ns user_us ..."
    if (fields.size() < 4 || fields[1] != "date" || fields[3] != "monotonic_ns" || log_.rows > 0) return;
    log_.monotonic = true;
    log_.columns.assign(fields.begin() + 4, fields.end());
  }

  std::optional<int64_t> row_time(const std::vector<std::string_view>& fields) {
    if (log_.monotonic) {
      if (fields.size() != kTimeColumns + log_.columns.size() || !parse_log_time(fields[0], fields[1]))
        return std::nullopt;
      return to_int64(fields[2]);
    }
    if (fields.size() >= 2) {
      if (const auto at = parse_log_time(fields[0], fields[1])) return at;
    }
    // pidstat: the time of day, in some locales with AM or PM behind it.
    auto at = parse_time_of_day(fields[0]);
    if (!at || fields.size() < 3) return std::nullopt;
    constexpr int64_t kHalfDayNs = kDayNs / 2;
    if (fields[1] == "PM" && *at < kHalfDayNs) *at += kHalfDayNs;
    if (fields[1] == "AM" && *at >= kHalfDayNs) *at -= kHalfDayNs;
    // A large step back is midnight.
    *at += start_day_ns_.value_or(0) + days_ * kDayNs;
    if (!log_.times_ns.empty() && days_ < kMostDays && log_.times_ns.back() - *at > kHalfDayNs) {
      ++days_;
      *at += kDayNs;
    }
    return at;
  }

  void sample(int64_t at_ns, const std::vector<std::string_view>& fields, int64_t number) {
    ++log_.rows;
    if (with_values_ && log_.monotonic) {
      log_.values.emplace_back(fields.begin() + kTimeColumns, fields.end());
    }
    if (!log_.times_ns.empty() && at_ns == log_.times_ns.back()) return;
    if (!log_.times_ns.empty() && at_ns < log_.times_ns.back() && !log_.first_backwards)
      log_.first_backwards = number;
    log_.times_ns.push_back(at_ns);
  }

  bool with_values_;
  MonitoringLog log_;
  std::optional<int64_t> start_day_ns_;
  int64_t days_ = 0;
};

}  // namespace

std::optional<double> MonitoringLog::interval_s() const {
  if (stated_interval_s) return stated_interval_s;
  if (times_ns.size() < 2) return std::nullopt;
  std::vector<double> distances;
  for (size_t i = 1; i < times_ns.size(); ++i)
    distances.push_back((static_cast<double>(times_ns[i]) - static_cast<double>(times_ns[i - 1])) / 1e9);
  std::nth_element(distances.begin(), distances.begin() + static_cast<long>(distances.size() / 2),
                   distances.end());
  const double median = distances[distances.size() / 2];
  if (median <= 0) return std::nullopt;
  return median;
}

MonitoringLog parse_monitoring_log(std::string_view text, bool with_values) {
  LogReader reader(with_values);
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    reader.line(text.substr(0, end), ++number);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return reader.take();
}

}  // namespace bpftax
