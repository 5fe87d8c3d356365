// The options that every probe has, from text to values.
#pragma once

#include <optional>
#include <string>

#include "probes/attach.h"
#include "probes/flow.h"
#include "probes/option_set.h"
#include "util/result.h"

namespace bpftax {

struct ProbeOptions {
  ProbeFilter filter{};
  double interval_s = 1;
  std::optional<double> duration_s;  // nullopt: until a signal
  bool timestamps = false;
  std::optional<AttachMode> attach;  // nullopt: the first that works
};

// As typed.
struct ProbeOptionTexts {
  std::string protocol = "all";
  std::string address;
  std::string port;
  std::string interface;
  std::string interval = "1";
  std::string duration;
  std::string attach = "auto";
  bool timestamps = false;
};

void add_common_options(OptionSet& set, ProbeOptionTexts& texts);
// kUsage, naming the option and its text, on anything that cannot be understood.
Result<ProbeOptions> parse_common_options(const ProbeOptionTexts& texts);

// "tcp", "udp", "icmp", "all" -> ProbeProtocol + 1, or 0 for all.
Result<uint8_t> parse_protocol(const std::string& text);
// An IPv4 or IPv6 address in numbers, into filter.address and filter.family.
Result<void> parse_address(const std::string& text, ProbeFilter& filter);
// One of the words; where is the option, for the message.
Result<size_t> parse_choice(const std::string& option, const std::string& text,
                            const std::vector<std::string>& words);
Result<uint64_t> parse_number(const std::string& option, const std::string& text, uint64_t low,
                              uint64_t high);

}  // namespace bpftax
