// JSON of the journal's records.
#include <fmt/format.h>

#include "plan/json_fields.h"
#include "run/journal.h"

namespace bpftax {
namespace {

constexpr const char* kSchema = "bpftax.journal/1";

Json integer_or_null(const std::optional<int64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const ProgramRecord& program) {
  return {{"id", program.id},
          {"name", program.name},
          {"type", program.type},
          {"attach", program.attach},
          {"verified_insns", integer_or_null(program.verified_insns)},
          {"jited_bytes", integer_or_null(program.jited_bytes)},
          {"runs", program.runs},
          {"run_ns", program.run_ns},
          {"recursion_misses", program.recursion_misses}};
}

Json to_json(const ResultMap& map) {
  return {{"id", map.id},
          {"name", map.name},
          {"type", map.type},
          {"max_entries", map.max_entries},
          {"bytes", integer_or_null(map.bytes)}};
}

template <class T>
Json array_of(const std::vector<T>& items) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

void read_programs(JsonFields& fields, std::vector<ProgramRecord>& target) {
  fields.each("programs", [&](const Json& item, const std::string& where) {
    ProgramRecord program;
    JsonFields own(item, where, kReadingJournal);
    own.integer("id", program.id);
    own.text("name", program.name);
    own.text("type", program.type);
    own.text("attach", program.attach);
    own.optional_integer("verified_insns", program.verified_insns);
    own.optional_integer("jited_bytes", program.jited_bytes);
    own.integer("runs", program.runs);
    own.integer("run_ns", program.run_ns);
    own.integer("recursion_misses", program.recursion_misses);
    fields.keep(own.done());
    target.push_back(std::move(program));
  });
}

void read_maps(JsonFields& fields, std::vector<ResultMap>& target) {
  fields.each("maps", [&](const Json& item, const std::string& where) {
    ResultMap map;
    JsonFields own(item, where, kReadingJournal);
    own.integer("id", map.id);
    own.text("name", map.name);
    own.text("type", map.type);
    own.integer("max_entries", map.max_entries);
    own.optional_integer("bytes", map.bytes);
    fields.keep(own.done());
    target.push_back(std::move(map));
  });
}

// ---- out ----

struct Writer {
  Json& json;
  void operator()(const RunRecord& r) const {
    json.update({{"type", "run"},
                 {"schema", kSchema},
                 {"run_id", r.run_id},
                 {"plan_sha256", r.plan_sha256},
                 {"tool_version", r.tool_version}});
  }
  void operator()(const SessionRecord& r) const {
    json.update({{"type", "session"},
                 {"number", r.number},
                 {"boot_id", r.boot_id},
                 {"tool_version", r.tool_version}});
  }
  void operator()(const ArmStartRecord& r) const {
    json.update({{"type", "arm_start"},
                 {"block", r.block},
                 {"arm", r.arm},
                 {"ready_ms", r.ready_ms},
                 {"detached", r.detached},
                 {"programs", array_of(r.programs)},
                 {"maps", array_of(r.maps)}});
  }
  void operator()(const WindowRecord& r) const {
    json["type"] = "window";
    window(r);
  }
  void operator()(const ArmEndRecord& r) const {
    json.update({{"type", "arm_end"},
                 {"block", r.block},
                 {"arm", r.arm},
                 {"ended_by", r.ended_by},
                 {"status", r.status},
                 {"took_ms", r.took_ms},
                 {"output_bytes", r.output_bytes},
                 {"output_cut", r.output_cut},
                 {"lost_events", r.lost_events},
                 {"left_behind", r.left_behind}});
  }
  void operator()(const FailureRecord& r) const {
    json.update({{"type", "failure"},
                 {"block", r.block},
                 {"arm", r.arm},
                 {"phase", r.phase},
                 {"reason", r.reason},
                 {"last_words", r.last_words}});
  }
  void operator()(const BlockEndRecord& r) const {
    json.update({{"type", "block_end"},
                 {"block", r.block},
                 {"valid", r.valid},
                 {"interrupted", r.interrupted},
                 {"reason", r.reason},
                 {"culprit", r.culprit}});
  }
  void operator()(const AttributionRecord& r) const {
    json["type"] = "attribution";
    window(r.window);
    json.update({{"counted_s", r.counted_s}, {"programs", array_of(r.programs)}, {"maps", array_of(r.maps)}});
  }
  void operator()(const StatsUseRecord& r) const {
    json.update({{"type", "stats_use"}, {"active", r.active}, {"by", r.by}});
  }
  void operator()(const LeftOutRecord& r) const { json.update({{"type", "left_out"}, {"what", r.what}}); }
  void operator()(const StatsCostRecord& r) const {
    json.update({{"type", "stats_cost"}, {"off_ns", r.off_ns}, {"on_ns", r.on_ns}});
  }
  void operator()(const EntryCostRecord& r) const {
    json.update({{"type", "entry_cost"}, {"hook", r.hook}, {"reason", r.reason}});
    if (!r.cost) return;
    json.update(
        {{"in_place_ns", r.cost->in_place_ns}, {"error_ns", r.cost->error_ns}, {"run_ns", r.cost->run_ns}});
  }
  void operator()(const MeasuredRecord& r) const {
    json.update({{"type", "measured"}, {"reason", r.reason}});
  }
  void operator()(const FilesRecord& r) const { json.update({{"type", "files"}, {"files", r.files}}); }
  void operator()(const ClockOffsetsRecord& r) const {
    json.update({{"type", "clock_offsets"}, {"block", r.block}, {"arm", r.arm}});
    Json offsets = Json::array();
    for (const HostOffset& o : r.offsets)
      offsets.push_back({{"host", o.host}, {"offset_ns", o.offset_ns}, {"error_ns", o.error_ns}});
    json["offsets"] = std::move(offsets);
  }
  void operator()(const HookRecord& r) const {
    json.update({{"type", "hook"},
                 {"level", r.level},
                 {"name", r.name},
                 {"host", r.host},
                 {"block", r.block},
                 {"arm", r.arm},
                 {"workload", r.workload},
                 {"ok", r.ok},
                 {"required", r.required},
                 {"why", r.why},
                 {"took_ms", r.took_ms}});
  }

