// The totals of an iperf3 report (`iperf3 -J`), whoever ran it: read with simdjson. A report
// with anything wrong in it gives no value at all. (workload/iperf3_json.h reads our own windows down to
// their intervals; here trees of thousands of files must be read in a tenth of a second.)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bpftax {

struct Iperf3Total {
  double bits_per_second = 0, bytes = 0, seconds = 0;
  std::optional<double> retransmits;            // TCP, sender
  std::optional<double> packets, lost_packets;  // UDP
};

struct Iperf3Values {
  bool udp = false;
  int64_t streams = 1;               // of this process (-P)
  int64_t blksize = 0;               // bytes
  double asked_s = 0;                // -t; 0: by bytes or blocks
  double omitted_s = 0;              // -O: before the part that the totals are about
  std::optional<int64_t> started_s;  // since 1970, whole seconds: when the test began
  std::optional<Iperf3Total> sent, received;
};

struct Iperf3Outcome {
  std::optional<Iperf3Values> values;
  std::string fault;        // why there are none
  bool own_words = false;   // the fault is iperf3's own message
  bool impossible = false;  // the fault is a number that cannot be
};

// Keeps simdjson's buffers.
class Iperf3Reader {
 public:
  Iperf3Reader();
  ~Iperf3Reader();
  // FolderAccess::kPadding bytes behind the text must be readable. The client's file, or the server's own
  // (-J).
  Iperf3Outcome read(std::string_view padded);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace bpftax
