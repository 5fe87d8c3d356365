#include "analyze/window_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "result/tree_names.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr double kLeastDuration = 0.95;  // of what was asked for
constexpr std::string_view kTimingEnd = "_timing.log";
constexpr std::string_view kJsonEnd = ".json";

std::string_view stem(std::string_view name, std::string_view end) {
  return name.substr(0, name.size() - end.size());
}

// The number behind a mark: 2 of "_stream_2_port_5002" for "_stream_". 0: none.
int number_behind(std::string_view name, std::string_view mark) {
  const size_t at = name.rfind(mark);
  if (at == std::string_view::npos) return 0;
  std::string_view digits = name.substr(at + mark.size());
  digits = digits.substr(0, std::min(digits.find_first_not_of("0123456789"), digits.size()));
  const auto value = to_int64(digits);
  return value && *value > 0 && *value < 1'000'000 ? static_cast<int>(*value) : 0;
}

TrafficValues traffic_of(const Iperf3Total& total, bool udp, bool receiver, int64_t blksize) {
  TrafficValues values;
  values.gbps = total.bits_per_second / 1e9;
  values.bytes = total.bytes;
  values.duration_s = total.seconds;
  if (udp) {
    values.packets = total.packets;
    if (receiver) {
      values.lost_packets = total.lost_packets;
      if (total.packets && total.lost_packets && *total.packets > 0)
        values.lost_percent = 100 * *total.lost_packets / *total.packets;
    }
    // The receiver's count is of what was sent to it, lost ones too.
    if (total.packets && (!receiver || total.lost_packets)) {
      const double lost = receiver ? *total.lost_packets : 0;
      values.pps = std::max(0.0, *total.packets - lost) / total.seconds;
    }
  } else {
    if (!receiver) values.retransmits = total.retransmits;
    if (blksize > 0) values.pps = total.bits_per_second / (8 * static_cast<double>(blksize));
  }
  return values;
}

std::string_view fault_code(const Iperf3Outcome& outcome) {
  if (outcome.own_words) return warning_code::kGeneratorError;
  if (outcome.impossible) return warning_code::kValueImpossible;
  return outcome.fault == "it is empty" ? warning_code::kFileEmpty : warning_code::kFileGarbage;
}

class ClientWindow {
 public:
  ClientWindow(const Folder& folder, WindowDraft& draft, ReadTools& tools, WarningSink& warnings)
      : folder_(folder), draft_(draft), window_(draft.window), tools_(tools), warnings_(warnings) {}

  void latency(const std::vector<FolderEntry>& entries) {
    draft_.times.resize(1);
    const FolderEntry* result = nullptr;
    for (const FolderEntry& entry : entries) {
      if (entry.kind != EntryKind::kFile) continue;
      if (entry.name.ends_with(kTimingEnd)) timing(entry.name, 0);
      if (!entry.name.starts_with("latency") || !entry.name.ends_with(".txt")) continue;
      if (result != nullptr) {
        warnings_.add(warning_code::kStreamTwice, folder_.path_of(entry.name),
                      "a second result in one window: which one is meant cannot be told, none is used");
        return;
      }
      result = &entry;
    }
    if (result == nullptr) {
      warnings_.add(warning_code::kStreamMissing, folder_.path(), "the window has no result file");
      return;
    }
    const auto text = tools_.access.read(folder_, result->name, warnings_);
    if (!text) return;
    LatencyOutcome outcome = read_latency(*text);
    if (!outcome.values) {
      warnings_.add(outcome.impossible               ? warning_code::kValueImpossible
                    : outcome.fault == "it is empty" ? warning_code::kFileEmpty
                                                     : warning_code::kFileGarbage,
                    folder_.path_of(result->name), "no latency: " + outcome.fault);
      return;
    }
    window_.latency = *outcome.values;
    if (!outcome.protocol.empty()) {
      window_.protocol = outcome.protocol;
    } else if (window_.conn.starts_with("tcp") || window_.conn.starts_with("udp")) {
      window_.protocol = window_.conn.substr(0, 3);
    }
    for (const auto& [value, name] :
         {std::pair(window_.latency.min_us, "minimum"), std::pair(window_.latency.mean_us, "mean"),
          std::pair(window_.latency.max_us, "maximum")}) {
      if (!value)
        warnings_.add(warning_code::kValueMissing, folder_.path_of(result->name),
                      fmt::format("it has no {}", name));
    }
  }

