#include "probes/options.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::string quoted(const std::string& option, const std::string& text) {
  return option + " " + shell_quote(printable(text));
}

Result<double> parse_seconds(const std::string& option, const std::string& text) {
  auto seconds = parse_duration_s(text);
  if (seconds) return seconds;
  Error error = seconds.error();
  error.where = quoted(option, text);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

void add_common_options(OptionSet& set, ProbeOptionTexts& texts) {
  set.begin_group("Which packets (all conditions must hold)");
  set.add("--protocol", texts.protocol, "P", "tcp, udp, icmp (with ICMPv6) or all");
  set.add("--address", texts.address, "A", "IPv4 or IPv6 address, source or destination");
  set.add("--port", texts.port, "N", "TCP or UDP port, source or destination");
  set.add("--interface", texts.interface, "NAME", "name of a network device, in any network namespace");
  set.begin_group("Running");
  set.add("--interval", texts.interval, "S", "time between reports: 500ms, 2s, 1m");
  set.add("--duration", texts.duration, "S", "end after this time (else at SIGINT or SIGTERM)");
  set.add_flag("--timestamps", texts.timestamps, "begin each line with the time of day (UTC)");
  set.add("--attach", texts.attach, "WAY", "auto, tp_btf, raw_tp, tracepoint, fentry or kprobe");
}

Result<size_t> parse_choice(const std::string& option, const std::string& text,
                            const std::vector<std::string>& words) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  const auto nearest = nearest_name(text, words);
  return fail(ErrorKind::kUsage, "unknown value", quoted(option, text), {},
              nearest ? "did you mean " + *nearest + "?" : "one of " + join(words, ", "));
}

Result<uint64_t> parse_number(const std::string& option, const std::string& text, uint64_t low,
                              uint64_t high) {
  const auto number = to_uint64(text);
  if (!number || *number < low || *number > high)
    return fail(ErrorKind::kUsage, "unusable number", quoted(option, text), {},
                fmt::format("a whole number from {} to {}", low, high));
  return *number;
}

Result<uint8_t> parse_protocol(const std::string& text) {
  BPFTAX_ASSIGN(const size_t index, parse_choice("--protocol", text, {"all", "tcp", "udp", "icmp"}));
  constexpr uint8_t kFilters[] = {0, kProbeTcp + 1, kProbeUdp + 1, kProbeIcmp + 1};
  return kFilters[index];
}

Result<void> parse_address(const std::string& text, ProbeFilter& filter) {
  std::fill(std::begin(filter.address), std::end(filter.address), 0u);
  if (inet_pton(AF_INET, text.c_str(), filter.address) == 1) {
    filter.family = 4;
  } else if (inet_pton(AF_INET6, text.c_str(), filter.address) == 1) {
    filter.family = 6;
  } else {
    return fail(ErrorKind::kUsage, "not an IP address", quoted("--address", text), {},
                "an address in numbers, such as 192.0.2.1 or 2001:db8::1");
  }
  return {};
}

Result<ProbeOptions> parse_common_options(const ProbeOptionTexts& texts) {
  ProbeOptions options;
  BPFTAX_ASSIGN(options.filter.protocol, parse_protocol(texts.protocol));
  if (!texts.address.empty()) BPFTAX_TRY(parse_address(texts.address, options.filter));
  if (!texts.port.empty()) {
    BPFTAX_ASSIGN(const uint64_t port, parse_number("--port", texts.port, 1, 65535));
    options.filter.port = static_cast<uint16_t>(port);
  }
  if (texts.interface.size() >= kProbeInterfaceName)
    return fail(ErrorKind::kUsage, "not the name of a network device", quoted("--interface", texts.interface),
                fmt::format("longer than {} characters", kProbeInterfaceName - 1), "ip link lists the names");
  std::copy(texts.interface.begin(), texts.interface.end(), options.filter.interface);
  BPFTAX_ASSIGN(options.interval_s, parse_seconds("--interval", texts.interval));
  if (options.interval_s < 0.01)
    return fail(ErrorKind::kUsage, "too short an interval", quoted("--interval", texts.interval), {},
                "10ms is the shortest");
  if (!texts.duration.empty()) {
    BPFTAX_ASSIGN(const double duration, parse_seconds("--duration", texts.duration));
    options.duration_s = duration;
  }
  options.timestamps = texts.timestamps;
  BPFTAX_ASSIGN(options.attach, parse_attach_mode(texts.attach));
  return options;
}

}  // namespace bpftax
