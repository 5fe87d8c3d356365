// A path that records take between a BPF program and user space, as the two benchmarks (cost.h, stream.h) use
// it: records are made in numbers by producers and consumed into the ledger.
//
// Threads: produce() may run for several producers at once, each on its own CPU; consume() is for one thread,
// also beside producers. begin(), settle() and work_done() are for when nobody produces.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "bench/submit/ledger.h"
#include "bench/submit/settings.h"

namespace bpftax::bench {

// One way to hand a record over, or the floor of one.
struct Way {
  const char* name;      // Operation::name: "reserve", "output", "drain"; of a floor "make", "read"
  const char* side;      // where the time passes: "program", "user"
  const char* floor;     // to subtract; "" for a floor
  bool takes = false;    // times the taking out of a record that was put in before
  bool streams = false;  // may be used by a stream
  bool is_floor() const { return *floor == '\0'; }
};

struct Burst {
  uint64_t ns = 0;       // by the clock of who did the work
  uint64_t records = 0;  // made, or consumed
  uint64_t lost = 0;     // of those made: no room
};

// Where tests make a consumer that is not honest. Called for each record with its number (from 0); true: the
// record disappears and nobody is told.
using SwallowRecord = std::function<bool(uint64_t number)>;

struct ChannelOptions {
  SubmitSettings settings;
  SwallowRecord swallow;
};

class Channel {
 public:
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // The same for all calls.
  virtual const std::vector<Way>& ways() const = 0;
  // Records that each producer can submit, all at the same time, before anyone must consume.
  virtual uint64_t capacity() const = 0;
  virtual uint64_t memory() const = 0;  // bytes of the buffers

  // An empty buffer, a new sequence.
  Result<void> begin();
  // Makes records and submits them in this way, on the CPU that the thread is pinned to: the producer's.
  virtual Result<Burst> produce(size_t way, int producer, uint64_t count) = 0;
  // Everything that is there, looked at and booked. Busy for consumer_delay_ns with each record.
  virtual Result<Burst> consume() = 0;
  // The same, but what stands last is left where that keeps the next record from waking anybody.
  virtual Result<Burst> consume_but_one() { return consume(); }
  // Does the work of a floor of the taking side; others never call it.
  virtual Result<Burst> take_nothing(uint64_t count);
  // To epoll_wait() for records; more descriptors may be added to it.
  virtual int wait_fd() const = 0;
  // Longest time in ms until a waiting consumer looks by itself.
  int wait_ms() const { return settings().wakeup == "none" ? 1 : 100; }
  // Tells a waiting consumer that there are records, where the kernel does not.
  virtual Result<void> wake_consumer() { return {}; }
  // After everything was consumed: compares what the kernel says of losses with what producers counted.
  virtual Result<void> settle() { return {}; }
  // Were records really made? Looks at counters and, where it can, at the record made last. counts: records
  // of each producer since begin().
  virtual Result<void> work_done(size_t way, const std::vector<uint64_t>& counts) const = 0;

  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  const SubmitSettings& settings() const { return options_.settings; }

 protected:
  explicit Channel(ChannelOptions options)
      : options_(std::move(options)), ledger_(options_.settings.producers, options_.settings.record_size) {}

  virtual Result<void> restart() = 0;  // part of begin(): producers' counters and sequences
  // What a consumer does with a record: all of its work.
  void take_record(const void* data, size_t size);
  bool swallows() { return options_.swallow && options_.swallow(taken_++); }

 private:
  ChannelOptions options_;
  Ledger ledger_;
  uint64_t sample_ = 0;
  uint64_t taken_ = 0;
};

using OpenChannel = Result<std::unique_ptr<Channel>> (*)(ChannelOptions options);
// kEnvironment when this kernel or machine cannot.
Result<std::unique_ptr<Channel>> open_ringbuf(ChannelOptions options);
Result<std::unique_ptr<Channel>> open_perf_event_array(ChannelOptions options);
Result<std::unique_ptr<Channel>> open_user_ringbuf(ChannelOptions options);

}  // namespace bpftax::bench
