#include "bench/network/in_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "bench/network/network_body.h"
#include "bench/this_thread.h"
#include "bench/tracing/hook_bodies.h"
#include "bench/tracing/hook_selection.h"
#include "sample/bpf_stats.h"
#include "stats/descriptive.h"
#include "util/clock.h"

namespace bpftax::bench::network {
namespace {

constexpr const char* kPacketFloor = "traffic";
constexpr const char* kAnswerFloor = "transactions";
constexpr uint64_t kWarmUnits = 64;    // before each sample: attaching leaves cold caches and patched code
constexpr uint64_t kKernelUnits = 32;  // counted by the kernel in each check
// Programs of a cgroup run for other processes' packets too. On our CPU so many runs may be theirs: more
// would say that our traffic was not alone.
constexpr uint64_t kForeignRuns = 500;
constexpr uint64_t kForeignShare = 10;  // one in so many
constexpr uint64_t kMostEvents = kHookRingBytes / kHookEventRoom / 2;
constexpr int kLearningTries = 5;
// A sample of attaching: as many as fill this time, within limits. A sockmap takes 1 us, XDP 20 ms.
constexpr int64_t kAttachingNs = 10 * kNsPerMs;
constexpr int64_t kMostAttachments = 64;

enum class Action { kTraffic, kTransactions, kAttach, kDetach };

struct Step {
  Action action = Action::kTraffic;
  std::optional<BodyKind> body;  // nullopt: nothing is attached
};

int64_t place_now_ns() {
  return RealClock().monotonic_ns();
}

class InPlace : public Instance {
 public:
  InPlace(const NetworkHook& hook, const InPlaceOptions& options)
      : hook_(hook), options_(options), runs_per_unit_(hook.runs_per_unit) {}
  ~InPlace() override { detach_all(); }

  Result<void> set_up();
  const std::vector<Operation>& operations() const override { return operations_; }
  uint64_t most(size_t operation) const override;
  Result<void> prepare(size_t operation, uint64_t n) override;
  Result<Stretch> run(size_t operation, uint64_t n) override;
  Result<void> check(size_t operation, uint64_t n) override;

 private:
  using Bodies = std::vector<std::unique_ptr<Body>>;

  Result<void> open_site();
  void add_operations();
  void add_operation(std::string name, Step step, std::string unit, std::string floor, bool is_floor);
  Result<void> learn_runs();

  Bodies& bodies(BodyKind kind) { return bodies_[static_cast<size_t>(kind)]; }
  // Exactly `count` programs of that kind are attached afterwards, and what they stand on is there.
  Result<void> attach_exactly(BodyKind kind, size_t count);
  Result<AttachedPtr> attach_one(BodyKind kind, size_t position);
  void detach_all();

  Traffic& traffic(const Step& step) const {
    return step.action == Action::kTransactions ? *transactions_ : *traffic_;
  }
  uint64_t runs_of(const Step& step, uint64_t units) const {
    return units * (step.action == Action::kTransactions ? hook_.runs_per_answer : runs_per_unit_);
  }
  // Where the traffic runs the programs: a packet is handled where it is sent.
  std::vector<int> cpus_of(const Step& step) const {
    if (step.action == Action::kTransactions && options_.two_cpus)
      return {options_.cpus[0], options_.cpus[1]};
    return {options_.cpus.front()};
  }
  Result<void> compare(uint64_t counted, uint64_t expected) const;
  Result<void> check_packets(const Step& step, uint64_t n) const;
  Result<void> check_programs(const Step& step, uint64_t n);
  // The same traffic again, the kernel counting the runs of each body of that kind; the first `active` are
  // attached.
  Result<void> check_by_kernel(const Step& step, BodyKind kind, size_t active);
  Result<Stretch> time_attaching(bool attaching, uint64_t n);
  Result<void> check_attaching();

