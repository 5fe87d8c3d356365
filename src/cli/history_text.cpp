#include "cli/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.h"
#include "util/clock.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

OrderedJson number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson integer(const std::optional<int64_t>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

OrderedJson host_json(const CatalogueHost& host) {
  return {{"hostname", text_or_null(host.hostname)},
          {"kernel_release", text_or_null(host.kernel_release)},
          {"architecture", text_or_null(host.architecture)},
          {"cpu_model", text_or_null(host.cpu_model)},
          {"cpus", integer(host.cpus)}};
}

std::string host_text(const CatalogueHost& host) {
  std::vector<std::string> parts;
  if (!host.kernel_release.empty()) parts.push_back("Linux " + host.kernel_release);
  if (!host.architecture.empty()) parts.push_back(host.architecture);
  if (!host.cpu_model.empty()) parts.push_back(host.cpu_model);
  if (host.cpus) parts.push_back(counted(static_cast<size_t>(std::max<int64_t>(*host.cpus, 0)), "CPU"));
  return parts.empty() ? "unknown machine" : join(parts, ", ");
}

OrderedJson position_json(const TrendPosition& position) {
  return {{"label", position.label},
          {"runs", position.runs},
          {"version", text_or_null(position.version)},
          {"kernel", text_or_null(position.kernel)},
          {"overhead_percent", number(position.overhead_percent)},
          {"ci_low", number(position.ci_low)},
          {"ci_high", number(position.ci_high)}};
}

OrderedJson change_json(const TrendChange& change, const std::vector<TrendPosition>& positions) {
  OrderedJson candidates = OrderedJson::array();
  for (const size_t at : change.found.positions) candidates.push_back(positions[at].label);
  return {{"at", positions[change.found.position].label},
          {"after", positions[change.found.position - 1].label},
          {"confidence_set", std::move(candidates)},
          {"percent", number(change.percent)},
          {"ci_low", number(change.percent_low)},
          {"ci_high", number(change.percent_high)},
          {"p_value", change.found.p_value}};
}

// "1.4" alone, "1.3 or 1.4", "1.3 to 1.6".
std::string candidates_text(const TrendChange& change, const std::vector<TrendPosition>& positions) {
  const std::vector<size_t>& set = change.found.positions;
  const auto label = [&](size_t at) { return one_line(positions[at].label); };
  if (set.size() == 1) return label(set[0]);
  if (set.size() == 2) return label(set[0]) + " or " + label(set[1]);
  const bool contiguous = set.back() - set.front() + 1 == set.size();
  return fmt::format("{} of {} to {}", contiguous ? "any" : "one", label(set.front()), label(set.back()));
}

// Pads all columns of all rows to the widest cell; the first column is text, `text_columns` more are too.
std::string aligned(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right) {
  std::vector<size_t> widths(right.size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += right[i] ? pad_left(row[i], widths[i]) : pad_right(row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string cut(const std::string& text, size_t columns) {
  return fit(one_line(text), columns);
}

void add_changes(const TrendSeries& series, std::string& out) {
  for (const TrendChange& change : series.changes) {
    out += fmt::format("  change at {}: {} % ({} %), p = {:.2g}; 95 % sure that it came with {}\n",
                       one_line(series.positions[change.found.position].label), signed_number(change.percent),
                       interval_text(change.percent_low, change.percent_high), change.found.p_value,
                       candidates_text(change, series.positions));
  }
  if (series.positions.size() < 3) {
    out += "  too few points to look for a change\n";
  } else if (series.changes.empty()) {
    out += "  no change is shown\n";
  }
  if (series.positions.size() >= 3) {
    out +=
        series.between_percent
            ? fmt::format("  runs differ by {} % (sd) beyond their intervals; that is taken into account\n",
                          format_significant(*series.between_percent, 2))
            : std::string(
                  "  how much runs differ beyond their intervals is not known: repeat some before "
                  "you believe a change\n");
  }
}

}  // namespace

std::string history_document(const char* key, OrderedJson value) {
  OrderedJson document = {{"schema", "bpftax.history/1"}};
  document[key] = std::move(value);
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

OrderedJson runs_json(const std::vector<CatalogueRun>& runs) {
  OrderedJson all = OrderedJson::array();
  for (const CatalogueRun& run : runs) {
    all.push_back(
        {{"number", run.number},
         {"run_id", run.run_id},
         {"started", run.started_ns > 0 ? OrderedJson(format_iso8601(run.started_ns)) : OrderedJson()},
         {"seed", run.seed},
         {"environment", run.environment},
         {"bpftax_version", text_or_null(run.bpftax_version)},
         {"command_line", text_or_null(run.command_line)},
         {"window_s", number(run.window_s)},
         {"blocks", run.blocks},
         {"complete", run.complete},
         {"tools", run.subjects},
         {"host", host_json(run.host)},
         {"source", run.source}});
  }
  return all;
}

OrderedJson subjects_json(const std::vector<CatalogueSubject>& subjects) {
  OrderedJson all = OrderedJson::array();
  for (const CatalogueSubject& s : subjects) {
    all.push_back({{"id", s.id},
                   {"name", s.name},
                   {"tool_id", text_or_null(s.tool_id)},
                   {"version", text_or_null(s.version)},
                   {"command", s.command},
                   {"kind", s.kind},
                   {"status", s.status},
                   {"class", s.klass},
                   {"environment", s.environment},
                   {"host", host_json(s.host)},
                   {"process_cpu_percent", number(s.process_cpu_percent)},
                   {"bpf_cpu_percent", number(s.bpf_cpu_percent)},
                   {"map_bytes", integer(s.map_bytes)},
                   {"rss_peak_kb", number(s.rss_peak_kb)},
                   {"output_bytes_per_s", number(s.output_bytes_per_s)}});
  }
  return all;
}

OrderedJson rows_json(const std::vector<CatalogueRow>& rows) {
  OrderedJson all = OrderedJson::array();
  for (const CatalogueRow& row : rows) {
    all.push_back({{"name", row.name},
                   {"environment", row.environment},
                   {"workload", row.workload},
                   {"metric", row.metric},
                   {"unit", row.unit},
                   {"better", row.better},
                   {"primary", row.primary},
                   {"placement", text_or_null(row.placement)},
                   {"blocks", row.blocks},
                   {"baseline_mean", number(row.baseline_mean)},
                   {"subject_mean", number(row.subject_mean)},
                   {"overhead_percent", number(row.overhead_percent)},
                   {"ci_low", number(row.ci_low)},
                   {"ci_high", number(row.ci_high)},
                   {"confidence", row.confidence},
                   {"margin_percent", row.margin_percent},
                   {"verdict", row.verdict}});
  }
  return all;
}

OrderedJson trend_json(const Trend& trend, const std::string& by) {
  OrderedJson all = OrderedJson::array();
  for (const TrendSeries& series : trend.series) {
    OrderedJson positions = OrderedJson::array(), changes = OrderedJson::array();
    for (const TrendPosition& position : series.positions) positions.push_back(position_json(position));
    for (const TrendChange& change : series.changes) changes.push_back(change_json(change, series.positions));
    all.push_back({{"tool", series.tool},
                   {"workload", series.workload},
                   {"metric", series.metric},
                   {"better", series.better},
                   {"environment", series.environment},
                   {"placement", text_or_null(series.placement)},
                   {"window_s", number(series.window_s)},
                   {"machine", host_json(series.machine)},
                   {"between_runs_percent", number(series.between_percent)},
                   {"positions", std::move(positions)},
                   {"changes", std::move(changes)}});
  }
  return {{"by", by},
          {"series", std::move(all)},
          {"without_estimate", trend.without_estimate},
          {"without_label", trend.without_label}};
}

std::string runs_table(const std::vector<CatalogueRun>& runs) {
  if (runs.empty()) return "The history is empty. bpftax history add RUN_DIR\n";
  std::vector<std::vector<std::string>> rows = {
      {"No.", "run", "started", "tools", "blocks", "environment", "host"}};
  for (const CatalogueRun& run : runs) {
    rows.push_back({fmt::format("{}", run.number), cut(run.run_id, 40),
                    run.started_ns > 0 ? format_iso8601(run.started_ns) : "?",
                    fmt::format("{}", run.subjects), fmt::format("{}{}", run.blocks, run.complete ? "" : "+"),
                    cut(run.environment, 30), cut(host_text(run.host), 70)});
  }
  return aligned(rows, {true, false, false, true, true, false, false});
}

std::string run_text(const CatalogueRun& run, const std::vector<CatalogueSubject>& subjects,
                     const std::vector<CatalogueRow>& rows) {
  std::string out = fmt::format(
      "run {} (number {}), {}\n{}; {}, window {}{}\nfrom {}\n\n", one_line(run.run_id), run.number,
      run.started_ns > 0 ? format_iso8601(run.started_ns) : "start unknown", one_line(host_text(run.host)),
      counted(static_cast<size_t>(std::max(run.blocks, 0)), "block"),
      run.window_s ? format_duration(*run.window_s) : "unknown", run.complete ? "" : "; not complete",
      one_line(run.source));
  std::vector<std::vector<std::string>> tools = {
      {"tool", "version", "status", "class", "CPU", "CPU in BPF", "map memory"}};
  for (const CatalogueSubject& s : subjects) {
    std::optional<double> map_bytes;
    if (s.map_bytes) map_bytes = static_cast<double>(*s.map_bytes);
    tools.push_back({cut(s.name, 50), s.version.empty() ? "?" : cut(s.version, 30), cut(s.status, 12),
                     cut(s.klass, 12), percent_text(s.process_cpu_percent), percent_text(s.bpf_cpu_percent),
                     bytes_text(map_bytes)});
  }
  out += aligned(tools, {false, false, false, false, true, true, true});
  std::vector<std::vector<std::string>> table = {
      {"tool", "workload", "metric", "overhead %", "interval", "verdict"}};
  for (const CatalogueRow& row : rows) {
    if (!row.primary) continue;
    table.push_back({cut(row.name, 50), cut(row.workload, 20), cut(row.metric, 24),
                     signed_number(row.overhead_percent), interval_text(row.ci_low, row.ci_high),
                     cut(row.verdict, 14)});
  }
  return out + "\n" + aligned(table, {false, false, false, true, true, false});
}

std::string trend_text(const Trend& trend) {
  std::string out;
  for (const TrendSeries& series : trend.series) {
    std::vector<std::string> how = {series.environment.empty() ? "?" : one_line(series.environment)};
    if (!series.placement.empty()) how.push_back(one_line(series.placement));
    if (series.window_s) how.push_back("window " + format_duration(*series.window_s));
    out += fmt::format("{}, {}, {} ({})\n  {}\n", one_line(series.tool), one_line(series.workload),
                       metric_label(series.metric, series.workload), join(how, ", "),
                       one_line(host_text(series.machine)));
    std::vector<std::vector<std::string>> rows = {{"  ", "runs", "overhead %", "95 % interval"}};
    for (const TrendPosition& position : series.positions) {
      rows.push_back({"  " + cut(position.label, 50), fmt::format("{}", position.runs.size()),
                      signed_number(position.overhead_percent),
                      interval_text(position.ci_low, position.ci_high)});
    }
    out += aligned(rows, {false, true, true, true});
    add_changes(series, out);
    out += "\n";
  }
  if (trend.without_estimate > 0)
    out += fmt::format("{} left out: INVALID, or without a ratio to the baseline.\n",
                       counted(static_cast<size_t>(trend.without_estimate), "row"));
  if (trend.without_label > 0)
    out += fmt::format("{} left out: what it is ordered by is not known.\n",
                       counted(static_cast<size_t>(trend.without_label), "row"));
  return out.empty() ? "Nothing to show.\n" : out;
}

}  // namespace bpftax
