// What the kernel's selftests bench prints (tools/testing/selftests/bpf/bench.c and benchs/*.c, Linux 5.8 to
// 6.18), from one run or many after each other, and what its run_bench_*.sh scripts make of it:
//
//   Setting up benchmark 'trig-fentry'...
//   Benchmark 'trig-fentry' started.
//   Iter   0 ( 96.391us): hits   12.012M/s ( 12.012M/prod), drops    0.000M/s, total operations   12.012M/s
//   Summary: hits   12.030 ± 0.041M/s ( 12.030M/prod), drops    0.000 ± 0.000M/s, total operations ...
//   Summary: throughput   74.617 ± 0.008 M ops/s ( 74.617M ops/prod), latency   13.402 ns/op
//   Summary: hits throughput ... M ops/s, hits latency ... ns/op, important_hits throughput ... M ops/s
//   Summary: creates ... k/s (...k/prod), 2.00 kmallocs/create
//   Summary: per-prod-op ... k/s, memory usage ... MiB, peak memory usage ... MiB
//   Summary: 5 false hits of 100 total operations. Percentage =  5.00 %
//   cpu01: lookup 45.950M ± 0.123M events/sec (approximated from 32 samples of ~24ms)
//   0:hash_map_full_perf 1234567 events per sec
//   SUMMARY tasks_trace grace period latency	avg 25.1 us	stddev 1.2 us
//   usermode-count :   23.912 ± 0.101M/s                          (run_bench_trigger.sh)
//   rb-libbpf            12.054 ± 0.320M/s (drops 0.000 ± 0.000M/s)   (run_bench_ringbufs.sh)
//
// A rate of all P producers together is the time of one operation of one producer: ns = 1e9 P/rate. Their "±"
// is the standard deviation of the seconds of one run (hashmap-lookup: twice that of its samples), not an
// interval. Where the text tells how many there were, the interval here is Student's t of their mean,
//     rate ± t(0.975, n-1) s/sqrt(n),
// turned into times end by end; else there is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/model.h"
#include "util/result.h"

namespace bpftax::bench {

// Empty when there is nothing of it in the text. kUsage: more than 100,000 results.
Result<std::vector<Row>> import_kernel_bench(std::string_view text, const std::string& where);

}  // namespace bpftax::bench
