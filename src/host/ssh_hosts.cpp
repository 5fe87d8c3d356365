#include "host/ssh_hosts.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "host/child_process.h"
#include "host/interrupt.h"
#include "host/ssh_transport.h"
#include "util/rng.h"
#include "util/strings.h"

namespace bpftax {

namespace {

constexpr size_t kMaxIdBytes = 24;  // a run id has 64

// A host id as a part of run ids: only characters that these may have, and no '.', which separates.
std::string id_word(const std::string& id) {
  std::string word;
  for (const char c : id.substr(0, kMaxIdBytes)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    word += plain ? c : '_';
  }
  return word.empty() ? "_" : word;
}

Result<SshHosts::Opened> open_over_ssh(const ConfiguredHost& host, const SshHostsOptions& options) {
  SshAgent agent;
  agent.replaces = options.run_id + "." + id_word(host.id) + ".";
  agent.run_id = agent.replaces + fmt::format("{:06x}", random_seed() & 0xffffffu);
  agent.use_sudo = options.use_sudo;
  if (!host.workdir.empty()) agent.roots.push_back(host.workdir);
  agent.roots.insert(agent.roots.end(), options.extra_roots.begin(), options.extra_roots.end());
  BPFTAX_ASSIGN(auto transport, SshTransport::start(host, options.ssh, agent));
  AgentSession::Options session_options = options.session;
  session_options.heartbeat_ms = SshTransport::kHeartbeatMs;
  BPFTAX_ASSIGN(auto session, AgentSession::open(std::move(transport), session_options));
  const std::shared_ptr<AgentSession> shared(std::move(session));
  SshHosts::Opened opened;
  opened.host = std::make_unique<AgentHost>(shared, host.id);
  opened.boot_id = shared->hello().boot_id;
  opened.end = [shared] {
    const AgentEnd& end = shared->close();
    std::vector<std::string> left = end.left_over;
    if (!end.orderly && !shared->lost())
      left.push_back(shared->where() + ": the agent ended with " + end.how);
    return left;
  };
  return opened;
}

Result<void> wait_interruptibly(int64_t delay_ms) {
  RealClock clock;
  const int64_t until_ns = clock.monotonic_ns() + delay_ms * kNsPerMs;
  while (true) {
    if (interrupt_pending()) return fail_interrupted("waiting to connect again");
    const int64_t left_ms = (until_ns - clock.monotonic_ns()) / kNsPerMs;
    if (left_ms <= 0) return {};
    pollfd wake{InterruptShield::active() ? -1 : interrupt_fd(), POLLIN, 0};
    ::poll(&wake, 1, static_cast<int>(std::min(left_ms + 1, kPollSliceMs)));
  }
}

}  // namespace

SshHosts::SshHosts(const std::vector<ConfiguredHost>& hosts, SshHostsOptions options)
    : SshHosts(hosts, std::move(options), nullptr, wait_interruptibly) {
  open_ = [this](const ConfiguredHost& host) { return open_over_ssh(host, options_); };
}

SshHosts::SshHosts(const std::vector<ConfiguredHost>& hosts, SshHostsOptions options, Open open, Wait wait)
    : options_(std::move(options)), open_(std::move(open)), wait_(std::move(wait)) {
  for (const ConfiguredHost& host : hosts) entries_[host.id].configured = host;
}

SshHosts::~SshHosts() {
  close_all();
}

Result<SshHosts::Entry*> SshHosts::find(const std::string& id) {
  const auto it = entries_.find(id);
  if (it != entries_.end()) return &it->second;
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  const auto nearest = nearest_name(id, names);
  return fail(ErrorKind::kUsage, "there is no host of this id", "'" + printable(id) + "'", "",
              nearest ? "did you mean '" + *nearest + "'?" : "hosts: " + join(names, ", "));
}

Result<Host*> SshHosts::open(Entry& entry) {
  BPFTAX_ASSIGN(Opened opened, open_(entry.configured));
  if (!entry.boot_id.empty() && opened.boot_id != entry.boot_id) {
    (void)opened.end();  // the agent has done nothing yet
    return fail(
        ErrorKind::kEnvironment, "the host was rebooted", entry.configured.id,
        "its boot id has changed since this campaign connected to it: what was measured before and after "
        "are two different machines",
        "check it with bpftax doctor, then resume the campaign");
  }
  entry.boot_id = opened.boot_id;
  entry.opened = std::move(opened);
  const std::scoped_lock lock(order_mutex_);
  entry.order = ++opened_count_;
  return entry.opened->host.get();
}

Result<Host*> SshHosts::host(const std::string& id) {
  BPFTAX_ASSIGN(Entry * entry, find(id));
  if (entry->opened) return entry->opened->host.get();
  return open(*entry);
}

Result<Host*> SshHosts::reconnect(const std::string& id) {
  BPFTAX_ASSIGN(Entry * entry, find(id));
  if (entry->opened) {
    // What it leaves behind is the new agent's to end.
    (void)entry->opened->end();
    entry->opened.reset();
  }
  int64_t delay_ms = options_.back_off.first_delay_ms;
  for (int attempt = 1;; ++attempt) {
    auto host = open(*entry);
    if (host) return host;
    const bool last = attempt >= options_.back_off.tries || host.error().kind != ErrorKind::kLost;
    if (host.error().kind == ErrorKind::kInterrupted) return host;
    if (options_.on_retry) options_.on_retry(id, attempt, host.error(), last ? 0 : delay_ms);
    if (last) return host;
    BPFTAX_TRY(wait_(delay_ms));
    delay_ms = std::min(2 * delay_ms, options_.back_off.max_delay_ms);
  }
}

std::vector<std::string> SshHosts::close(const std::string& id) {
  const auto entry = find(id);
  if (!entry || !(*entry)->opened) return {};
  std::vector<std::string> left = (*entry)->opened->end();
  (*entry)->opened.reset();
  return left;
}

std::vector<std::string> SshHosts::close_all() {
  std::vector<Entry*> open;
  for (auto& [id, entry] : entries_) {
    if (entry.opened) open.push_back(&entry);
  }
  std::sort(open.begin(), open.end(), [](const Entry* a, const Entry* b) { return a->order > b->order; });
  std::vector<std::string> left;
  for (Entry* entry : open) {
    for (std::string& thing : close(entry->configured.id)) left.push_back(std::move(thing));
  }
  return left;
}

}  // namespace bpftax
