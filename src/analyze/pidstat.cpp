#include "analyze/pidstat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "util/clock.h"
#include "util/log_time.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr int64_t kHalfDayNs = kDayNs / 2;
constexpr int64_t kMaxDays = 1000;        // that a log of times of day may span
constexpr int64_t kQuarterS = 900;        // all time zones are multiples of it
constexpr int64_t kMaxZoneS = 14 * 3600;  // the largest there is
constexpr double kMaxCpuPercent = 100 * 8192;
constexpr double kMaxKb = 1e15;
constexpr int64_t kLatestEpochS = 7'258'118'400;  // 2200

enum class PidstatColumn { kOther, kPid, kTgid, kCpu, kRss, kVsz };

PidstatColumn column_of(std::string_view name) {
  if (name == "PID") return PidstatColumn::kPid;
  if (name == "TGID") return PidstatColumn::kTgid;
  if (name == "%CPU") return PidstatColumn::kCpu;
  if (name == "RSS") return PidstatColumn::kRss;
  if (name == "VSZ") return PidstatColumn::kVsz;
  return PidstatColumn::kOther;
}

// In some languages decimals stand behind a comma.
std::optional<double> decimal(std::string_view text) {
  if (const auto value = to_double(text)) return value;
  std::string dotted(text.substr(0, 40));
  const size_t comma = dotted.find(',');
  if (comma == std::string::npos) return std::nullopt;
  dotted[comma] = '.';
  return to_double(dotted);
}

struct PidstatTime {
  int64_t ns = 0;
  bool epoch = false;
  size_t fields = 0;  // that it takes
};

// "18:44:11", in Chinese "18时44分11秒".
std::optional<int64_t> clock_time(std::string_view field) {
  if (const auto at = parse_time_of_day(field)) return at;
  std::string plain(field.substr(0, 40));
  if (!plain.ends_with("秒")) return std::nullopt;
  plain.resize(plain.size() - std::string_view("秒").size());
  for (const std::string_view mark : {"时", "分"}) {
    const size_t at = plain.find(mark);
    if (at == std::string::npos) return std::nullopt;
    plain.replace(at, mark.size(), ":");
  }
  return parse_time_of_day(plain);
}

// "18:44:11", "06:44:11 PM", "下午 06:44:11", "1795200251".
std::optional<PidstatTime> time_of(const std::vector<std::string_view>& fields) {
  if (fields.empty()) return std::nullopt;
  const bool before = fields.size() > 1 && (fields[0] == "上午" || fields[0] == "下午");
  if (auto at = clock_time(fields[before ? 1 : 0])) {
    const std::string_view half = before ? fields[0] : fields.size() > 1 ? fields[1] : std::string_view();
    const bool am = half == "AM" || half == "上午", pm = half == "PM" || half == "下午";
    if (pm && *at < kHalfDayNs) *at += kHalfDayNs;
    if (am && *at >= kHalfDayNs) *at -= kHalfDayNs;
    return PidstatTime{*at, false, am || pm ? size_t{2} : size_t{1}};
  }
  const auto seconds = to_int64(fields[0]);
  if (!seconds || fields[0].size() < 9 || *seconds < 0 || *seconds > kLatestEpochS) return std::nullopt;
  return PidstatTime{*seconds * kNsPerS, true, 1};
}

class PidstatReader {
 public:
  explicit PidstatReader(std::optional<int64_t> day_hint_ns) : day_hint_ns_(day_hint_ns) {}

  void line(std::string_view text, int64_t number) {
    split_blank(text, fields_);
    if (fields_.empty()) return;
    if (fields_[0].starts_with("#")) return comment(text);
    if (fields_[0] == "Linux") return banner();
    if (fields_[0].ends_with(":")) return;  // "Average:", in whatever language
    const auto at = time_of(fields_);
    if (!at) return unusable(number);
    if (is_header(at->fields)) return header(at->fields);
    sample(*at, number);
  }

  PidstatLog take() {
    finish_spans();
    return std::move(log_);
  }

 private:
  // "# Time  UID  PID ...", or one of the origin framework's own lines.
  void comment(std::string_view text) {
    const size_t first = fields_[0] == "#" ? 1 : 0;
    if (fields_.size() > first && (fields_[first] == "Time" || fields_[first] == "#Time"))
      return is_header(first + 1) ? header(first + 1) : void();
    if (text.find("START_DATETIME") != std::string_view::npos) {
      log_.start = parse_monitor_start(text);
      if (log_.start.local_ns) day(*log_.start.local_ns);
    }
  }