  void traffic(const std::vector<FolderEntry>& entries) {
    window_.each.resize(static_cast<size_t>(window_.streams));
    draft_.times.resize(window_.each.size());
    for (size_t i = 0; i < window_.each.size(); ++i) window_.each[i].index = static_cast<int>(i) + 1;
    place(entries);
    if (whole_in_one_file()) {
      window_.each.resize(1);
      draft_.times.resize(1);
    }
    for (TrafficStream& stream : window_.each) {
      if (stream.file.empty() && stream.fault.empty()) {
        stream.fault = "its file is missing";
        warnings_.add(warning_code::kStreamMissing, folder_.path(),
                      fmt::format("stream {} of {} has no file", stream.index, window_.streams));
      } else if (stream.fault.empty()) {
        read(stream);
      }
    }
    for (const FolderEntry& entry : entries) {
      if (entry.kind == EntryKind::kFile && entry.name.ends_with(kTimingEnd)) timing_of_stream(entry.name);
    }
  }

 private:
  // iperf3 -P N: one process, one file, all N streams in its totals.
  bool whole_in_one_file() {
    const auto given =
        std::count_if(files_.begin(), files_.end(), [](const std::string& f) { return !f.empty(); });
    if (window_.streams == 1 || given != 1 || files_[0].empty() || !window_.each[0].fault.empty())
      return false;
    WarningSink unheard(0);  // it is read again, and then says what is wrong
    const auto text = tools_.access.read(folder_, files_[0], unheard);
    if (!text) return false;
    const Iperf3Outcome outcome = tools_.iperf3.read(*text);
    return outcome.values && outcome.values->streams == window_.streams;
  }

  // Which file belongs to which stream: by the stream's number in its name, else by the order of the ports.
  void place(const std::vector<FolderEntry>& entries) {
    std::vector<const FolderEntry*> unnumbered;
    for (const FolderEntry& entry : entries) {
      if (entry.kind != EntryKind::kFile || !entry.name.ends_with(kJsonEnd)) continue;
      const int index = number_behind(entry.name, "_stream_");
      if (index == 0) {
        unnumbered.push_back(&entry);
      } else {
        put(index, entry.name);
      }
    }
    std::stable_sort(unnumbered.begin(), unnumbered.end(), [](const FolderEntry* a, const FolderEntry* b) {
      return number_behind(a->name, "_port_") < number_behind(b->name, "_port_");
    });
    int next = 1;
    for (const FolderEntry* entry : unnumbered) put(next++, entry->name);
  }

  void put(int index, const std::string& name) {
    if (index > window_.streams) {
      warnings_.add(warning_code::kStreamTwice, folder_.path_of(name),
                    fmt::format("a file more than the {} of this window: no sum is made", window_.streams));
      for (TrafficStream& stream : window_.each) {
        if (stream.fault.empty()) stream.fault = "there are more files than streams";
      }
      return;
    }
    TrafficStream& stream = window_.each[static_cast<size_t>(index) - 1];
    if (!stream.file.empty()) {
      stream.fault = "two files claim to be this stream";
      warnings_.add(
          warning_code::kStreamTwice, folder_.path_of(name),
          fmt::format("a second file of stream {}: which one is meant cannot be told, none is used", index));
      return;
    }
    stream.file = folder_.path_of(name);
    stream.port = number_behind(name, "_port_");
    files_.resize(window_.each.size());
    files_[static_cast<size_t>(index) - 1] = name;
  }

