#include "report/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace bpftax {
namespace {

TEST(OneLine, ShowsWhatWouldMoveTheCursorOrHide) {
  EXPECT_EQ(one_line("a\nb\tc\x1b[2J"), "a\\nb\\tc\\x1b[2J");
  EXPECT_EQ(one_line("safe\xe2\x80\xae"
                     "txt.exe"),
            "safe\\u202etxt.exe");
  EXPECT_EQ(one_line("zero\xe2\x80\x8bwidth\xef\xbb\xbf"), "zero\\u200bwidth\\ufeff");
  EXPECT_EQ(one_line("\xff"), "\\xff");
  EXPECT_EQ(one_line("\xe5\x8c\x85 caf\xc3\xa9"), "\xe5\x8c\x85 caf\xc3\xa9");
}

TEST(SafeLines, KeepsLinesAndDropsTheLastLineEnds) {
  EXPECT_EQ(safe_lines("a\nb\x07\n\n"), "a\nb\\x07");
  EXPECT_EQ(safe_lines(""), "");
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("\xe5\x8c\x85\xe8\xbf\xbd"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);         // e with a combining acute
  EXPECT_EQ(display_width("\xf0\x9f\x90\x9d"), 2u);  // a bee
}

TEST(Fit, CutsByColumnsAndNeverInsideACharacter) {
  EXPECT_EQ(fit("abcdef", 6), "abcdef");
  EXPECT_EQ(fit("abcdefg", 6), "abc...");
  EXPECT_EQ(fit("\xe5\x8c\x85\xe8\xbf\xbd\xe8\xb8\xaa", 5), "\xe5\x8c\x85...");
  EXPECT_EQ(display_width(fit("\xe5\x8c\x85\xe8\xbf\xbd\xe8\xb8\xaa", 4)), 3u);
  EXPECT_EQ(fit("abc", 2), "..");
  EXPECT_EQ(fit("abc", 0), "");
}

TEST(Pad, FillsWithBlanksByColumns) {
  EXPECT_EQ(pad_right("\xe5\x8c\x85", 4), "\xe5\x8c\x85  ");
  EXPECT_EQ(pad_left("ab", 4), "  ab");
  EXPECT_EQ(pad_left("abcde", 4), "abcde");
}

TEST(Wrap, BreaksAtBlanksAndCutsWordsThatAreTooLong) {
  EXPECT_EQ(wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh", 3), (std::vector<std::string>{"abc", "def", "gh"}));
  EXPECT_EQ(wrap("", 10), (std::vector<std::string>{""}));
  // Even a line that is narrower than a character ends.
  EXPECT_EQ(wrap("\xe5\x8c\x85\xe8\xbf\xbd", 1).size(), 2u);
}

TEST(Wrap, KeepsAPercentSignWithItsNumber) {
  EXPECT_EQ(wrap("below 20 %, then", 8), (std::vector<std::string>{"below", "20 %,", "then"}));
}

TEST(Numbers, HaveTheDecimalsThatHelp) {
  EXPECT_EQ(signed_number(0.041), "+0.04");
  EXPECT_EQ(signed_number(-12.64), "-12.6");
  EXPECT_EQ(signed_number(312.4), "+312");
  EXPECT_EQ(signed_number(0.999), "+1.0");
  EXPECT_EQ(signed_number(99.96), "+100");
  EXPECT_EQ(signed_number(-0.001), "0.00");
  EXPECT_EQ(plain_number(5), "5.0");
}

TEST(Numbers, UnknownIsAQuestionMarkAndNeverZero) {
  EXPECT_EQ(signed_number(std::nullopt), "?");
  EXPECT_EQ(signed_number(std::numeric_limits<double>::quiet_NaN()), "?");
  EXPECT_EQ(interval_text(1.0, std::nullopt), "?");
  EXPECT_EQ(value_text(std::nullopt, "us"), "?");
  EXPECT_EQ(percent_text(std::nullopt), "?");
  EXPECT_EQ(bytes_text(std::nullopt), "?");
  EXPECT_EQ(count_text(std::nullopt), "?");
  EXPECT_EQ(bytes_text(kb_to_bytes(std::nullopt)), "?");
}

TEST(ValueText, CarriesItsUnit) {
  EXPECT_EQ(value_text(17.8234, "Gbit/s"), "17.82 Gbit/s");
  EXPECT_EQ(value_text(12.6, "us"), "12.60 us");
  EXPECT_EQ(value_text(412345, "1/s"), "412k/s");
  EXPECT_EQ(value_text(11.34, "us/transaction"), "11.34 us");
}

TEST(Labels, KnowTheNamesOfThisProjectAndPassOthersOn) {
  EXPECT_EQ(metric_label("latency_mean_us", "tcp_rr"), "mean latency");
  EXPECT_EQ(metric_label("cpu_us_per_unit", "udp_pps_4"), "CPU/packet");
  EXPECT_EQ(metric_label("cpu_us_per_unit", "tcp_stream"), "CPU/GB");
  EXPECT_EQ(metric_label("jitter\n", "tcp_rr"), "jitter\\n");
  EXPECT_EQ(workload_label("udp_pps_4"), "UDP small packets, 4 senders");
  EXPECT_EQ(workload_label("mine"), "mine");
  EXPECT_EQ(margin_percent_text(0), "none");
  EXPECT_EQ(margin_percent_text(2.5), "2.5 %");
  ResultComparison row;
  row.unit = "us";
  row.margin_percent = 18.5;
  EXPECT_EQ(margin_text(row), "18.5 %");
  row.margin_floor = 1;
  EXPECT_EQ(margin_text(row), "18.5 % (1.000 us)");
}

}  // namespace
}  // namespace bpftax
