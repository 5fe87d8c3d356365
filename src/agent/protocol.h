// JSON-RPC 2.0 over a pipe, one JSON object a line: framing, parsing and printing for both ends. Everything
// that comes in is foreign text: no input crashes or throws, each wrong line gets the error code the standard
// gives it.
//
// Agent's side:
//     LineBuffer in;  in.append(bytes);
//     while (auto line = in.next()) {
//       auto request = parse_request(*line);
//       send(request ? response_line(request->id, result) : fault_line(request.error()));
//     }
// Controller's side: request_line() out, parse_message() in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "agent/codecs.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax {

inline constexpr int kProtocolVersion = 1;
// Longest line either side accepts, newline not counted.
inline constexpr size_t kMaxLineBytes = 64u << 20;
// Most bytes read_file, write_file, tail and run carry in one message: fits a line after base64.
inline constexpr size_t kMaxDataBytes = 32u << 20;
// Longest timeout_ms of a request: 7 days.
inline constexpr int64_t kMaxTimeoutMs = int64_t{7} * 24 * 3600 * 1000;

// JSON-RPC 2.0 section 5.1.
enum RpcCode : int {
  kRpcParseError = -32700,      // not JSON, too long, too deep
  kRpcInvalidRequest = -32600,  // JSON, but no request
  kRpcMethodNotFound = -32601,
  kRpcInvalidParams = -32602,
  kRpcInternalError = -32603,
  kRpcApplicationError = -32000,  // the operation failed; data is our Error
};

struct RpcRequest {
  Json id;  // integer or string; null: a notification, which gets no answer
  std::string method;
  Json params = Json::object();
};

struct RpcFault {
  Json id;  // null when the request's could not be read
  int code = kRpcInternalError;
  std::string message;
  std::optional<Error> data;
};

// A line of the agent, as the controller sees it.
struct RpcMessage {
  enum class Kind { kResult, kFault, kNotification };
  Kind kind = Kind::kResult;
  std::optional<int64_t> id;  // kResult, kFault; nullopt when the agent could not read ours
  Json result;                // kResult
  Error error;                // kFault: the agent's Error, or one made from code and message
  int code = 0;               // kFault
  std::string method;         // kNotification
  Json params;                // kNotification
};

tl::expected<RpcRequest, RpcFault> parse_request(std::string_view line);
// `where` names the host in errors. An Error means that the line is no message of this protocol.
Result<RpcMessage> parse_message(std::string_view line, std::string_view where);

// One line each, with the newline.
std::string request_line(int64_t id, std::string_view method, const Json& params);
std::string notification_line(std::string_view method, const Json& params);
std::string response_line(const Json& id, const Json& result);
std::string fault_line(const RpcFault& fault);
std::string error_line(const Json& id, const Error& error);  // kRpcApplicationError

// Cuts a byte stream into lines. A line longer than the limit is thrown away as it comes in (memory stays
// bounded) and reported once, as an error, in its place.
class LineBuffer {
 public:
  explicit LineBuffer(size_t max_line_bytes = kMaxLineBytes) : max_line_bytes_(max_line_bytes) {}
  void append(std::string_view bytes);
  // The next complete line without its newline ("\r\n" too); empty lines are skipped. nullopt: none yet.
  std::optional<Result<std::string>> next();
  // Bytes of an incomplete line are waiting: at end of input this says that the stream was cut.
  bool has_partial() const { return start_ < buffer_.size() || skipping_; }

 private:
  size_t max_line_bytes_;
  std::string buffer_;
  size_t start_ = 0;    // first byte not yet handed out
  size_t scanned_ = 0;  // no newline before this
  bool skipping_ = false;
};

}  // namespace bpftax
