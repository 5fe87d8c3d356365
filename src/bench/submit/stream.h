// A stream of records with a consumer beside it: what arrives, what is lost, and what the consumer pays.
//
// Each producer runs the program for `burst` records at a time, `rate` a second or as fast as it can. The
// consumer sleeps in epoll_wait() until it is woken, and then takes what there is. All of it is in the
// metrics:
//
//   lost          share  of the records made: refused by the buffer
//   produced      1/s    records made, lost ones too, while producers ran
//   records       1/s    records consumed, from the first one made to the last one consumed
//   bytes         1/s    their payload
//   consumer_cpu  share  CPU time of the consumer's thread in its own wall time
//   wakeups       1/s    times that the consumer slept and was woken (voluntary context switches)
//   memory        bytes  of the buffers
//
// The time of the row is the one inside of the program for each record made (user_ringbuf: inside of the
// producer's loop), with everything the consumer does to it: shared cache lines, wake-ups. No floor is
// subtracted, because a lost record is not always made.Without a consumer the buffer is full
// before the clock starts: the time is that of a record refused, "records" is 0, there is neither
// consumer_cpu nor wakeups, and what fitted is read after the clock stopped.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "bench/submit/channel.h"

namespace bpftax::bench {

std::unique_ptr<Instance> make_stream_instance(std::unique_ptr<Channel> channel, const Sampling& sampling);

}  // namespace bpftax::bench
