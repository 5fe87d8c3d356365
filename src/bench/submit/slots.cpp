#include "bench/submit/slots.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace bpftax::bench {
namespace {

// A run may not be preempted: this is a few milliseconds at most. (The kernel itself stops at 2^23 turns.)
constexpr uint64_t kMostPerRun = 1 << 14;

tl::unexpected<Error> wrong_work(std::string why) {
  return fail(ErrorKind::kWorkload, "wrong work", "", std::move(why));
}

}  // namespace

tl::unexpected<Error> fail_libbpf(int error, const char* what) {
  auto failure = fail_errno(error, what);
  const auto& lines = LibbpfLog::instance().lines();
  if (!lines.empty()) failure.value().why += " (" + lines.front() + ")";
  return failure;
}

Result<void> run_submit_program(const bpf_program* program, uint64_t count, int producer) {
  std::array<uint64_t, 2> arguments = {count, static_cast<uint64_t>(producer)};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.ctx_in = arguments.data();
  options.ctx_size_in = sizeof arguments;
  const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
  if (error != 0) return fail_errno(-error, "cannot run the BPF program", bpf_program__name(program));
  return {};
}

Result<Burst> run_producer(const bpf_program* program, SubmitSlot& slot, int producer, uint64_t count) {
  Burst sum;
  for (uint64_t done = 0; done < count;) {
    const uint64_t piece = std::min(count - done, kMostPerRun);
    const uint64_t made = slot.made, lost = slot.lost;
    BPFTAX_TRY(run_submit_program(program, piece, producer));
    sum.ns += slot.ns;
    sum.records += slot.made - made;
    sum.lost += slot.lost - lost;
    done += piece;
  }
  return sum;
}

void restart_slots(SubmitSlot* slots, const Ledger& ledger, int producers) {
  for (int i = 0; i < producers; ++i) {
    slots[i] = {};
    slots[i].next = ledger.first_word(i);
  }
}

Result<void> check_slots(const SubmitSlot* slots, const Ledger& ledger, const SubmitSettings& settings,
                         const std::vector<uint64_t>& counts, const __u64 (*scratch)[kSubmitMaxWords]) {
  for (int i = 0; i < settings.producers; ++i) {
    const SubmitSlot& slot = slots[i];
    const uint64_t count = counts[static_cast<size_t>(i)];
    if (slot.error != 0)
      return wrong_work(
          fmt::format("a helper failed in producer {}: {}", i, strerror(static_cast<int>(-slot.error))));
    if (slot.made != count || slot.next != ledger.first_word(i) + count)
      return wrong_work(fmt::format("producer {} made {} of {} records", i, slot.made, count));
    if (scratch == nullptr || count == 0) continue;
    std::array<uint64_t, kSubmitMaxWords> wanted{};
    make_submit_record(wanted.data(), settings.record_size, slot.next - 1);
    if (memcmp(wanted.data(), scratch[i], settings.record_size) != 0)
      return wrong_work(fmt::format("the last record that producer {} made is not what it has to be", i));
  }
  return {};
}

}  // namespace bpftax::bench
