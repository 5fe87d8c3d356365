// Reading of result.json. What formats.md section 2 promises is required; what was added to it later may be
// absent.
#include <array>
#include <charconv>
#include <chrono>

#include "result/model.h"
#include "result/reader.h"
#include "util/json.h"

namespace bpftax {
namespace {

void read_average_and_peak(const JsonCursor& parent, std::string_view key, AverageAndPeak& out) {
  const JsonCursor at = parent.object_if_present(key);
  at.get("avg", out.avg);
  at.get("peak", out.peak);
}

void read_warning(const JsonCursor& at, ResultWarning& out) {
  at.expect_object();
  at.get("code", out.code);
  at.get("text", out.text);
  at.get_if_present("advice", out.advice);
}

void read_program(const JsonCursor& at, ResultProgram& out) {
  at.expect_object();
  at.get("id", out.id);
  at.get("name", out.name);
  at.get("type", out.type);
  at.get_if_present("attach", out.attach);
  at.get("runs_per_s", out.runs_per_s);
  at.get("ns_per_run", out.ns_per_run);
  at.get_if_present("entry_ns", out.entry_ns);
  at.get_if_present("entry_error_ns", out.entry_error_ns);
  at.get("cpu_percent", out.cpu_percent);
  at.get("recursion_misses", out.recursion_misses);
  at.get("verified_insns", out.verified_insns);
  at.get("jited_bytes", out.jited_bytes);
  if (!at.has("workloads")) return;
  at.each("workloads", out.workloads, [](const JsonCursor& from, ResultProgram::PerWorkload& to) {
    from.expect_object();
    from.get("workload", to.workload);
    from.get("runs_per_s", to.runs_per_s);
    from.get("ns_per_run", to.ns_per_run);
    from.get("runs_per_unit", to.runs_per_unit);
  });
}

void read_map(const JsonCursor& at, ResultMap& out) {
  at.expect_object();
  at.get("id", out.id);
  at.get("name", out.name);
  at.get("type", out.type);
  at.get("max_entries", out.max_entries);
  at.get("bytes", out.bytes);
}

// A member that must be one of a few words.
void read_word(const JsonCursor& at, std::string_view key, std::string& out,
               std::initializer_list<std::string_view> words) {
  at.get(key, out);
  std::string known;
  for (const std::string_view word : words) {
    if (out == word) return;
    known += known.empty() ? "" : ", ";
    known += word;
  }
  at.fail(key, "'" + out + "' is none of " + known);
}

void read_subject(const JsonCursor& at, ResultSubject& out) {
  at.expect_object();
  at.get("id", out.id);
  at.get("name", out.name);
  at.get("command", out.command);
  at.get_if_present("environment", out.environment);
  at.get_if_present("part", out.part);
  if (at.has("case")) {
    const JsonCursor test_case = at.object("case");
    out.test_case.emplace();
    test_case.get("id", out.test_case->id);
    test_case.get("tool_id", out.test_case->tool_id);
    test_case.get_if_present("protocol", out.test_case->protocol);
    test_case.get_if_present("direction", out.test_case->direction);
    test_case.get_if_present("hash6", out.test_case->hash6);
  }
  read_word(at, "kind", out.kind, {"tool", "placebo"});
  read_word(at, "status", out.status, {"measured", "failed", "invalid"});
  at.get_if_present("reason", out.reason);
  at.get("ready_ms", out.ready_ms);
  at.get_if_present("left_behind", out.left_behind);
  const JsonCursor bpf = at.object("bpf");
  bpf.each("programs", out.programs, read_program);
  bpf.each("maps", out.maps, read_map);
  bpf.get("cpu_percent", out.bpf_cpu_percent);
  bpf.get("map_bytes", out.map_bytes);
  bpf.get("stats_cost_ns", out.stats_cost_ns);
  const JsonCursor process = at.object("process");
  read_average_and_peak(process, "cpu_percent", out.process_cpu_percent);
  read_average_and_peak(process, "rss_kb", out.process_rss_kb);
  read_average_and_peak(process, "vsz_kb", out.process_vsz_kb);
  process.get("output_bytes_per_s", out.output_bytes_per_s);
  read_word(at, "class", out.klass, {"continuous", "diagnosis", "short-term", "avoid", "unknown"});
  at.get_if_present("class_reason", out.class_reason);
  if (at.has("design")) {
    const JsonCursor design = at.object("design");
    read_word(design, "class", out.design.klass, {"summary", "details-filtered", "details", "unknown"});
    read_word(design, "source", out.design.source, {"registry", "evidence", "none"});
    design.get_if_present("reason", out.design.reason);
  }
  if (at.has("advice")) at.each("advice", out.advice, read_warning);
  at.get_if_present("last_words", out.last_words);
}

void read_comparison(const JsonCursor& at, ResultComparison& out) {
  at.expect_object();
  at.get("subject", out.subject);
  at.get_if_present("environment", out.environment);
  at.get_if_present("part", out.part);
  at.get("case", out.case_id);
  at.get("workload", out.workload);
  at.get("metric", out.metric);
  at.get("unit", out.unit);
  read_word(at, "better", out.better, {"lower", "higher"});
  at.get("primary", out.primary);
  at.get("blocks", out.blocks);
  at.get("baseline_mean", out.baseline_mean);
  at.get("subject_mean", out.subject_mean);
  at.get("overhead_percent", out.overhead_percent);
  at.get("ci_low", out.ci_low);
  at.get("ci_high", out.ci_high);
  at.get("confidence", out.confidence);
  at.get("p_value", out.p_value);
  at.get("p_adjusted", out.p_adjusted);
  at.get("mde_percent", out.mde_percent);
  at.get("noise_floor_percent", out.noise_floor_percent);
  at.get("noise_low", out.noise_low);
  at.get("noise_high", out.noise_high);
  at.get("difference", out.difference);
  at.get("difference_low", out.difference_low);
  at.get("difference_high", out.difference_high);
  at.get("difference_mde", out.difference_mde);
  at.get("difference_noise", out.difference_noise);
  at.get("difference_noise_low", out.difference_noise_low);
  at.get("difference_noise_high", out.difference_noise_high);
  at.get("margin_percent", out.margin_percent);
  at.get("margin_floor", out.margin_floor);
  std::string verdict;
  at.get("verdict", verdict);
  if (const std::optional<Verdict> known = verdict_from_string(verdict)) {
    out.verdict = *known;
  } else {
    at.fail("verdict", "'" + verdict + "' is no verdict");
  }
  at.get_if_present("verdict_text", out.verdict_text);
  at.get("blocks_needed", out.blocks_needed);
  const JsonCursor samples = at.object("samples");
  samples.get("baseline", out.baseline_samples);
  samples.get("subject", out.subject_samples);
  at.get_if_present("excluded", out.excluded);
  at.get_if_present("warnings", out.warnings);
  at.get("measured_added_us", out.measured_added_us);
  at.get("measured_added_low", out.measured_added_low);
  at.get("measured_added_high", out.measured_added_high);
  at.get("attributed_added_us", out.attributed_added_us);
  at.get_if_present("attributed_added_low", out.attributed_added_low);
  at.get_if_present("attributed_added_high", out.attributed_added_high);
  at.get_if_present("attributed_entry_us", out.attributed_entry_us);
}

void read_part(const JsonCursor& at, ResultPart& out) {
  at.expect_object();
  at.get("id", out.id);
  read_word(at, "status", out.status, {"measured", "failed", "unfinished"});
  at.get_if_present("reason", out.reason);
  const JsonCursor blocks = at.object_if_present("blocks");
  blocks.get_if_present("planned_min", out.blocks_planned_min);
  blocks.get_if_present("planned_max", out.blocks_planned_max);
  blocks.get_if_present("done", out.blocks_done);
  at.get_if_present("stop_reason", out.stop_reason);
}

void read_environment(const JsonCursor& at, ResultEnvironment& out) {
  at.expect_object();
  at.get("name", out.name);
  out.server_facts = at.any("server");
  out.client_facts = at.any("client");
  out.tool_facts = at.any("tool_host");
  out.placement = at.any("placement");
  out.workloads = at.any("workloads");
  if (at.has("parts")) at.each("parts", out.parts, read_part);
}

void read_window(const JsonCursor& at, ResultWindow& out) {
  at.expect_object();
  at.get_if_present("environment", out.environment);
  at.get_if_present("part", out.part);
  at.get("block", out.block);
  at.get("arm", out.arm);
  at.get("subject", out.subject);
  at.get("workload", out.workload);
  read_word(at, "purpose", out.purpose, {"timed", "warmup", "attribution"});
  at.get("start_realtime_ns", out.start_realtime_ns);
  at.get("duration_s", out.duration_s);
  at.get("valid", out.valid);
  at.get_if_present("reason", out.reason);
  at.get("metrics", out.metrics);
  at.get_if_present("conditions", out.conditions);
}

// "2026-11-20T18:53:07Z", nanoseconds since 1970; nullopt when it is written otherwise.
std::optional<int64_t> parse_iso8601(std::string_view text) {
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':' || text[19] != 'Z')
    return std::nullopt;
  struct Field {
    size_t at, length;
  };
  static constexpr std::array<Field, 6> kFields = {{{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
  std::array<int, 6> values{};
  for (size_t i = 0; i < kFields.size(); ++i) {
    const char* first = text.data() + kFields[i].at;
    const auto [end, error] = std::from_chars(first, first + kFields[i].length, values[i]);
    if (error != std::errc() || end != first + kFields[i].length || values[i] < 0) return std::nullopt;
  }
  const std::chrono::year_month_day day{std::chrono::year(values[0]),
                                        std::chrono::month(static_cast<unsigned>(values[1])),
                                        std::chrono::day(static_cast<unsigned>(values[2]))};
  // Nanoseconds in 64 bits end in 2262.
  if (!day.ok() || values[0] < 1970 || values[0] > 2261 || values[3] > 23 || values[4] > 59 || values[5] > 60)
    return std::nullopt;
  const int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return (((days * 24 + values[3]) * 60 + values[4]) * 60 + values[5]) * 1'000'000'000;
}

// The exact time where there is one, else the readable one.
void read_time(const JsonCursor& at, const std::string& name, int64_t& out) {
  const std::string exact = name + "_realtime_ns";
  if (at.has(exact)) return at.get(exact, out);
  if (!at.has(name)) return;
  std::string text;
  at.get(name, text);
  if (const std::optional<int64_t> time = parse_iso8601(text)) {
    out = *time;
  } else {
    at.fail(name, "'" + text + "' is not a time like 2026-11-20T18:53:07Z");
  }
}

void read_result(const JsonCursor& at, RunResult& out) {
  at.expect_object();
  std::string schema;
  at.get("schema", schema);
  if (schema != kResultSchema) at.fail("schema", "'" + schema + "' is not " + std::string(kResultSchema));
  at.get("run_id", out.run_id);
  read_time(at, "started", out.started_realtime_ns);
  read_time(at, "finished", out.finished_realtime_ns);
  at.get_if_present("seed", out.seed);
  at.get_if_present("source", out.source);
  at.get_if_present("tool_version", out.tool_version);
  at.get_if_present("command_line", out.command_line);
  at.get_if_present("complete", out.complete);
  at.get_if_present("stop_reason", out.stop_reason);
  at.get_if_present("window_s", out.window_s);
  const JsonCursor blocks = at.object_if_present("blocks");
  blocks.get_if_present("planned_min", out.blocks_planned_min);
  blocks.get_if_present("planned_max", out.blocks_planned_max);
  blocks.get_if_present("done", out.blocks_done);
  const JsonCursor environment = at.object("environment");
  environment.get("name", out.environment);
  out.server_facts = environment.any("server");
  out.client_facts = environment.any("client");
  out.placement = environment.any("placement");
  if (at.has("environments")) at.each("environments", out.environments, read_environment);
  at.each("subjects", out.subjects, read_subject);
  at.each("comparisons", out.comparisons, read_comparison);
  at.each("warnings", out.warnings, read_warning);
  at.get_if_present("drops", out.drops);
  if (at.has("windows")) at.each("windows", out.windows, read_window);
}

template <class T, class Function>
Result<T> read(const Json& json, Function&& function) {
  ReadFailure failure;
  T out;
  function(JsonCursor(&json, "", failure), out);
  if (failure.first) return tl::unexpected<Error>(std::move(*failure.first));
  return out;
}

}  // namespace

Result<RunResult> run_result_from_json(const Json& json) {
  return read<RunResult>(json, read_result);
}

Result<ResultWindow> result_window_from_json(const Json& json) {
  return read<ResultWindow>(json, read_window);
}

}  // namespace bpftax
