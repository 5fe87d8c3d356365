#include "bench/submit/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "bench/submit/threads.h"

namespace bpftax::bench {
namespace {

class CostInstance : public Instance {
 public:
  explicit CostInstance(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {
    for (const Way& way : channel_->ways())
      operations_.push_back(
          {.name = way.name, .side = way.side, .is_floor = way.is_floor(), .floor = way.floor});
  }

  const std::vector<Operation>& operations() const override { return operations_; }

  Result<void> prepare(size_t, uint64_t) override { return channel_->begin(); }

  Result<Stretch> run(size_t operation, uint64_t n) override {
    BPFTAX_TRY(pin_to_cpu(cpu_of(0)));
    const int producers = channel_->settings().producers;
    SpinBarrier barrier(producers);
    std::vector<Result<uint64_t>> times(static_cast<size_t>(producers), Result<uint64_t>(0));
    std::vector<std::thread> threads;
    for (int i = 1; i < producers; ++i)
      threads.emplace_back(
          [&, i] { times[static_cast<size_t>(i)] = fill_and_empty(operation, i, n, barrier); });
    times[0] = fill_and_empty(operation, 0, n, barrier);
    for (std::thread& thread : threads) thread.join();
    Stretch stretch{.operations = n};
    for (Result<uint64_t>& time : times) {
      BPFTAX_ASSIGN(const uint64_t ns, std::move(time));
      stretch.ns = std::max(stretch.ns, ns);
    }
    if (!channel_->ways()[operation].is_floor())
      stretch.metrics.push_back({"memory", "bytes", static_cast<double>(channel_->memory())});
    return stretch;
  }

  Result<void> check(size_t operation, uint64_t n) override {
    BPFTAX_TRY(channel_->work_done(
        operation, std::vector<uint64_t>(static_cast<size_t>(channel_->settings().producers), n)));
    const Ledger& ledger = channel_->ledger();
    if (ledger.lost() != 0)
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("{} records found no room in a buffer that is large enough", ledger.lost()));
    if (!channel_->ways()[operation].is_floor() &&
        ledger.consumed() != n * static_cast<uint64_t>(channel_->settings().producers))
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("{} of {} records arrived", ledger.consumed(), n));
    return ledger.balance();
  }

 private:
  int cpu_of(int producer) const { return channel_->settings().cpus[static_cast<size_t>(producer)]; }

  // One producer's part of a run, in time inside of its work. The first one also consumes. After an error a
  // producer still meets the others, or they would wait for ever.
  Result<uint64_t> fill_and_empty(size_t operation, int producer, uint64_t n, SpinBarrier& barrier) {
    Result<uint64_t> sum = 0;
    if (producer != 0)
      if (Result<void> pinned = pin_to_cpu(cpu_of(producer)); !pinned) sum = propagate(pinned);
    const uint64_t portion = channel_->capacity() - 1;  // empty() may leave a record
    for (uint64_t done = 0; done < n;) {
      const uint64_t count = std::min(portion, n - done);
      barrier.arrive_and_wait();
      const Result<uint64_t> filled = sum ? fill(operation, producer, count) : sum;
      barrier.arrive_and_wait();
      Result<uint64_t> emptied = 0;
      if (producer == 0) emptied = empty(operation, done + count == n);
      if (sum && !filled) sum = filled;
      if (sum && !emptied) sum = emptied;
      if (sum) *sum += *filled + *emptied;
      done += count;
    }
    return sum;
  }

  Result<uint64_t> fill(size_t operation, int producer, uint64_t count) {
    const Way& way = channel_->ways()[operation];
    if (way.takes && way.is_floor()) {
      BPFTAX_ASSIGN(const Burst read, channel_->take_nothing(count));
      return read.ns;
    }
    BPFTAX_ASSIGN(const Burst made, channel_->produce(operation, producer, count));
    return way.takes ? 0 : made.ns;
  }

  Result<uint64_t> empty(size_t operation, bool last) {
    const Way& way = channel_->ways()[operation];
    if (way.is_floor()) return 0;
    BPFTAX_ASSIGN(const Burst taken, last ? channel_->consume() : channel_->consume_but_one());
    return way.takes ? taken.ns : 0;
  }

  std::unique_ptr<Channel> channel_;
  std::vector<Operation> operations_;
};

}  // namespace

std::unique_ptr<Instance> make_cost_instance(std::unique_ptr<Channel> channel) {
  return std::make_unique<CostInstance>(std::move(channel));
}

}  // namespace bpftax::bench
