#include "util/strings.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(Split, KeepsEmptyFieldsAndSplitBlankDoesNot) {
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(split("", ',').size(), 1u);
  EXPECT_EQ(split_blank("  a \t b ").size(), 2u);
  EXPECT_TRUE(split_blank(" \t").empty());
}

TEST(Conversions, RefuseJunkAndOverflow) {
  EXPECT_EQ(to_int64("-5"), -5);
  EXPECT_FALSE(to_int64("5x"));
  EXPECT_FALSE(to_int64(""));
  EXPECT_FALSE(to_int64("99999999999999999999"));
  EXPECT_EQ(to_uint64("ff", 16), 255u);
  EXPECT_FALSE(to_uint64("-1"));
  EXPECT_EQ(to_double("1.5"), 1.5);
  EXPECT_FALSE(to_double("nan"));
  EXPECT_FALSE(to_double("inf"));
}

TEST(ShellQuote, NothingInsideBecomesCode) {
  EXPECT_EQ(shell_quote("plain-1.2/x"), "plain-1.2/x");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("'; touch /tmp/x; '"), "''\\''; touch /tmp/x; '\\'''");
  EXPECT_EQ(shell_join({"echo", "$(id)"}), "echo '$(id)'");
}

TEST(NearestName, FindsTyposAndNothingElse) {
  const std::vector<std::string> names = {"tcp_stream", "tcp_rr", "udp_pps"};
  EXPECT_EQ(nearest_name("tcp_steam", names), "tcp_stream");
  EXPECT_EQ(nearest_name("tcprr", names), "tcp_rr");
  EXPECT_FALSE(nearest_name("bananas", names));
}

TEST(Printable, ShowsControlCharactersAndKeepsUtf8) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(printable("\xe4\xbd\xa0\n"), "\xe4\xbd\xa0\n");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
}

TEST(Shorten, CutsOnACharacterBorder) {
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdefg", 6), "abc...");
  EXPECT_EQ(shorten("a\xe4\xbd\xa0\xe4\xbd\xa0", 5), "a...");
}

}  // namespace
}  // namespace bpftax
