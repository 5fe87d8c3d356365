// CSV files: RFC 4180 fields, lines end with "\n". Text that comes from outside and that a spreadsheet would
// run as a formula ("=cmd|...", "@sum") is prefixed with an apostrophe; numbers never are, so "-3.21" stays.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyze/out_table.h"
#include "result/model.h"

namespace bpftax {

std::string csv_text(std::string_view text);                   // one field
std::string csv_line(const std::vector<std::string>& fields);  // of fields already made

// Lines of fields that are already made (csv_text(), numbers).
class CsvText {
 public:
  void field(std::string_view made);
  void end_line();
  // What is appended to it is the next field.
  std::string& next();
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  bool first_ = true;  // of its line
};

// One table of one topic and iteration, header first; empty when the topic has no case there.
std::string table_csv(const OutIteration& iteration, const std::string& topic, OutTable table);

// Each column of a table over the iterations, one row a case and column: n (iterations that have a value;
// those in which the tool was not running are left out), mean, standard deviation (n-1), Student's t interval
// at 95 %. N/A where n is too small.
std::string aggregated_csv(const std::vector<OutIteration>& iterations, const std::string& topic,
                           OutTable table);

// All members of result.json's comparisons except the samples, under their own names, and the subject's name.
// Unknown is empty; lists are joined with "; ". Numbers have full precision, the same digits as in
// result.json.
std::string comparisons_csv(const RunResult& result);

}  // namespace bpftax
