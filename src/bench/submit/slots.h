// The side of the programs: running them, and their counters in the object's memory.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

#include "bench/submit/channel.h"
#include "bench/submit/submit.h"
#include "probes/attach.h"

namespace bpftax::bench {

// Opens an object with its constants and the size of its buffer set, so that it only has to be loaded. With a
// libbpf that speaks to our log.
template <class Skeleton>
Result<SkeletonPtr<Skeleton>> open_submit_object(uint32_t record_size, uint64_t wakeup_flags) {
  BPFTAX_TRY(check_kernel());
  LibbpfLog::instance().clear();
  SkeletonPtr<Skeleton> skeleton(Skeleton::open());
  if (!skeleton) return fail_errno(errno, "cannot open the BPF object", "", ErrorKind::kInternal);
  skeleton->rodata->record_size = record_size;
  skeleton->rodata->wakeup_flags = wakeup_flags;
  return skeleton;
}

// Why libbpf could not make a buffer: its own words, or errno's.
tl::unexpected<Error> fail_libbpf(int error, const char* what);

// BPF_PROG_TEST_RUN on the CPU that the thread runs on.
Result<void> run_submit_program(const bpf_program* program, uint64_t count, int producer);

// `count` records through run_submit_program(), in as many runs as bpf_loop() needs; booked in the ledger.
Result<Burst> run_producer(const bpf_program* program, SubmitSlot& slot, int producer, uint64_t count);

// Counters at zero, sequences at the beginning of the ledger's sample.
void restart_slots(SubmitSlot* slots, const Ledger& ledger, int producers);
// Each producer made as many records as `counts` says and no helper answered with an error; with `scratch`,
// its last record stands there.
Result<void> check_slots(const SubmitSlot* slots, const Ledger& ledger, const SubmitSettings& settings,
                         const std::vector<uint64_t>& counts, const __u64 (*scratch)[kSubmitMaxWords]);

}  // namespace bpftax::bench