  void read(TrafficStream& stream) {
    const size_t at = static_cast<size_t>(stream.index) - 1;
    const auto text = tools_.access.read(folder_, files_[at], warnings_);
    if (!text) {
      stream.fault = "its file cannot be read";
      return;
    }
    const Iperf3Outcome outcome = tools_.iperf3.read(*text);
    if (!outcome.values) {
      stream.fault = outcome.fault;
      warnings_.add(fault_code(outcome), stream.file, "no value: " + outcome.fault);
      return;
    }
    take(*outcome.values, stream, draft_.times[at]);
  }

  void take(const Iperf3Values& values, TrafficStream& stream, WindowDraft::Times& times) {
    times.started_s = values.started_s;
    times.omitted_s = values.omitted_s;
    if (values.streams != 1 && window_.streams != 1 && values.streams != window_.streams) {
      stream.fault = fmt::format("it ran {} streams by itself", values.streams);
      warnings_.add(warning_code::kValueImpossible, stream.file,
                    "no value: " + stream.fault + ", in a window of several processes");
      return;
    }
    const std::string protocol = values.udp ? "udp" : "tcp";
    if (!window_.protocol.empty() && window_.protocol != protocol) {
      stream.fault = "it used another protocol than the streams before it";
      warnings_.add(warning_code::kValueImpossible, stream.file, "no value: " + stream.fault);
      return;
    }
    window_.protocol = protocol;
    window_.pps_is_packets = values.udp;
    if (!window_.blksize) window_.blksize = values.blksize;
    if (values.sent) stream.client = traffic_of(*values.sent, values.udp, false, values.blksize);
    if (values.received) stream.server = traffic_of(*values.received, values.udp, true, values.blksize);
    if (!values.sent)
      warnings_.add(warning_code::kValueMissing, stream.file, "it does not say how much was sent");
    const auto took = values.sent ? values.sent->seconds : values.received->seconds;
    if (values.asked_s > 0 && took < kLeastDuration * values.asked_s)
      warnings_.add(
          warning_code::kWindowShort, stream.file,
          fmt::format("it ran for {:.2f} s of the {:g} s that it was asked for", took, values.asked_s));
  }

  void timing_of_stream(const std::string& name) {
    int index = number_behind(name, "_stream_");
    if (index == 0) {
      // By the name of its result, else the only one there is.
      for (size_t i = 0; i < files_.size(); ++i) {
        if (!files_[i].empty() && stem(files_[i], kJsonEnd) == stem(name, kTimingEnd))
          index = static_cast<int>(i) + 1;
      }
    }
    timing(name, index);
  }

  // index 0: of the window as a whole.
  void timing(const std::string& name, int index) {
    const auto text = tools_.access.read(folder_, name, warnings_);
    if (!text) return;
    const TimingLog log = parse_timing(*text);
    if (!log.fault.empty()) {
      warnings_.add(warning_code::kTimesUnknown, folder_.path_of(name),
                    "its times cannot be used: " + log.fault);
      return;
    }
    for (const StreamTiming& timed : log.streams) {
      const int of = timed.index > 0 ? timed.index : index > 0 ? index : 1;
      if (of > static_cast<int>(draft_.times.size())) continue;
      WindowDraft::Times& times = draft_.times[static_cast<size_t>(of) - 1];
      times.log = timed;
      times.utc = log.utc;
      times.end_is_process = log.end_is_process;
    }
  }

  const Folder& folder_;
  WindowDraft& draft_;
  AnalysedWindow& window_;
  ReadTools& tools_;
  WarningSink& warnings_;
  std::vector<std::string> files_;  // by stream
};

// A value of the total: the sum, when every stream has it.
std::optional<double> sum_of(const AnalysedWindow& window, TrafficValues TrafficStream::*side,
                             std::optional<double> TrafficValues::*value) {
  double sum = 0;
  for (const TrafficStream& stream : window.each) {
    const std::optional<double>& one = stream.*side.*value;
    if (!one || !stream.fault.empty()) return std::nullopt;
    sum += *one;
  }
  if (window.each.empty()) return std::nullopt;
  return sum;
}

