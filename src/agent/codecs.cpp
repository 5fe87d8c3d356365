#include "agent/codecs.h"

#include <array>
#include <climits>
#include <utility>

#include "util/json.h"

namespace bpftax {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 7> kErrorKinds = {{
    {ErrorKind::kUsage, "usage"},
    {ErrorKind::kEnvironment, "environment"},
    {ErrorKind::kSubject, "subject"},
    {ErrorKind::kWorkload, "workload"},
    {ErrorKind::kLost, "lost"},
    {ErrorKind::kInterrupted, "interrupted"},
    {ErrorKind::kInternal, "internal"},
}};
constexpr int64_t kMaxGraceMs = 3600 * 1000;
constexpr int64_t kMaxCpu = 65535;

tl::unexpected<Error> bad_field(std::string_view key, std::string why) {
  return fail(ErrorKind::kInternal, "unexpected JSON", "'" + std::string(key) + "'", std::move(why));
}

Result<void> require_object(const Json& json, std::string_view name) {
  if (!json.is_object()) return bad_field(name, std::string("expected an object, got ") + json.type_name());
  return {};
}

Result<int64_t> integer_between(const Json& object, std::string_view key, int64_t low, int64_t high) {
  BPFTAX_ASSIGN(const int64_t value, require_integer(object, key));
  if (value < low || value > high) {
    return bad_field(
        key, std::to_string(value) + " is outside " + std::to_string(low) + ".." + std::to_string(high));
  }
  return value;
}

Result<int64_t> integer_or(const Json& object, std::string_view key, int64_t fallback, int64_t low,
                           int64_t high) {
  BPFTAX_ASSIGN(const std::optional<int64_t> value, json_integer(object, key));
  if (!value) return fallback;
  return integer_between(object, key, low, high);
}

Result<bool> require_bool(const Json& object, std::string_view key) {
  BPFTAX_ASSIGN(const std::optional<bool> value, json_bool(object, key));
  if (!value) return bad_field(key, "is missing");
  return *value;
}

Result<std::string> text_or_empty(const Json& object, std::string_view key) {
  const auto it = object.find(std::string(key));
  if (it == object.end() || it->is_null()) return std::string{};
  return text_from_json(*it, key);
}

// An array field; absent or null gives nullptr.
Result<const Json*> optional_array(const Json& object, std::string_view key) {
  const auto it = object.find(std::string(key));
  if (it == object.end() || it->is_null()) return static_cast<const Json*>(nullptr);
  if (!it->is_array()) return bad_field(key, std::string("expected an array, got ") + it->type_name());
  return &*it;
}

bool is_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    size_t more = 0;
    uint32_t point = 0;
    uint32_t least = 0;
    if (lead < 0x80) {
      ++at;
      continue;
    }
    if ((lead & 0xe0) == 0xc0) {
      more = 1, point = lead & 0x1fU, least = 0x80;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, point = lead & 0x0fU, least = 0x800;
    } else if ((lead & 0xf8) == 0xf0) {
      more = 3, point = lead & 0x07U, least = 0x10000;
    } else {
      return false;
    }
    if (text.size() - at <= more) return false;
    for (size_t i = 1; i <= more; ++i) {
      if ((byte(at + i) & 0xc0) != 0x80) return false;
      point = point << 6 | (byte(at + i) & 0x3fU);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    at += more + 1;
  }
  return true;
}

}  // namespace

// ---- strings and bytes ----

Json text_to_json(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  return Json{{"base64", base64_encode(text)}};
}

Result<std::string> text_from_json(const Json& json, std::string_view name) {
  std::string text;
  if (json.is_string()) {
    text = json.get<std::string>();
  } else if (json.is_object() && json.size() == 1 && json.contains("base64")) {
    BPFTAX_ASSIGN(text, require_bytes(json, "base64"));
  } else {
    return bad_field(name, std::string("expected a string, got ") + json.type_name());
  }
  if (text.find('\0') != std::string::npos) return bad_field(name, "contains a NUL byte");
  return text;
}

Result<std::string> require_text(const Json& object, std::string_view key) {
  if (!object.is_object() || !object.contains(std::string(key))) return bad_field(key, "is missing");
  return text_from_json(object.at(std::string(key)), key);
}