  // "Linux 6.18 (vm)  2026-11-20  _x86_64_  (2 CPU)": the day only where its form is not ambiguous.
  void banner() {
    if (log_.dated) return;
    for (const std::string_view field : fields_) {
      if (const auto date = parse_date(field)) {
        log_.dated = true;
        day_ns_ = *date;
      }
    }
  }

  // Times of day follow this moment within a day.
  void day(int64_t local_ns) {
    log_.dated = true;
    day_ns_ = local_ns - local_ns % kDayNs;
    last_ns_ = local_ns;
  }

  // The columns begin with whose they are; a command may have any name.
  bool is_header(size_t from) const {
    constexpr std::array<std::string_view, 5> kFirst = {"UID", "USER", "PID", "TGID", "TID"};
    return fields_.size() > from && std::find(kFirst.begin(), kFirst.end(), fields_[from]) != kFirst.end();
  }

  void header(size_t from) {
    columns_.clear();
    for (size_t i = from; i < fields_.size(); ++i) columns_.push_back(column_of(fields_[i]));
    log_.has_header = true;
  }

  void unusable(int64_t number) {
    ++log_.unusable_lines;
    if (!log_.first_unusable) log_.first_unusable = number;
  }

  void sample(const PidstatTime& at, int64_t number) {
    // A command may have blanks in it: more fields than columns, never fewer.
    if (columns_.empty() || fields_.size() < at.fields + columns_.size()) return unusable(number);
    if (!log_.moments.empty() && at.epoch != log_.epoch) return unusable(number);
    std::optional<double> cpu, rss, vsz;
    std::string_view pid;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string_view field = fields_[at.fields + i];
      switch (columns_[i]) {
        case PidstatColumn::kOther:
          break;
        case PidstatColumn::kPid:
          pid = field;
          break;
        case PidstatColumn::kTgid:
          // With -t a line a thread follows that of the process, which has it all.
          if (field == "-") return;
          pid = field;
          break;
        case PidstatColumn::kCpu:
          if (!amount(field, kMaxCpuPercent, cpu)) return unusable(number);
          break;
        case PidstatColumn::kRss:
          if (!amount(field, kMaxKb, rss)) return unusable(number);
          break;
        case PidstatColumn::kVsz:
          if (!amount(field, kMaxKb, vsz)) return unusable(number);
          break;
      }
    }
    if (!cpu && !rss && !vsz) return;  // a table of something else
    ToolMoment& moment = moment_at(at, number, pid, cpu.has_value(), rss || vsz);
    add(moment.cpu_percent, cpu);
    add(moment.rss_kb, rss);
    add(moment.vsz_kb, vsz);
  }

  static bool amount(std::string_view field, double most, std::optional<double>& out) {
    out = decimal(field);
    return out && *out >= 0 && *out <= most;
  }
  static void add(std::optional<double>& sum, const std::optional<double>& value) {
    if (value) sum = sum.value_or(0) + *value;
  }

  // Lines of one time make one moment, unless a process comes again: then a second has passed unseen.
  ToolMoment& moment_at(const PidstatTime& at, int64_t number, std::string_view pid, bool cpu, bool memory) {
    const std::string key(pid);
    const bool same_time = !log_.moments.empty() && at.ns == last_raw_ns_;
    const bool again = (cpu && cpu_pids_.count(key) > 0) || (memory && memory_pids_.count(key) > 0);
    if (!same_time || again) {
      log_.epoch = at.epoch;
      ToolMoment moment;
      moment.at_ns = at.epoch ? at.ns : with_day(at.ns);
      if (!log_.moments.empty() && moment.at_ns < log_.moments.back().at_ns && !log_.first_backwards)
        log_.first_backwards = number;
      log_.moments.push_back(moment);
      last_raw_ns_ = at.ns;
      cpu_pids_.clear();
      memory_pids_.clear();
    }
    if (cpu) cpu_pids_.insert(key);
    if (memory) memory_pids_.insert(key);
    return log_.moments.back();
  }

  int64_t with_day(int64_t time_of_day_ns) {
    if (!day_ns_) {
      day_ns_ = 0;
      if (day_hint_ns_) {
        // The day on which it is nearest to the hint.
        day_ns_ = *day_hint_ns_ - *day_hint_ns_ % kDayNs;
        const int64_t ahead = *day_ns_ + time_of_day_ns - *day_hint_ns_;
        if (ahead > kHalfDayNs) *day_ns_ -= kDayNs;
        if (ahead < -kHalfDayNs) *day_ns_ += kDayNs;
        log_.dated = true;
      }
    }
    int64_t at = *day_ns_ + time_of_day_ns;
    // A large step back is midnight.
    if (last_ns_ && *last_ns_ - at > kHalfDayNs && days_ < kMaxDays) {
      ++days_;
      *day_ns_ += kDayNs;
      at += kDayNs;
    }
    last_ns_ = at;
    return at;
  }

  void finish_spans() {
    int64_t span_ns = 0;
    if (log_.start.interval_s) {
      span_ns = static_cast<int64_t>(*log_.start.interval_s * 1e9);
    } else if (log_.moments.size() > 1) {
      std::vector<int64_t> distances;
      for (size_t i = 1; i < log_.moments.size(); ++i)
        distances.push_back(log_.moments[i].at_ns - log_.moments[i - 1].at_ns);
      const auto middle = distances.begin() + static_cast<long>(distances.size() / 2);
      std::nth_element(distances.begin(), middle, distances.end());
      span_ns = std::max<int64_t>(0, *middle);
    }
    for (ToolMoment& moment : log_.moments) moment.span_ns = span_ns;
  }

  PidstatLog log_;
  std::optional<int64_t> day_hint_ns_, day_ns_, last_ns_;
  int64_t last_raw_ns_ = 0;
  int64_t days_ = 0;
  std::vector<PidstatColumn> columns_;
  std::vector<std::string_view> fields_;
  std::unordered_set<std::string> cpu_pids_, memory_pids_;  // of the last moment
};

