#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/export_junit.h"
#include "report/export_openmetrics.h"
#include "report/export_summary.h"
#include "report/golden.h"
#include "report/summary.h"
#include "report/testdata.h"

namespace bpftax {
namespace {

using testing::HasSubstr;
using testing::Not;

// Every primary row by its verdict, as cli/gate.cpp makes it without budgets.
GateReport report_of(const RunResult& result) {
  GateReport report;
  report.result = &result;
  report.source = "runs/monday";
  report.exit_code = 1;
  for (const ResultSubject& subject : result.subjects) {
    GateCheck check;
    check.subject = subject.id;
    check.name = subject_name(result, subject.id);
    if (subject.status != "measured") {
      check.what = "measurement";
      check.word = "INVALID";
      check.text = "it was not measured: " + subject.reason;
      report.checks.push_back(check);
    }
    for (const ResultComparison* row : rows_of(result, subject.id, true)) {
      check.workload = row->workload;
      check.metric = row->metric;
      check.what = row->workload + " " + row->metric;
      check.word = to_string(row->verdict);
      check.text = row->verdict_text;
      check.outcome = row->verdict == Verdict::kPass      ? GateOutcome::kPass
                      : row->verdict == Verdict::kExceeds ? GateOutcome::kExceeds
                                                          : GateOutcome::kUndecided;
      check.value = row->overhead_percent;
      check.low = row->ci_low;
      check.high = row->ci_high;
      check.limit = row->margin_percent;
      check.unit = "%";
      report.checks.push_back(check);
    }
  }
  return report;
}

GateReport small_report(const RunResult& result, const std::string& name, const std::string& text) {
  GateReport report;
  report.result = &result;
  GateCheck check;
  check.name = name;
  check.what = "tcp_rr latency_mean_us";
  check.outcome = GateOutcome::kExceeds;
  check.word = "EXCEEDS";
  check.text = text;
  check.value = 7;
  report.checks.push_back(check);
  return report;
}

TEST(Exports, LookAsAgreed) {
  const RunResult result = synthetic_result();
  const std::vector<GateReport> reports = {report_of(result)};
  expect_golden("gate.xml", render_junit(reports));
  expect_golden("gate.md", render_ci_summary(reports));
  expect_golden("metrics.txt", render_openmetrics(reports));
}

TEST(Exports, EmptyResultsAreRendered) {
  const RunResult result;
  GateReport report;
  report.result = &result;
  EXPECT_THAT(render_junit({report}), HasSubstr("tests=\"0\""));
  EXPECT_THAT(render_junit({}), HasSubstr("</testsuites>"));
  EXPECT_THAT(render_ci_summary({report}), HasSubstr("nothing to check"));
  EXPECT_THAT(render_openmetrics({report}),
              testing::EndsWith("bpftax_run_info{run=\"\",environment=\"\",version=\"" +
                                std::string("0.1.0") + "\"} 1\n# EOF\n"));
  EXPECT_EQ(render_openmetrics({}), "# EOF\n");
}

TEST(Junit, ForbiddenCharactersBecomeVisible) {
  const RunResult result;
  using namespace std::string_literals;
  const std::string name = "a\x01\0<b>\"&'\n]]>\xef\xbf\xbe\xef\xbf\xbf\xff"s;
  const std::string page = render_junit({small_report(result, name, name)});
  EXPECT_THAT(page, HasSubstr("classname=\"a\\x01\\x00&lt;b&gt;&quot;&amp;'\\n]]&gt;\\ufffe\\uffff\\xff\""));
  for (const char c : page) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

TEST(CiSummary, TextFromOutsideIsNoMarkup) {
  const RunResult result;
  const std::string page = render_ci_summary({small_report(result, "<b>|x|</b>\n# h", "[a](http://b)")});
  EXPECT_THAT(page, HasSubstr("| &lt;b&gt;\\|x\\|&lt;/b&gt;\\\\n\\# h |"));
  EXPECT_THAT(page, HasSubstr("\\[a\\](http://b)"));
}

TEST(CiSummary, IsShortHoweverMuchThereIs) {
  const RunResult result = synthetic_result();
  GateReport report = report_of(result);
  const std::vector<GateCheck> once = report.checks;
  for (int i = 0; i < 2; ++i) report.checks.insert(report.checks.end(), once.begin(), once.end());
  for (GateCheck& check : report.checks) check.text.append(10'000, 'x');
  const std::string page = render_ci_summary(std::vector<GateReport>(30, report));
  EXPECT_LE(page.size(), kMaxSummaryBytes);
  EXPECT_THAT(page, HasSubstr("more, not all of them PASS."));
  EXPECT_THAT(page, HasSubstr("of 30 results are shown"));
}

TEST(OpenMetrics, LabelsAreEscapedAndSamplesUnique) {
  RunResult result = synthetic_result();
  result.subjects[0].name = "a\"b\\c\nd";
  result.comparisons.push_back(result.comparisons[0]);
  const std::string text = render_openmetrics({report_of(result)});
  EXPECT_THAT(text, HasSubstr(R"(tool="a\"b\\c\\nd")"));  // the newline is visible, not a newline
  const std::string sample =
      "bpftax_overhead_ratio{tool=\"a\\\"b\\\\c\\\\nd\",environment=\"lab\",workload=\"tcp_stream\","
      "metric=\"throughput_gbps\"}";
  EXPECT_EQ(text.find(sample), text.rfind(sample));
  EXPECT_NE(text.find(sample), std::string::npos);
}

TEST(OpenMetrics, TheUnknownHasNoSample) {
  RunResult result = synthetic_result();
  for (ResultComparison& row : result.comparisons) row.overhead_percent.reset();
  result.subjects.resize(1);
  result.subjects[0].map_bytes.reset();
  const std::string text = render_openmetrics({report_of(result)});
  EXPECT_THAT(text, Not(HasSubstr("bpftax_overhead_ratio")));
  EXPECT_THAT(text, Not(HasSubstr("bpftax_tool_map_memory_bytes")));
  EXPECT_THAT(text, HasSubstr("bpftax_tool_cpu_ratio"));
}

TEST(OpenMetrics, ResultsOfOneIdAreToldApartToo) {
  RunResult first = synthetic_result(), second = first, third = first;
  first.run_id = second.run_id = "same";
  third.run_id = "same (2)";
  const std::string text = render_openmetrics({report_of(first), report_of(second), report_of(third)});
  for (const char* run : {"same", "same (2)", "same (3)"}) {
    EXPECT_THAT(text, HasSubstr(std::string("bpftax_gate_exit_code{run=\"") + run + "\"} 1\n"));
    EXPECT_THAT(text, HasSubstr(std::string("bpftax_run_info{run=\"") + run + "\","));
  }
}

TEST(OpenMetrics, SeveralResultsAreToldApart) {
  RunResult first = synthetic_result(), second = synthetic_result();
  second.run_id = "other";
  const std::string text = render_openmetrics({report_of(first), report_of(second)});
  EXPECT_THAT(text, HasSubstr("bpftax_gate_exit_code{run=\"other\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{run=\"other\",tool=\"packet-count\""));
}

}  // namespace
}  // namespace bpftax
