// Subjects, their names and their primary rows, looked up once: a report of a thousand cases asks for them
// tens of thousands of times. The result must not change while the index is used.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

using PrimaryRows = std::vector<const ResultComparison*>;  // of one subject, in the order of the result

class ResultIndex {
 public:
  explicit ResultIndex(const RunResult& result);

  // As find_subject(), subject_name(), rows_of() and overall_verdict() (report/summary.h) say.
  const ResultSubject* subject(std::string_view id) const;
  std::string name(std::string_view id, Lang lang = Lang::kEn) const;
  const PrimaryRows& primary_rows(std::string_view id) const;
  Verdict verdict(const ResultSubject& subject) const;

 private:
  std::unordered_map<std::string_view, const ResultSubject*> subjects_;  // by id
  std::unordered_map<std::string_view, size_t> names_;                   // and how many have it
  std::unordered_map<std::string_view, PrimaryRows> rows_;               // by subject
};

}  // namespace bpftax
