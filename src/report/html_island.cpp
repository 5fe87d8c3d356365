// The data of the page's script as one compact JSON document: arrays in place of objects, indices in place of
// names, six significant digits. web/src/data.ts reads it and names the places of each array.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "report/html_page.h"
#include "report/text.h"
#include "util/json.h"

namespace bpftax {
namespace {

constexpr std::array kVerdicts = {Verdict::kPass,         Verdict::kOverhead,  Verdict::kExceeds,
                                  Verdict::kInconclusive, Verdict::kSaturated, Verdict::kInvalid};
constexpr const char* kMeanMemory = "subject_rss_kb";
constexpr const char* kPeakMemory = "subject_rss_peak_kb";

// Short in the file, and more than a chart can show.
OrderedJson rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  const std::string text = fmt::format("{:.6g}", value);
  const double short_value = std::strtod(text.c_str(), nullptr);
  if (short_value == std::floor(short_value) && std::fabs(short_value) < 1e15)
    return static_cast<int64_t>(short_value);
  return short_value;
}
OrderedJson rounded(const std::optional<double>& value) {
  return value ? rounded(*value) : OrderedJson(nullptr);
}

class Island {
 public:
  explicit Island(const Page& page) : page_(page) {}
  std::string text();

 private:
  using Column = std::pair<std::string, std::string>;  // workload, metric

  int workload(const std::string& name);
  int column(const std::string& workload, const std::string& metric);
  int note(const std::string& text);
  int subject(const std::string& id) const;
  void add_columns();
  void add_rows();
  void add_windows();
  void add_window(const ResultWindow& window, size_t group, int64_t origin);
  void add_programs();

