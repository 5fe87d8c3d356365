#include "bench/submit/ledger.h"

#include <fmt/format.h>

#include <cstring>

namespace bpftax::bench {
namespace {

constexpr uint64_t kSequenceMask = (1ull << kSubmitSequenceBits) - 1;
constexpr uint64_t kSampleMask = (1ull << kSubmitSampleBits) - 1;
constexpr int kProducerShift = kSubmitSequenceBits + kSubmitSampleBits;

tl::unexpected<Error> refuse_accounts(std::string why) {
  return fail(ErrorKind::kWorkload, "the records do not add up", "", std::move(why));
}

bool content_is_right(const unsigned char* data, uint32_t record_size, uint64_t first) {
  uint64_t difference = 0;
  for (uint64_t i = 1; i < record_size / 8; ++i) {
    uint64_t word = 0;
    memcpy(&word, data + 8 * i, sizeof word);
    difference |= word ^ first ^ (i * kSubmitStride);
  }
  return difference == 0;
}

}  // namespace

Ledger::Ledger(int producers, uint32_t record_size)
    : record_size_(record_size), accounts_(static_cast<size_t>(producers)) {}

void Ledger::begin(uint64_t sample) {
  sample_ = sample & kSampleMask;
  foreign_ = 0;
  for (SubmitAccount& account : accounts_) account = {};
}

uint64_t Ledger::first_word(int producer) const {
  return (static_cast<uint64_t>(producer) << kProducerShift) | (sample_ << kSubmitSequenceBits);
}

void Ledger::book_made(int producer, uint64_t made, uint64_t lost) {
  SubmitAccount& account = accounts_[static_cast<size_t>(producer)];
  account.made += made;
  account.lost += lost;
}

void Ledger::consume(const void* data, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  uint64_t first = 0;
  if (size < record_size_ || size > record_size_ + 7) {
    ++foreign_;
    return;
  }
  memcpy(&first, bytes, sizeof first);
  const uint64_t producer = first >> kProducerShift;
  if (producer >= accounts_.size() || ((first >> kSubmitSequenceBits) & kSampleMask) != sample_) {
    ++foreign_;
    return;
  }
  SubmitAccount& account = accounts_[producer];
  const uint64_t sequence = first & kSequenceMask;
  if (!content_is_right(bytes, record_size_, first)) {
    ++account.corrupt;
  } else if (sequence < account.next_sequence) {
    ++account.disorder;
  } else {
    account.gaps += sequence - account.next_sequence;
    account.next_sequence = sequence + 1;
    ++account.consumed;
  }
}

void Ledger::book_consumed(int producer, uint64_t consumed, uint64_t corrupt, uint64_t disorder) {
  SubmitAccount& account = accounts_[static_cast<size_t>(producer)];
  account.consumed += consumed;
  account.corrupt += corrupt;
  account.disorder += disorder;
}

uint64_t Ledger::made() const {
  uint64_t sum = 0;
  for (const SubmitAccount& account : accounts_) sum += account.made;
  return sum;
}

uint64_t Ledger::lost() const {
  uint64_t sum = 0;
  for (const SubmitAccount& account : accounts_) sum += account.lost;
  return sum;
}

uint64_t Ledger::consumed() const {
  uint64_t sum = 0;
  for (const SubmitAccount& account : accounts_) sum += account.consumed;
  return sum;
}

Result<void> Ledger::balance() const {
  if (foreign_ != 0)
    return refuse_accounts(fmt::format("{} records came that nobody made in this sample", foreign_));
  for (size_t i = 0; i < accounts_.size(); ++i) {
    const SubmitAccount& account = accounts_[i];
    if (account.corrupt != 0)
      return refuse_accounts(
          fmt::format("the content of {} records of producer {} is wrong", account.corrupt, i));
    if (account.disorder != 0)
      return refuse_accounts(
          fmt::format("{} records of producer {} came out of order, or twice", account.disorder, i));
    if (account.consumed + account.lost != account.made)
      return refuse_accounts(fmt::format("producer {} made {} records; {} were consumed and {} reported lost",
                                         i, account.made, account.consumed, account.lost));
    if (account.gaps > account.lost)
      return refuse_accounts(
          fmt::format("{} records of producer {} are missing in between, {} were reported lost", account.gaps,
                      i, account.lost));
    if (account.next_sequence > account.made)
      return refuse_accounts(fmt::format("a record of producer {} came that was never made", i));
  }
  return {};
}

}  // namespace bpftax::bench
