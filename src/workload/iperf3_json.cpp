#include "workload/iperf3_json.h"

#include <fmt/format.h>

#include <cmath>

#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxBytes = 32u << 20;
constexpr double kMaxSeconds = 30 * 86400.0;
constexpr double kMaxAmount = 1e18;  // bytes or packets in one test
// iperf3 leaves out an interval in which nothing arrived and which is shorter than a tenth of -i, 10 ms here:
// between two others when its timer was late, or at the end, where the wait for the end of the test makes
// one.
constexpr double kLeftOutS = 0.0105;
constexpr double kRoundingS = 1e-5;
constexpr double kSumTolerance = 0.001;
constexpr size_t kMaxWords = 400;

tl::unexpected<Error> malformed(const std::string& where, std::string why) {
  return fail(ErrorKind::kWorkload, "cannot read what iperf3 reports", where, std::move(why),
              "bpftax was tested with iperf3 3.12; `iperf3 --version` shows yours");
}

// Reads fields of one document and remembers the first thing that is wrong with it, so that the code that
// picks the fields stays a list of fields.
class Reader {
 public:
  double number(const Json* object, std::string_view key, double low, double high) {
    const Json* value = field(object, key);
    if (value == nullptr) return 0;
    if (!value->is_number()) return wrong(key, std::string("is ") + value->type_name() + ", not a number");
    const double number = value->get<double>();
    if (!(number >= low && number <= high)) return wrong(key, fmt::format("is {}, which cannot be", number));
    return number;
  }
  double amount(const Json* object, std::string_view key) { return number(object, key, 0, kMaxAmount); }
  double seconds(const Json* object, std::string_view key) { return number(object, key, 0, kMaxSeconds); }

  std::string text(const Json* object, std::string_view key) {
    const Json* value = field(object, key);
    if (value == nullptr) return {};
    if (!value->is_string()) {
      wrong(key, std::string("is ") + value->type_name() + ", not a string");
      return {};
    }
    return value->get<std::string>();
  }

  // Follows a dotted path to an object.
  const Json* object(const Json& root, std::string_view path) {
    const Json* value = find_path(root, path);
    if (value == nullptr || !value->is_object()) {
      wrong(path, "is missing");
      return nullptr;
    }
    return value;
  }

  double wrong(std::string_view key, const std::string& why) {
    if (problem_.empty()) problem_ = fmt::format("'{}' {}", key, why);
    return 0;
  }
  const std::string& problem() const { return problem_; }

 private:
  const Json* field(const Json* object, std::string_view key) {
    if (object == nullptr) return nullptr;  // already reported
    const auto at = object->find(std::string(key));
    if (at != object->end()) return &*at;
    wrong(key, "is missing");
    return nullptr;
  }

  std::string problem_;
};

bool follows(double before_s, double after_s) {
  return after_s >= before_s - kRoundingS && after_s <= before_s + kLeftOutS;
}

void read_intervals(const Json& server, bool udp, Reader& reader, std::vector<Iperf3Interval>& intervals) {
  const Json* list = find_path(server, "intervals");
  if (list == nullptr || !list->is_array()) {
    reader.wrong("server_output_json.intervals", "is missing");
    return;
  }
  double previous_end = 0;
  for (const Json& entry : *list) {
    const Json* streams = find_path(entry, "streams");
    if (streams == nullptr || !streams->is_array() || streams->size() != 1 || !streams->front().is_object()) {
      reader.wrong("intervals.streams", "is not a list of one stream");
      return;
    }
    const Json* stream = &streams->front();
    Iperf3Interval interval;
    interval.start_s = reader.seconds(stream, "start");
    interval.end_s = reader.seconds(stream, "end");
    interval.bytes = reader.amount(stream, "bytes");
    if (udp) {
      interval.packets = reader.amount(stream, "packets");
      interval.lost = reader.number(stream, "lost_packets", -kMaxAmount, kMaxAmount);
    }
    if (interval.end_s < interval.start_s) reader.wrong("intervals.end", "lies before the interval's start");
    if (!follows(previous_end, interval.start_s))
      reader.wrong("intervals.start", fmt::format("is {}, but the interval before it ended at {}",
                                                  interval.start_s, previous_end));
    if (!reader.problem().empty()) return;
    previous_end = interval.end_s;
    intervals.push_back(interval);
  }
  if (intervals.empty()) reader.wrong("server_output_json.intervals", "is empty");
}

