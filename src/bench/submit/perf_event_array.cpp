// BPF_MAP_TYPE_PERF_EVENT_ARRAY: a buffer for each CPU, written by bpf_perf_event_output().
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <cstring>

#include "bench/submit/channel.h"
#include "bench/submit/slots.h"
#include "bench/submit/submission.h"
#include "bench/submit/threads.h"

#include "submit_perf.skel.h"

namespace bpftax::bench {
namespace {

// PERF_RECORD_SAMPLE with PERF_SAMPLE_RAW: header, u32 size, data; all rounded up to 8 bytes.
constexpr uint64_t kPerfRecordHeader = sizeof(perf_event_header) + sizeof(__u32);

struct PerfRawRecord {
  perf_event_header header;
  __u32 size;
};

struct PerfLostRecord {
  perf_event_header header;
  __u64 id;
  __u64 lost;
};

class PerfChannel : public Channel {
 public:
  explicit PerfChannel(ChannelOptions options) : Channel(std::move(options)) {}

  Result<void> open() {
    BPFTAX_ASSIGN(skeleton_, open_submit_object<submit_perf_bpf>(settings().record_size, 0));
    BPFTAX_TRY(load_skeleton(skeleton_->skeleton));
    perf_event_attr attr{};
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_SOFTWARE;
    attr.config = PERF_COUNT_SW_BPF_OUTPUT;
    attr.sample_type = PERF_SAMPLE_RAW;
    attr.sample_period = 1;  // the helper writes each record itself; the kernel wants to see a period
    attr.wakeup_events = *perf_wakeup_events(settings().wakeup);
    std::vector<int> cpus(settings().cpus.begin(), settings().cpus.begin() + settings().producers);
    perf_buffer_raw_opts options{};
    options.sz = sizeof options;
    options.cpu_cnt = settings().producers;
    options.cpus = cpus.data();
    options.map_keys = cpus.data();
    const auto pages = settings().buffer_size / static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    buffer_.reset(
        perf_buffer__new_raw(bpf_map__fd(skeleton_->maps.records), pages, &attr, take, this, &options));
    if (!buffer_) return fail_libbpf(errno, "cannot make the perf buffers");
    return {};
  }

  const std::vector<Way>& ways() const override {
    static const std::vector<Way> kAll = {{"make", "program", ""},
                                          {"output", "program", "make", false, true}};
    return kAll;
  }

  uint64_t capacity() const override {
    const uint64_t record = (settings().record_size + kPerfRecordHeader + 7) / 8 * 8;
    return (settings().buffer_size - 1) / record;  // the kernel leaves one byte free
  }
  uint64_t memory() const override {
    return static_cast<uint64_t>(settings().producers) *
           (settings().buffer_size + static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  }

  Result<Burst> produce(size_t way, int producer, uint64_t count) override {
    const bpf_program* program = way == 0 ? skeleton_->progs.make : skeleton_->progs.output;
    BPFTAX_ASSIGN(const Burst burst, run_producer(program, skeleton_->bss->slots[producer], producer, count));
    if (way != 0) ledger().book_made(producer, burst.records, burst.lost);
    return burst;
  }

  Result<Burst> consume() override {
    const uint64_t before = samples_;
    const int error = perf_buffer__consume(buffer_.get());
    if (error < 0) return fail_errno(-error, "cannot read the perf buffers");
    return Burst{.records = samples_ - before};
  }

  int wait_fd() const override { return perf_buffer__epoll_fd(buffer_.get()); }

  // The kernel reports what did not fit with the next record that does. One more record from each producer
  // makes it tell; then both counts of losses must be the same.
  Result<void> settle() override {
    const uint64_t lost = ledger().lost();
    if (lost == 0 && reported_ == 0) return {};
    for (int i = 0; i < settings().producers; ++i) {
      BPFTAX_TRY(pin_to_cpu(settings().cpus[static_cast<size_t>(i)]));
      BPFTAX_TRY(produce(1, i, 1));
    }
    BPFTAX_TRY(pin_to_cpu(settings().cpus.front()));
    settled_ = 1;
    BPFTAX_TRY(consume());
    if (ledger().lost() != lost)
      return fail(ErrorKind::kWorkload, "wrong work", "", "an empty perf buffer had no room for a record");
    if (reported_ != lost)
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("the kernel reports {} lost records, the program counted {}", reported_, lost));
    return {};
  }

  Result<void> work_done(size_t, const std::vector<uint64_t>& counts) const override {
    std::vector<uint64_t> all = counts;
    for (uint64_t& count : all) count += settled_;
    return check_slots(skeleton_->bss->slots, ledger(), settings(), all, skeleton_->bss->scratch);
  }

 protected:
  Result<void> restart() override {
    restart_slots(skeleton_->bss->slots, ledger(), settings().producers);
    reported_ = 0;
    settled_ = 0;
    return {};
  }

 private:
  static bpf_perf_event_ret take(void* self, int /*cpu*/, perf_event_header* event) {
    auto& channel = *static_cast<PerfChannel*>(self);
    if (event->type == PERF_RECORD_LOST) {
      PerfLostRecord record{};
      memcpy(&record, event, sizeof record);
      channel.reported_ += record.lost;
    } else if (event->type == PERF_RECORD_SAMPLE) {
      PerfRawRecord record{};
      memcpy(&record, event, sizeof record);
      ++channel.samples_;
      channel.take_record(reinterpret_cast<const char*>(event) + kPerfRecordHeader, record.size);
    }
    return LIBBPF_PERF_EVENT_CONT;
  }

  struct FreeBuffer {
    void operator()(perf_buffer* buffer) const { perf_buffer__free(buffer); }
  };
  SkeletonPtr<submit_perf_bpf> skeleton_;
  std::unique_ptr<perf_buffer, FreeBuffer> buffer_;
  uint64_t samples_ = 0;
  uint64_t reported_ = 0;  // by the kernel's records of losses
  uint64_t settled_ = 0;   // records that settle() added for each producer
};

}  // namespace

Result<std::unique_ptr<Channel>> open_perf_event_array(ChannelOptions options) {
  if (!perf_wakeup_events(options.settings.wakeup))
    return fail(
        ErrorKind::kEnvironment, "no such wake-up policy", "perf_event_array",
        "a perf buffer wakes its consumer each so many records, not '" + options.settings.wakeup + "'");
  auto channel = std::make_unique<PerfChannel>(std::move(options));
  BPFTAX_TRY(channel->open());
  return channel;
}

const Benchmark& perf_event_array_submission() {
  static const Benchmark kBenchmark = {
      .name = "perf_event_array",
      .summary = "a perf buffer for each CPU: output",
      .needs = [](const Task& task) { return check_submission(task, open_perf_event_array); },
      .setup =
          [](const Task& task, const Sampling& sampling) {
            return set_up_submission(task, sampling, open_perf_event_array);
          }};
  return kBenchmark;
}

}  // namespace bpftax::bench
