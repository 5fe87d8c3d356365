#include "bench/submit/submit_family.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "bench/submit/plan.h"
#include "bench/submit/submission.h"

namespace bpftax::bench {
namespace {

PlanTasks add_submit_options(CLI::App& command) {
  auto lists = std::make_shared<SubmitLists>();
  auto places = std::make_shared<std::vector<std::string>>();
  const auto add_list = [&](const char* name, auto& list, const char* what, const char* type) {
    command.add_option(name, list, what)->delimiter(',')->type_name(type);
  };
  add_list("--record-size", lists->record_sizes, "bytes of a record, multiples of 8 (usually 8,64,256,1024)",
           "BYTES,...");
  add_list("--wakeup", lists->wakeups,
           "when the consumer is woken: adaptive, none, force (ring buffers), or each so many records (perf "
           "buffer; usually 1,64)",
           "POLICY,...");
  add_list("--producers", lists->producers, "threads that submit, each on a CPU of its own", "N,...");
  add_list("--consumer", *places,
           "the consumer's CPU: other, same (as the first producer's), none (nobody reads)", "PLACE,...");
  add_list("--consumer-delay", lists->consumer_delays_ns,
           "busy time of the consumer with each record, in ns: an overloaded consumer (usually 0,2000)",
           "NS,...");
  add_list("--rate", lists->rates,
           "records a second of each producer; 0: as fast as it can (usually 0,100000)", "N,...");
  command
      .add_option("--buffer-size", lists->buffer_size,
                  "bytes of the buffer, a power of two; perf: of each CPU")
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--burst", lists->burst, "records of a stream that one run of the program submits")
      ->type_name("N")
      ->capture_default_str();
  return [lists, places](const PlanOptions& options) -> Result<std::vector<Task>> {
    lists->consumers.clear();
    for (const std::string& text : *places) {
      BPFTAX_ASSIGN(const ConsumerPlace place, parse_consumer_place(text));
      lists->consumers.push_back(place);
    }
    return plan_submission(*lists, options.cpus, options.quick);
  };
}

const std::vector<Benchmark>& submissions() {
  static const std::vector<Benchmark> kAll = {ringbuf_submission(), perf_event_array_submission(),
                                              user_ringbuf_submission()};
  return kAll;
}

}  // namespace

Family submit_family() {
  return {.name = "submit",
          .summary = "records from a program to user space and back: cost, throughput, losses",
          .set_up = add_submit_options,
          .benchmarks = submissions};
}

}  // namespace bpftax::bench