// Behind KEY: or KEY=, quotes taken off; up to `words` words.
std::string_view behind(std::string_view text, std::string_view key, size_t words) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = text.substr(at + key.size());
  rest = rest.substr(0, rest.find('\n'));
  if (rest.empty() || (rest[0] != ':' && rest[0] != '=')) return {};
  rest = trim(rest.substr(1));
  if (rest.starts_with("\"")) return rest.substr(1, rest.find('"', 1) - 1);
  size_t end = 0;
  for (size_t i = 0; i < words && end < rest.size(); ++i) {
    end = std::min(rest.find_first_not_of(" \t", end), rest.size());
    end = std::min(rest.find_first_of(" \t", end), rest.size());
  }
  return rest.substr(0, end);
}

}  // namespace

std::optional<int64_t> MonitorStart::utc_offset_s() const {
  if (!local_ns || !epoch_s) return std::nullopt;
  const double difference_s = static_cast<double>(*local_ns) / 1e9 - static_cast<double>(*epoch_s);
  const double zone = std::round(difference_s / kQuarterS) * kQuarterS;
  // Both are of the same moment, the second one cut to whole seconds.
  if (std::abs(difference_s - zone) > 5 || std::abs(zone) > kMaxZoneS) return std::nullopt;
  return static_cast<int64_t>(zone);
}

MonitorStart parse_monitor_start(std::string_view text) {
  MonitorStart start;
  const auto date_time = split_blank(behind(text, "START_DATETIME", 2));
  if (date_time.size() == 2) start.local_ns = parse_log_time(date_time[0], date_time[1]);
  start.epoch_s = to_int64(behind(text, "START_EPOCH", 1));
  if (start.epoch_s && (*start.epoch_s < 0 || *start.epoch_s > kLatestEpochS)) start.epoch_s.reset();
  const std::string_view interval = behind(text, "INTERVAL", 1);
  if (interval.ends_with("s")) start.interval_s = to_double(interval.substr(0, interval.size() - 1));
  if (start.interval_s && !(*start.interval_s > 0 && *start.interval_s < 86400)) start.interval_s.reset();
  return start;
}

PidstatLog parse_pidstat(std::string_view text, std::optional<int64_t> day_hint_ns) {
  PidstatReader reader(day_hint_ns);
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.line(line, ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

}  // namespace bpftax
