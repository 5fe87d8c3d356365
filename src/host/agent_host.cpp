#include "host/agent_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "sample/types_json.h"
#include "util/json.h"

namespace bpftax {

namespace {

// What an answer may take beyond the time that the request itself names: a loaded machine, a long BPF walk.
constexpr int64_t kAnswerMs = 30'000;
constexpr int64_t kSlowAnswerMs = 120'000;  // facts, trees of files, BPF_PROG_TEST_RUN

int64_t longest(const StopPolicy& policy) {
  return int64_t{std::max(0, policy.int_grace_ms)} + std::max(0, policy.term_grace_ms) + kAnswerMs;
}

// An answer that cannot be understood: the agent is of another build, or has a bug.
template <class T>
Result<T> understood(Result<T> parsed, std::string_view method, const std::string& host) {
  if (parsed) return parsed;
  return fail(ErrorKind::kInternal, fmt::format("cannot understand the agent's answer to {}", method), host,
              to_string(parsed.error()));
}

Result<const Json*> field(const Json& object, const char* key) {
  const Json* found = find_path(object, key);
  if (found == nullptr) return fail(ErrorKind::kInternal, "a field is missing", key);
  return found;
}

template <class T, class Parse>
Result<std::vector<T>> list_of(const Json& object, const char* key, Parse parse) {
  BPFTAX_ASSIGN(const Json* items, field(object, key));
  if (!items->is_array()) return fail(ErrorKind::kInternal, "a field is no list", key);
  std::vector<T> parsed;
  for (const Json& item : *items) {
    BPFTAX_ASSIGN(T one, parse(item));
    parsed.push_back(std::move(one));
  }
  return parsed;
}

}  // namespace

AgentHost::AgentHost(std::shared_ptr<AgentSession> session, std::string name, std::string default_netns)
    : session_(std::move(session)), name_(std::move(name)), default_netns_(std::move(default_netns)) {}

ProcessSpec AgentHost::placed(ProcessSpec spec) const {
  if (spec.netns.empty()) spec.netns = default_netns_;
  return spec;
}

Result<Json> AgentHost::facts() {
  return session_->call("facts", Json::object(), kSlowAnswerMs);
}

Result<ClockReading> AgentHost::clock() {
  BPFTAX_ASSIGN(const Json answer, session_->call("clock", Json::object(), kAnswerMs));
  return understood(clock_reading_from_json(answer), "clock", name_);
}

Result<std::vector<ProcessHandle>> AgentHost::start_together(const std::vector<ProcessSpec>& specs) {
  Json list = Json::array();
  for (const ProcessSpec& spec : specs) list.push_back(to_json(placed(spec)));
  BPFTAX_ASSIGN(const Json answer, session_->call("start_together", {{"specs", std::move(list)}}, kAnswerMs));
  auto handles = list_of<ProcessHandle>(answer, "processes", process_handle_from_json);
  if (handles && handles->size() != specs.size()) {
    handles = fail(ErrorKind::kInternal, "a wrong number of processes", {},
                   fmt::format("{} for {}", handles->size(), specs.size()));
  }
  if (!handles) return understood(std::move(handles), "start_together", name_);
  for (size_t i = 0; i < specs.size(); ++i) stop_policies_[(*handles)[i].id] = specs[i].stop;
  return handles;
}

Result<std::optional<ExitStatus>> AgentHost::wait(const ProcessHandle& process, int64_t timeout_ms) {
  timeout_ms = std::clamp<int64_t>(timeout_ms, 0, kMaxTimeoutMs);
  BPFTAX_ASSIGN(const Json answer, session_->call("wait", {{"id", process.id}, {"timeout_ms", timeout_ms}},
                                                  timeout_ms + kAnswerMs));
  const auto parse = [&]() -> Result<std::optional<ExitStatus>> {
    BPFTAX_ASSIGN(const Json* status, field(answer, "status"));
    if (status->is_null()) return std::optional<ExitStatus>();
    BPFTAX_ASSIGN(ExitStatus parsed, exit_status_from_json(*status));
    return std::optional(parsed);
  };
  return understood(parse(), "wait", name_);
}

Result<StopReport> AgentHost::stop(const ProcessHandle& process) {
  const auto policy = stop_policies_.find(process.id);
  const int64_t timeout_ms = longest(policy == stop_policies_.end() ? StopPolicy{} : policy->second);
  BPFTAX_ASSIGN(const Json answer,
                session_->call("stop", {{"id", process.id}}, timeout_ms, Interruptible::kNo));
  return understood(stop_report_from_json(answer), "stop", name_);
}

Result<std::string> AgentHost::tail(const ProcessHandle& process, OutputStream stream, size_t max_bytes) {
  BPFTAX_ASSIGN(const Json answer, session_->call("tail",
                                                  {{"id", process.id},
                                                   {"stream", to_string(stream)},
                                                   {"max_bytes", std::min(max_bytes, kMaxDataBytes)}},
                                                  kAnswerMs));
  return understood(require_bytes(answer, "data"), "tail", name_);
}

Result<void> AgentHost::wait_listening(const ProcessHandle& process, PortProtocol protocol, int port,
                                       int64_t timeout_ms) {
  timeout_ms = std::clamp<int64_t>(timeout_ms, 0, kMaxTimeoutMs);
  BPFTAX_TRY(session_->call(
      "wait_listening",
      {{"id", process.id}, {"protocol", to_string(protocol)}, {"port", port}, {"timeout_ms", timeout_ms}},
      timeout_ms + kAnswerMs));
  return {};
}

Result<Host::Finished> AgentHost::run(const ProcessSpec& spec, int64_t timeout_ms) {
  timeout_ms = std::clamp<int64_t>(timeout_ms, 0, kMaxTimeoutMs);
  BPFTAX_ASSIGN(const Json answer,
                session_->call("run", {{"spec", to_json(placed(spec))}, {"timeout_ms", timeout_ms}},
                               timeout_ms + longest(spec.stop)));
  return understood(finished_from_json(answer), "run", name_);
}

Result<std::string> AgentHost::read_file(const std::string& path, size_t max_bytes) {
  if (max_bytes > kMaxDataBytes) max_bytes = kMaxDataBytes;
  BPFTAX_ASSIGN(
      const Json answer,
      session_->call("read_file", {{"path", text_to_json(path)}, {"max_bytes", max_bytes}}, kSlowAnswerMs));
  return understood(require_bytes(answer, "data"), "read_file", name_);
}

Result<FileChunk> AgentHost::read_chunk(const std::string& path, int64_t offset, size_t max_bytes) {
  const size_t asked = std::min(max_bytes, kMaxDataBytes);
  BPFTAX_ASSIGN(
      const Json answer,
      session_->call("read_chunk", {{"path", text_to_json(path)}, {"offset", offset}, {"max_bytes", asked}},
                     kSlowAnswerMs));
  auto chunk = file_chunk_from_json(answer);
  if (chunk && chunk->data.size() > asked)
    chunk = fail(ErrorKind::kInternal, "more bytes than were asked for", path);
  return understood(std::move(chunk), "read_chunk", name_);
}

Result<std::vector<FileSum>> AgentHost::checksum(const std::vector<std::string>& paths) {
  Json list = Json::array();
  for (const std::string& path : paths) list.push_back(text_to_json(path));
  BPFTAX_ASSIGN(const Json answer, session_->call("checksum", {{"paths", std::move(list)}}, kSlowAnswerMs));
  auto sums = list_of<FileSum>(answer, "files", file_sum_from_json);
  if (sums && sums->size() != paths.size())
    sums = fail(ErrorKind::kInternal, "a wrong number of sums", {},
                fmt::format("{} for {}", sums->size(), paths.size()));
  return understood(std::move(sums), "checksum", name_);
}

Result<void> AgentHost::write_file(const std::string& path, const std::string& content) {
  if (content.size() > kMaxDataBytes) {
    return fail(ErrorKind::kInternal, "cannot write a file", path,
                fmt::format("{} bytes are more than one message carries", content.size()));
  }
  BPFTAX_TRY(session_->call("write_file", {{"path", text_to_json(path)}, {"data", base64_encode(content)}},
                            kSlowAnswerMs));
  return {};
}

Result<void> AgentHost::make_directories(const std::string& path) {
  BPFTAX_TRY(session_->call("make_directories", {{"path", text_to_json(path)}}, kAnswerMs));
  return {};
}

Result<void> AgentHost::remove_tree(const std::string& path) {
  BPFTAX_TRY(
      session_->call("remove_tree", {{"path", text_to_json(path)}}, kSlowAnswerMs, Interruptible::kNo));
  return {};
}

Result<std::vector<FileInfo>> AgentHost::list(const std::string& path) {
  BPFTAX_ASSIGN(const Json answer, session_->call("list", {{"path", text_to_json(path)}}, kAnswerMs));
  return understood(list_of<FileInfo>(answer, "entries", file_info_from_json), "list", name_);
}

Result<void> AgentHost::start_sampling(const SamplingSpec& spec) {
  BPFTAX_TRY(session_->call("start_sampling", {{"spec", to_json(spec)}}, kAnswerMs));
  return {};
}

Result<SampleSeries> AgentHost::stop_sampling() {
  BPFTAX_ASSIGN(const Json answer,
                session_->call("stop_sampling", Json::object(), kSlowAnswerMs, Interruptible::kNo));
  return understood(sample_series_from_json(answer), "stop_sampling", name_);
}

Result<BpfInventory> AgentHost::bpf_of(const ProcessHandle& process) {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_of", {{"id", process.id}}, kAnswerMs));
  return understood(bpf_inventory_from_json(answer), "bpf_of", name_);
}

Result<BpfInventory> AgentHost::bpf_all() {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_all", Json::object(), kAnswerMs));
  return understood(bpf_inventory_from_json(answer), "bpf_all", name_);
}

Result<std::vector<BpfPin>> AgentHost::bpf_pins() {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_pins", Json::object(), kAnswerMs));
  return understood(pins_from_json(answer), "bpf_pins", name_);
}

Result<void> AgentHost::bpf_stats(bool on) {
  BPFTAX_TRY(
      session_->call("bpf_stats", {{"on", on}}, kAnswerMs, on ? Interruptible::kYes : Interruptible::kNo));
  return {};
}

Result<BpfStatsUse> AgentHost::bpf_stats_use() {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_stats_use", Json::object(), kAnswerMs));
  return understood(stats_use_from_json(answer), "bpf_stats_use", name_);
}

Result<Host::StatsCost> AgentHost::bpf_stats_cost() {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_stats_cost", Json::object(), kSlowAnswerMs));
  return understood(stats_cost_from_json(answer), "bpf_stats_cost", name_);
}

Result<EntryCost> AgentHost::bpf_entry_cost(const std::string& hook) {
  BPFTAX_ASSIGN(const Json answer, session_->call("bpf_entry_cost", {{"hook", hook}}, kSlowAnswerMs));
  return understood(entry_cost_from_json(answer), "bpf_entry_cost", name_);
}

Result<void> AgentHost::own(const std::string& kind, const std::string& what) {
  BPFTAX_TRY(session_->call("own", {{"kind", kind}, {"what", text_to_json(what)}}, kAnswerMs));
  return {};
}

Result<void> AgentHost::disown(const std::string& kind, const std::string& what) {
  BPFTAX_TRY(session_->call("disown", {{"kind", kind}, {"what", text_to_json(what)}}, kAnswerMs,
                            Interruptible::kNo));
  return {};
}

}  // namespace bpftax
