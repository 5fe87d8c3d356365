#include "analyze/out_overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/text.h"
#include "stats/descriptive.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// The differences of the one-line-a-case table: what was received, which is what the result's comparisons
// use.
struct OverviewColumn {
  OutTable table;
  size_t column;  // without the first three
  const char* title;
};
constexpr OverviewColumn kShown[] = {
    {OutTable::kLatency, 4, "TCP RR mean"},
    {OutTable::kLatency, 9, "UDP RR mean"},
    {OutTable::kThroughput, 8, "Throughput single"},
    {OutTable::kThroughput, 11, "Throughput multi"},
    {OutTable::kPps, 8, "PPS single"},
    {OutTable::kPps, 11, "PPS multi"},
};

class Overview {
 public:
  Overview(const OutIteration& iteration, const std::string& topic, const OverviewContext& context)
      : iteration_(iteration), topic_(topic), context_(context) {
    for (const OutRow& row : iteration.rows)
      if (row.topic == topic) rows_.push_back(&row);
  }
  std::string render() {
    head();
    statistics();
    cases();
    files();
    warnings();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    out_ += fmt::format(format, std::forward<Args>(args)...);
  }
  void head();
  void statistics();
  void cases();
  void files();
  void warnings();
  void warning(const AnalysisWarning& said);

  const OutIteration& iteration_;
  const std::string& topic_;
  const OverviewContext& context_;
  std::vector<const OutRow*> rows_;
  std::string out_;
};

void Overview::head() {
  std::set<std::string> environments;
  for (const OutRow* row : rows_)
    environments.insert(row->environment.empty() ? "unknown" : row->environment);
  add("# {}, {}\n\n", md_escape(topic_), md_escape(iteration_.name));
  add("{} of the tool {} in {} ({}), analysed from {}.\n\n", counted(rows_.size(), "case"), md_escape(topic_),
      counted(environments.size(), "environment"),
      md_escape(join({environments.begin(), environments.end()}, ", ")), md_escape(context_.input));
  add("## How to read it\n\n"
      "- A difference is 100 * (case - baseline) / baseline, from unrounded values. The baseline is that of "
      "the "
      "same environment, with the same protocol and number of streams. More latency is worse, less "
      "throughput is "
      "worse.\n");
  if (context_.tree && context_.iterations == 1) {
    add("- **There is no repetition**: one baseline and one run of each case. A difference is therefore "
        "printed "
        "as such. It has no interval and gets no verdict: how far two runs without any tool would differ is "
        "not "
        "known, so a difference of some percent can be chance.\n");
  } else if (context_.tree) {
    add("- This page shows one iteration of {}: single differences, without an interval and without a "
        "verdict. "
        "`aggregated/` has mean, standard deviation and interval over the iterations, `comparisons.csv` the "
        "effect "
        "of each case with its interval.\n",
        context_.iterations);
  } else {
    add("- Values are means over the blocks of the run, Min and Max the least and the greatest of all. "
        "`comparisons.csv` has the intervals and verdicts. Columns of the client's side, Total Samples and "
        "Log "
        "Size are from the raw results of the run.\n");
  }
  if (std::any_of(rows_.begin(), rows_.end(), [](const OutRow* row) { return row->pps_is_writes; })) {
    add("- **The PPS columns of TCP tests are writes a second, not packets**: bits / (8 * block size) of the "
        "generator. TCP joins small writes into full segments, so the rate of packets is another one, and "
        "unknown.\n");
  }
  add("- N/A: not measured, not readable, or not complete (a sum over streams needs every stream). It is "
      "never "
      "0; the warnings below say why.\n");
}

void Overview::statistics() {
  const auto out =
      std::count_if(rows_.begin(), rows_.end(), [](const OutRow* row) { return !row->trouble.empty(); });
  add("\n## Differences over all cases\n\nIn percent of the baseline.");
  if (out > 0)
    add(" {} left out: what was measured is not the tool (see the remarks below).",
        out == 1 ? std::string("1 case is") : fmt::format("{} cases are", out));
  add("\n\n| Difference | Cases | Mean | Median | Least | Greatest |\n|---|---:|---:|---:|---:|---:|\n");
  for (const OutTable table : kOutTables) {
    const auto columns = out_columns(table);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].format != OutFormat::kPercent) continue;
      std::vector<double> values;
      for (const OutRow* row : rows_)
        if (const auto& value = row->of(table)[i]; value && row->trouble.empty()) values.push_back(*value);
      const auto number = [](const std::optional<double>& value) {
        return out_text(value, OutFormat::kPercent);
      };
      add("| {} {} | {} | {} | {} | {} | {} |\n", to_string(table), columns[i].title, values.size(),
          number(mean(values)), number(median(values)), number(quantile(values, 0)),
          number(quantile(values, 1)));
    }
  }
}

void Overview::cases() {
  add("\n## Cases\n\nDifferences in percent; throughput and PPS as received by the server.\n\n"
      "| Case | Protocol | Direction | Environment |");
  for (const OverviewColumn& column : kShown) add(" {} |", column.title);
  add(" CPU avg of the tool in PPS multi (%) | Max RSS (KB) | Remark |\n|---|---|---|---|");
  for (size_t i = 0; i < std::size(kShown) + 2; ++i) add("---:|");
  add("---|\n");
  const auto known = [](const std::string& text) {
    return text.empty() ? std::string("N/A") : md_escape(text);
  };
  for (const OutRow* row : rows_) {
    add("| {} | {} | {} | {} |", known(row->tool_case), known(row->protocol), known(row->direction),
        known(row->environment));
    for (const OverviewColumn& column : kShown)
      add(" {} |", out_text(row->of(column.table)[column.column], OutFormat::kPercent));
    const auto& use = row->of(OutTable::kResources);
    add(" {} | {} | {} |\n", out_text(use[3], OutFormat::kFixed), out_text(use[12], OutFormat::kWhole),
        row->trouble.empty() ? "" : "**not a measurement of the tool:** " + md_escape(row->trouble));
  }
}

void Overview::files() {
  add("\n## Files\n\n");
  for (const auto& [text, path] : context_.links) add("- [{}]({})\n", md_escape(text), path);
}

void Overview::warning(const AnalysisWarning& said) {
  add("- {}{} ({})\n", said.file.empty() ? "" : md_escape(said.file) + ": ", md_escape(said.text),
      md_escape(said.code));
}

void Overview::warnings() {
  add("\n## Warnings\n");
  bool any = false;
  if (!iteration_.warnings.empty()) {
    add("\n### Of the baselines and of the whole tree\n\n");
    for (const AnalysisWarning& said : iteration_.warnings) warning(said);
    any = true;
  }
  for (const OutRow* row : rows_) {
    if (row->warnings.empty()) continue;
    add("\n### {}\n\n", md_escape(row->tool_case));
    for (const AnalysisWarning& said : row->warnings) warning(said);
    any = true;
  }
  if (!any) add("\nNone.\n");
}

}  // namespace

std::string overview_markdown(const OutIteration& iteration, const std::string& topic,
                              const OverviewContext& context) {
  return Overview(iteration, topic, context).render();
}

}  // namespace bpftax
