#include "report/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "report/assets.h"
#include "report/html.h"
#include "report/html_parts.h"
#include "report/markdown.h"
#include "report/testdata.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

std::multiset<std::string> placeholders(std::string_view text) {
  std::multiset<std::string> found;
  for (size_t at = 0; (at = text.find('{', at)) != std::string_view::npos; ++at)
    found.insert(std::string(text.substr(at, text.find('}', at) + 1 - at)));
  return found;
}

bool has_chinese(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xE3; });
}

// What a reader sees: without the script, the style and what the script is given.
std::string visible(std::string page) {
  for (const std::string_view part : {report_js(), report_css()}) page.erase(page.find(part), part.size());
  return page;
}

TEST(Words, EveryKeyHasBothLanguages) {
  for (const auto words : all_words())
    for (const Word& word : words) {
      EXPECT_FALSE(word.en.empty()) << word.key;
      EXPECT_FALSE(word.zh.empty()) << word.key;
    }
}

TEST(Words, EveryKeyIsThereOnce) {
  std::set<std::string_view> seen;
  for (const auto words : all_words())
    for (const Word& word : words) EXPECT_TRUE(seen.insert(word.key).second) << word.key;
}

TEST(Words, BothLanguagesHaveTheSamePlaceholders) {
  for (const auto words : all_words())
    for (const Word& word : words) {
      const auto en = placeholders(word.en), zh = placeholders(word.zh);
      // A language may say a thing twice, but neither may lose one.
      EXPECT_EQ(std::set<std::string>(en.begin(), en.end()), std::set<std::string>(zh.begin(), zh.end()))
          << word.key;
    }
}

TEST(Words, WhatIsASentenceIsTranslated) {
  for (const auto words : all_words())
    for (const Word& word : words)
      if (word.en.find(' ') != std::string_view::npos && word.en.size() > 12) {
        EXPECT_TRUE(has_chinese(word.zh) || word.en == word.zh) << word.key << ": " << word.zh;
      }
}

TEST(Words, TheChinesePageHasNoEnglishSentenceOfTheCatalogue) {
  for (const RunResult& result : {synthetic_result(), large_result(45)}) {
    const std::string page = visible(render_html(result, Lang::kZh));
    const std::string markdown = render_markdown(result, {Lang::kZh, "report"});
    EXPECT_THAT(page, HasSubstr("<html lang=\"zh\">"));
    for (const auto words : all_words())
      for (const Word& word : words) {
        // Short words may be part of a name or of markup ("max", "tool").
        const std::string_view start = word.en.substr(0, word.en.find('{'));
        if (start.size() < 16 || word.en == word.zh) continue;
        EXPECT_EQ(page.find(html_escape(start)), std::string::npos) << word.key;
        EXPECT_EQ(markdown.find(start), std::string::npos) << word.key;
      }
  }
}

TEST(Words, TheChinesePageMarksWhatStaysEnglish) {
  RunResult result = synthetic_result();
  result.comparisons[0].verdict_text = "a sentence that nobody knows";
  EXPECT_THAT(render_html(result, Lang::kZh),
              HasSubstr("<span lang=\"en\">a sentence that nobody knows</span>"));
}

TEST(Words, NumbersAndNamesAreTheSameInBothLanguages) {
  const RunResult result = synthetic_result();
  const std::string page = render_html(result, Lang::kZh);
  for (const char* text :
       {"packet-count", "+36.5", "6.11 MiB", "4242424242", "tracepoint:net:netif_receive_skb"})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(Words, ALanguageHasAName) {
  EXPECT_EQ(lang_from_string("zh"), Lang::kZh);
  EXPECT_EQ(lang_from_string("en"), Lang::kEn);
  EXPECT_FALSE(lang_from_string("de"));
}

}  // namespace
}  // namespace bpftax
