#include "analyze/out_raw.h"

#include "plan/result_paths.h"

namespace bpftax {
namespace {

// As run/raw_results.h has it, without "ebpf/".
std::string folder_of(const ResultSubject& subject, size_t place) {
  std::string folder;
  if (subject.test_case) {
    const ResultCase& of = *subject.test_case;
    folder = case_folder(of.tool_id, of.id, of.protocol, of.direction, safe_file_name(of.hash6));
  } else {
    folder = case_folder(subject.name.empty() ? subject.id : subject.name, static_cast<int>(place) + 1, "any",
                         "any", hash6("any_any"));
  }
  return folder.substr(folder.find('/') + 1);
}

}  // namespace

RawCase find_raw_case(const AnalysedTree& raw, const RunResult& result, size_t subject) {
  RawCase found;
  if (raw.iterations.size() != 1) return found;
  const ResultSubject& wanted = result.subjects.at(subject);
  const std::string environment =
      safe_file_name(wanted.environment.empty() ? result.environment : wanted.environment);
  const std::string folder = folder_of(wanted, subject);
  for (const AnalysedEnvironment& of : raw.iterations.front().environments) {
    if (of.name != environment) continue;
    if (of.baseline) found.baseline = &*of.baseline;
    for (const AnalysedCase& one : of.cases)
      if (one.key.folder == folder) found.with_tool = &one;
  }
  return found;
}

WindowGroup windows_of_workload(const AnalysedCase* of, const std::string& workload) {
  WindowGroup group;
  if (of == nullptr || workload.empty()) return group;
  for (const AnalysedWindow& window : of->windows)
    if (window.workload == workload && window.counts()) group.windows.push_back(&window);
  return group;
}

}  // namespace bpftax
