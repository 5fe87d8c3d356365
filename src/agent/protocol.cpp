#include "agent/protocol.h"

namespace bpftax {
namespace {

constexpr JsonLimits kWireLimits = {.max_bytes = kMaxLineBytes, .max_depth = 32};

tl::unexpected<RpcFault> fault(Json id, int code, std::string message) {
  return tl::unexpected<RpcFault>(RpcFault{std::move(id), code, std::move(message), std::nullopt});
}

tl::unexpected<Error> no_message(std::string_view where, std::string why) {
  return fail(ErrorKind::kLost, "the agent does not speak our protocol", std::string(where), std::move(why));
}

std::string line_of(const Json& json) {
  return dump_line(json) + '\n';
}

bool is_version_2(const Json& json) {
  const auto it = json.find("jsonrpc");
  return it != json.end() && it->is_string() && it->get_ref<const std::string&>() == "2.0";
}

}  // namespace

tl::expected<RpcRequest, RpcFault> parse_request(std::string_view line) {
  auto json = parse_json(line, "", kWireLimits);
  if (!json) return fault(nullptr, kRpcParseError, json.error().why);
  if (!json->is_object()) {
    return fault(nullptr, kRpcInvalidRequest,
                 json->is_array() ? "batches are not supported" : "a request is an object");
  }
  RpcRequest request;
  const auto id = json->find("id");
  if (id != json->end()) {
    if (!id->is_number_integer() && !id->is_string())
      return fault(nullptr, kRpcInvalidRequest, "id must be an integer or a string");
    request.id = *id;
  }
  if (!is_version_2(*json)) return fault(request.id, kRpcInvalidRequest, "jsonrpc must be \"2.0\"");
  const auto method = json->find("method");
  if (method == json->end() || !method->is_string())
    return fault(request.id, kRpcInvalidRequest, "method must be a string");
  request.method = method->get<std::string>();
  const auto params = json->find("params");
  if (params != json->end()) {
    if (!params->is_object()) return fault(request.id, kRpcInvalidParams, "params must be an object");
    request.params = std::move(*params);
  }
  return request;
}

Result<RpcMessage> parse_message(std::string_view line, std::string_view where) {
  auto json = parse_json(line, where, kWireLimits);
  if (!json) return no_message(where, json.error().why);
  if (!json->is_object() || !is_version_2(*json)) return no_message(where, "no JSON-RPC 2.0 object");
  RpcMessage message;
  if (const auto method = json->find("method"); method != json->end()) {
    if (!method->is_string()) return no_message(where, "method is no string");
    if (json->contains("id")) return no_message(where, "a request from the agent");
    message.kind = RpcMessage::Kind::kNotification;
    message.method = method->get<std::string>();
    message.params = json->contains("params") ? std::move((*json)["params"]) : Json::object();
    return message;
  }
  const auto id = json->find("id");
  if (id == json->end()) return no_message(where, "neither a response nor a notification");
  if (!id->is_null()) {
    BPFTAX_ASSIGN(message.id, json_integer(*json, "id"));
  }
  const auto result = json->find("result");
  const auto error = json->find("error");
  if ((result == json->end()) == (error == json->end()))
    return no_message(where, "a response has either a result or an error");
  if (result != json->end()) {
    message.result = std::move(*result);
    return message;
  }
  message.kind = RpcMessage::Kind::kFault;
  if (!error->is_object()) return no_message(where, "error is no object");
  BPFTAX_ASSIGN(const int64_t code, require_integer(*error, "code"));
  if (code < INT32_MIN || code > INT32_MAX) return no_message(where, "an error code out of range");
  message.code = static_cast<int>(code);
  BPFTAX_ASSIGN(std::string text, require_string(*error, "message"));
  const auto data = error->find("data");
  if (message.code == kRpcApplicationError && data != error->end()) {
    BPFTAX_ASSIGN(message.error, error_from_json(*data));
    return message;
  }
  message.error = Error{ErrorKind::kInternal,
                        "the agent refused a request",
                        std::string(where),
                        text + " (" + std::to_string(message.code) + ")",
                        "",
                        0};
  return message;
}

std::string request_line(int64_t id, std::string_view method, const Json& params) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
}

std::string notification_line(std::string_view method, const Json& params) {
  return line_of({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

std::string response_line(const Json& id, const Json& result) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"result", result}});
}

std::string fault_line(const RpcFault& fault) {
  Json error = {{"code", fault.code}, {"message", fault.message}};
  if (fault.data) error["data"] = to_json(*fault.data);
  return line_of({{"jsonrpc", "2.0"}, {"id", fault.id}, {"error", std::move(error)}});
}

std::string error_line(const Json& id, const Error& error) {
  return fault_line(RpcFault{id, kRpcApplicationError, to_string(error), error});
}

void LineBuffer::append(std::string_view bytes) {
  if (start_ > 0) {
    // Handed-out lines are dropped before growing, so that memory is what is unread.
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<Result<std::string>> LineBuffer::next() {
  while (true) {
    const size_t newline = buffer_.find('\n', scanned_);
    if (newline == std::string::npos) {
      scanned_ = buffer_.size();
      if (buffer_.size() - start_ > max_line_bytes_) {
        skipping_ = true;
        buffer_.clear();
        buffer_.shrink_to_fit();
        start_ = scanned_ = 0;
      }
      return std::nullopt;
    }
    std::string_view line(buffer_.data() + start_, newline - start_);
    start_ = scanned_ = newline + 1;
    if (skipping_ || line.size() > max_line_bytes_) {
      skipping_ = false;
      return fail(ErrorKind::kInternal, "cannot read a message", "",
                  "a line longer than " + std::to_string(max_line_bytes_) + " bytes");
    }
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) continue;
    return Result<std::string>(std::string(line));
  }
}

}  // namespace bpftax