Result<std::string> require_bytes(const Json& object, std::string_view key) {
  BPFTAX_ASSIGN(const std::string text, require_string(object, key));
  auto bytes = base64_decode(text);
  if (!bytes) return bad_field(key, "no base64: " + bytes.error().why);
  return bytes;
}

// ---- names of enumerators ----

std::string_view to_string(ErrorKind kind) {
  for (const auto& [value, name] : kErrorKinds) {
    if (value == kind) return name;
  }
  return "internal";
}

std::string_view to_string(OutputStream stream) {
  return stream == OutputStream::kStdout ? "stdout" : "stderr";
}
std::string_view to_string(PortProtocol protocol) {
  return protocol == PortProtocol::kTcp ? "tcp" : "udp";
}

Result<OutputStream> output_stream_from_string(std::string_view text) {
  if (text == "stdout") return OutputStream::kStdout;
  if (text == "stderr") return OutputStream::kStderr;
  return bad_field("stream", "expected \"stdout\" or \"stderr\"");
}

Result<PortProtocol> port_protocol_from_string(std::string_view text) {
  if (text == "tcp") return PortProtocol::kTcp;
  if (text == "udp") return PortProtocol::kUdp;
  return bad_field("protocol", "expected \"tcp\" or \"udp\"");
}

// ---- greeting and errors ----

Json to_json(const Hello& hello) {
  return {{"protocol", hello.protocol},     {"version", hello.version}, {"pid", hello.pid},
          {"keeper_pid", hello.keeper_pid}, {"uid", hello.uid},         {"arch", hello.arch},
          {"boot_id", hello.boot_id},       {"run_id", hello.run_id}};
}

Result<Hello> hello_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "hello"));
  Hello hello;
  BPFTAX_ASSIGN(hello.protocol, integer_between(json, "protocol", 0, INT_MAX));
  // Everything else may look different in another version: only the number is needed to say so.
  if (hello.protocol != 1) return hello;
  BPFTAX_ASSIGN(hello.version, require_string(json, "version"));
  BPFTAX_ASSIGN(hello.pid, integer_between(json, "pid", 1, INT_MAX));
  BPFTAX_ASSIGN(hello.keeper_pid, integer_between(json, "keeper_pid", 1, INT_MAX));
  BPFTAX_ASSIGN(hello.uid, integer_between(json, "uid", 0, INT_MAX));
  BPFTAX_ASSIGN(hello.arch, require_string(json, "arch"));
  BPFTAX_ASSIGN(hello.boot_id, require_string(json, "boot_id"));
  BPFTAX_ASSIGN(hello.run_id, require_string(json, "run_id"));
  return hello;
}

Json to_json(const Error& error) {
  return {{"kind", to_string(error.kind)},      {"what", text_to_json(error.what)},
          {"where", text_to_json(error.where)}, {"why", text_to_json(error.why)},
          {"hint", text_to_json(error.hint)},   {"errno", error.errno_value}};
}

Result<Error> error_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "data"));
  Error error;
  BPFTAX_ASSIGN(const std::string kind, require_string(json, "kind"));
  for (const auto& [value, name] : kErrorKinds) {
    if (name == kind) error.kind = value;
  }
  BPFTAX_ASSIGN(error.what, text_or_empty(json, "what"));
  BPFTAX_ASSIGN(error.where, text_or_empty(json, "where"));
  BPFTAX_ASSIGN(error.why, text_or_empty(json, "why"));
  BPFTAX_ASSIGN(error.hint, text_or_empty(json, "hint"));
  BPFTAX_ASSIGN(error.errno_value, integer_or(json, "errno", 0, 0, INT_MAX));
  return error;
}

// ---- processes ----

Json to_json(const StopPolicy& policy) {
  return {{"int_grace_ms", policy.int_grace_ms}, {"term_grace_ms", policy.term_grace_ms}};
}

Result<StopPolicy> stop_policy_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "stop"));
  StopPolicy policy;
  BPFTAX_ASSIGN(policy.int_grace_ms, integer_or(json, "int_grace_ms", policy.int_grace_ms, 0, kMaxGraceMs));
  BPFTAX_ASSIGN(policy.term_grace_ms,
                integer_or(json, "term_grace_ms", policy.term_grace_ms, 0, kMaxGraceMs));
  return policy;
}

