#include "analyze/timing_log.h"

#include <set>

#include "util/log_time.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxTimingStreams = 1024;
constexpr size_t kMaxTimedTests = 10'000;

std::string_view next_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// "Actual_Launch: 2026-11-20 18:45:03.603" behind the key.
std::optional<int64_t> time_behind(std::string_view line, std::string_view key) {
  if (!line.starts_with(key)) return std::nullopt;
  const auto fields = split_blank(line.substr(key.size()));
  if (fields.size() != 2) return std::nullopt;
  return parse_log_time(fields[0], fields[1]);
}

class OriginTiming {
 public:
  void line(std::string_view line) {
    const auto take = [&](std::string_view key, std::optional<int64_t>& out) {
      if (const auto at = time_behind(line, key)) {
        twice_ |= out.has_value();
        out = at;
      }
    };
    take("Process_Start:", process_);
    take("Actual_Launch:", launch_);
    take("Start:", start_);
    take("Test_End:", test_end_);
    take("End:", end_);
  }

  TimingLog take() const {
    TimingLog log;
    log.end_is_process = true;
    StreamTiming stream;
    stream.begin_ns = launch_ ? launch_ : start_ ? start_ : process_;
    stream.end_ns = test_end_ ? test_end_ : end_;
    if (twice_) {
      log.fault = "a time is there twice";
    } else if (!stream.begin_ns && !stream.end_ns) {
      log.fault = "it holds no time";
    } else if (stream.begin_ns && stream.end_ns && *stream.end_ns < *stream.begin_ns) {
      log.fault = "it ends before it begins";
    } else {
      log.streams.push_back(stream);
    }
    return log;
  }

 private:
  std::optional<int64_t> process_, launch_, start_, test_end_, end_;
  bool twice_ = false;
};

// "1 measured_start 2026-11-20 18:53:07.123456789 81234567890123"
TimingLog parse_ours(std::string_view text) {
  TimingLog log;
  log.utc = true;
  std::map<int, StreamTiming> measured, whole;
  while (!text.empty()) {
    const auto fields = split_blank(next_line(text));
    if (fields.size() != 5 || fields[0].starts_with("#")) continue;
    const auto index = to_int64(fields[0]);
    const auto at = parse_log_time(fields[2], fields[3]);
    const auto monotonic = to_int64(fields[4]);
    if (!index || *index < 1 || *index > static_cast<int64_t>(kMaxTimingStreams) || !at || !monotonic ||
        *monotonic < 0 || *monotonic > kMostMonotonicNs)
      continue;
    const bool is_measured = fields[1].starts_with("measured_");
    StreamTiming& stream = (is_measured ? measured : whole)[static_cast<int>(*index)];
    stream.index = static_cast<int>(*index);
    const bool begin = fields[1].ends_with("_start");
    (begin ? stream.begin_ns : stream.end_ns) = at;
    (begin ? stream.begin_monotonic_ns : stream.end_monotonic_ns) = monotonic;
  }
  // Without a measured part (the window failed) what the processes say.
  for (const auto& [index, stream] : measured.empty() ? whole : measured) {
    if (stream.begin_ns && stream.end_ns && *stream.end_ns < *stream.begin_ns) {
      log.fault = "it ends before it begins";
      log.streams.clear();
      return log;
    }
    log.streams.push_back(stream);
  }
  if (log.streams.empty()) log.fault = "it holds no time";
  return log;
}

}  // namespace

TimingLog parse_timing(std::string_view text) {
  if (text.starts_with("# stream event")) return parse_ours(text);
  OriginTiming origin;
  while (!text.empty()) origin.line(next_line(text));
  return origin.take();
}

std::map<std::string, TimingLog> parse_time_range_statistics(std::string_view text) {
  constexpr std::string_view kSection = "### Test: ";
  std::map<std::string, TimingLog> tests;
  std::set<std::string> twice;
  std::string name;
  OriginTiming timing;
  const auto finish = [&] {
    if (name.empty() || tests.size() >= kMaxTimedTests) return;
    TimingLog log = timing.take();
    if (log.fault.empty() && !tests.emplace(name, std::move(log)).second) twice.insert(name);
  };
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.starts_with(kSection)) {
      finish();
      name = std::string(line.substr(kSection.size()));
      timing = OriginTiming();
    } else {
      timing.line(line);
    }
  }
  finish();
  for (const std::string& ambiguous : twice) tests.erase(ambiguous);
  return tests;
}

}  // namespace bpftax
