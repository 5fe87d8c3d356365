#include "analyze/iperf3_values.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "analyze/folder_access.h"
#include "util/strings.h"

namespace bpftax {

static_assert(FolderAccess::kPadding >= simdjson::SIMDJSON_PADDING);

// The DOM, not On-Demand: only the former chooses the CPU's vector instructions when it runs, and it checks
// the whole text, so that a report that is broken anywhere gives nothing. It does not recurse; nesting is
// limited to 1024.
struct Iperf3Reader::Parser {
  simdjson::dom::parser json;
};

namespace {

namespace dom = simdjson::dom;

constexpr double kMaxSeconds = 30 * 86400.0;
constexpr double kMaxAmount = 1e18;
constexpr size_t kMaxWords = 300;
constexpr int64_t kMaxStreamsOfOne = 128;        // iperf3's own limit of -P
constexpr int64_t kLatestStart = 7'258'118'400;  // 2200
constexpr size_t kKeptJson = 4u << 20;           // simdjson's buffers for more are given back
// Bits and bytes of a total must agree: iperf3 prints seconds with six digits.
constexpr double kRateTolerance = 0.02;

// A total as it stands in the text. 0 and absent are not the same.
struct RawTotal {
  std::optional<double> bits_per_second, bytes, seconds, retransmits, packets, lost_packets;
};

class ReportReader {
 public:
  Iperf3Outcome read(const dom::element& document) {
    dom::object root;
    if (document.get(root)) return failed("it is not a JSON object");
    bool start = false, end = false;
    for (const auto [key, value] : root) {
      if ((key == "start" && start) || (key == "end" && end)) {
        wrong("'{}' is there twice", key);
      } else if (key == "start") {
        start = true;
        read_start(value);
      } else if (key == "end") {
        end = true;
        read_end(value);
      } else if (key == "error") {
        read_error(value);
      }
    }
    if (!words_.empty()) {
      outcome_.own_words = true;
      return failed("iperf3: " + words_);
    }
    if (!start) wrong("'start' is missing");
    if (!end) wrong("'end' is missing");
    if (fault_.empty()) finish();
    if (!fault_.empty()) return failed(fault_);
    outcome_.values = values_;
    return std::move(outcome_);
  }

 private:
  Iperf3Outcome failed(std::string why) {
    outcome_.fault = std::move(why);
    return std::move(outcome_);
  }
  template <class... Arguments>
  void wrong(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    if (fault_.empty()) fault_ = fmt::format(text, std::forward<Arguments>(arguments)...);
  }

  // Calls function(key, value) for each member.
  template <class Function>
  void each(const dom::element& value, std::string_view name, Function&& function) {
    dom::object object;
    if (value.get(object)) return wrong("'{}' is not an object", name);
    for (const auto [key, inner] : object) function(key, inner);
  }

  void number(const dom::element& value, std::string_view name, double low, double high,
              std::optional<double>& out) {
    double number = 0;
    if (!value.is_number() || value.get(number)) return wrong("'{}' is not a number", name);
    if (number >= low && number <= high) {
      out = number;
      return;
    }
    outcome_.impossible = fault_.empty() || outcome_.impossible;
    wrong("'{}' is {}, which cannot be", name, number);
  }

  void read_error(const dom::element& value) {
    std::string_view text;
    if (value.get(text)) text = "an error of its own";
    words_ = shorten(printable(trim(text)), kMaxWords);
    if (words_.empty()) words_ = "an error without words";
  }

  void read_start(const dom::element& value) {
    each(value, "start", [&](std::string_view key, const dom::element& inner) {
      if (key == "timestamp") {
        each(inner, key, [&](std::string_view name, const dom::element& field) {
          if (name != "timesecs") return;
          std::optional<double> seconds;
          number(field, name, 1, static_cast<double>(kLatestStart), seconds);
          if (seconds) values_.started_s = static_cast<int64_t>(*seconds);
        });
      } else if (key == "test_start") {
        each(inner, key, [&](std::string_view name, const dom::element& field) { read_asked(name, field); });
      }
    });
  }

  void read_asked(std::string_view name, const dom::element& field) {
    std::optional<double> value;
    if (name == "protocol") {
      std::string_view text;
      if (!field.get(text)) protocol_ = std::string(text);
    } else if (name == "num_streams") {
      number(field, name, 1, static_cast<double>(kMaxStreamsOfOne), value);
      if (value) values_.streams = static_cast<int64_t>(*value);
    } else if (name == "blksize") {
      number(field, name, 0, 1e9, value);
      if (value) values_.blksize = static_cast<int64_t>(*value);
    } else if (name == "duration") {
      number(field, name, 0, kMaxSeconds, value);
      if (value) values_.asked_s = *value;
    } else if (name == "omit") {
      number(field, name, 0, kMaxSeconds, value);
      if (value) values_.omitted_s = *value;
    }
  }