// The receiver's intervals must add up to its total, or one of the two is not what was received.
void check_sum(const Iperf3Report& report, double total_s, Reader& reader) {
  double bytes = 0;
  for (const Iperf3Interval& interval : report.received) bytes += interval.bytes;
  if (std::abs(bytes - report.received_bytes) > kSumTolerance * report.received_bytes) {
    reader.wrong("server_output_json.end.sum_received.bytes",
                 fmt::format("is {:.0f}, but the intervals add up to {:.0f}", report.received_bytes, bytes));
  }
  if (!report.received.empty() && !follows(report.received_s, total_s)) {
    reader.wrong("server_output_json.end.sum_received.end",
                 fmt::format("is {:.3f}, but the last interval ended at {:.3f}", total_s, report.received_s));
  }
}

// iperf3's own message: the client's "error", or the one of the server that the client passes on.
std::optional<std::string> own_words(const Json& root) {
  for (const char* path : {"error", "server_output_json.error"}) {
    const Json* words = find_path(root, path);
    if (words == nullptr || words->is_null()) continue;
    const std::string text = words->is_string() ? words->get<std::string>() : dump_line(*words);
    return shorten(printable(trim(text)), kMaxWords);
  }
  return std::nullopt;
}

}  // namespace

Result<Iperf3Report> parse_iperf3(std::string_view text, const std::string& where) {
  if (trim(text).empty()) {
    return fail(ErrorKind::kWorkload, "the iperf3 client ended without a report", where,
                "it wrote nothing to standard output");
  }
  auto parsed = parse_json(text, where, {.max_bytes = kMaxBytes, .max_depth = 32});
  if (!parsed) return malformed(where, std::move(parsed.error().why));
  const Json& root = *parsed;
  if (!root.is_object()) return malformed(where, "it is not a JSON object");
  if (const auto words = own_words(root)) return fail(ErrorKind::kWorkload, "iperf3 failed", where, *words);

  const Json* server = find_path(root, "server_output_json");
  if (server == nullptr || !server->is_object()) {
    return fail(ErrorKind::kWorkload, "iperf3 brought no report of the receiver", where,
                "'server_output_json' is missing",
                "the server must be started with -J, the client with --get-server-output");
  }

  Reader reader;
  Iperf3Report report;
  const Json* start = reader.object(root, "start");
  report.version = reader.text(start, "version");
  const Json* asked = reader.object(root, "start.test_start");
  const std::string protocol = reader.text(asked, "protocol");
  if (protocol != "TCP" && protocol != "UDP") reader.wrong("protocol", "is neither TCP nor UDP");
  report.udp = protocol == "UDP";
  report.asked_s = reader.seconds(asked, "duration");
  report.block_bytes = static_cast<int64_t>(reader.number(asked, "blksize", 1, 1e9));
  reader.number(asked, "num_streams", 1, 1);  // what these parsers are for: one stream a client,
  reader.number(asked, "omit", 0, 0);         // cut by us,
  reader.number(asked, "reverse", 0, 0);      // from client to server

  const Json* sent = reader.object(root, "end.sum_sent");
  report.sent_s = reader.seconds(sent, "seconds");
  report.sent_bytes = reader.amount(sent, "bytes");
  if (report.udp) {
    report.sent_packets = reader.amount(sent, "packets");
  } else {
    // Not every kernel has TCP_INFO; iperf3 then leaves both out.
    if (sent != nullptr && sent->contains("retransmits"))
      report.retransmits = reader.amount(sent, "retransmits");
    const Json* end = reader.object(root, "end");
    if (end != nullptr && end->contains("sender_tcp_congestion"))
      report.congestion_control = reader.text(end, "sender_tcp_congestion");
  }

  const Json* received = reader.object(*server, "end.sum_received");
  const double total_s = reader.seconds(received, "seconds");
  report.received_bytes = reader.amount(received, "bytes");
  read_intervals(*server, report.udp, reader, report.received);
  if (!report.received.empty()) report.received_s = report.received.back().end_s;
  check_sum(report, total_s, reader);
  if (!reader.problem().empty()) return malformed(where, printable(reader.problem()));
  return report;
}

}  // namespace bpftax
