#include "bench/network/hot.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "bench/network/network_body.h"
#include "bench/this_thread.h"
#include "bench/tracing/hook_bodies.h"
#include "bench/tracing/hook_selection.h"
#include "sample/bpf_stats.h"
#include "util/clock.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kContextOnlyType = 30;  // BPF_PROG_TYPE_SK_LOOKUP: takes a context and no packet
constexpr int kNotSupported = 524;         // ENOTSUPP, the kernel's own
constexpr uint64_t kMostRepeats = 1u << 30;
constexpr uint64_t kMostHotEvents = kHookRingBytes / kHookEventRoom / 2;
constexpr uint64_t kKernelRuns = 100;  // counted by the kernel in each check

// A UDP packet between two addresses, of `size` bytes with its Ethernet header.
std::vector<char> make_packet(size_t size) {
  std::vector<char> packet(size);
  ethhdr ethernet{};
  ethernet.h_dest[0] = ethernet.h_source[0] = 2;
  ethernet.h_proto = htons(ETH_P_IP);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.ttl = 64;
  ip.protocol = IPPROTO_UDP;
  ip.tot_len = htons(static_cast<uint16_t>(size - sizeof ethernet));
  ip.saddr = htonl(0xC6120002u);
  ip.daddr = htonl(0xC6120001u);
  udphdr udp{};
  udp.source = udp.dest = htons(4242);
  udp.len = htons(static_cast<uint16_t>(size - sizeof ethernet - sizeof ip));
  std::memcpy(packet.data(), &ethernet, sizeof ethernet);
  std::memcpy(packet.data() + sizeof ethernet, &ip, sizeof ip);
  std::memcpy(packet.data() + sizeof ethernet + sizeof ip, &udp, sizeof udp);
  return packet;
}

class Hot : public Instance {
 public:
  Hot(const NetworkHook& hook, int packet_size, SelectedBodies bodies)
      : hook_(hook), selected_(std::move(bodies)), packet_(make_packet(static_cast<size_t>(packet_size))) {}

  Result<void> load() {
    if (hook_.attached_when_hot) {
      BPFTAX_ASSIGN(pair_, NamespacePair::create());
    }
    // The empty program is also what the others are measured above: a call of the program in the kernel's
    // loop. What the loop costs without any program nobody can measure.
    BPFTAX_ASSIGN(auto empty, load_network_body(hook_, BodyKind::kEmpty));
    bodies_.push_back(std::move(empty));
    add(kFloor, 0, "", true);
    for (const BodyKind kind : kBodyKinds) {
      const std::string name(to_string(kind));
      if (!is_body_selected(selected_, name)) continue;
      if (kind == BodyKind::kEmpty) {
        add(name, 0, "", false);
        continue;
      }
      auto body = load_network_body(hook_, kind);
      add(name, bodies_.size(), kFloor, false);
      if (!body) operations_.back().absent = to_string(body.error());
      bodies_.push_back(body ? std::move(*body) : nullptr);
    }
    BPFTAX_TRY(execute(*bodies_.front(), 1));
    return {};
  }

  const std::vector<Operation>& operations() const override { return operations_; }

  uint64_t most(size_t operation) const override {
    return body_of(operation).kind() == BodyKind::kEvent ? kMostHotEvents : kMostRepeats;
  }

  Result<void> prepare(size_t operation, uint64_t) override {
    Body& body = body_of(operation);
    BPFTAX_TRY(hold(body));
    before_ = {};
    if (body.kind() == BodyKind::kEvent) {
      BPFTAX_TRY(body.drain(false));
    }
    if (body.kind() == BodyKind::kEmpty) return {};
    BPFTAX_ASSIGN(before_, read_counts(body, {}));
    return {};
  }

  Result<Stretch> run(size_t operation, uint64_t n) override { return execute(body_of(operation), n); }

  Result<void> check(size_t operation, uint64_t n) override {
    Body& body = body_of(operation);
    if (body.kind() != BodyKind::kEmpty) {
      BPFTAX_ASSIGN(const BodyCounts now, read_counts(body, {}));
      const uint64_t counted = now.sum - before_.sum;
      if (counted != n) return wrong(counted, n);
      BPFTAX_TRY(check_written(body, before_, now, false));
    }
    return check_by_kernel(body);
  }

