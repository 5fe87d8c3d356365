#include "bench/submit/channel.h"

#include "bench/submit/threads.h"

namespace bpftax::bench {

Result<void> Channel::begin() {
  ledger_.begin(++sample_);
  taken_ = 0;
  return restart();
}

Result<Burst> Channel::take_nothing(uint64_t) {
  return fail(ErrorKind::kInternal, "this path has no floor of taking records out");
}

void Channel::take_record(const void* data, size_t size) {
  if (!swallows()) ledger_.consume(data, size);
  if (settings().stream.consumer_delay_ns != 0) stay_busy_ns(settings().stream.consumer_delay_ns);
}

}  // namespace bpftax::bench