  const Page& page_;
  const char* const memory_ = memory_condition(page_.result);
  // What the charts draw of the circumstances of a window.
  const std::array<const char*, 3> conditions_ = {"subject_cpu_percent", memory_,
                                                  "subject_output_bytes_per_s"};
  std::map<std::string, int> subjects_, workload_at_, note_at_;
  std::map<Column, int> column_at_;
  OrderedJson workloads_ = OrderedJson::array(), columns_ = OrderedJson::array(),
              notes_ = OrderedJson::array(), rows_ = OrderedJson::array(), windows_ = OrderedJson::array(),
              programs_ = OrderedJson::array(), cpu_ = OrderedJson::array();
};

int Island::workload(const std::string& name) {
  const auto [at, fresh] = workload_at_.try_emplace(name, static_cast<int>(workloads_.size()));
  if (fresh)
    workloads_.push_back({one_line(name), workload_label(name, page_.lang), unit_of_work(name, page_.lang)});
  return at->second;
}

int Island::column(const std::string& of, const std::string& metric) {
  const auto [at, fresh] = column_at_.try_emplace({of, metric}, static_cast<int>(columns_.size()));
  if (fresh)
    columns_.push_back({workload(of), one_line(metric), metric_label(metric, of, page_.lang), "", 0, 0});
  return at->second;
}

int Island::note(const std::string& text) {
  const auto [at, fresh] = note_at_.try_emplace(text, static_cast<int>(notes_.size()));
  if (fresh) notes_.push_back(one_line(engine_text(page_.lang, text)));
  return at->second;
}

int Island::subject(const std::string& id) const {
  const auto at = subjects_.find(id);
  return at == subjects_.end() ? -1 : at->second;
}

void Island::add_columns() {
  for (const bool primary : {true, false})
    for (const ResultComparison* row : rows_of(page_.result, "", primary)) {
      OrderedJson& entry = columns_[static_cast<size_t>(column(row->workload, row->metric))];
      entry[3] = row->unit.starts_with("us/") ? "us" : one_line(row->unit);
      if (primary) entry[4] = 1;
      if (row->better == "higher") entry[5] = 1;
    }
}

void Island::add_rows() {
  for (const ResultComparison& row : page_.result.comparisons) {
    const auto verdict = std::find(kVerdicts.begin(), kVerdicts.end(), row.verdict) - kVerdicts.begin();
    OrderedJson entry = {
        subject(row.subject),    column(row.workload, row.metric), static_cast<int>(verdict),
        row.primary ? 1 : 0,     rounded(row.overhead_percent),    rounded(row.ci_low),
        rounded(row.ci_high),    rounded(row.margin_percent),      rounded(row.noise_low),
        rounded(row.noise_high), rounded(row.baseline_mean),       rounded(row.subject_mean)};
    if (row.measured_added_us && row.attributed_added_us)
      for (const auto& value :
           {row.measured_added_us, row.measured_added_low, row.measured_added_high, row.attributed_added_us})
        entry.push_back(rounded(value));
    rows_.push_back(std::move(entry));
  }
}

void Island::add_window(const ResultWindow& window, size_t group, int64_t origin) {
  OrderedJson metrics = OrderedJson::array(), conditions = OrderedJson::array();
  for (const auto& [name, value] : window.metrics) {
    metrics.push_back(column(window.workload, name));
    metrics.push_back(rounded(value));
  }
  for (const char* condition : conditions_) {
    const auto value = window.conditions.find(condition);
    conditions.push_back(value == window.conditions.end() ? OrderedJson(nullptr) : rounded(value->second));
  }
  const bool resources =
      std::any_of(conditions.begin(), conditions.end(), [](const auto& c) { return !c.is_null(); });
  const OrderedJson start = window.start_realtime_ns > 0
                                ? rounded(static_cast<double>(window.start_realtime_ns - origin) * 1e-9)
                                : OrderedJson(nullptr);
  const int purpose = window.purpose == "timed" ? 0 : window.purpose == "warmup" ? 1 : 2;
  OrderedJson entry = {group,
                       window.block,
                       window.arm == "A2" ? 1 : 0,
                       subject(window.subject),
                       workload(window.workload),
                       start,
                       rounded(window.duration_s),
                       purpose,
                       window.valid ? 1 : 0,
                       window.valid || window.reason.empty() ? -1 : note(window.reason),
                       metrics};
  if (resources) entry.push_back(std::move(conditions));
  windows_.push_back(std::move(entry));
}

void Island::add_windows() {
  for (size_t group = 0; group < page_.groups.size(); ++group) {
    int64_t origin = 0;
    for (const ResultWindow& w : page_.result.windows)
      if (in_group(w, page_.groups[group]) && w.start_realtime_ns > 0 &&
          (origin == 0 || w.start_realtime_ns < origin))
        origin = w.start_realtime_ns;
    for (const ResultWindow& w : page_.result.windows)
      if (in_group(w, page_.groups[group])) add_window(w, group, origin);
  }
}

void Island::add_programs() {
  for (const ResultSubject& s : page_.result.subjects) {
    for (const ResultProgram& program : s.programs) {
      OrderedJson by_workload = OrderedJson::array();
      for (const auto& w : program.workloads)
        by_workload.push_back(
            {workload(w.workload), rounded(w.runs_per_s), rounded(w.ns_per_run), rounded(w.runs_per_unit)});
      programs_.push_back({subject(s.id), one_line(program.name),
                           one_line(program.attach.empty() ? program.type : program.attach),
                           std::move(by_workload)});
    }
    if (s.bpf_cpu_percent || s.process_cpu_percent.avg)
      cpu_.push_back({subject(s.id), rounded(s.bpf_cpu_percent), rounded(s.process_cpu_percent.avg)});
  }
}

std::string Island::text() {
  OrderedJson words = OrderedJson::object(), verdicts = OrderedJson::array(), groups = OrderedJson::array(),
              subjects = OrderedJson::array();
  for (const Word& word : kScriptWords)
    words[std::string(word.key)] = page_.lang == Lang::kZh ? word.zh : word.en;
  words["baseline"] = word(page_.lang, "name.baseline");
  if (std::string_view(memory_) == kPeakMemory)
    words["chart.resource_rss"] = word(page_.lang, "resources.rss_peak");
  for (const Verdict verdict : kVerdicts)
    verdicts.push_back({to_string(verdict), verdict_word(verdict, page_.lang)});
  for (size_t i = 0; i < page_.groups.size(); ++i) {
    groups.push_back(one_line(group_label(page_.groups[i], page_.lang)));
    for (const ResultSubject* s : page_.groups[i].subjects) {
      subjects_.try_emplace(s->id, static_cast<int>(subjects.size()));
      subjects.push_back({one_line(s->id), one_line(subject_name(page_.result, s->id, page_.lang)), i});
    }
  }
  add_columns();
  add_rows();
  add_windows();
  add_programs();
  return island_json({{"lang", to_string(page_.lang)},
                      {"words", words},
                      {"verdicts", verdicts},
                      {"groups", groups},
                      {"subjects", subjects},
                      {"workloads", workloads_},
                      {"columns", columns_},
                      {"notes", notes_},
                      {"rows", rows_},
                      {"windows", windows_},
                      {"programs", programs_},
                      {"cpu", cpu_}});
}

}  // namespace

const char* memory_condition(const RunResult& result) {
  const auto has = [&](const char* name) {
    return std::any_of(result.windows.begin(), result.windows.end(),
                       [&](const ResultWindow& window) { return window.conditions.count(name) > 0; });
  };
  return !has(kMeanMemory) && has(kPeakMemory) ? kPeakMemory : kMeanMemory;
}

std::string island_of_page(const Page& page) {
  return Island(page).text();
}

}  // namespace bpftax
