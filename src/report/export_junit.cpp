#include "report/export_junit.h"

#include <fmt/format.h>

#include <map>

#include "report/text.h"
#include "util/clock.h"
#include "util/version.h"

namespace bpftax {
namespace {

// Text from outside, safe in an attribute or an element: on one line, controls visible (report/text.h), and
// without the two characters of Unicode that XML forbids besides them (U+FFFE, U+FFFF).
std::string xml_text(std::string_view raw) {
  const std::string text = one_line(raw);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    if (rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf")) {
      out += rest[2] == '\xbe' ? "\\ufffe" : "\\uffff";
      i += 2;
      continue;
    }
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

std::string attribute(const char* name, std::string_view text) {
  return fmt::format(" {}=\"{}\"", name, xml_text(text));
}

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  void add(const GateReport& report) {
    for (const GateCheck& check : report.checks) {
      ++tests;
      failures += check.outcome == GateOutcome::kExceeds ? 1 : 0;
      errors += check.outcome == GateOutcome::kNotMeasured ? 1 : 0;
      skipped += check.outcome == GateOutcome::kUndecided ? 1 : 0;
    }
  }
  std::string attributes() const {
    return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests, failures, errors,
                       skipped);
  }
};

// "+12.4 % (+10.2 to +14.6 %), limit 5 %"
std::string numbers_of(const GateCheck& check) {
  std::string text;
  const std::string unit = check.unit.empty() ? "" : " " + check.unit;
  if (check.value)
    text += check.low ? fmt::format("{}{} ({}{})", signed_number(check.value), unit,
                                    interval_text(check.low, check.high), unit)
                      : plain_number(check.value) + unit;
  if (check.limit)
    text += fmt::format("{}limit {}{}", text.empty() ? "" : ", ", plain_number(check.limit), unit);
  return text;
}

void add_case(const GateReport& report, const GateCheck& check, const ResultSubject* subject,
              std::string& out) {
  const std::string& environment =
      subject != nullptr && !subject->environment.empty() ? subject->environment : report.result->environment;
  // The dot makes a hierarchy in most readers: environment, then the tool.
  out += "    <testcase" +
         attribute("classname", environment.empty() ? check.name : environment + "." + check.name) +
         attribute("name", check.what) + " time=\"0\"";
  const std::string numbers = numbers_of(check);
  const std::string message = check.word + ": " + check.text;
  std::string details = numbers.empty() ? check.text : check.text + "; " + numbers;
  if (!check.budget_file.empty()) details += "; budget: " + check.budget_file;
  switch (check.outcome) {
    case GateOutcome::kPass:
      out += ">\n      <system-out>" + xml_text(details) + "</system-out>\n    </testcase>\n";
      return;
    case GateOutcome::kExceeds:
      out += ">\n      <failure" + attribute("type", check.word) + attribute("message", message) + ">" +
             xml_text(details) + "</failure>\n    </testcase>\n";
      return;
    case GateOutcome::kNotMeasured:
      out += ">\n      <error" + attribute("type", check.word) + attribute("message", message) + ">" +
             xml_text(details) + "</error>\n    </testcase>\n";
      return;
    case GateOutcome::kUndecided:
      out += ">\n      <skipped" + attribute("message", message + (numbers.empty() ? "" : "; " + numbers)) +
             "/>\n    </testcase>\n";
  }
}

std::string host_of(const RunResult& result) {
  const auto& facts = result.server_facts;
  if (!facts.is_object() || !facts.contains("hostname") || !facts["hostname"].is_string()) return "";
  return facts["hostname"].get<std::string>();
}

}  // namespace

std::string render_junit(const std::vector<GateReport>& reports) {
  Counts all;
  for (const GateReport& report : reports) all.add(report);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += "<testsuites name=\"bpftax\"" + all.attributes() + ">\n";
  for (const GateReport& report : reports) {
    const RunResult& result = *report.result;
    Counts counts;
    counts.add(report);
    out += "  <testsuite" + attribute("name", "bpftax " + result.run_id) + counts.attributes();
    const double seconds =
        static_cast<double>(result.finished_realtime_ns - result.started_realtime_ns) / 1e9;
    if (result.started_realtime_ns > 0 && seconds > 0) out += fmt::format(" time=\"{:.3f}\"", seconds);
    // ISO 8601 without a zone, as the schema wants it; UTC.
    if (result.started_realtime_ns > 0)
      out += attribute("timestamp", format_iso8601(result.started_realtime_ns).substr(0, 19));
    if (const std::string host = host_of(result); !host.empty()) out += attribute("hostname", host);
    out += ">\n    <properties>\n";
    const auto property = [&](const char* name, const std::string& value) {
      if (!value.empty())
        out += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
    };
    property("run_id", result.run_id);
    property("source", report.source);
    property("bpftax_version", result.tool_version.empty() ? std::string(kVersion) : result.tool_version);
    property("environment", result.environment);
    out += "    </properties>\n";
    std::map<std::string_view, const ResultSubject*> subjects;
    for (const ResultSubject& subject : result.subjects) subjects.emplace(subject.id, &subject);
    for (const GateCheck& check : report.checks) {
      const auto subject = subjects.find(check.subject);
      add_case(report, check, subject == subjects.end() ? nullptr : subject->second, out);
    }
    if (!report.notes.empty()) {
      out += "    <system-err>";
      for (const std::string& note : report.notes) out += xml_text(note) + "\n";
      out += "</system-err>\n";
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace bpftax