Json to_json(const ProcessSpec& spec) {
  Json argv = Json::array();
  for (const std::string& argument : spec.argv) argv.push_back(text_to_json(argument));
  Json env = Json::array();
  for (const auto& [name, value] : spec.env)
    env.push_back(Json::array({text_to_json(name), text_to_json(value)}));
  return {{"name", text_to_json(spec.name)},
          {"argv", std::move(argv)},
          {"shell", text_to_json(spec.shell)},
          {"cwd", text_to_json(spec.cwd)},
          {"env", std::move(env)},
          {"cpus", spec.cpus},
          {"netns", text_to_json(spec.netns)},
          {"stdout_path", text_to_json(spec.stdout_path)},
          {"stderr_path", text_to_json(spec.stderr_path)},
          {"output_cap_bytes", spec.output_cap_bytes},
          {"stop", to_json(spec.stop)}};
}

Result<ProcessSpec> process_spec_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "spec"));
  ProcessSpec spec;
  BPFTAX_ASSIGN(spec.name, text_or_empty(json, "name"));
  BPFTAX_ASSIGN(const Json* argv, optional_array(json, "argv"));
  if (argv != nullptr) {
    for (const Json& argument : *argv) {
      BPFTAX_ASSIGN(std::string text, text_from_json(argument, "argv"));
      spec.argv.push_back(std::move(text));
    }
  }
  BPFTAX_ASSIGN(spec.shell, text_or_empty(json, "shell"));
  if (spec.argv.empty() == spec.shell.empty())
    return bad_field("argv", "exactly one of argv and shell is needed");
  if (!spec.argv.empty() && spec.argv[0].empty()) return bad_field("argv", "the program's name is empty");
  BPFTAX_ASSIGN(spec.cwd, text_or_empty(json, "cwd"));
  BPFTAX_ASSIGN(const Json* env, optional_array(json, "env"));
  if (env != nullptr) {
    for (const Json& pair : *env) {
      if (!pair.is_array() || pair.size() != 2) return bad_field("env", "expected pairs [name, value]");
      BPFTAX_ASSIGN(std::string name, text_from_json(pair[0], "env"));
      BPFTAX_ASSIGN(std::string value, text_from_json(pair[1], "env"));
      if (name.empty() || name.find('=') != std::string::npos)
        return bad_field("env", "a variable's name is empty or contains '='");
      spec.env.emplace_back(std::move(name), std::move(value));
    }
  }
  BPFTAX_ASSIGN(const Json* cpus, optional_array(json, "cpus"));
  if (cpus != nullptr) {
    for (const Json& cpu : *cpus) {
      if (!cpu.is_number_integer()) return bad_field("cpus", "expected integers");
      if (cpu < 0 || cpu > kMaxCpu) return bad_field("cpus", "no such CPU number: " + cpu.dump());
      spec.cpus.push_back(cpu.get<int>());
    }
  }
  BPFTAX_ASSIGN(spec.netns, text_or_empty(json, "netns"));
  BPFTAX_ASSIGN(spec.stdout_path, text_or_empty(json, "stdout_path"));
  BPFTAX_ASSIGN(spec.stderr_path, text_or_empty(json, "stderr_path"));
  BPFTAX_ASSIGN(spec.output_cap_bytes,
                integer_or(json, "output_cap_bytes", spec.output_cap_bytes, 0, INT64_MAX));
  if (json.contains("stop") && !json["stop"].is_null()) {
    BPFTAX_ASSIGN(spec.stop, stop_policy_from_json(json["stop"]));
  }
  return spec;
}

Json to_json(const ProcessHandle& handle) {
  return {{"id", handle.id}, {"pid", handle.pid}, {"started_ns", handle.started_ns}};
}

Result<ProcessHandle> process_handle_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "process"));
  ProcessHandle handle;
  BPFTAX_ASSIGN(handle.id, integer_between(json, "id", 1, INT64_MAX));
  BPFTAX_ASSIGN(handle.pid, integer_between(json, "pid", 1, INT_MAX));
  BPFTAX_ASSIGN(handle.started_ns, require_integer(json, "started_ns"));
  return handle;
}

