#include "result/model.h"

#include <array>
#include <cmath>

#include "result/members.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/json_text.h"

namespace bpftax {
namespace {

constexpr std::array<std::string_view, 6> kVerdictNames = {"PASS",         "OVERHEAD",  "EXCEEDS",
                                                           "INCONCLUSIVE", "SATURATED", "INVALID"};

OrderedJson number(double value) {
  if (!std::isfinite(value)) return nullptr;  // JSON has no NaN
  return value;
}
OrderedJson number(const std::optional<double>& value) {
  return value ? number(*value) : OrderedJson(nullptr);
}

template <class Integer>
OrderedJson integer(const std::optional<Integer>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson numbers(const std::vector<double>& values) {
  OrderedJson array = OrderedJson::array();
  for (const double value : values) array.push_back(number(value));
  return array;
}

OrderedJson numbers(const std::map<std::string, double>& values) {
  OrderedJson object = OrderedJson::object();
  for (const auto& [name, value] : values) object[name] = number(value);
  return object;
}

OrderedJson average_and_peak(const AverageAndPeak& value) {
  return {{"avg", number(value.avg)}, {"peak", number(value.peak)}};
}

OrderedJson time(int64_t realtime_ns) {
  return realtime_ns > 0 ? OrderedJson(format_iso8601(realtime_ns)) : OrderedJson(nullptr);
}

template <class Items, class Function>
OrderedJson array_of(const Items& items, Function&& function) {
  OrderedJson array = OrderedJson::array();
  for (const auto& item : items) array.push_back(function(item));
  return array;
}

OrderedJson warning_json(const ResultWarning& warning) {
  return {{"code", warning.code}, {"text", warning.text}, {"advice", warning.advice}};
}

OrderedJson program_json(const ResultProgram& program) {
  return {{"id", program.id},
          {"name", program.name},
          {"type", program.type},
          {"attach", program.attach},
          {"runs_per_s", number(program.runs_per_s)},
          {"ns_per_run", number(program.ns_per_run)},
          {"entry_ns", number(program.entry_ns)},
          {"entry_error_ns", number(program.entry_error_ns)},
          {"cpu_percent", number(program.cpu_percent)},
          {"recursion_misses", integer(program.recursion_misses)},
          {"verified_insns", integer(program.verified_insns)},
          {"jited_bytes", integer(program.jited_bytes)},
          {"workloads", array_of(program.workloads, [](const ResultProgram::PerWorkload& w) -> OrderedJson {
             return {{"workload", w.workload},
                     {"runs_per_s", number(w.runs_per_s)},
                     {"ns_per_run", number(w.ns_per_run)},
                     {"runs_per_unit", number(w.runs_per_unit)}};
           })}};
}

OrderedJson map_json(const ResultMap& map) {
  return {{"id", map.id},
          {"name", map.name},
          {"type", map.type},
          {"max_entries", map.max_entries},
          {"bytes", integer(map.bytes)}};
}

OrderedJson case_json(const std::optional<ResultCase>& test_case) {
  if (!test_case) return nullptr;
  return {{"id", test_case->id},
          {"tool_id", test_case->tool_id},
          {"protocol", test_case->protocol},
          {"direction", test_case->direction},
          {"hash6", test_case->hash6}};
}

OrderedJson design_json(const ResultDesign& design) {
  return {{"class", design.klass}, {"source", design.source}, {"reason", design.reason}};
}

OrderedJson part_json(const ResultPart& part) {
  return {{"id", part.id},
          {"status", part.status},
          {"reason", part.reason},
          {"blocks",
           {{"planned_min", part.blocks_planned_min},
            {"planned_max", part.blocks_planned_max},
            {"done", part.blocks_done}}},
          {"stop_reason", part.stop_reason}};
}

OrderedJson environment_json(const ResultEnvironment& environment) {
  return {{"name", environment.name},
          {"server", OrderedJson(environment.server_facts)},
          {"client", OrderedJson(environment.client_facts)},
          {"tool_host", OrderedJson(environment.tool_facts)},
          {"placement", OrderedJson(environment.placement)},
          {"workloads", OrderedJson(environment.workloads)},
          {"parts", array_of(environment.parts, part_json)}};
}

OrderedJson subject_json(const ResultSubject& subject) {
  return {{"id", subject.id},
          {"name", subject.name},
          {"command", subject.command},
          {"environment", subject.environment},
          {"part", subject.part},
          {"case", case_json(subject.test_case)},
          {"kind", subject.kind},
          {"status", subject.status},
          {"reason", subject.reason},
          {"ready_ms", number(subject.ready_ms)},
          {"left_behind", subject.left_behind},
          {"bpf",
           {{"programs", array_of(subject.programs, program_json)},
            {"maps", array_of(subject.maps, map_json)},
            {"cpu_percent", number(subject.bpf_cpu_percent)},
            {"map_bytes", integer(subject.map_bytes)},
            {"stats_cost_ns", number(subject.stats_cost_ns)}}},
          {"process",
           {{"cpu_percent", average_and_peak(subject.process_cpu_percent)},
            {"rss_kb", average_and_peak(subject.process_rss_kb)},
            {"vsz_kb", average_and_peak(subject.process_vsz_kb)},
            {"output_bytes_per_s", number(subject.output_bytes_per_s)}}},
          {"class", subject.klass},
          {"class_reason", subject.class_reason},
          {"design", design_json(subject.design)},
          {"advice", array_of(subject.advice, warning_json)},
          {"last_words", subject.last_words}};
}

// Makes a tree of values of each_member().
class MemberTree {
 public:
  template <class Value>
  void operator()(const char* name, const Value& value) {
    json_[name] = tree(value);
  }
  OrderedJson take() { return std::move(json_); }

 private:
  template <class Value>
  static OrderedJson tree(const Value& value) {
    return value;
  }
  static OrderedJson tree(double value) { return number(value); }
  static OrderedJson tree(const std::optional<double>& value) { return number(value); }
  static OrderedJson tree(const std::optional<int>& value) { return integer(value); }
  static OrderedJson tree(const std::map<std::string, double>& values) { return numbers(values); }
  static OrderedJson tree(const ComparisonSamples& samples) {
    return {{"baseline", numbers(samples.baseline)}, {"subject", numbers(samples.subject)}};
  }

  OrderedJson json_ = OrderedJson::object();
};

// Makes text of each_member().
class MemberText {
 public:
  explicit MemberText(JsonText& json) : json_(json) {}
  template <class Value>
  void operator()(const char* name, const Value& value) {
    json_.member(name, value);
  }
  void operator()(const char* name, const std::map<std::string, double>& values) {
    json_.member_object(name);
    for (const auto& [key, value] : values) json_.member(key, value);
    json_.close();
  }
  void operator()(const char* name, const ComparisonSamples& samples) {
    json_.member_object(name);
    json_.member("baseline", samples.baseline);
    json_.member("subject", samples.subject);
    json_.close();
  }

 private:
  JsonText& json_;
};

template <class Item>
OrderedJson tree_of_members(const Item& item) {
  MemberTree tree;
  each_member(item, tree);
  return tree.take();
}

template <class Item>
void put_list(JsonText& json, const std::vector<Item>& items) {
  json.open_array();
  for (const Item& item : items) {
    json.open_object();
    each_member(item, MemberText(json));
    json.close();
  }
  json.close();
}

constexpr const char* kComparisons = "comparisons";
constexpr const char* kWindows = "windows";
constexpr size_t kBytesOfOne = 1'000;  // of those lists, about

// All of a result; the long lists are null.
OrderedJson frame_of(const RunResult& result) {
  return {{"schema", kResultSchema},
          {"source", result.source},
          {"run_id", result.run_id},
          {"started", time(result.started_realtime_ns)},
          {"finished", time(result.finished_realtime_ns)},
          {"started_realtime_ns", result.started_realtime_ns},
          {"finished_realtime_ns", result.finished_realtime_ns},
          {"seed", result.source == kSourceTree ? OrderedJson(nullptr) : OrderedJson(result.seed)},
          {"tool_version", result.tool_version},
          {"command_line", result.command_line},
          {"complete", result.complete},
          {"stop_reason", result.stop_reason},
          {"window_s", number(result.window_s)},
          {"blocks",
           {{"planned_min", result.blocks_planned_min},
            {"planned_max", result.blocks_planned_max},
            {"done", result.blocks_done}}},
          {"environment",
           {{"name", result.environment},
            {"server", OrderedJson(result.server_facts)},
            {"client", OrderedJson(result.client_facts)},
            {"placement", OrderedJson(result.placement)}}},
          {"environments", array_of(result.environments, environment_json)},
          {"subjects", array_of(result.subjects, subject_json)},
          {kComparisons, nullptr},
          {"warnings", array_of(result.warnings, warning_json)},
          {"drops", result.drops},
          {kWindows, nullptr}};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdictNames[static_cast<size_t>(verdict)];
}

std::optional<Verdict> verdict_from_string(std::string_view text) {
  for (size_t i = 0; i < kVerdictNames.size(); ++i)
    if (kVerdictNames[i] == text) return static_cast<Verdict>(i);
  return std::nullopt;
}

OrderedJson to_json(const ResultWindow& window) {
  return tree_of_members(window);
}

OrderedJson to_json(const RunResult& result) {
  OrderedJson json = frame_of(result);
  json[kComparisons] = array_of(result.comparisons, tree_of_members<ResultComparison>);
  json[kWindows] = array_of(result.windows, tree_of_members<ResultWindow>);
  return json;
}

std::string result_document(const RunResult& result) {
  const OrderedJson frame = frame_of(result);
  JsonText json;
  json.reserve(kBytesOfOne * (result.comparisons.size() + result.windows.size()));
  json.open_object();
  for (const auto& [name, value] : frame.items()) {
    json.key(name);
    if (name == kComparisons) {
      put_list(json, result.comparisons);
    } else if (name == kWindows) {
      put_list(json, result.windows);
    } else {
      json.value(value);
    }
  }
  json.close();
  return json.take();
}

}  // namespace bpftax
