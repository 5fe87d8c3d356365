// The parameters of one submission task, as they stand in Task::params and so in the rows.
//
// Two kinds of tasks: the cost of submission itself (no consumer while the clock runs), and a stream with a
// consumer beside it. The parameters of the latter exist in stream tasks only; "consumer" tells them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/benchmark.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

enum class ConsumerPlace {
  kOther,  // on a CPU where nobody produces
  kSame,   // on the CPU of the first producer
  kNone,   // nobody reads until the producers have ended
};
std::string_view to_string(ConsumerPlace place);                      // "other", "same", "none"
Result<ConsumerPlace> parse_consumer_place(const std::string& text);  // kUsage with the nearest name

struct StreamSettings {
  ConsumerPlace consumer = ConsumerPlace::kOther;
  uint64_t consumer_delay_ns = 0;  // busy time for each record: an overloaded consumer
  uint64_t rate = 0;               // records a second of each producer; 0: as fast as it can
  // Records of one run of the program: one event of the kernel, so to speak. In the parameters if it is
  // not 64.
  uint64_t burst = 64;
};

struct SubmitSettings {
  uint32_t record_size = 64;  // bytes
  std::string wakeup;         // "adaptive", "none", "force"; perf: number of records ("1", "64")
  int producers = 1;
  uint64_t buffer_size = 1 << 20;  // bytes; perf: of each CPU
  bool is_stream = false;
  StreamSettings stream;
  std::vector<int> cpus;  // producers', then the consumer's where it has one of its own
};

// The CPUs that a task with these settings needs.
size_t cpus_needed(const SubmitSettings& settings);

Json to_params(const SubmitSettings& settings);
// kUsage when a parameter is missing, of the wrong type, or impossible.
Result<SubmitSettings> read_submit_settings(const Task& task);
// The limits of each parameter; kUsage with the option's name. A list on the command line is checked value by
// value with this.
Result<void> check_submit_settings(const SubmitSettings& settings);

// BPF_RB_NO_WAKEUP and its like of a ring buffer's policy; nullopt: this is no such policy.
std::optional<uint64_t> ring_wakeup_flags(std::string_view wakeup);
// perf_event_attr::wakeup_events: "1", "64"; nullopt: no number.
std::optional<uint32_t> perf_wakeup_events(std::string_view wakeup);

}  // namespace bpftax::bench
