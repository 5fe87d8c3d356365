// Reading parameters of requests: small helpers of the methods_*.cpp files.
#pragma once

#include <string>

#include "agent/protocol.h"

namespace bpftax {

inline Result<int64_t> require_between(const Json& params, const char* key, int64_t low, int64_t high) {
  BPFTAX_ASSIGN(const int64_t value, require_integer(params, key));
  if (value < low || value > high) {
    return fail(ErrorKind::kInternal, "unexpected JSON", "'" + std::string(key) + "'",
                std::to_string(value) + " is outside " + std::to_string(low) + ".." + std::to_string(high));
  }
  return value;
}

inline Result<int64_t> require_timeout(const Json& params) {
  return require_between(params, "timeout_ms", 0, kMaxTimeoutMs);
}

inline Result<size_t> require_size(const Json& params) {
  BPFTAX_ASSIGN(const int64_t size,
                require_between(params, "max_bytes", 0, static_cast<int64_t>(kMaxDataBytes)));
  return static_cast<size_t>(size);
}

inline Json data_result(const std::string& data) {
  return Json{{"data", base64_encode(data)}};
}

}  // namespace bpftax