 private:
  static constexpr const char* kFloor = "empty_run";

  // Attaches it where nothing comes by, if its type needs that.
  Result<void> hold(const Body& body) {
    if (!pair_ || held_body_ == &body) return {};
    held_.reset();
    held_body_ = nullptr;
    BPFTAX_ASSIGN(held_, hook_.attach(Site{*pair_}, nullptr, bpf_program__fd(body.program()), 0));
    held_body_ = &body;
    return {};
  }

  void add(std::string name, size_t body, std::string floor, bool is_floor) {
    Operation operation;
    operation.name = std::move(name);
    operation.params["unit"] = "run";
    operation.floor = std::move(floor);
    operation.is_floor = is_floor;
    operations_.push_back(std::move(operation));
    body_of_operation_.push_back(body);
  }

  Body& body_of(size_t operation) const { return *bodies_[body_of_operation_[operation]]; }

  static tl::unexpected<Error> wrong(uint64_t counted, uint64_t expected) {
    return fail(ErrorKind::kWorkload, "wrong work", "",
                fmt::format("the program ran {} times instead of {}", counted, expected));
  }

  Result<Stretch> execute(const Body& body, uint64_t n) const {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.repeat = static_cast<int>(n);
    bpf_sk_lookup lookup{};
    lookup.family = AF_INET;
    lookup.protocol = IPPROTO_UDP;
    if (hook_.program_type == kContextOnlyType) {
      options.ctx_in = &lookup;
      options.ctx_size_in = sizeof lookup;
    } else {
      options.data_in = packet_.data();
      options.data_size_in = static_cast<uint32_t>(packet_.size());
    }
    const RealClock clock;
    const int64_t begin_ns = clock.monotonic_ns();
    const int error = bpf_prog_test_run_opts(bpf_program__fd(body.program()), &options) == 0 ? 0 : errno;
    const int64_t end_ns = clock.monotonic_ns();
    if (error == kNotSupported)
      return fail(ErrorKind::kEnvironment, "BPF_PROG_TEST_RUN", "",
                  "the kernel has no test run for this program type (ENOTSUPP)");
    if (error != 0) return fail_errno(error, "BPF_PROG_TEST_RUN");
    if (options.retval != expected_answer())
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("the program answered {} instead of {}", options.retval, expected_answer()));
    Stretch stretch;
    stretch.ns = static_cast<uint64_t>(end_ns - begin_ns);
    stretch.operations = n;
    // The kernel's own mean, cut to whole ns: whoever doubts ours can look.
    stretch.metrics.push_back({"kernel_ns", "ns", static_cast<double>(options.duration)});
    return stretch;
  }

  uint32_t expected_answer() const {
    switch (hook_.verdict) {
      case Verdict::kNext:
        return UINT32_MAX;
      case Verdict::kZero:
        return 0;
      case Verdict::kOne:
        return 1;
      case Verdict::kTwo:
        return 2;
    }
    return 0;
  }

  // Does the test run really execute it as often as it is told? The empty program cannot count itself.
  Result<void> check_by_kernel(Body& body) const {
    BPFTAX_ASSIGN(const BpfStats statistics, BpfStats::enable());
    BPFTAX_ASSIGN(const Body::Runs before, body.runs());
    BPFTAX_TRY(execute(body, kKernelRuns));
    BPFTAX_ASSIGN(const Body::Runs after, body.runs());
    if (after.runs - before.runs != kKernelRuns) return wrong(after.runs - before.runs, kKernelRuns);
    return {};
  }

  const NetworkHook& hook_;
  SelectedBodies selected_;
  std::vector<char> packet_;
  std::vector<Operation> operations_;
  std::vector<size_t> body_of_operation_;
  std::vector<std::unique_ptr<Body>> bodies_;  // null where the kernel refuses it
  BodyCounts before_;
  std::unique_ptr<NamespacePair> pair_;
  AttachedPtr held_;
  const Body* held_body_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<Instance>> set_up_hot(const NetworkHook& hook, int packet_size, int cpu,
                                             SelectedBodies bodies) {
  BPFTAX_TRY(pin_to_cpu(cpu));
  auto hot = std::make_unique<Hot>(hook, packet_size, std::move(bodies));
  BPFTAX_TRY(hot->load());
  return hot;
}

}  // namespace bpftax::bench::network