  void window(const WindowRecord& r) const {
    json.update({{"window", Json(bpftax::to_json(r.window))},
                 {"units_per_s", r.units_per_s},
                 {"unit_name", r.unit_name},
                 {"steady_start_ns", r.steady_start_ns},
                 {"steady_end_ns", r.steady_end_ns},
                 {"files", r.files},
                 {"warnings", r.warnings}});
  }
};

// ---- in ----

void read(JsonFields& f, RunRecord& r) {
  std::string schema;
  f.text("schema", schema);
  f.text("run_id", r.run_id);
  f.text("plan_sha256", r.plan_sha256);
  f.text("tool_version", r.tool_version);
  if (schema != kSchema) f.wrong("schema", fmt::format("expected {}, got '{}'", kSchema, schema));
}
void read(JsonFields& f, SessionRecord& r) {
  f.integer("number", r.number);
  f.text("boot_id", r.boot_id);
  f.text("tool_version", r.tool_version);
}
void read(JsonFields& f, ArmStartRecord& r) {
  f.integer("block", r.block);
  f.text("arm", r.arm);
  f.number("ready_ms", r.ready_ms);
  f.boolean("detached", r.detached);
  read_programs(f, r.programs);
  read_maps(f, r.maps);
}
void read(JsonFields& f, WindowRecord& r) {
  f.number("units_per_s", r.units_per_s);
  f.text("unit_name", r.unit_name);
  f.integer("steady_start_ns", r.steady_start_ns);
  f.integer("steady_end_ns", r.steady_end_ns);
  f.texts("files", r.files);
  f.texts("warnings", r.warnings);
}
void read(JsonFields& f, ArmEndRecord& r) {
  f.integer("block", r.block);
  f.text("arm", r.arm);
  f.text("ended_by", r.ended_by);
  f.text("status", r.status);
  f.integer("took_ms", r.took_ms);
  f.integer("output_bytes", r.output_bytes);
  f.boolean("output_cut", r.output_cut);
  f.integer("lost_events", r.lost_events);
  f.texts("left_behind", r.left_behind);
}
void read(JsonFields& f, FailureRecord& r) {
  f.integer("block", r.block);
  f.text("arm", r.arm);
  f.text("phase", r.phase);
  f.text("reason", r.reason);
  f.text("last_words", r.last_words);
}
void read(JsonFields& f, BlockEndRecord& r) {
  f.integer("block", r.block);
  f.boolean("valid", r.valid);
  f.boolean("interrupted", r.interrupted);
  f.text("reason", r.reason);
  f.text("culprit", r.culprit);
}
void read(JsonFields& f, AttributionRecord& r) {
  read(f, r.window);
  f.number("counted_s", r.counted_s);
  read_programs(f, r.programs);
  read_maps(f, r.maps);
}
void read(JsonFields& f, StatsUseRecord& r) {
  f.boolean("active", r.active);
  f.text("by", r.by);
}
void read(JsonFields& f, LeftOutRecord& r) {
  f.text("what", r.what);
}
void read(JsonFields& f, StatsCostRecord& r) {
  f.number("off_ns", r.off_ns);
  f.number("on_ns", r.on_ns);
}
void read(JsonFields& f, EntryCostRecord& r) {
  f.text("hook", r.hook);
  f.text("reason", r.reason);
  std::optional<double> in_place_ns, error_ns, run_ns;
  f.optional_number("in_place_ns", in_place_ns);
  f.optional_number("error_ns", error_ns);
  f.optional_number("run_ns", run_ns);
  if (in_place_ns && error_ns && run_ns) r.cost = EntryCost{r.hook, *in_place_ns, *error_ns, *run_ns};
}
void read(JsonFields& f, MeasuredRecord& r) {
  f.text("reason", r.reason);
}
void read(JsonFields& f, ClockOffsetsRecord& r) {
  f.integer("block", r.block);
  f.text("arm", r.arm);
  f.each("offsets", [&](const Json& item, const std::string& where) {
    HostOffset offset;
    JsonFields own(item, where, kReadingJournal);
    own.text("host", offset.host);
    own.integer("offset_ns", offset.offset_ns);
    own.integer("error_ns", offset.error_ns);
    f.keep(own.done());
    r.offsets.push_back(std::move(offset));
  });
}
void read(JsonFields& f, HookRecord& r) {
  f.text("level", r.level);
  f.text("name", r.name);
  f.text("host", r.host);
  f.integer("block", r.block);
  f.text("arm", r.arm);
  f.text("workload", r.workload);
  f.boolean("ok", r.ok);
  f.boolean("required", r.required);
  f.text("why", r.why);
  f.integer("took_ms", r.took_ms);
}

template <class Record>
Result<RecordBody> body_of(JsonFields& fields) {
  Record record;
  read(fields, record);
  BPFTAX_TRY(fields.done());
  return RecordBody(std::move(record));
}

Result<RecordBody> files_of(const Json& json) {
  FilesRecord record;
  const auto wrong = [](const std::string& why) {
    return fail(ErrorKind::kUsage, kReadingJournal, "files", why);
  };
  if (!json.contains("files") || !json["files"].is_object()) return wrong("expected an object");
  for (const auto& [host, unused] : json["files"].items()) {
    JsonFields fields(json["files"], "files", kReadingJournal);
    fields.texts(host.c_str(), record.files[host]);
    BPFTAX_TRY(fields.done());
  }
  return RecordBody(std::move(record));
}

Result<void> read_window(const Json& json, WindowRecord& record) {
  if (!json.contains("window")) return fail(ErrorKind::kUsage, kReadingJournal, "window", "is missing");
  BPFTAX_ASSIGN(record.window, result_window_from_json(json["window"]));
  return {};
}

}  // namespace

Json to_json(const JournalRecord& record) {
  Json json = Json::object();
  json["at_ns"] = record.at_ns;
  std::visit(Writer{json}, record.body);
  return json;
}

Result<JournalRecord> journal_record_from_json(const Json& json) {
  JournalRecord record;
  std::string type;
  JsonFields fields(json, "", kReadingJournal);
  fields.text("type", type);
  fields.integer("at_ns", record.at_ns);
  BPFTAX_TRY(fields.done());
  Result<RecordBody> body = [&]() -> Result<RecordBody> {
    if (type == "run") return body_of<RunRecord>(fields);
    if (type == "session") return body_of<SessionRecord>(fields);
    if (type == "arm_start") return body_of<ArmStartRecord>(fields);
    if (type == "window") return body_of<WindowRecord>(fields);
    if (type == "arm_end") return body_of<ArmEndRecord>(fields);
    if (type == "failure") return body_of<FailureRecord>(fields);
    if (type == "block_end") return body_of<BlockEndRecord>(fields);
    if (type == "attribution") return body_of<AttributionRecord>(fields);
    if (type == "stats_use") return body_of<StatsUseRecord>(fields);
    if (type == "left_out") return body_of<LeftOutRecord>(fields);
    if (type == "stats_cost") return body_of<StatsCostRecord>(fields);
    if (type == "entry_cost") return body_of<EntryCostRecord>(fields);
    if (type == "measured") return body_of<MeasuredRecord>(fields);
    if (type == "files") return files_of(json);
    if (type == "clock_offsets") return body_of<ClockOffsetsRecord>(fields);
    if (type == "hook") return body_of<HookRecord>(fields);
    return fail(ErrorKind::kUsage, kReadingJournal, "type", "unknown record '" + type + "'");
  }();
  if (!body) return propagate(std::move(body));
  record.body = std::move(*body);
  if (auto* window = std::get_if<WindowRecord>(&record.body)) BPFTAX_TRY(read_window(json, *window));
  if (auto* attribution = std::get_if<AttributionRecord>(&record.body))
    BPFTAX_TRY(read_window(json, attribution->window));
  return record;
}

}  // namespace bpftax