  const NetworkHook& hook_;
  InPlaceOptions options_;
  uint64_t runs_per_unit_;
  uint64_t attachments_ = 1;  // of a sample
  std::unique_ptr<NamespacePair> pair_;
  Fd cgroup_;
  std::unique_ptr<UdpSockets> udp_;
  std::unique_ptr<TcpConnection> tcp_;
  std::unique_ptr<Traffic> traffic_;
  std::unique_ptr<Transactions> transactions_;
  std::unique_ptr<Site> site_;
  std::array<Bodies, kBodyKinds.size()> bodies_;
  std::array<std::string, kBodyKinds.size()> refused_;  // why there are none of that kind

  AttachedPtr ground_;
  std::vector<AttachedPtr> attached_;
  BodyKind attached_kind_ = BodyKind::kEmpty;

  std::vector<Operation> operations_;
  std::vector<Step> steps_;
  std::vector<BodyCounts> before_;  // of the attached programs
  PacketCounts near_before_, far_before_;
  std::optional<double> pps_without_;  // with nothing attached, in the last such sample
};

Result<void> InPlace::set_up() {
  if (hook_.attach == nullptr)
    return fail(ErrorKind::kEnvironment, "no measurement in place", hook_.name, hook_.not_in_place);
  if (options_.programs > 1 && hook_.one_only != nullptr)
    return fail(ErrorKind::kEnvironment, "no second program", hook_.name, hook_.one_only);
  BPFTAX_TRY(pin_to_cpu(options_.cpus.front()));
  // Beside what the user chose: `empty` is what is attached and detached, `count` finds the runs of a unit.
  const BodyKind needed_kind = runs_per_unit_ == 0 ? BodyKind::kCount : BodyKind::kEmpty;
  for (const BodyKind kind : kBodyKinds) {
    if (kind != BodyKind::kEmpty && kind != needed_kind &&
        !is_body_selected(options_.bodies, to_string(kind)))
      continue;
    for (int i = 0; i < options_.programs; ++i) {
      auto body = load_network_body(hook_, kind);
      if (!body && kind == BodyKind::kEmpty) return propagate(body);
      if (!body) {
        refused_[static_cast<size_t>(kind)] = to_string(body.error());
        bodies(kind).clear();
        break;
      }
      bodies(kind).push_back(std::move(*body));
    }
  }
  BPFTAX_TRY(open_site());
  const int64_t begin_ns = place_now_ns();
  BPFTAX_TRY(attach_exactly(BodyKind::kEmpty, static_cast<size_t>(options_.programs)));
  const int64_t each_ns = (place_now_ns() - begin_ns) / options_.programs;
  attachments_ = static_cast<uint64_t>(
      std::clamp<int64_t>(kAttachingNs / std::max<int64_t>(each_ns, 1), 1, kMostAttachments));
  if (runs_per_unit_ == 0) BPFTAX_TRY(learn_runs());
  detach_all();
  add_operations();
  return {};
}

Result<void> InPlace::open_site() {
  if (hook_.in_cgroup) {
    BPFTAX_ASSIGN(cgroup_, open_own_cgroup());
  }
  BPFTAX_ASSIGN(pair_, NamespacePair::create());
  switch (hook_.unit) {
    case Unit::kPacket: {
      BPFTAX_ASSIGN(udp_, UdpSockets::open(*pair_));
      BPFTAX_ASSIGN(traffic_, packet_traffic(*udp_, hook_.from, options_.packet_size));
      const auto responder = options_.two_cpus ? std::optional<int>(options_.cpus[1]) : std::nullopt;
      if (hook_.runs_per_answer != 0 && options_.programs == 1)
        transactions_ = std::make_unique<Transactions>(*udp_, options_.packet_size, responder);
      break;
    }
    case Unit::kMessage: {
      BPFTAX_ASSIGN(tcp_, TcpConnection::open(*pair_));
      BPFTAX_ASSIGN(traffic_, message_traffic(*tcp_, hook_.from, options_.packet_size));
      break;
    }
    case Unit::kConnection: {
      BPFTAX_ASSIGN(traffic_, connection_traffic(*pair_));
      break;
    }
    case Unit::kSocket:
      traffic_ = socket_traffic();
      break;
    case Unit::kConnect: {
      BPFTAX_ASSIGN(traffic_, connect_traffic(*pair_));
      break;
    }
  }
  site_ = std::make_unique<Site>(
      Site{*pair_, udp_ ? udp_->near_receiver.get() : -1, tcp_ ? tcp_->near.get() : -1, cgroup_.get()});
  return {};
}

void InPlace::add_operation(std::string name, Step step, std::string unit, std::string floor, bool is_floor) {
  Operation operation;
  operation.name = std::move(name);
  operation.params["unit"] = std::move(unit);
  if (step.action == Action::kTransactions || step.action == Action::kTraffic)
    operation.params["placement"] =
        step.action == Action::kTransactions && options_.two_cpus ? "two_cpus" : "one_cpu";
  operation.floor = std::move(floor);
  operation.is_floor = is_floor;
  if (step.action == Action::kAttach || step.action == Action::kDetach) operation.fixed_n = attachments_;
  if (step.body) operation.absent = refused_[static_cast<size_t>(*step.body)];
  operations_.push_back(std::move(operation));
  steps_.push_back(step);
}

void InPlace::add_operations() {
  const std::string unit(to_string(hook_.unit));
  add_operation(kPacketFloor, {Action::kTraffic, {}}, unit, "", true);
  for (const BodyKind kind : kBodyKinds)
    if (is_body_selected(options_.bodies, to_string(kind)))
      add_operation(std::string(to_string(kind)), {Action::kTraffic, kind}, unit, kPacketFloor, false);
  if (transactions_) {
    add_operation(kAnswerFloor, {Action::kTransactions, {}}, "transaction", "", true);
    for (const BodyKind kind : kBodyKinds)
      if (is_body_selected(options_.bodies, to_string(kind)))
        add_operation(std::string(to_string(kind)) + "_rr", {Action::kTransactions, kind}, "transaction",
                      kAnswerFloor, false);
  }
  add_operation("attach", {Action::kAttach, BodyKind::kEmpty}, "program", "", false);
  add_operation("detach", {Action::kDetach, BodyKind::kEmpty}, "program", "", false);
}

// The fewest of several tries: what other processes add is gone.
Result<void> InPlace::learn_runs() {
  if (bodies(BodyKind::kCount).empty())
    return fail(ErrorKind::kEnvironment, "nothing can count the runs of a unit", hook_.name,
                refused_[static_cast<size_t>(BodyKind::kCount)]);
  BPFTAX_TRY(attach_exactly(BodyKind::kCount, 1));
  for (int i = 0; i < kLearningTries; ++i) {
    BPFTAX_ASSIGN(const BodyCounts before, read_counts(*bodies(BodyKind::kCount).front(), cpus_of({})));
    BPFTAX_TRY(traffic_->run(1));
    BPFTAX_ASSIGN(const BodyCounts after, read_counts(*bodies(BodyKind::kCount).front(), cpus_of({})));
    const uint64_t runs = after.ours - before.ours;
    runs_per_unit_ = i == 0 ? runs : std::min(runs_per_unit_, runs);
  }
  if (runs_per_unit_ == 0)
    return fail(ErrorKind::kEnvironment, "the hook does not fire", hook_.name,
                fmt::format("the program was not called by a {}", to_string(hook_.unit)));
  return {};
}

Result<AttachedPtr> InPlace::attach_one(BodyKind kind, size_t position) {
  return hook_.attach(*site_, ground_.get(), bpf_program__fd(bodies(kind)[position]->program()),
                      static_cast<int>(position));
}

Result<void> InPlace::attach_exactly(BodyKind kind, size_t count) {
  if (attached_kind_ != kind || attached_.size() != count) attached_.clear();
  attached_kind_ = kind;
  if (hook_.ground != nullptr && !ground_) {
    BPFTAX_ASSIGN(ground_, hook_.ground(*site_));
  }
  while (attached_.size() < count) {
    auto one = attach_one(kind, attached_.size());
    if (!one && !attached_.empty()) {
      Error error = one.error();
      error.why = fmt::format("a program beside {} is refused: {}", attached_.size(), error.why);
      return tl::unexpected<Error>(std::move(error));
    }
    if (!one) return propagate(one);
    attached_.push_back(std::move(*one));
  }
  return {};
}

void InPlace::detach_all() {
  attached_.clear();
  ground_.reset();
}

uint64_t InPlace::most(size_t operation) const {
  const Step& step = steps_[operation];
  if (step.body != BodyKind::kEvent) return UINT64_MAX;
  return kMostEvents / std::max<uint64_t>(runs_of(step, 1), 1);
}

Result<void> InPlace::prepare(size_t operation, uint64_t) {
  const Step& step = steps_[operation];
  const auto programs = static_cast<size_t>(options_.programs);
  if (step.action == Action::kAttach || step.action == Action::kDetach)
    return attach_exactly(BodyKind::kEmpty, programs - 1);
  if (step.body) {
    BPFTAX_TRY(attach_exactly(*step.body, programs));
  } else {
    detach_all();
  }
  BPFTAX_TRY(traffic(step).run(kWarmUnits));
  before_.clear();
  if (step.body && *step.body != BodyKind::kEmpty) {
    for (const auto& body : bodies(*step.body)) {
      if (*step.body == BodyKind::kEvent) BPFTAX_TRY(body->drain(false));
      BPFTAX_ASSIGN(BodyCounts counts, read_counts(*body, cpus_of(step)));
      before_.push_back(counts);
    }
  }
  BPFTAX_ASSIGN(near_before_, pair_->counts(Side::kNear));
  BPFTAX_ASSIGN(far_before_, pair_->counts(Side::kFar));
  return {};
}

Result<Stretch> InPlace::run(size_t operation, uint64_t n) {
  const Step& step = steps_[operation];
  if (step.action == Action::kAttach || step.action == Action::kDetach)
    return time_attaching(step.action == Action::kAttach, n);
  Stretch stretch;
  BPFTAX_ASSIGN(stretch.ns, traffic(step).run(n));
  stretch.operations = n;
  if (step.action == Action::kTransactions) {
    const std::vector<double>& latencies = transactions_->latencies();
    stretch.metrics.push_back({"latency_p50", "ns", quantile(latencies, 0.5).value_or(0)});
    stretch.metrics.push_back({"latency_p99", "ns", quantile(latencies, 0.99).value_or(0)});
  } else if (hook_.unit == Unit::kPacket) {
    const double pps = static_cast<double>(n) * 1e9 / static_cast<double>(std::max<uint64_t>(stretch.ns, 1));
    stretch.metrics.push_back({"pps", "1/s", pps});
    if (!step.body) pps_without_ = pps;
    if (step.body && pps_without_) stretch.metrics.push_back({"pps_without", "1/s", *pps_without_});
  }
  if (step.body && hook_.runs_per_unit == 0)
    stretch.metrics.push_back({"runs", "1", static_cast<double>(runs_per_unit_)});
  return stretch;
}

Result<Stretch> InPlace::time_attaching(bool attaching, uint64_t n) {
  Stretch stretch;
  for (uint64_t i = 0; i < n; ++i) {
    const int64_t begin_ns = place_now_ns();
    BPFTAX_ASSIGN(AttachedPtr one, attach_one(BodyKind::kEmpty, attached_.size()));
    const int64_t there_ns = place_now_ns();
    one.reset();
    const int64_t end_ns = place_now_ns();
    stretch.ns += static_cast<uint64_t>(attaching ? there_ns - begin_ns : end_ns - there_ns);
    ++stretch.operations;
  }
  return stretch;
}

Result<void> InPlace::check(size_t operation, uint64_t n) {
  const Step& step = steps_[operation];
  if (step.action == Action::kAttach || step.action == Action::kDetach) return check_attaching();
  BPFTAX_TRY(check_packets(step, n));
  if (!step.body) return {};
  BPFTAX_TRY(check_programs(step, n));
  return check_by_kernel(step, *step.body, attached_.size());
}

Result<void> InPlace::compare(uint64_t counted, uint64_t expected) const {
  if (counted == expected) return {};
  if (hook_.in_cgroup && counted > expected && counted <= expected + expected / kForeignShare + kForeignRuns)
    return {};
  return fail(
      ErrorKind::kWorkload, "wrong work", hook_.name,
      fmt::format(
          "the program ran {} times instead of {}{}", counted, expected,
          hook_.in_cgroup && counted > expected ? ": other processes of its cgroup make traffic too" : ""));
}

// What both interfaces counted must be what was sent and received.
Result<void> InPlace::check_packets(const Step& step, uint64_t n) const {
  const auto each = traffic(step).packets_per_unit();
  if (!each) return {};
  BPFTAX_ASSIGN(const PacketCounts near, pair_->counts(Side::kNear));
  BPFTAX_ASSIGN(const PacketCounts far, pair_->counts(Side::kFar));
  const PacketCounts near_passed{near.received - near_before_.received, near.sent - near_before_.sent};
  const PacketCounts far_passed{far.received - far_before_.received, far.sent - far_before_.sent};
  const PacketCounts expected{each->received * n, each->sent * n};
  if (near_passed.received == expected.received && near_passed.sent == expected.sent &&
      far_passed.received == expected.sent && far_passed.sent == expected.received)
    return {};
  return fail(
      ErrorKind::kWorkload, "wrong work", "interface counters",
      fmt::format("{} packets came in and {} went out, the far end sent {} and got {}, instead of {} and {}",
                  near_passed.received, near_passed.sent, far_passed.sent, far_passed.received,
                  expected.received, expected.sent));
}

Result<void> InPlace::check_programs(const Step& step, uint64_t n) {
  if (*step.body == BodyKind::kEmpty) return {};
  for (size_t i = 0; i < attached_.size(); ++i) {
    Body& body = *bodies(*step.body)[i];
    BPFTAX_ASSIGN(const BodyCounts now, read_counts(body, cpus_of(step)));
    BPFTAX_TRY(
        compare(hook_.in_cgroup ? now.ours - before_[i].ours : now.sum - before_[i].sum, runs_of(step, n)));
    BPFTAX_TRY(check_written(body, before_[i], now, hook_.in_cgroup));
  }
  return {};
}

Result<void> InPlace::check_by_kernel(const Step& step, BodyKind kind, size_t active) {
  BPFTAX_ASSIGN(const BpfStats statistics, BpfStats::enable());
  std::vector<uint64_t> before;
  for (const auto& body : bodies(kind)) {
    BPFTAX_ASSIGN(const Body::Runs runs, body->runs());
    before.push_back(runs.runs);
  }
  BPFTAX_TRY(traffic(step).run(kKernelUnits));
  for (size_t i = 0; i < before.size(); ++i) {
    BPFTAX_ASSIGN(const Body::Runs runs, bodies(kind)[i]->runs());
    const uint64_t counted = runs.runs - before[i];
    // The kernel counts all CPUs together: of a cgroup, any number of other processes' packets.
    const uint64_t expected = runs_of(step, kKernelUnits);
    if (i < active && !(hook_.in_cgroup && counted > expected)) BPFTAX_TRY(compare(counted, expected));
    if (i >= active && counted != 0)
      return fail(ErrorKind::kWorkload, "wrong work", hook_.name,
                  fmt::format("the program ran {} times while it was not attached", counted));
  }
  return {};
}

// That attaching attaches and detaching detaches: seen by traffic.
Result<void> InPlace::check_attaching() {
  const Step step{Action::kTraffic, BodyKind::kEmpty};
  {
    BPFTAX_ASSIGN(const AttachedPtr one, attach_one(BodyKind::kEmpty, attached_.size()));
    BPFTAX_TRY(check_by_kernel(step, BodyKind::kEmpty, attached_.size() + 1));
  }
  return check_by_kernel(step, BodyKind::kEmpty, attached_.size());
}

}  // namespace

Result<std::unique_ptr<Instance>> set_up_in_place(const NetworkHook& hook, const InPlaceOptions& options) {
  auto instance = std::make_unique<InPlace>(hook, options);
  BPFTAX_TRY(instance->set_up());
  return instance;
}

}  // namespace bpftax::bench::network