  void read_end(const dom::element& value) {
    each(value, "end", [&](std::string_view key, const dom::element& inner) {
      if (key == "sum_sent") read_total(key, inner, sent_);
      if (key == "sum_received") read_total(key, inner, received_);
      if (key == "sum") read_total(key, inner, sum_);
    });
  }

  void read_total(std::string_view key, const dom::element& value, std::optional<RawTotal>& out) {
    RawTotal total;
    each(value, key, [&](std::string_view name, const dom::element& field) {
      if (name == "bits_per_second") number(field, name, 0, kMaxAmount, total.bits_per_second);
      if (name == "bytes") number(field, name, 0, kMaxAmount, total.bytes);
      if (name == "seconds") number(field, name, 0, kMaxSeconds, total.seconds);
      if (name == "retransmits") number(field, name, 0, kMaxAmount, total.retransmits);
      if (name == "packets") number(field, name, 0, kMaxAmount, total.packets);
      if (name == "lost_packets") number(field, name, -kMaxAmount, kMaxAmount, total.lost_packets);
    });
    out = total;
  }

  std::optional<Iperf3Total> checked(const std::optional<RawTotal>& raw, std::string_view name) {
    if (!raw) return std::nullopt;
    if (!raw->bits_per_second || !raw->bytes || !raw->seconds) {
      wrong("'{}' is not complete", name);
      return std::nullopt;
    }
    const double by_bytes = *raw->seconds > 0 ? *raw->bytes * 8 / *raw->seconds : 0;
    if (!(*raw->seconds > 0) ||
        std::abs(by_bytes - *raw->bits_per_second) > kRateTolerance * std::max(by_bytes, 1.0)) {
      outcome_.impossible = true;
      wrong("'{}' contradicts itself: {} bytes in {} s, {} bit/s", name, *raw->bytes, *raw->seconds,
            *raw->bits_per_second);
      return std::nullopt;
    }
    Iperf3Total total{*raw->bits_per_second, *raw->bytes,  *raw->seconds,
                      raw->retransmits,      std::nullopt, std::nullopt};
    if (values_.udp) {
      total.packets = raw->packets;
      // More late ones than lost ones turn up: none is lost.
      if (raw->lost_packets) total.lost_packets = std::max(0.0, *raw->lost_packets);
    }
    return total;
  }

  void finish() {
    if (protocol_ != "TCP" && protocol_ != "UDP") return wrong("'protocol' is neither TCP nor UDP");
    values_.udp = protocol_ == "UDP";
    values_.sent = checked(sent_, "sum_sent");
    values_.received = checked(received_, "sum_received");
    // UDP before iperf3 3.7: one total, of the sender, with the receiver's losses.
    if (values_.udp && sum_ && !values_.sent) {
      values_.sent = checked(sum_, "sum");
      if (values_.sent && !values_.received && values_.sent->packets && values_.sent->lost_packets &&
          *values_.sent->packets > 0) {
        Iperf3Total received = *values_.sent;
        const double share = std::max(0.0, 1 - *received.lost_packets / *received.packets);
        received.bytes *= share;
        received.bits_per_second *= share;
        values_.received = received;
      }
    }
    if (values_.sent) values_.sent->lost_packets.reset();  // the receiver's
    // What the server did not report is 0 in the client's file.
    if (values_.received && values_.received->bytes == 0 && !values_.udp && values_.sent &&
        values_.sent->bytes > 0)
      values_.received.reset();
    if (!values_.sent && !values_.received) wrong("'end' holds no total");
  }

  Iperf3Outcome outcome_;
  Iperf3Values values_;
  std::string protocol_, fault_, words_;
  std::optional<RawTotal> sent_, received_, sum_;
};

}  // namespace

Iperf3Reader::Iperf3Reader() : parser_(std::make_unique<Parser>()) {}
Iperf3Reader::~Iperf3Reader() = default;

Iperf3Outcome Iperf3Reader::read(std::string_view padded) {
  Iperf3Outcome outcome;
  if (trim(padded).empty()) {
    outcome.fault = "it is empty";
    return outcome;
  }
  dom::element document;
  if (parser_->json.parse(padded.data(), padded.size(), false).get(document)) {
    outcome.fault = "it is cut, or no JSON";
  } else {
    outcome = ReportReader().read(document);
  }
  if (parser_->json.capacity() > kKeptJson) parser_ = std::make_unique<Parser>();
  return outcome;
}

}  // namespace bpftax