Json to_json(const ExitStatus& status) {
  return {{"signaled", status.signaled},         {"code", status.code},
          {"ended_ns", status.ended_ns},         {"user_us", status.user_us},
          {"system_us", status.system_us},       {"max_rss_kb", status.max_rss_kb},
          {"output_bytes", status.output_bytes}, {"output_cut", status.output_cut}};
}

Result<ExitStatus> exit_status_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "status"));
  ExitStatus status;
  BPFTAX_ASSIGN(status.signaled, require_bool(json, "signaled"));
  BPFTAX_ASSIGN(status.code, integer_between(json, "code", 0, INT_MAX));
  BPFTAX_ASSIGN(status.ended_ns, require_integer(json, "ended_ns"));
  BPFTAX_ASSIGN(status.user_us, require_integer(json, "user_us"));
  BPFTAX_ASSIGN(status.system_us, require_integer(json, "system_us"));
  BPFTAX_ASSIGN(status.max_rss_kb, require_integer(json, "max_rss_kb"));
  BPFTAX_ASSIGN(status.output_bytes, require_integer(json, "output_bytes"));
  BPFTAX_ASSIGN(status.output_cut, require_bool(json, "output_cut"));
  return status;
}

Json to_json(const StopReport& report) {
  return {{"status", to_json(report.status)},
          {"already_gone", report.already_gone},
          {"ended_by", report.ended_by},
          {"took_ms", report.took_ms},
          {"stragglers", report.stragglers}};
}

Result<StopReport> stop_report_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "report"));
  StopReport report;
  if (!json.contains("status")) return bad_field("status", "is missing");
  BPFTAX_ASSIGN(report.status, exit_status_from_json(json["status"]));
  BPFTAX_ASSIGN(report.already_gone, require_bool(json, "already_gone"));
  BPFTAX_ASSIGN(report.ended_by, require_string(json, "ended_by"));
  BPFTAX_ASSIGN(report.took_ms, require_integer(json, "took_ms"));
  BPFTAX_ASSIGN(const Json* stragglers, optional_array(json, "stragglers"));
  if (stragglers != nullptr) {
    for (const Json& pid : *stragglers) {
      if (!pid.is_number_integer() || pid < 1 || pid > INT_MAX)
        return bad_field("stragglers", "expected process ids");
      report.stragglers.push_back(pid.get<int>());
    }
  }
  return report;
}

Json to_json(const Host::Finished& finished) {
  return {{"status", to_json(finished.status)},
          {"out", base64_encode(finished.out)},
          {"err", base64_encode(finished.err)}};
}

Result<Host::Finished> finished_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "result"));
  Host::Finished finished;
  if (!json.contains("status")) return bad_field("status", "is missing");
  BPFTAX_ASSIGN(finished.status, exit_status_from_json(json["status"]));
  BPFTAX_ASSIGN(finished.out, require_bytes(json, "out"));
  BPFTAX_ASSIGN(finished.err, require_bytes(json, "err"));
  return finished;
}

// ---- clock, files, statistics ----

Json to_json(const ClockReading& reading) {
  return {{"monotonic_ns", reading.monotonic_ns},
          {"realtime_ns", reading.realtime_ns},
          {"boot_id", reading.boot_id}};
}

Result<ClockReading> clock_reading_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "clock"));
  ClockReading reading;
  BPFTAX_ASSIGN(reading.monotonic_ns, require_integer(json, "monotonic_ns"));
  BPFTAX_ASSIGN(reading.realtime_ns, require_integer(json, "realtime_ns"));
  BPFTAX_ASSIGN(reading.boot_id, require_string(json, "boot_id"));
  return reading;
}

Json to_json(const FileInfo& info) {
  return {{"name", text_to_json(info.name)},
          {"is_directory", info.is_directory},
          {"is_link", info.is_link},
          {"is_special", info.is_special},
          {"size", info.size}};
}

