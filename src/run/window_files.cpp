#include "run/window_files.h"

#include <fmt/format.h>

namespace bpftax {
namespace {

int64_t utc_offset_ns(const ClockReading& clock) {
  return clock.realtime_ns - clock.monotonic_ns;
}

Json tool_json(const PlannedSubject* subject) {
  if (subject == nullptr) return nullptr;
  return {{"id", subject->id}, {"name", subject->name}, {"command", subject->command}};
}

const std::string& run_id_of(const Session& session) {
  return session.env.manifest_run_id.empty() ? session.plan.run_id : session.env.manifest_run_id;
}

Json hosts_of(const Environment& env) {
  return {{"server", env.server->name()}, {"client", env.client->name()}, {"tool", env.tool_host->name()}};
}

Json case_of(const Session& session, int block, const std::string& arm, const std::string& purpose) {
  Json test_case = {
      {"environment", session.plan.environment}, {"block", block}, {"arm", arm}, {"purpose", purpose}};
  const PlannedSubject* subject = session.planned_subject(arm);
  if (subject != nullptr && !subject->tool_id.empty()) {
    test_case["tool_id"] = subject->tool_id;
    test_case["case_id"] = subject->case_id;
    test_case["protocol"] = subject->protocol;
    test_case["direction"] = subject->direction;
  }
  return test_case;
}

Json metadata_of(Session& session, const WindowFiles& files) {
  const Environment& env = session.env;
  const ResultWindow& window = files.run.record.window;
  Json clients = Json::array();
  for (const ProcessSpec& spec : files.clients)
    clients.push_back(spec.argv.empty() ? Json(spec.shell) : Json(spec.argv));
  Json test_case = case_of(session, files.request.block, window.arm, window.purpose);
  test_case["workload"] = window.workload;
  test_case["window_s"] = session.window_s(*files.request.workload);
  Json offsets = Json::object();
  for (Host* host : session.hosts()) {
    if (const HostOffset* offset = session.clock_offset(*host))
      offsets[host->name()] = {{"offset_ns", offset->offset_ns}, {"error_ns", offset->error_ns}};
  }
  const ClockReading& before = files.before.at(env.client);
  const ClockReading& after = files.after.at(env.client);
  return {{"schema", "bpftax.window/1"},
          {"run_id", run_id_of(session)},
          {"test_case", std::move(test_case)},
          {"status", window.valid              ? "success"
                     : files.hung              ? "timeout"
                     : files.run.subject_error ? "failed"
                                               : "invalid"},
          {"reason", window.reason},
          {"start", format_iso8601(before.realtime_ns)},
          {"end", format_iso8601(after.realtime_ns)},
          {"start_realtime_ns", before.realtime_ns},
          {"end_realtime_ns", after.realtime_ns},
          {"start_monotonic_ns", before.monotonic_ns},
          {"end_monotonic_ns", after.monotonic_ns},
          {"hosts", hosts_of(env)},
          {"clock_offsets", std::move(offsets)},
          {"client_commands", std::move(clients)},
          {"tool", tool_json(session.planned_subject(files.request.arm))},
          {"results", files.client_folder},
          {"server_results", files.server_folder}};
}

// On the client's and the tool's host.
Result<void> write_metadata(Session& session, const std::string& subject, const std::string& time,
                            const Json& metadata) {
  const Environment& env = session.env;
  const std::string text = dump_pretty(metadata);
  for (Host* host : {env.client, env.tool_host}) {
    const std::string& root = session.results_of(*host);
    BPFTAX_TRY(session.ensure_folder(*host, root + "/" + session.names.folder(subject)));
    BPFTAX_TRY(host->write_file(root + "/" + session.names.metadata_file(subject, time), text));
    if (env.client == env.tool_host) break;
  }
  return {};
}

}  // namespace

std::string timing_text(const std::vector<ProcessHandle>& handles,
                        const std::vector<std::optional<ExitStatus>>& ended, int64_t steady_start_ns,
                        int64_t steady_end_ns, int64_t utc_offset) {
  std::string text = "# stream event date time_utc(+00:00) monotonic_ns\n";
  const auto add = [&](size_t stream, const char* event, int64_t at_ns) {
    if (at_ns > 0) text += fmt::format("{} {} {}\n", stream + 1, event, sample_stamp(at_ns, utc_offset));
  };
  for (size_t i = 0; i < handles.size(); ++i) {
    add(i, "process_start", handles[i].started_ns);
    add(i, "measured_start", steady_start_ns);
    add(i, "measured_end", steady_end_ns);
    if (i < ended.size() && ended[i]) add(i, "process_end", ended[i]->ended_ns);
  }
  return text;
}

Result<void> write_window_files(Session& session, const WindowFiles& files) {
  const Environment& env = session.env;
  const WindowRecord& record = files.run.record;
  const std::string& subject = record.window.subject;
  BPFTAX_TRY(session.ensure_folder(*env.client, files.client_folder));
  BPFTAX_TRY(env.client->write_file(
      env.client_results + "/" + session.names.timing_file(subject, record.window.workload, files.time),
      timing_text(files.handles, files.ended, record.steady_start_ns, record.steady_end_ns,
                  utc_offset_ns(files.before.at(env.client)))));
  BPFTAX_TRY(write_metadata(session, subject, files.time, metadata_of(session, files)));
  const auto& process =
      files.request.subject == nullptr ? std::optional<ProcessHandle>() : files.request.subject->process();
  return write_raw_samples(session, subject, files.time, files.samples, process ? process->id : 0);
}

void announce_metadata(Session& session, const std::string& subject, const std::string& time) {
  const std::string file = session.names.metadata_file(subject, time);
  session.announce_file(*session.env.client, file);
  if (session.env.tool_host != session.env.client) session.announce_file(*session.env.tool_host, file);
}

Result<void> write_start_failure(Session& session, int block, const PlannedSubject& planned,
                                 const StartFailure& failure) {
  announce_metadata(session, planned.id, failure.time);
  BPFTAX_TRY(session.files_announced());
  const char* purpose = block == kAttributionBlock ? "attribution" : block == 0 ? "warmup" : "timed";
  const int64_t now_ns = session.env.clock->realtime_ns();
  return write_metadata(session, planned.id, failure.time,
                        {{"schema", "bpftax.window/1"},
                         {"run_id", run_id_of(session)},
                         {"test_case", case_of(session, block, planned.id, purpose)},
                         {"status", "failed"},
                         {"reason", failure.reason},
                         {"last_words", failure.last_words},
                         {"start", format_iso8601(failure.began_realtime_ns)},
                         {"end", format_iso8601(now_ns)},
                         {"start_realtime_ns", failure.began_realtime_ns},
                         {"end_realtime_ns", now_ns},
                         {"hosts", hosts_of(session.env)},
                         {"tool", tool_json(&planned)}});
}

}  // namespace bpftax
