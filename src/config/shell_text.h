// Follows a shell text character by character and tells how a value must be written where it stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

class ShellText {
 public:
  // Takes the next character of the text into account. Values are not given to it, but one '_' for each.
  void feed(char c);
  // The value as it has to be written at this place. The error says why that cannot be done; only `why` and
  // `hint` are set. Never fails for a value of plain characters.
  Result<std::string> written(std::string_view value) const;

 private:
  enum class Kind { kSingle, kDouble, kCommand, kParen, kExpansion, kBackticks };
  struct Level {
    Kind kind;
    bool program = false;  // a quoted word that another interpreter will read
  };

  void feed_unquoted(char c, bool after_dollar);
  void feed_double(char c, bool after_dollar);
  void feed_expansion(char c, bool after_dollar);
  void word_break(bool ends_command);
  void close_paren();
  bool next_is_program() const;
  void doubt(const char* why);

  std::vector<Level> levels_;
  bool escaped_ = false, dollar_ = false, comment_ = false, word_start_ = true, case_seen_ = false;
  char last_ = '\n';
  int less_ = 0;                      // '<' in a row
  std::string word_, previous_word_;  // of the command that is being written: for -c, eval, case
  std::string doubt_;  // from here on we cannot be sure to read the text as the shell does: why
};

}  // namespace bpftax
