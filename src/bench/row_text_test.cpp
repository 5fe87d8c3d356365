#include "bench/guide/row_text.h"

#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

TEST(RowText, TotalsChangeTheirUnitAtEachThousand) {
  EXPECT_EQ(total_text(847.4), "847 ns");
  EXPECT_EQ(total_text(1836), "1.84 us");
  EXPECT_EQ(total_text(25.04e3), "25.0 us");
  EXPECT_EQ(total_text(2.5e6), "2.50 ms");
  EXPECT_EQ(total_text(3.21e9), "3.21 s");
  EXPECT_EQ(total_text(-1200), "-1.20 us");  // below its floor
  EXPECT_EQ(total_text({1836, 1799, 1873}), "1.84 us (1.80 to 1.87)");
  EXPECT_EQ(total_text({1836, std::nullopt, std::nullopt}), "1.84 us");
}

TEST(RowText, WhatIsCountedHasNoUnitAndAllItsDigits) {
  EXPECT_EQ(amount_text(9, "1"), "9");
  EXPECT_EQ(amount_text(1024, "count"), "1024");
  EXPECT_EQ(amount_text(2'500'000, "count"), "2.50M");
  EXPECT_EQ(amount_text(1.5, "count"), "1.50");
  EXPECT_EQ(value_text({9, 9, 9}, "count"), "9");
  EXPECT_EQ(value_text({9.5, 9, 10}, "count"), "9.50 (9.00 to 10.0)");
}

TEST(RowText, WholeNumbersOfAUnitHaveNoDecimals) {
  EXPECT_EQ(amount_text(42, "bytes"), "42 bytes");
  EXPECT_EQ(amount_text(78, "instructions"), "78 instructions");
  EXPECT_EQ(amount_text(1536, "bytes"), "1.50 KiB");
  EXPECT_EQ(amount_text(42, "ns"), "42.0 ns");
}

TEST(RowText, TimesOfOneOperationStayInNsUpToTenThousand) {
  EXPECT_EQ(amount_text(9999, "ns"), "9999 ns");
  EXPECT_EQ(amount_text(12345, "ns"), "12.3 us");
}

}  // namespace
}  // namespace bpftax::bench
