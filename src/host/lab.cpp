#include "host/lab.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/ledger.h"
#include "host/interrupt.h"
#include "host/offloads.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr int64_t kCarrierMs = 5'000;
constexpr size_t kQuotedOutputBytes = 500;
constexpr char kNetnsPrefix[] = "bpftax-";

// Choosing an address and taking it is one step: whoever holds the lock on the state folder may do it. A
// folder and not a file, so that nothing has to be removed afterwards.
Result<Fd> lock_labs(const LabOptions& options) {
  const std::string what = "cannot make a lab";
  const RealClock clock;
  const int64_t deadline_ns = clock.monotonic_ns() + options.timeout_ms * kNsPerMs;
  while (true) {
    if (auto made = make_directories(options.state_dir); !made) {
      return fail(ErrorKind::kEnvironment, what, options.state_dir, made.error().why,
                  ::geteuid() == 0 ? "" : "run it as root: sudo bpftax ...");
    }
    Fd folder(::open(options.state_dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder && errno != ENOENT) return fail_errno(errno, what, options.state_dir);
    if (folder && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) {
      // An agent that ends removes an empty folder: ours must still be the one under that name.
      struct stat held {
      }, named{};
      if (::fstat(folder.get(), &held) == 0 && ::stat(options.state_dir.c_str(), &named) == 0 &&
          held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
        return folder;
      }
    } else if (folder && errno != EWOULDBLOCK && errno != EINTR) {
      return fail_errno(errno, what, options.state_dir);
    }
    if (interrupt_pending()) return fail_interrupted(what);
    if (clock.monotonic_ns() > deadline_ns) {
      return fail(ErrorKind::kEnvironment, what, options.state_dir,
                  "another lab is being made and does not get done", "see with `lsof +d` who holds it");
    }
    RealClock().sleep_ns(10 * kNsPerMs);
  }
}

std::string hint_for(const std::string& words) {
  const auto says = [&](std::string_view text) { return words.find(text) != std::string::npos; };
  if (says("not permitted") || says("ermission denied")) {
    return "network namespaces need root, or CAP_NET_ADMIN and CAP_SYS_ADMIN: sudo bpftax ...";
  }
  if (says("not supported") || says("Unknown device type")) {
    return "the kernel needs the veth module (modprobe veth) and network namespaces (CONFIG_NET_NS)";
  }
  if (says("File exists")) return "bpftax clean removes what an earlier run left behind";
  return {};
}

// Networks that the machine and the labs on it use.
Result<std::vector<Subnet>> used_subnets(Host& host, const LabOptions& options) {
  const std::string what = "cannot choose an address for the lab";
  std::vector<Subnet> used;
  const auto add = [&](const std::vector<Subnet>& more) {
    used.insert(used.end(), more.begin(), more.end());
  };
  BPFTAX_ASSIGN(const std::string addresses,
                run_ip(host, "", {"-json", "-4", "addr", "show"}, what, options.timeout_ms));
  BPFTAX_ASSIGN(const auto of_addresses, subnets_of_addresses(addresses));
  add(of_addresses);
  BPFTAX_ASSIGN(const std::string routes,
                run_ip(host, "", {"-json", "-4", "route", "show", "table", "all"}, what, options.timeout_ms));
  BPFTAX_ASSIGN(const auto of_routes, subnets_of_routes(routes));
  add(of_routes);
  BPFTAX_ASSIGN(const std::string names, run_ip(host, "", {"netns", "list"}, what, options.timeout_ms));
  for (const std::string_view line : split(names, '\n')) {
    // "NAME (id: 0)"
    const auto words = split_blank(line);
    if (words.empty() || !words[0].starts_with(kNetnsPrefix)) continue;
    auto other =
        run_ip(host, std::string(words[0]), {"-json", "-4", "addr", "show"}, what, options.timeout_ms);
    if (!other) {
      // It may have been removed in the meantime; then it uses nothing.
      if (other.error().kind == ErrorKind::kLost || other.error().kind == ErrorKind::kInterrupted) {
        return propagate(other);
      }
      continue;
    }
    BPFTAX_ASSIGN(const auto of_lab, subnets_of_addresses(*other));
    for (const Subnet& subnet : of_lab) {
      if (subnet.network >> 24 != 127) used.push_back(subnet);
    }
  }
  return used;
}

}  // namespace

