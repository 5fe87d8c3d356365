// The rows of one family, and which of them may stand side by side in a chart or a table: those that differ
// in one thing only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/model.h"

namespace bpftax::bench {

class Selection {
 public:
  // Keeps pointers into `document`. Floors are left out.
  Selection(const Document& document, std::string_view benchmark);

  bool empty() const { return rows_.empty(); }
  const std::vector<const Row*>& rows() const { return rows_; }  // whatever their status

  // Distinct values among the rows, in the order in which they appear.
  const std::vector<std::string>& subjects() const { return subjects_; }
  const std::vector<std::string>& ops() const { return ops_; }
  const std::vector<std::string>& sides() const { return sides_; }
  const std::vector<std::string>& conditions() const { return conditions_; }
  // The condition of charts that show one only: the first.
  const std::string& condition() const { return conditions_.front(); }

  // Parameters of which some subject and operation was measured with two values or more. All others are what
  // a type needs (the key size of lpm_trie), or the same everywhere.
  const std::vector<std::string>& swept() const { return swept_; }
  bool is_swept(std::string_view key) const;
  // Only numbers, so that it can be an axis.
  bool is_number(std::string_view key) const;
  // Of each swept parameter the value that most rows have, of equally frequent ones the smallest number or
  // the first text.
  const Json& reference() const { return reference_; }
  // The row has the reference's value of each swept parameter that it has, those in `except` aside.
  bool at_reference(const Row& row, const std::vector<std::string>& except = {}) const;
  // "entries=1024, threads=1": what a chart over `except` holds fixed; "" when nothing else varies.
  std::string reference_text(const std::vector<std::string>& except = {}) const;

 private:
  void find_swept();

  std::vector<const Row*> rows_;
  std::vector<std::string> subjects_, ops_, sides_, conditions_, swept_;
  Json reference_ = Json::object();
};

// Whether two rows have the same value of every parameter that both have, those in `except` aside.
bool same_params(const Row& a, const Row& b, const std::vector<std::string>& except = {});

// The same, and neither has a parameter that the other lacks: such rows differ in nothing that is not in
// `except`.
bool equal_params(const Row& a, const Row& b, const std::vector<std::string>& except = {});

}  // namespace bpftax::bench
