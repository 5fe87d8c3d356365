#include "config/shell_text.h"

#include <algorithm>

#include "util/strings.h"

namespace bpftax {
namespace {

constexpr const char* kWayOut = "put it into a shell variable first: v={name}; then use \"$v\"";

bool is_plain(std::string_view value) {
  return !value.empty() && shell_quote(value) == value;
}

std::string replaced(std::string_view value, std::string_view characters, std::string_view before,
                     std::string_view after = {}) {
  std::string text;
  for (const char c : value) {
    const bool special = characters.find(c) != std::string_view::npos;
    if (special) text += before;
    text += c;
    if (special) text += after;
  }
  return text;
}

}  // namespace

void ShellText::doubt(const char* why) {
  if (doubt_.empty()) doubt_ = why;
}

void ShellText::word_break(bool ends_command) {
  if (word_ == "case") case_seen_ = true;
  // These read their arguments as shell text or arithmetic once more, after the quoting is gone.
  for (const char* again : {"eval", "trap", "ssh", "watch", "parallel", "let", "[["}) {
    if (word_ == again) doubt("it stands behind 'eval', '[[' or another command that reads it again");
  }
  if (!word_.empty() && word_ != "--") previous_word_ = word_;
  word_.clear();
  if (ends_command) previous_word_.clear();
  word_start_ = true;
}

// Is the quoted word that begins here a program for another interpreter (sh -c '...', awk '...')?
bool ShellText::next_is_program() const {
  const std::string& word = word_.empty() ? previous_word_ : word_;
  if (word.ends_with("awk") || word.ends_with("sed")) return true;
  if (word.size() < 2 || word.size() > 5 || word[0] != '-' || word[1] == '-') return false;
  return word.find_first_of("ce") != std::string::npos;
}

void ShellText::close_paren() {
  if (!levels_.empty()) {
    // The ')' of a pattern cannot be told from the end of $(...) without a parser.
    if (case_seen_) doubt("it stands behind a 'case' in $(...)");
    levels_.pop_back();
  }
  word_break(false);
}

void ShellText::feed_unquoted(char c, bool after_dollar) {
  if (less_ == 2 && c != '<') doubt("it stands behind a here-document (<<)");
  less_ = c == '<' ? less_ + 1 : 0;
  if (c == '#' && word_start_) {
    comment_ = true;
    return;
  }
  switch (c) {
    case '\\':
      escaped_ = true;
      word_start_ = false;
      return;
    case '\'':
      if (after_dollar) doubt("it stands in or behind $'...'");
      levels_.push_back({Kind::kSingle, next_is_program()});
      word_start_ = false;
      return;
    case '"':
      levels_.push_back({Kind::kDouble, next_is_program()});
      word_start_ = false;
      return;
    case '`':
      doubt("it stands in or behind backticks");
      levels_.push_back({Kind::kBackticks});
      return;
    case '$':
      dollar_ = true;
      break;
    case '{':
      if (after_dollar) levels_.push_back({Kind::kExpansion});
      break;
    case '[':
      if (after_dollar) doubt("it stands in or behind arithmetic $[...]");
      break;
    case '(':
      if (last_ == '(') doubt("it stands in or behind arithmetic ((...))");
      levels_.push_back({after_dollar ? Kind::kCommand : Kind::kParen});
      word_break(true);
      return;
    case ')':
      return close_paren();
    case ' ':
    case '\t':
    case '<':
    case '>':
      return word_break(false);
    case '\n':
    case ';':
    case '&':
    case '|':
      return word_break(true);
    default:
      break;
  }
  word_ += c;
  word_start_ = false;
}

void ShellText::feed_double(char c, bool after_dollar) {
  if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    levels_.pop_back();
    word_ += '"';
  } else if (c == '`') {
    doubt("it stands in or behind backticks");
    levels_.push_back({Kind::kBackticks});
  } else if (c == '$') {
    dollar_ = true;
  } else if (after_dollar && c == '{') {
    levels_.push_back({Kind::kExpansion});
  } else if (after_dollar && c == '(') {
    levels_.push_back({Kind::kCommand});
    word_break(true);
  }
}

void ShellText::feed_expansion(char c, bool after_dollar) {
  if (c == '\\') {
    escaped_ = true;
  } else if (c == '}') {
    levels_.pop_back();
    word_ += '}';
  } else if (c == '$') {
    dollar_ = true;
  } else if (after_dollar && c == '{') {
    levels_.push_back({Kind::kExpansion});
  } else if (c == '\'' || c == '"' || c == '`' || (after_dollar && c == '(')) {
    doubt("it stands behind quotes inside ${...}");
  }
}

void ShellText::feed(char c) {
  const bool after_dollar = std::exchange(dollar_, false);
  const char last = std::exchange(last_, c);
  if (comment_) {
    if (c == '\n') {
      comment_ = false;
      word_break(true);
    }
    return;
  }
  const bool unquoted =
      levels_.empty() || levels_.back().kind == Kind::kCommand || levels_.back().kind == Kind::kParen;
  if (!unquoted && levels_.back().kind == Kind::kSingle) {
    if (c == '\'') {
      levels_.pop_back();
      word_ += '\'';
    }
    return;
  }
  if (std::exchange(escaped_, false)) {
    word_ += c;
    return;
  }
  if (unquoted) {
    last_ = last;  // for "((", which feed_unquoted looks at
    feed_unquoted(c, after_dollar);
    last_ = c;
    return;
  }
  switch (levels_.back().kind) {
    case Kind::kDouble:
      return feed_double(c, after_dollar);
    case Kind::kExpansion:
      return feed_expansion(c, after_dollar);
    default:  // backticks
      if (c == '\\') escaped_ = true;
      if (c == '`') levels_.pop_back();
      return;
  }
}

Result<std::string> ShellText::written(std::string_view value) const {
  const auto refused = [](std::string why, std::string hint) {
    return fail(ErrorKind::kUsage, "", "", std::move(why), std::move(hint));
  };
  if (value.find('\0') != std::string_view::npos) return refused("it contains a zero byte", "");
  if (is_plain(value)) return std::string(value);
  if (comment_) {  // a newline would end the comment
    std::string text(value);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
  }
  if (!doubt_.empty()) return refused(doubt_ + " and needs quoting", kWayOut);
  if (escaped_) return refused("it stands behind a backslash and needs quoting", "remove the backslash");
  if (std::any_of(levels_.begin(), levels_.end(), [](const Level& level) { return level.program; })) {
    return refused("it needs quoting and stands in the text of another program, which would run it",
                   "give it as an argument: sh -c 'echo \"$1\"' sh {name}");
  }
  const Kind kind = levels_.empty() ? Kind::kParen : levels_.back().kind;
  switch (kind) {
    case Kind::kSingle:
      return replaced(value, "'", "'\\", "'");
    case Kind::kDouble:
      return replaced(value, "\\\"$`", "\\");
    case Kind::kExpansion:
    case Kind::kBackticks:
      return refused("it stands in ${...} and needs quoting", kWayOut);
    default:
      // An array's index is arithmetic, and that runs $(...) whatever the quotes.
      if (word_.find('[') != std::string::npos)
        return refused("it stands behind a '[' and needs quoting", kWayOut);
      return shell_quote(value);
  }
}

}  // namespace bpftax
