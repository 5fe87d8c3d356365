// The one message catalogue of the reports: every sentence and label that they print of their own, in English
// and in Chinese. A key that is not in the catalogue does not compile. The page's script gets its part
// (kScriptWords) with the page. Names (tools, workloads, metrics' identifiers) and raw output are never
// translated.
//
// Placeholders are fmt's, numbered from {0}, the same in both languages (words_test.cpp checks it).
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "report/lang.h"
#include "report/words_page.h"
#include "report/words_script.h"
#include "report/words_story.h"
#include "report/words_summary.h"
#include "result/model.h"

namespace bpftax {

// One entry of the catalogue, found while compiling.
class WordKey {
 public:
  template <size_t n>
  consteval WordKey(const char (&key)[n])  // NOLINT: from a literal, so that calls read word(lang, "key")
      : word_(&find(std::string_view(key, n - 1))) {}
  const Word& word() const { return *word_; }

 private:
  static consteval const Word& find(std::string_view key) {
    for (const Word& word : kSummaryWords)
      if (word.key == key) return word;
    for (const Word& word : kPageWords)
      if (word.key == key) return word;
    for (const Word& word : kScriptWords)
      if (word.key == key) return word;
    for (const Word& word : kStoryWords)
      if (word.key == key) return word;
    throw "no such key in the catalogue";  // NOLINT: an error of the compiler
  }
  const Word* word_;
};

// Text of a key, placeholders as they are.
std::string_view word(Lang lang, WordKey key);

// Text of a key with its placeholders filled.
template <class... Args>
std::string say(Lang lang, WordKey key, const Args&... args) {
  return fmt::format(fmt::runtime(word(lang, key)), args...);
}

// Text of a key that is put together at run time ("metric." + a name); nullopt when there is none.
std::optional<std::string_view> find_word(Lang lang, std::string_view key);

// "1 block", "12 blocks": one of two entries, each with {0} for the number.
std::string say_count(Lang lang, size_t n, WordKey one, WordKey many);

// All entries, table by table.
std::span<const std::span<const Word>> all_words();

// A sentence that another part of bpftax wrote into the result in English (reason of a verdict, warning,
// class of use, advice): in `lang`, its numbers carried over; nullopt when it is not known, and to be shown
// as it is, marked as English. Always nullopt for English.
std::optional<std::string> translated(Lang lang, std::string_view english);
// The same, or the English text.
std::string engine_text(Lang lang, std::string_view english);
// The same for what a warning says and advises: by its sentences, else by its code (then without its
// numbers).
struct WarningText {
  std::string text, advice;
  bool text_is_english = false, advice_is_english = false;  // although another language was asked for
  std::string original;  // the English text, where only the code could be translated
};
WarningText warning_text(Lang lang, const ResultWarning& warning);

}  // namespace bpftax
