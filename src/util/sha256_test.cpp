#include "util/sha256.h"

#include <gtest/gtest.h>

#include "util/files.h"

namespace bpftax {
namespace {

TEST(Sha256Test, pieces_give_the_sum_of_the_whole) {
  Sha256 sum;
  sum.update("a");
  sum.update("");
  sum.update("bc");
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sum.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string long_text(600'000, 'x');
  Sha256 other;
  other.update(long_text.substr(0, 63));
  other.update(long_text.substr(63));
  EXPECT_EQ(other.hex(), sha256_hex(long_text));
}

}  // namespace
}  // namespace bpftax
