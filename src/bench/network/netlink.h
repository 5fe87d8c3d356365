// Requests to rtnetlink, as far as the benchmarks' own interfaces need them (rtnetlink(7)).
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench::network {

// A message that is built from its header to its last attribute.
class NetlinkMessage {
 public:
  // flags are added to NLM_F_REQUEST | NLM_F_ACK.
  template <class Body>
  NetlinkMessage(uint16_t type, uint16_t flags, const Body& body) {
    begin(type, flags);
    append(&body, sizeof body);
  }
  void attribute(uint16_t type, const void* data, size_t size);
  void attribute(uint16_t type, uint32_t value) { attribute(type, &value, sizeof value); }
  void attribute(uint16_t type, std::string_view text);  // with its closing 0
  // Attributes between open() and close(), and what is append()ed, are inside of this one.
  size_t open(uint16_t type);
  void close(size_t opened);
  void append(const void* data, size_t size);  // padded to 4 bytes

  std::vector<char>& bytes() { return bytes_; }

 private:
  void begin(uint16_t type, uint16_t flags);
  std::vector<char> bytes_;
};

// A socket of the network namespace in which it was opened, whichever the caller is in later.
class RouteSocket {
 public:
  static Result<RouteSocket> open();
  // Sends it and waits for the kernel's answer; `what` is the operation in the error.
  Result<void> request(NetlinkMessage& message, const char* what) const;
  // The payload of the first answer: header structure and attributes.
  Result<std::string> ask(NetlinkMessage& message, const char* what) const;

 private:
  explicit RouteSocket(Fd fd) : fd_(std::move(fd)) {}
  Result<std::string> exchange(NetlinkMessage& message, const char* what) const;
  Fd fd_;
};

// The payload of an attribute of that type, "" when there is none.
std::string_view find_attribute(std::string_view attributes, uint16_t type);

}  // namespace bpftax::bench::network