Result<FileInfo> file_info_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "entry"));
  FileInfo info;
  BPFTAX_ASSIGN(info.name, require_text(json, "name"));
  BPFTAX_ASSIGN(info.is_directory, require_bool(json, "is_directory"));
  BPFTAX_ASSIGN(info.is_link, require_bool(json, "is_link"));
  BPFTAX_ASSIGN(info.is_special, require_bool(json, "is_special"));
  BPFTAX_ASSIGN(info.size, integer_between(json, "size", 0, INT64_MAX));
  return info;
}

Json to_json(const FileChunk& chunk) {
  return {{"data", base64_encode(chunk.data)}, {"file_size", chunk.file_size}};
}

Result<FileChunk> file_chunk_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "chunk"));
  FileChunk chunk;
  BPFTAX_ASSIGN(chunk.data, require_bytes(json, "data"));
  BPFTAX_ASSIGN(chunk.file_size, integer_between(json, "file_size", 0, INT64_MAX));
  return chunk;
}

Json to_json(const FileSum& sum) {
  return {{"path", text_to_json(sum.path)},
          {"size", sum.size ? Json(*sum.size) : Json(nullptr)},
          {"sha256", sum.sha256 ? Json(*sum.sha256) : Json(nullptr)}};
}

Result<FileSum> file_sum_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "sum"));
  FileSum sum;
  BPFTAX_ASSIGN(sum.path, require_text(json, "path"));
  if (json.contains("size") && !json["size"].is_null()) {
    BPFTAX_ASSIGN(sum.size, integer_between(json, "size", 0, INT64_MAX));
    BPFTAX_ASSIGN(sum.sha256, require_string(json, "sha256"));
  }
  return sum;
}

Json to_json(const Host::StatsCost& cost) {
  return {{"off_ns", cost.off_ns}, {"on_ns", cost.on_ns}};
}

Result<Host::StatsCost> stats_cost_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "cost"));
  Host::StatsCost cost;
  BPFTAX_ASSIGN(cost.off_ns, require_number(json, "off_ns"));
  BPFTAX_ASSIGN(cost.on_ns, require_number(json, "on_ns"));
  return cost;
}

Json to_json(const BpfStatsUse& use) {
  return {{"active", use.active}, {"by", text_to_json(use.by)}};
}

Result<BpfStatsUse> stats_use_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "use"));
  BpfStatsUse use;
  BPFTAX_ASSIGN(use.active, require_bool(json, "active"));
  BPFTAX_ASSIGN(use.by, require_text(json, "by"));
  return use;
}

Json to_json(const std::vector<BpfPin>& pins) {
  Json array = Json::array();
  for (const BpfPin& pin : pins)
    array.push_back({{"path", text_to_json(pin.path)}, {"kind", pin.kind}, {"id", pin.id}});
  return {{"pins", std::move(array)}};
}

Result<std::vector<BpfPin>> pins_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "pins"));
  BPFTAX_ASSIGN(const Json* array, optional_array(json, "pins"));
  if (array == nullptr) return bad_field("pins", "is missing");
  std::vector<BpfPin> pins;
  for (const Json& item : *array) {
    BPFTAX_TRY(require_object(item, "pin"));
    BpfPin pin;
    BPFTAX_ASSIGN(pin.path, require_text(item, "path"));
    BPFTAX_ASSIGN(pin.kind, require_string(item, "kind"));
    BPFTAX_ASSIGN(const int64_t id, integer_between(item, "id", 0, UINT32_MAX));
    pin.id = static_cast<uint32_t>(id);
    pins.push_back(std::move(pin));
  }
  return pins;
}

Json to_json(const EntryCost& cost) {
  return {{"hook", cost.hook},
          {"in_place_ns", cost.in_place_ns},
          {"error_ns", cost.error_ns},
          {"run_ns", cost.run_ns}};
}

Result<EntryCost> entry_cost_from_json(const Json& json) {
  BPFTAX_TRY(require_object(json, "cost"));
  EntryCost cost;
  BPFTAX_ASSIGN(cost.hook, require_string(json, "hook"));
  BPFTAX_ASSIGN(cost.in_place_ns, require_number(json, "in_place_ns"));
  BPFTAX_ASSIGN(cost.error_ns, require_number(json, "error_ns"));
  BPFTAX_ASSIGN(cost.run_ns, require_number(json, "run_ns"));
  return cost;
}

}  // namespace bpftax