Result<std::string> run_ip(Host& host, const std::string& netns, const std::vector<std::string>& arguments,
                           const std::string& what, int64_t timeout_ms) {
  ProcessSpec spec;
  spec.name = "ip";
  spec.argv = {"ip"};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.env = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}, {"LC_ALL", "C"}};
  spec.netns = netns;
  const std::string command = shell_join(spec.argv);
  auto finished = host.run(spec, timeout_ms);
  if (!finished) {
    Error error = finished.error();
    if (error.kind == ErrorKind::kLost || error.kind == ErrorKind::kInterrupted) {
      return tl::unexpected<Error>(std::move(error));
    }
    const bool missing = error.errno_value == ENOENT && netns.empty();
    return fail(ErrorKind::kEnvironment, what, command, to_string(error),
                missing ? "install iproute2 (apt install iproute2)" : error.hint);
  }
  if (!finished->status.ok()) {
    std::string words = printable(trim(finished->err));
    if (words.empty()) words = to_string(finished->status);
    return fail(ErrorKind::kEnvironment, what, command, shorten(words, kQuotedOutputBytes), hint_for(words));
  }
  return std::move(finished->out);
}

std::optional<int64_t> netns_inode(const LabOptions& options, const std::string& netns) {
  struct stat info {};
  if (::stat((options.netns_dir + "/" + netns).c_str(), &info) != 0) return std::nullopt;
  return static_cast<int64_t>(info.st_ino);
}

Result<void> remove_lab_end(Host& host, const LabEnd& end, const LabOptions& options) {
  const std::string what = "cannot remove the network namespace " + end.netns;
  if (!netns_inode(options, end.netns)) return {};
  // The veth pair first: it would otherwise live on for as long as something has the namespace open, and be
  // removed by the kernel some time later. That it is gone already is fine.
  auto link = run_ip(host, end.netns, {"link", "del", "dev", end.interface}, what, options.timeout_ms);
  if (!link && link.error().kind == ErrorKind::kLost && netns_inode(options, end.netns))
    return propagate(link);
  auto removed = run_ip(host, "", {"netns", "del", end.netns}, what, options.timeout_ms);
  if (!removed && netns_inode(options, end.netns)) return propagate(removed);
  return {};
}

Lab::Lab(Host& host, LabInfo info, LabOptions options)
    : host_(&host), info_(std::move(info)), options_(std::move(options)) {}

Lab::~Lab() {
  // What cannot be removed now is removed by the agent's ledger, which reports it.
  [[maybe_unused]] const Result<void> closed = close();
}

Result<std::unique_ptr<Lab>> Lab::up(Host& host, const std::string& run_id, const LabOptions& options) {
  if (!valid_run_id(run_id))
    return fail(ErrorKind::kUsage, "cannot make a lab", "'" + run_id + "'", "not a run id");
  LabInfo info;
  info.run_id = run_id;
  info.server.netns = lab_netns(run_id, LabSide::kServer);
  info.server.interface = lab_interface(run_id, LabSide::kServer);
  info.client.netns = lab_netns(run_id, LabSide::kClient);
  info.client.interface = lab_interface(run_id, LabSide::kClient);
  // Before we own anything: what is there already is not ours to remove.
  for (const LabEnd* end : {&info.server, &info.client}) {
    if (netns_inode(options, end->netns)) {
      return fail(ErrorKind::kEnvironment, "cannot make a lab", options.netns_dir + "/" + end->netns,
                  "the namespace exists already",
                  "another run of this id is active (bpftax lab status), or bpftax clean removes what it "
                  "left behind");
    }
  }
  std::unique_ptr<Lab> lab(new Lab(host, std::move(info), options));
  BPFTAX_TRY(lab->build());
  return lab;
}

