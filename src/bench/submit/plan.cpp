#include "bench/submit/plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace bpftax::bench {
namespace {

struct PathPlan {
  const char* name;
  std::vector<std::string> wakeups;  // the first one is the base
  const char* fastest;               // of these: under which records can be made faster than they are read
  int most_producers;
};

const std::vector<PathPlan>& paths() {
  static const std::vector<PathPlan> kAll = {{"ringbuf", {"adaptive", "none", "force"}, "adaptive", 1 << 16},
                                             {"perf_event_array", {"1", "64"}, "64", 1 << 16},
                                             {"user_ringbuf", {"adaptive", "none", "force"}, "adaptive", 1}};
  return kAll;
}

// Slower than any path makes records: the consumer falls behind.
constexpr uint64_t kOverloadNs = 2000;
constexpr uint64_t kPacedRate = 100'000;

// One parameter: how it is varied.
struct Dimension {
  bool given = false;
  std::vector<std::function<void(SubmitSettings&)>>
      values;  // the first one is the base where it is not given
};

template <class T, class Set>
Dimension dimension(const std::vector<T>& given, const std::vector<T>& usual, Set set) {
  Dimension out;
  out.given = !given.empty();
  for (const T& value : out.given ? given : usual)
    out.values.push_back([set, value](SubmitSettings& settings) { set(settings, value); });
  return out;
}

// The combinations of the given dimensions, each with one other dimension varied.
std::vector<SubmitSettings> combine(const SubmitSettings& base, const std::vector<Dimension>& dimensions) {
  std::vector<SubmitSettings> crossed = {base};
  for (const Dimension& dimension : dimensions) {
    if (!dimension.given) {
      for (SubmitSettings& settings : crossed) dimension.values.front()(settings);
      continue;
    }
    std::vector<SubmitSettings> next;
    for (const SubmitSettings& settings : crossed)
      for (const auto& set : dimension.values) set(next.emplace_back(settings));
    crossed = std::move(next);
  }
  std::vector<SubmitSettings> out;
  for (const SubmitSettings& settings : crossed) {
    out.push_back(settings);
    for (const Dimension& dimension : dimensions) {
      if (dimension.given) continue;
      for (size_t i = 1; i < dimension.values.size(); ++i) dimension.values[i](out.emplace_back(settings));
    }
  }
  return out;
}

std::vector<std::string> wakeups_of(const PathPlan& path, const std::vector<std::string>& given) {
  const bool is_perf = perf_wakeup_events(path.wakeups.front()).has_value();
  std::vector<std::string> fitting;
  for (const std::string& wakeup : given)
    if (perf_wakeup_events(wakeup).has_value() == is_perf) fitting.push_back(wakeup);
  return fitting.empty() ? given : fitting;
}

// In a brief plan user_ringbuf's policy is left alone: nobody waits for room there.
std::vector<std::string> usual_wakeups(const PathPlan& path, bool brief) {
  if (brief && path.most_producers == 1) return {path.wakeups.front()};
  return path.wakeups;
}

// 1, 2, 4, ... as many as there are CPUs for.
std::vector<int> usual_producers(const PathPlan& path, size_t cpus, bool quick) {
  const int most = std::min({path.most_producers, static_cast<int>(cpus), quick ? 2 : 16});
  std::vector<int> out;
  for (int count = 1; count <= most; count *= 2) out.push_back(count);
  return out;
}

class Planner {
 public:
  Planner(const SubmitLists& lists, const std::vector<int>& cpus, bool quick)
      : lists_(lists), cpus_(cpus), quick_(quick) {}

  Result<std::vector<Task>> plan() {
    for (const PathPlan& path : paths())
      for (const bool is_stream : {false, true})
        for (SubmitSettings settings : combine(base(is_stream), dimensions(path, is_stream)))
          BPFTAX_TRY(add(path, std::move(settings)));
    return std::move(tasks_);
  }

