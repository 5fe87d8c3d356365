#include "bench/submit/settings.h"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <utility>

#include "bench/submit/submit.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kMostBuffer = 1ull << 28;
constexpr uint64_t kMostDelayNs = 1'000'000;
constexpr uint64_t kMostRate = 100'000'000;
constexpr uint64_t kMostBurst = 65'536;

constexpr std::array kPlaces = {ConsumerPlace::kOther, ConsumerPlace::kSame, ConsumerPlace::kNone};

template <class Number>
Result<void> read_count(const Json& params, const char* key, Number& out) {
  BPFTAX_ASSIGN(const int64_t value, require_integer(params, key));
  if (value < 0 || !std::in_range<Number>(value))
    return fail(ErrorKind::kUsage, "impossible parameter", key, fmt::format("{}", value));
  out = static_cast<Number>(value);
  return {};
}

tl::unexpected<Error> impossible(const char* option, uint64_t value, std::string rule) {
  return fail(ErrorKind::kUsage, "impossible value", fmt::format("{} {}", option, value), std::move(rule));
}

Result<void> check_stream(const StreamSettings& stream) {
  if (stream.consumer_delay_ns > kMostDelayNs)
    return impossible("--consumer-delay", stream.consumer_delay_ns, "at most 1 ms (1000000)");
  if (stream.rate > kMostRate) return impossible("--rate", stream.rate, "at most 10^8 records a second");
  if (stream.burst < 1 || stream.burst > kMostBurst)
    return impossible("--burst", stream.burst, fmt::format("1 to {} records", kMostBurst));
  return {};
}

}  // namespace

std::string_view to_string(ConsumerPlace place) {
  switch (place) {
    case ConsumerPlace::kOther:
      return "other";
    case ConsumerPlace::kSame:
      return "same";
    case ConsumerPlace::kNone:
      return "none";
  }
  return "?";
}

Result<ConsumerPlace> parse_consumer_place(const std::string& text) {
  std::vector<std::string> known;
  for (const ConsumerPlace place : kPlaces) {
    if (to_string(place) == text) return place;
    known.emplace_back(to_string(place));
  }
  const auto nearest = nearest_name(text, known);
  return fail(ErrorKind::kUsage, "no such place for the consumer", "--consumer " + printable(text), {},
              nearest ? "did you mean " + *nearest + "?" : "one of " + join(known, ", "));
}

size_t cpus_needed(const SubmitSettings& settings) {
  const bool own = settings.is_stream && settings.stream.consumer == ConsumerPlace::kOther;
  return static_cast<size_t>(settings.producers) + (own ? 1 : 0);
}

Json to_params(const SubmitSettings& settings) {
  Json params = {{"record_size", settings.record_size},
                 {"wakeup", settings.wakeup},
                 {"producers", settings.producers},
                 {"buffer_size", settings.buffer_size}};
  if (settings.is_stream) {
    params["consumer"] = to_string(settings.stream.consumer);
    params["consumer_delay_ns"] = settings.stream.consumer_delay_ns;
    params["rate"] = settings.stream.rate;
    if (settings.stream.burst != StreamSettings().burst) params["burst"] = settings.stream.burst;
  }
  return params;
}

Result<SubmitSettings> read_submit_settings(const Task& task) {
  SubmitSettings settings;
  BPFTAX_TRY(read_count(task.params, "record_size", settings.record_size));
  BPFTAX_ASSIGN(settings.wakeup, require_string(task.params, "wakeup"));
  BPFTAX_TRY(read_count(task.params, "producers", settings.producers));
  BPFTAX_TRY(read_count(task.params, "buffer_size", settings.buffer_size));
  settings.is_stream = task.params.contains("consumer");
  if (settings.is_stream) {
    BPFTAX_ASSIGN(const std::string place, require_string(task.params, "consumer"));
    BPFTAX_ASSIGN(settings.stream.consumer, parse_consumer_place(place));
    BPFTAX_TRY(read_count(task.params, "consumer_delay_ns", settings.stream.consumer_delay_ns));
    BPFTAX_TRY(read_count(task.params, "rate", settings.stream.rate));
    if (task.params.contains("burst")) BPFTAX_TRY(read_count(task.params, "burst", settings.stream.burst));
  }
  settings.cpus = task.cpus;
  BPFTAX_TRY(check_submit_settings(settings));
  return settings;
}

Result<void> check_submit_settings(const SubmitSettings& settings) {
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (settings.record_size < 8 || settings.record_size > kSubmitMaxRecord || settings.record_size % 8 != 0)
    return impossible("--record-size", settings.record_size,
                      fmt::format("a multiple of 8 from 8 to {} bytes", int{kSubmitMaxRecord}));
  if (settings.producers < 1 || settings.producers > kSubmitMaxProducers)
    return impossible("--producers", static_cast<uint64_t>(settings.producers),
                      fmt::format("1 to {} threads", int{kSubmitMaxProducers}));
  if (!std::has_single_bit(settings.buffer_size) || settings.buffer_size < page ||
      settings.buffer_size > kMostBuffer)
    return impossible("--buffer-size", settings.buffer_size,
                      fmt::format("a power of two from {} to {} bytes", page, kMostBuffer));
  // Room for a few records of each producer, or a sample would be all ends and no middle.
  if (settings.buffer_size / static_cast<uint64_t>(settings.producers) < 4ull * (settings.record_size + 16))
    return impossible("--buffer-size", settings.buffer_size, "too small for four records of each producer");
  if (!ring_wakeup_flags(settings.wakeup) && !perf_wakeup_events(settings.wakeup))
    return fail(ErrorKind::kUsage, "unknown wake-up policy", "--wakeup " + printable(settings.wakeup), {},
                "adaptive, none or force for ring buffers; a number of records for the perf buffer");
  if (settings.is_stream) BPFTAX_TRY(check_stream(settings.stream));
  return {};
}

std::optional<uint64_t> ring_wakeup_flags(std::string_view wakeup) {
  if (wakeup == "adaptive") return 0;
  if (wakeup == "none") return BPF_RB_NO_WAKEUP;
  if (wakeup == "force") return BPF_RB_FORCE_WAKEUP;
  return std::nullopt;
}

std::optional<uint32_t> perf_wakeup_events(std::string_view wakeup) {
  const auto events = to_uint64(wakeup);
  if (!events || *events < 1 || *events > 1'000'000) return std::nullopt;
  return static_cast<uint32_t>(*events);
}

}  // namespace bpftax::bench