Result<void> Lab::build() {
  BPFTAX_ASSIGN(const Fd lock, lock_labs(options_));
  BPFTAX_ASSIGN(const auto used, used_subnets(*host_, options_));
  const auto subnet = choose_lab_subnet(used, lab_seed(info_.run_id));
  if (!subnet) {
    return fail(ErrorKind::kEnvironment, "cannot choose an address for the lab",
                "198.18.0.0/15, 100.64.0.0/10", "routes and addresses of this machine cover both",
                "remove a route to one of them");
  }
  info_.prefix = subnet->prefix;
  info_.server.address = format_ipv4(subnet->network + 1);
  info_.client.address = format_ipv4(subnet->network + 2);
  BPFTAX_TRY(make_netns(info_.server));
  BPFTAX_TRY(make_netns(info_.client));
  BPFTAX_TRY(run_ip(*host_, info_.server.netns,
                    {"link", "add", "name", info_.server.interface, "type", "veth", "peer", "name",
                     info_.client.interface, "netns", info_.client.netns},
                    "cannot make the lab's veth pair", options_.timeout_ms));
  BPFTAX_TRY(configure(info_.server));
  BPFTAX_TRY(configure(info_.client));
  BPFTAX_TRY(wait_operational(info_.server));
  BPFTAX_TRY(wait_operational(info_.client));
  auto offloads = read_offloads(options_.netns_dir + "/" + info_.server.netns, info_.server.interface);
  if (offloads) {
    info_.offloads = std::move(*offloads);
  } else {
    info_.offloads_unavailable = to_string(offloads.error());
  }
  return {};
}

Result<void> Lab::make_netns(LabEnd& end) {
  BPFTAX_TRY(host_->own("netns", end.netns));
  BPFTAX_TRY(run_ip(*host_, "", {"netns", "add", end.netns}, "cannot make a network namespace",
                    options_.timeout_ms));
  end.netns_inode = netns_inode(options_, end.netns);
  // Before there is an interface, so that none ever has an IPv6 address. No such file: a kernel without IPv6.
  ProcessSpec spec;
  spec.name = "switch IPv6 off";
  spec.shell =
      "for file in /proc/sys/net/ipv6/conf/*/disable_ipv6; do"
      " [ ! -e \"$file\" ] || echo 1 >\"$file\" || exit 1; done";
  spec.netns = end.netns;
  BPFTAX_ASSIGN(const auto finished, host_->run(spec, options_.timeout_ms));
  if (!finished.status.ok()) {
    return fail(ErrorKind::kEnvironment, "cannot switch IPv6 off in the lab", end.netns,
                shorten(printable(trim(finished.err)), kQuotedOutputBytes), "/proc/sys must be writable");
  }
  return {};
}

Result<void> Lab::configure(const LabEnd& end) {
  const std::string what = "cannot set up the lab's interfaces";
  const std::vector<std::vector<std::string>> commands = {
      {"link", "set", "dev", "lo", "up"},
      {"addr", "add", fmt::format("{}/{}", end.address, info_.prefix), "dev", end.interface},
      {"link", "set", "dev", end.interface, "up"}};
  for (const auto& arguments : commands) {
    BPFTAX_TRY(run_ip(*host_, end.netns, arguments, what, options_.timeout_ms));
  }
  return {};
}

Result<void> Lab::wait_operational(const LabEnd& end) {
  const std::string what = "cannot bring the lab's interfaces up";
  const RealClock clock;
  const int64_t deadline_ns = clock.monotonic_ns() + kCarrierMs * kNsPerMs;
  while (true) {
    BPFTAX_ASSIGN(const std::string json,
                  run_ip(*host_, end.netns, {"-json", "link", "show", "dev", end.interface}, what,
                         options_.timeout_ms));
    BPFTAX_ASSIGN(const std::string state, operstate_of_link(json));
    if (state == "UP") return {};
    if (clock.monotonic_ns() > deadline_ns) {
      return fail(ErrorKind::kEnvironment, what, end.interface,
                  fmt::format("its state is {} after {} s", state, kCarrierMs / 1000));
    }
  }
}

Result<void> Lab::close() {
  if (host_ == nullptr) return {};
  const InterruptShield shield;
  Result<void> result;
  for (const LabEnd* end : {&info_.server, &info_.client}) {
    auto removed = remove_lab_end(*host_, *end, options_);
    // A lost agent has undone its ledger itself: then the namespace is gone and there is nothing to disown.
    if (removed) {
      if (auto disowned = host_->disown("netns", end->netns);
          !disowned && disowned.error().kind != ErrorKind::kLost) {
        removed = propagate(disowned);
      }
    }
    if (!removed && result) result = propagate(removed);
  }
  if (result) host_ = nullptr;
  return result;
}

Result<void> Lab::release() {
  if (host_ == nullptr) return {};
  BPFTAX_TRY(host_->disown("netns", info_.server.netns));
  BPFTAX_TRY(host_->disown("netns", info_.client.netns));
  host_ = nullptr;
  return {};
}

}  // namespace bpftax
