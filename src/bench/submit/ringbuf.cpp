// BPF_MAP_TYPE_RINGBUF: one buffer of all CPUs; reserve and commit, or output.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "bench/submit/channel.h"
#include "bench/submit/slots.h"
#include "bench/submit/submission.h"

#include "submit_ringbuf.skel.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kRingRecordHeader = 8;  // BPF_RINGBUF_HDR_SZ

class RingbufChannel : public Channel {
 public:
  explicit RingbufChannel(ChannelOptions options) : Channel(std::move(options)) {}

  Result<void> open() {
    BPFTAX_ASSIGN(skeleton_, open_submit_object<submit_ringbuf_bpf>(settings().record_size,
                                                                    *ring_wakeup_flags(settings().wakeup)));
    bpf_map__set_max_entries(skeleton_->maps.records, static_cast<__u32>(settings().buffer_size));
    BPFTAX_TRY(load_skeleton(skeleton_->skeleton));
    buffer_.reset(ring_buffer__new(bpf_map__fd(skeleton_->maps.records), take, this, nullptr));
    if (!buffer_) return fail_libbpf(errno, "cannot map the ring buffer");
    return {};
  }

  const std::vector<Way>& ways() const override {
    static const std::vector<Way> kAll = {{"make", "program", ""},
                                          {"reserve", "program", "make", false, true},
                                          {"output", "program", "make", false, true}};
    return kAll;
  }

  uint64_t capacity() const override {
    // The kernel leaves one byte of the buffer free.
    return (settings().buffer_size - 1) / (settings().record_size + kRingRecordHeader) /
           static_cast<uint64_t>(settings().producers);
  }
  // The two pages of positions are mapped beside it.
  uint64_t memory() const override {
    return settings().buffer_size + 2 * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }

  Result<Burst> produce(size_t way, int producer, uint64_t count) override {
    const std::array programs = {skeleton_->progs.make, skeleton_->progs.reserve, skeleton_->progs.output};
    BPFTAX_ASSIGN(const Burst burst,
                  run_producer(programs[way], skeleton_->bss->slots[producer], producer, count));
    if (way != 0) ledger().book_made(producer, burst.records, burst.lost);
    return burst;
  }

  Result<Burst> consume() override {
    const int count = ring_buffer__consume(buffer_.get());
    if (count < 0) return fail_errno(-count, "cannot read the ring buffer");
    return Burst{.records = static_cast<uint64_t>(count)};
  }

  // Adaptive wake-ups come when the consumer has caught up with all records before.
  Result<Burst> consume_but_one() override {
    const uint64_t there = ledger().made() - ledger().lost() - delivered_;
    if (there <= 1) return Burst{};
    stop_in_ = there - 1;
    const int result = ring_buffer__consume(buffer_.get());
    if (result < 0 && result != -ECANCELED) return fail_errno(-result, "cannot read the ring buffer");
    return Burst{.records = there - 1 - std::exchange(stop_in_, 0)};
  }

  int wait_fd() const override { return ring_buffer__epoll_fd(buffer_.get()); }

  Result<void> work_done(size_t way, const std::vector<uint64_t>& counts) const override {
    return check_slots(skeleton_->bss->slots, ledger(), settings(), counts,
                       way == 1 ? nullptr : skeleton_->bss->scratch);
  }

 protected:
  Result<void> restart() override {
    restart_slots(skeleton_->bss->slots, ledger(), settings().producers);
    delivered_ = 0;
    return {};
  }

 private:
  static int take(void* self, void* data, size_t size) {
    auto& channel = *static_cast<RingbufChannel*>(self);
    ++channel.delivered_;
    channel.take_record(data, size);
    // libbpf counts this record as consumed and stops.
    return channel.stop_in_ != 0 && --channel.stop_in_ == 0 ? -ECANCELED : 0;
  }

  struct FreeBuffer {
    void operator()(ring_buffer* buffer) const { ring_buffer__free(buffer); }
  };
  SkeletonPtr<submit_ringbuf_bpf> skeleton_;
  std::unique_ptr<ring_buffer, FreeBuffer> buffer_;
  uint64_t delivered_ = 0;  // records taken since begin()
  uint64_t stop_in_ = 0;    // records until consume_but_one() ends; 0: never
};

}  // namespace

Result<std::unique_ptr<Channel>> open_ringbuf(ChannelOptions options) {
  if (!ring_wakeup_flags(options.settings.wakeup))
    return fail(ErrorKind::kEnvironment, "no such wake-up policy", "ringbuf",
                "a ring buffer wakes its consumer adaptively, never or always, not each " +
                    options.settings.wakeup + " records");
  auto channel = std::make_unique<RingbufChannel>(std::move(options));
  BPFTAX_TRY(channel->open());
  return channel;
}

const Benchmark& ringbuf_submission() {
  static const Benchmark kBenchmark = {
      .name = "ringbuf",
      .summary = "one ring buffer for all CPUs: reserve and commit, or output",
      .needs = [](const Task& task) { return check_submission(task, open_ringbuf); },
      .setup = [](const Task& task,
                  const Sampling& sampling) { return set_up_submission(task, sampling, open_ringbuf); }};
  return kBenchmark;
}

}  // namespace bpftax::bench
