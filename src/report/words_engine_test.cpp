// The engine's sentences in Chinese.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "report/testdata.h"
#include "report/words.h"
#include "stats/verdict.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

TEST(EngineText, CarriesTheNumbersOver) {
  EXPECT_EQ(engine_text(Lang::kZh, "the overhead is 4.1 % (3.2 % to 5.0 %), more than the margin of 3 %"),
            "开销为 4.1 %（3.2 % 至 5.0 %），超过允许值 3 %");
  EXPECT_EQ(engine_text(Lang::kZh,
                        "only 2 valid blocks, at least 6 are needed; so far 1.0 % (-3.0 % to 5.0 %); about "
                        "12 blocks would settle it"),
            "只有 2 个有效区组，至少需要 6 个；目前为 1.0 %（-3.0 % 至 5.0 %）；约 12 个区组可以判定");
}

TEST(EngineText, PutsSentencesTogether) {
  EXPECT_EQ(engine_text(Lang::kZh,
                        "+43.9 % on udp_pps packets/s: in the band \"only briefly\" (share lost 30 to 60 %). "
                        "It may be worse: +50.1 % on tcp_rr p99 latency reaches up to +53.9 %."),
            "udp_pps 每秒包数 +43.9 %：属于“仅限短时使用”一档（损失份额 30 至 60 %）。可能更差：tcp_rr p99 "
            "延迟 +50.1 % 最高可达 "
            "+53.9 %。");
}

TEST(EngineText, EnglishStaysAsItIs) {
  EXPECT_EQ(engine_text(Lang::kEn, "no valid block"), "no valid block");
  EXPECT_FALSE(translated(Lang::kEn, "no valid block"));
}

TEST(EngineText, WhatIsNotKnownStaysEnglish) {
  EXPECT_FALSE(translated(Lang::kZh, "something else happened"));
  EXPECT_FALSE(translated(Lang::kZh, ""));
  EXPECT_EQ(engine_text(Lang::kZh, "something else happened"), "something else happened");
}

TEST(EngineText, HostileTextEndsSoon) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "; . (0 to 1)";
  EXPECT_EQ(engine_text(Lang::kZh, text), text);
  std::string shorter;
  for (int i = 0; i < 60; ++i) shorter += "no valid block; ";
  EXPECT_FALSE(translated(Lang::kZh, shorter + "x"));
}

TEST(EngineText, ManyWaysToFitAPatternAreNotAllTried) {
  std::string text = "inside a block the second baseline differs from the first by ";
  while (text.size() < 1900) text += "a (b to c): d; ";
  EXPECT_FALSE(translated(Lang::kZh, text));
  std::string other = "the interval, ";
  while (other.size() < 1900) other += " ( to ), stays below the margin of , but only effects from ";
  EXPECT_FALSE(translated(Lang::kZh, other + "x"));
}

TEST(EngineText, KnowsEveryReasonThatTheStatisticsGive) {
  // Effects from none to large, margins from none to wide, with and without zeros and a cap.
  for (const double effect : {-0.2, 0.0, 0.02, 0.05, 0.2, 1.0})
    for (const double noise : {0.0, 0.004, 0.05})
      for (const double margin : {0.0, 3.0, 50.0})
        for (const int blocks : {0, 1, 3, 12}) {
          JudgeInput input;
          input.direction = Direction::kHigherIsBetter;
          for (int i = 0; i < blocks; ++i) {
            const double wobble = noise * ((i * 7) % 5 - 2);
            input.a1.push_back(100 * (1 + wobble));
            input.a2.push_back(100 * (1 - wobble / 2));
            input.t.push_back(100 * (1 - effect) * (1 + wobble * ((i * 3) % 4)));
          }
          if (margin > 0) input.margin_percent = margin;
          if (noise == 0.004) input.cap = 100;
          JudgeInput loss = input;
          loss.direction = Direction::kLowerIsBetter;
          for (size_t i = 0; i < loss.t.size(); ++i) {
            loss.a1[i] = std::max(0.0, loss.a1[i] - 100);
            loss.a2[i] = std::max(0.0, loss.a2[i] - 100) + (effect == 1.0 ? 5 + noise * loss.a1[i] : 0);
            loss.t[i] = std::max(0.0, 100 - loss.t[i]);
          }
          const Judged of_loss = judge(loss);
          EXPECT_TRUE(translated(Lang::kZh, of_loss.sentence)) << of_loss.sentence;
          const Judged judged = judge(input);
          EXPECT_TRUE(translated(Lang::kZh, judged.sentence)) << judged.sentence;
          for (const std::string& warning : judged.warnings)
            EXPECT_TRUE(translated(Lang::kZh, warning)) << warning;
        }
}

TEST(WarningText, FallsBackToItsCode) {
  const WarningText text = warning_text(Lang::kZh, {"steal", "the neighbours were loud today.", "Wait."});
  EXPECT_EQ(text.text, "虚拟化平台占用了 CPU 时间。");
  EXPECT_EQ(text.original, "the neighbours were loud today.");
  EXPECT_EQ(text.advice, "在 CPU 不共享的机器上测量。");
  const WarningText unknown = warning_text(Lang::kZh, {"new-code", "Something.", "Do it."});
  EXPECT_TRUE(unknown.text_is_english && unknown.advice_is_english);
}

TEST(WarningText, AdviceOfTheSyntheticResultIsChinese) {
  for (const ResultSubject& subject : synthetic_result().subjects) {
    EXPECT_TRUE(subject.class_reason.empty() || translated(Lang::kZh, subject.class_reason))
        << subject.class_reason;
    for (const ResultWarning& item : subject.advice) {
      const WarningText text = warning_text(Lang::kZh, item);
      EXPECT_FALSE(text.text_is_english || text.advice_is_english) << item.code << ": " << item.text;
    }
  }
}

}  // namespace
}  // namespace bpftax
