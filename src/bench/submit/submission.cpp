#include "bench/submit/submission.h"

#include <fmt/format.h>

#include "bench/submit/cost.h"
#include "bench/submit/stream.h"

namespace bpftax::bench {
namespace {

Result<SubmitSettings> settings_that_fit(const Task& task) {
  BPFTAX_ASSIGN(SubmitSettings settings, read_submit_settings(task));
  const size_t needed = cpus_needed(settings);
  if (settings.cpus.size() < needed)
    return fail(
        ErrorKind::kEnvironment, "not enough CPUs", "",
        fmt::format(
            "{} producers{} need {} CPUs, there are {}", settings.producers,
            needed > static_cast<size_t>(settings.producers) ? " and a consumer on a CPU of its own" : "",
            needed, settings.cpus.size()));
  return settings;
}

}  // namespace

Result<void> check_submission(const Task& task, OpenChannel open) {
  BPFTAX_ASSIGN(SubmitSettings settings, settings_that_fit(task));
  BPFTAX_ASSIGN(const std::unique_ptr<Channel> channel, open({std::move(settings), nullptr}));
  return {};
}

Result<std::unique_ptr<Instance>> set_up_submission(const Task& task, const Sampling& sampling,
                                                    OpenChannel open) {
  BPFTAX_ASSIGN(SubmitSettings settings, settings_that_fit(task));
  const bool is_stream = settings.is_stream;
  BPFTAX_ASSIGN(std::unique_ptr<Channel> channel, open({std::move(settings), nullptr}));
  if (is_stream) return make_stream_instance(std::move(channel), sampling);
  return make_cost_instance(std::move(channel));
}

}  // namespace bpftax::bench
