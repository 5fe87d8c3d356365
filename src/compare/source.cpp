#include "compare/source.h"

#include <fmt/format.h>

#include "report/text.h"
#include "util/strings.h"

namespace bpftax {

std::string case_label(const CompareCase& test_case, bool environment) {
  std::string label = environment && !test_case.environment.empty() ? test_case.environment + ": " : "";
  label += test_case.tool;
  for (const std::string* part : {&test_case.protocol, &test_case.direction})
    if (!part->empty() && *part != "any") label += " " + *part;
  return label;
}

std::vector<CompareSource> split_environments(const CompareSource& source) {
  std::vector<CompareSource> parts;
  for (const std::string& environment : source.environments) {
    CompareSource part;
    part.label = source.label + "/" + environment;
    part.path = source.path;
    part.kind = source.kind;
    part.run_id = source.run_id;
    part.tool_version = source.tool_version;
    part.reference = source.reference;
    part.remarks = source.remarks;
    part.environments = {""};
    if (const auto facts = source.facts.find(environment); facts != source.facts.end())
      part.facts[""] = facts->second;
    for (CompareSubject subject : source.subjects) {
      if (subject.test_case.environment != environment) continue;
      subject.test_case.environment.clear();
      part.subjects.push_back(std::move(subject));
    }
    for (CompareRow row : source.rows) {
      if (row.test_case.environment != environment) continue;
      row.test_case.environment.clear();
      part.rows.push_back(std::move(row));
    }
    for (CompareBaseline baseline : source.baselines) {
      if (baseline.environment != environment) continue;
      baseline.environment.clear();
      part.baselines.push_back(std::move(baseline));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace bpftax
