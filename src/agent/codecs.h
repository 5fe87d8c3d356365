// JSON of what crosses the pipe between controller and agent, both directions. Field names are the struct's.
// from_json functions read foreign text: they check types and ranges and never throw. Byte strings that are
// not valid UTF-8 survive: see text_to_json(). The wire format is described in
// docs/design/0002-agent-protocol.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

// The agent's first line: notification "hello".
struct Hello {
  int protocol = 0;     // kProtocolVersion of the agent; a mismatch is the controller's error
  std::string version;  // of the program
  int pid = 0;          // the worker, which answers
  int keeper_pid = 0;   // its parent, which cleans up after it
  int uid = 0;
  std::string arch;  // uname -m
  std::string boot_id;
  std::string run_id;
};

nlohmann::json to_json(const Hello& hello);
nlohmann::json to_json(const Error& error);
nlohmann::json to_json(const StopPolicy& policy);
nlohmann::json to_json(const ProcessSpec& spec);
nlohmann::json to_json(const ProcessHandle& handle);
nlohmann::json to_json(const ExitStatus& status);
nlohmann::json to_json(const StopReport& report);
nlohmann::json to_json(const ClockReading& reading);
nlohmann::json to_json(const FileInfo& info);
nlohmann::json to_json(const FileChunk& chunk);
nlohmann::json to_json(const FileSum& sum);
nlohmann::json to_json(const Host::Finished& finished);
nlohmann::json to_json(const Host::StatsCost& cost);
nlohmann::json to_json(const EntryCost& cost);
nlohmann::json to_json(const BpfStatsUse& use);
nlohmann::json to_json(const std::vector<BpfPin>& pins);

Result<Hello> hello_from_json(const nlohmann::json& json);
Result<Error> error_from_json(const nlohmann::json& json);
Result<StopPolicy> stop_policy_from_json(const nlohmann::json& json);
Result<ProcessSpec> process_spec_from_json(const nlohmann::json& json);
Result<ProcessHandle> process_handle_from_json(const nlohmann::json& json);
Result<ExitStatus> exit_status_from_json(const nlohmann::json& json);
Result<StopReport> stop_report_from_json(const nlohmann::json& json);
Result<ClockReading> clock_reading_from_json(const nlohmann::json& json);
Result<FileInfo> file_info_from_json(const nlohmann::json& json);
Result<FileChunk> file_chunk_from_json(const nlohmann::json& json);
Result<FileSum> file_sum_from_json(const nlohmann::json& json);
Result<Host::Finished> finished_from_json(const nlohmann::json& json);
Result<Host::StatsCost> stats_cost_from_json(const nlohmann::json& json);
Result<EntryCost> entry_cost_from_json(const nlohmann::json& json);
Result<BpfStatsUse> stats_use_from_json(const nlohmann::json& json);
Result<std::vector<BpfPin>> pins_from_json(const nlohmann::json& json);

std::string_view to_string(ErrorKind kind);         // "usage", "environment", ...
std::string_view to_string(OutputStream stream);    // "stdout", "stderr"
std::string_view to_string(PortProtocol protocol);  // "tcp", "udp"
Result<OutputStream> output_stream_from_string(std::string_view text);
Result<PortProtocol> port_protocol_from_string(std::string_view text);

// File names, arguments and paths: bytes that are usually UTF-8. A JSON string when they are, {"base64":
// "..."} when they are not. text_from_json refuses NUL bytes, which no path or argument can hold.
nlohmann::json text_to_json(std::string_view text);
Result<std::string> text_from_json(const nlohmann::json& json, std::string_view name);
// Field of an object; absent or null is an error.
Result<std::string> require_text(const nlohmann::json& object, std::string_view key);

// File contents and output: always a base64 string (RFC 4648, padded, strict).
std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);
Result<std::string> require_bytes(const nlohmann::json& object, std::string_view key);

}  // namespace bpftax
