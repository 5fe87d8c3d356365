// Double-entry accounts of one sample: what producers made and lost, and what the consumer got. Every record
// made is either consumed, in order and unharmed, or counted as lost; anything else refuses the sample.
//
// A producer books on its own account only; consume() is for one thread. balance() comes when all have ended.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/submit/submit.h"
#include "util/result.h"

namespace bpftax::bench {

struct SubmitAccount {
  uint64_t made = 0;      // records made, submitted or not
  uint64_t lost = 0;      // of these, refused by the buffer
  uint64_t consumed = 0;  // well-formed ones only
  uint64_t gaps = 0;      // records missing between consumed ones
  uint64_t corrupt = 0;
  uint64_t disorder = 0;
  uint64_t next_sequence = 0;
};

class Ledger {
 public:
  // record_size: bytes, a multiple of 8.
  Ledger(int producers, uint32_t record_size);

  // Closes the old sample and opens another one. The number is kept modulo 2^16 in each record, so that one
  // left over from an earlier sample does not pass for one of this.
  void begin(uint64_t sample);
  // The first word of a producer's first record in this sample.
  uint64_t first_word(int producer) const;

  void book_made(int producer, uint64_t made, uint64_t lost);
  // A record as the consumer got it. The buffer may round the size up to 8 bytes, plus 4 (perf).
  void consume(const void* data, size_t size);
  // For a consumer that looks at the records itself.
  void book_consumed(int producer, uint64_t consumed, uint64_t corrupt, uint64_t disorder);

  uint64_t made() const;
  uint64_t lost() const;
  uint64_t consumed() const;
  // kWorkload, with what does not add up as the reason.
  Result<void> balance() const;

 private:
  uint32_t record_size_;
  uint64_t sample_ = 0;
  uint64_t foreign_ = 0;  // not of this sample, not of a producer of ours, or of another size
  std::vector<SubmitAccount> accounts_;
};

// One record, as make_record() of submit.bpf.h makes it. words: room for record_size bytes.
inline void make_submit_record(uint64_t* words, uint32_t record_size, uint64_t first) {
  words[0] = first;
  for (uint64_t i = 1; i < record_size / 8; ++i) words[i] = first ^ (i * kSubmitStride);
}

}  // namespace bpftax::bench