 private:
  SubmitSettings base(bool is_stream) const {
    SubmitSettings settings;
    settings.buffer_size = lists_.buffer_size;
    settings.is_stream = is_stream;
    settings.stream.burst = lists_.burst;
    return settings;
  }

  std::vector<Dimension> dimensions(const PathPlan& path, bool is_stream) const {
    // In a quick run what shows in the cost of submission is not varied again in streams.
    const bool brief = quick_ && is_stream;
    const bool free_wakeup = lists_.wakeups.empty();
    const std::vector<uint32_t> sizes = brief    ? std::vector<uint32_t>{64}
                                        : quick_ ? std::vector<uint32_t>{64, 8, 1024}
                                                 : std::vector<uint32_t>{64, 8, 256, 1024};
    std::vector<Dimension> out = {
        dimension(lists_.record_sizes, sizes, [](SubmitSettings& s, uint32_t size) { s.record_size = size; }),
        dimension(wakeups_of(path, lists_.wakeups), usual_wakeups(path, brief),
                  [](SubmitSettings& s, const std::string& wakeup) { s.wakeup = wakeup; }),
        dimension(lists_.producers, usual_producers(path, brief ? 1 : cpus_.size(), quick_),
                  [](SubmitSettings& s, int producers) { s.producers = producers; })};
    if (!is_stream) return out;
    // Where interrupts are dear, a path that wakes for each record makes too few of them to overload anybody.
    const auto hurry = [&path, free_wakeup](SubmitSettings& s, bool given) {
      if (free_wakeup && !given) s.wakeup = path.fastest;
    };
    const bool given_places = !lists_.consumers.empty(), given_delays = !lists_.consumer_delays_ns.empty();
    out.push_back(dimension(lists_.consumers, usual_consumers(),
                            [hurry, given_places](SubmitSettings& s, ConsumerPlace place) {
                              s.stream.consumer = place;
                              if (place == ConsumerPlace::kNone) hurry(s, given_places);
                            }));
    out.push_back(dimension(lists_.consumer_delays_ns, {0, kOverloadNs},
                            [hurry, given_delays](SubmitSettings& s, uint64_t ns) {
                              s.stream.consumer_delay_ns = ns;
                              if (ns != 0) hurry(s, given_delays);
                            }));
    out.push_back(dimension(lists_.rates, {0, kPacedRate},
                            [](SubmitSettings& s, uint64_t rate) { s.stream.rate = rate; }));
    return out;
  }

  std::vector<ConsumerPlace> usual_consumers() const {
    if (cpus_.size() < 2) return {ConsumerPlace::kSame, ConsumerPlace::kNone};
    return {ConsumerPlace::kOther, ConsumerPlace::kSame, ConsumerPlace::kNone};
  }

  Result<void> add(const PathPlan& path, SubmitSettings settings) {
    BPFTAX_TRY(check_submit_settings(settings));
    // Where nobody asked for a CPU of the consumer's own and producers take them all, it shares one.
    if (lists_.consumers.empty() && cpus_needed(settings) > cpus_.size() &&
        static_cast<size_t>(settings.producers) <= cpus_.size())
      settings.stream.consumer = ConsumerPlace::kSame;
    Task task{.benchmark = "submit", .subject = path.name, .params = to_params(settings)};
    task.cpus.assign(cpus_.begin(),
                     cpus_.begin() + static_cast<ptrdiff_t>(std::min(cpus_needed(settings), cpus_.size())));
    if (seen_.insert(task.subject + task.params.dump()).second) tasks_.push_back(std::move(task));
    return {};
  }

  const SubmitLists& lists_;
  const std::vector<int>& cpus_;
  bool quick_;
  std::vector<Task> tasks_;
  std::set<std::string> seen_;
};

}  // namespace

Result<std::vector<Task>> plan_submission(const SubmitLists& lists, const std::vector<int>& cpus,
                                          bool quick) {
  return Planner(lists, cpus, quick).plan();
}

}  // namespace bpftax::bench
