// What submission itself costs: nobody consumes while the clock runs, and the buffer never overflows.
//
// A run fills the buffer as often as it takes to reach n records, and empties it each time between the fills,
// with the clock stopped; but for one record, because the first one in an empty ring buffer would wake the
// consumer, and what that adds to each record would be a matter of the buffer's size. The clock is read
// inside of the program (for user_ringbuf's submission: in the thread) around each fill, and the floor is
// filled in the same portions. With several producers all begin a fill together; a sample is that of the
// slowest one.
#pragma once

#include <memory>

#include "bench/benchmark.h"
#include "bench/submit/channel.h"

namespace bpftax::bench {

std::unique_ptr<Instance> make_cost_instance(std::unique_ptr<Channel> channel);

}  // namespace bpftax::bench
