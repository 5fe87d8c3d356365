#include "bench/submit/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace bpftax::bench {
namespace {

constexpr uint32_t kBytes = 32;

std::vector<uint64_t> record(uint64_t first) {
  std::vector<uint64_t> words(kBytes / 8);
  make_submit_record(words.data(), kBytes, first);
  return words;
}

class LedgerTest : public testing::Test {
 protected:
  void SetUp() override { ledger_.begin(3); }
  void consume(int producer, uint64_t sequence) {
    ledger_.consume(record(ledger_.first_word(producer) + sequence).data(), kBytes);
  }
  std::string refusal() {
    const Result<void> balance = ledger_.balance();
    return balance ? "" : balance.error().why;
  }
  Ledger ledger_{2, kBytes};
};

TEST_F(LedgerTest, BalancesWhenEachRecordIsConsumedOrLost) {
  ledger_.book_made(0, 4, 1);
  ledger_.book_made(1, 2, 0);
  consume(0, 0);
  consume(1, 0);
  consume(0, 1);
  consume(0, 3);
  consume(1, 1);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(ledger_.made(), 6u);
  EXPECT_EQ(ledger_.lost(), 1u);
  EXPECT_EQ(ledger_.consumed(), 5u);
}

TEST_F(LedgerTest, ARecordThatVanishesUnreportedIsRefused) {
  ledger_.book_made(0, 3, 0);
  consume(0, 0);
  consume(0, 2);
  EXPECT_EQ(refusal(), "producer 0 made 3 records; 2 were consumed and 0 reported lost");
}

TEST_F(LedgerTest, TheLastRecordVanishingIsRefusedToo) {
  ledger_.book_made(0, 3, 0);
  consume(0, 0);
  consume(0, 1);
  EXPECT_NE(refusal(), "");
}

TEST_F(LedgerTest, ALossThatNeverHappenedIsRefused) {
  ledger_.book_made(0, 2, 1);
  consume(0, 0);
  consume(0, 1);
  EXPECT_NE(refusal(), "");
}

TEST_F(LedgerTest, LossesOfOneProducerDoNotExcuseAnother) {
  ledger_.book_made(0, 2, 1);
  ledger_.book_made(1, 2, 0);
  consume(0, 0);
  consume(0, 1);
  consume(1, 0);
  EXPECT_NE(refusal(), "");
}

TEST_F(LedgerTest, ARecordThatComesTwiceIsRefused) {
  ledger_.book_made(0, 2, 0);
  consume(0, 0);
  consume(0, 0);
  EXPECT_EQ(refusal(), "1 records of producer 0 came out of order, or twice");
}

TEST_F(LedgerTest, DisorderIsRefused) {
  ledger_.book_made(0, 2, 0);
  consume(0, 1);
  consume(0, 0);
  EXPECT_THAT(refusal(), testing::HasSubstr("out of order"));
}

TEST_F(LedgerTest, EachWordOfTheContentCounts) {
  for (size_t word = 1; word < kBytes / 8; ++word) {
    ledger_.begin(3);
    ledger_.book_made(0, 1, 0);
    auto words = record(ledger_.first_word(0));
    words[word] ^= 1;
    ledger_.consume(words.data(), kBytes);
    EXPECT_EQ(refusal(), "the content of 1 records of producer 0 is wrong") << word;
  }
}

TEST_F(LedgerTest, RecordsOfAnotherSampleProducerOrSizeAreForeign) {
  const uint64_t old = ledger_.first_word(0);
  for (const uint64_t first : {old, uint64_t{7} << 56 | (old & 0x00ffffffffffffff)}) {
    ledger_.begin(first == old ? 4 : 3);
    ledger_.consume(record(first).data(), kBytes);
    EXPECT_EQ(refusal(), "1 records came that nobody made in this sample");
  }
  ledger_.begin(3);
  ledger_.consume(record(ledger_.first_word(0)).data(), kBytes - 8);
  EXPECT_NE(refusal(), "");
}

TEST_F(LedgerTest, RecordsOfWhatTheBufferRoundsUpAreTaken) {
  ledger_.book_made(0, 1, 0);
  auto words = record(ledger_.first_word(0));
  words.push_back(0);
  ledger_.consume(words.data(), kBytes + 4);
  EXPECT_EQ(refusal(), "");
}

TEST_F(LedgerTest, TheSampleNumberWrapsAround) {
  ledger_.begin((1u << kSubmitSampleBits) + 5);
  ledger_.book_made(1, 1, 0);
  consume(1, 0);
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace bpftax::bench
