#include "report/words.h"

#include <array>

namespace bpftax {

std::string_view to_string(Lang lang) {
  return lang == Lang::kZh ? "zh" : "en";
}

std::optional<Lang> lang_from_string(std::string_view text) {
  if (text == "en") return Lang::kEn;
  if (text == "zh") return Lang::kZh;
  return std::nullopt;
}

std::string_view word(Lang lang, WordKey key) {
  return lang == Lang::kZh ? key.word().zh : key.word().en;
}

std::optional<std::string_view> find_word(Lang lang, std::string_view key) {
  for (const std::span<const Word> words : all_words())
    for (const Word& word : words)
      if (word.key == key) return lang == Lang::kZh ? word.zh : word.en;
  return std::nullopt;
}

std::string say_count(Lang lang, size_t n, WordKey one, WordKey many) {
  return say(lang, n == 1 ? one : many, n);
}

std::span<const std::span<const Word>> all_words() {
  static const std::array<std::span<const Word>, 4> kAll = {kSummaryWords, kPageWords, kScriptWords,
                                                            kStoryWords};
  return kAll;
}

}  // namespace bpftax