TrafficValues total_of(const AnalysedWindow& window, TrafficValues TrafficStream::*side) {
  TrafficValues total;
  total.gbps = sum_of(window, side, &TrafficValues::gbps);
  total.pps = sum_of(window, side, &TrafficValues::pps);
  total.bytes = sum_of(window, side, &TrafficValues::bytes);
  total.packets = sum_of(window, side, &TrafficValues::packets);
  total.lost_packets = sum_of(window, side, &TrafficValues::lost_packets);
  total.retransmits = sum_of(window, side, &TrafficValues::retransmits);
  if (total.packets && total.lost_packets && *total.packets > 0)
    total.lost_percent = 100 * *total.lost_packets / *total.packets;
  if (sum_of(window, side, &TrafficValues::duration_s)) {
    for (const TrafficStream& stream : window.each)
      total.duration_s = std::max(total.duration_s.value_or(0), *(stream.*side).duration_s);
  }
  return total;
}

}  // namespace

WindowDraft read_client_window(const Folder& folder, const std::string& perf_type, const std::string& conn,
                               const std::string& time, ReadTools& tools, WarningSink& warnings) {
  WindowDraft draft;
  draft.window.perf_type = perf_type;
  draft.window.conn = conn;
  draft.window.time = time;
  draft.window.folder = folder.path();
  draft.window.streams = streams_of(conn);
  const auto entries = tools.access.list(folder, warnings);
  ClientWindow client(folder, draft, tools, warnings);
  if (perf_type == "latency") {
    client.latency(entries);
  } else {
    client.traffic(entries);
  }
  // The names under which time_range_statistics has them.
  for (size_t i = 0; i < draft.times.size(); ++i) {
    const int port = i < draft.window.each.size() ? draft.window.each[i].port : 0;
    draft.times[i].name = draft.window.streams > 1
                              ? fmt::format("{}_multi_stream_{}_port_{}", perf_type, i + 1, port)
                              : fmt::format("{}_{}", perf_type, conn);
  }
  return draft;
}

void read_server_window(const Folder& folder, WindowDraft& draft, ReadTools& tools, WarningSink& warnings) {
  AnalysedWindow& window = draft.window;
  const auto entries = tools.access.list(folder, warnings);
  for (TrafficStream& stream : window.each) {
    if (stream.server.gbps || !stream.fault.empty()) continue;
    for (const FolderEntry& entry : entries) {
      const int port = number_behind(entry.name, "_port_");
      if (entry.kind != EntryKind::kFile || !entry.name.starts_with("iperf3_server")) continue;
      // One stream needs no port to be told apart.
      if (window.streams > 1 && (stream.port == 0 || port != stream.port)) continue;
      const auto text = tools.access.read(folder, entry.name, warnings);
      if (!text || !trim(*text).starts_with("{")) continue;  // a log in words: nothing is lost
      const Iperf3Outcome outcome = tools.iperf3.read(*text);
      if (!outcome.values || !outcome.values->received || outcome.values->udp != (window.protocol == "udp"))
        continue;
      stream.server =
          traffic_of(*outcome.values->received, outcome.values->udp, true, outcome.values->blksize);
      break;
    }
  }
}

void sum_streams(AnalysedWindow& window, WarningSink& warnings) {
  if (window.perf_type == "latency") return;
  window.client = total_of(window, &TrafficStream::client);
  window.server = total_of(window, &TrafficStream::server);
  const auto good = std::count_if(window.each.begin(), window.each.end(),
                                  [](const TrafficStream& stream) { return stream.fault.empty(); });
  if (window.streams > 1 && good < window.streams) {
    warnings.add(warning_code::kStreamsIncomplete, window.folder,
                 fmt::format("{} of {} streams can be used: no sum is made of them", good, window.streams));
  } else if (good == window.streams && !window.server.gbps) {
    warnings.add(warning_code::kValueMissing, window.folder, "nothing says how much was received");
  }
  if (good == window.streams && !window.client.pps && window.perf_type == "pps")
    warnings.add(warning_code::kValueMissing, window.folder, "the size of a write or datagram is not known");
}

}  // namespace bpftax
