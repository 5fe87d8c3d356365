#include "report/result_index.h"

#include "report/summary.h"

namespace bpftax {

ResultIndex::ResultIndex(const RunResult& result) {
  for (const ResultSubject& subject : result.subjects) {
    subjects_.try_emplace(subject.id, &subject);
    ++names_[subject.name];
  }
  for (const ResultComparison& row : result.comparisons)
    if (row.primary) rows_[row.subject].push_back(&row);
}

const ResultSubject* ResultIndex::subject(std::string_view id) const {
  const auto found = subjects_.find(id);
  return found == subjects_.end() ? nullptr : found->second;
}

std::string ResultIndex::name(std::string_view id, Lang lang) const {
  const ResultSubject* known = subject(id);
  return shown_name(known, id, known == nullptr ? 0 : names_.at(known->name), lang);
}

const PrimaryRows& ResultIndex::primary_rows(std::string_view id) const {
  static const PrimaryRows kNone;
  const auto found = rows_.find(id);
  return found == rows_.end() ? kNone : found->second;
}

Verdict ResultIndex::verdict(const ResultSubject& subject) const {
  return overall_verdict(subject, primary_rows(subject.id));
}

}  // namespace bpftax
