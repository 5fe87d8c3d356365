#include "sample/bpf_inventory.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "sample/bpf_names.h"
#include "sample/bpf_objects.h"
#include "sample/bpf_targets.h"
#include "sample/cgroup_attachments.h"
#include "sample/fd_scan.h"
#include "sample/net_attachments.h"
#include "sample/process_tree.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using NextId = int (*)(__u32, __u32*);

// All ids of one kind of object. ENOENT ends the list; anything else on the first step means that the kernel
// refuses.
Result<std::vector<uint32_t>> all_ids(NextId next_id, const char* what) {
  std::vector<uint32_t> ids;
  __u32 id = 0;
  int error = 0;
  while ((error = next_id(id, &id)) == 0) ids.push_back(id);
  if (error == -ENOENT || !ids.empty()) return ids;
  const bool refused = error == -EPERM;
  return fail_errno(-error, std::string("cannot list BPF ") + what, "bpf()", ErrorKind::kEnvironment,
                    refused ? "run as root, or with CAP_SYS_ADMIN" : "");
}

// The state of one look: objects found so far, and those still to be described.
class Collector {
 public:
  Collector(BpfTargets& targets, const SampleRoots& roots) : targets_(targets), roots_(roots) {}

  void want_programs(const std::set<uint32_t>& ids) { wanted_programs_.insert(ids.begin(), ids.end()); }
  void want_maps(const std::set<uint32_t>& ids) { wanted_maps_.insert(ids.begin(), ids.end()); }
  void want_links(const std::set<uint32_t>& ids) { wanted_links_.insert(ids.begin(), ids.end()); }
  void attach(uint32_t program, const std::string& target) { attachments_[program].insert(target); }
  void note(const std::string& what, const std::string& why) {
    inventory_.unavailable.try_emplace(what, why);
  }

  // Describes what is wanted and what that leads to, until nothing new turns up.
  void follow();
  // Attachments of those programs found that have no link: asked only when there is a program they could
  // concern.
  void find_unlinked();
  // A perf event of this tree carries a program that the kernel does not name: it can only be one of its
  // perf_event programs.
  void attach_unnamed_perf_programs();
  BpfInventory finish();

 private:
  void describe_links();
  void describe_programs();
  void describe_maps();
  bool unattached(const std::set<uint32_t>& types) const;
  void attach_found(const Result<std::vector<NetAttachment>>& found, const char* what);

  BpfTargets& targets_;
  const SampleRoots& roots_;
  BpfInventory inventory_;
  std::set<uint32_t> wanted_programs_, wanted_maps_, wanted_links_;
  std::map<uint32_t, ProgramDetails> programs_;
  std::map<uint32_t, MapDetails> maps_;
  std::map<uint32_t, LinkDetails> links_;
  std::set<uint32_t> gone_programs_, gone_maps_;
  std::map<uint32_t, std::set<std::string>> attachments_;  // by program
};

void Collector::describe_links() {
  for (const uint32_t id : wanted_links_) {
    if (links_.contains(id)) continue;
    auto link = describe_link(id, targets_);
    if (!link) note("links", to_string(link.error()));
    if (!link || !*link) continue;
    if ((*link)->link.program_id != 0) {
      wanted_programs_.insert((*link)->link.program_id);
      attachments_[(*link)->link.program_id].insert((*link)->link.target);
    }
    links_.emplace(id, std::move(**link));
  }
  wanted_links_.clear();
}

void Collector::describe_programs() {
  for (const uint32_t id : wanted_programs_) {
    if (programs_.contains(id) || gone_programs_.contains(id)) continue;
    auto program = describe_program(id, targets_);
    if (!program) note("programs", to_string(program.error()));
    if (!program || !*program) {
      gone_programs_.insert(id);
      continue;
    }
    wanted_maps_.insert((*program)->program.map_ids.begin(), (*program)->program.map_ids.end());
    programs_.emplace(id, std::move(**program));
  }
  wanted_programs_.clear();
}

void Collector::describe_maps() {
  std::set<uint32_t> wanted;
  wanted.swap(wanted_maps_);
  for (const uint32_t id : wanted) {
    if (maps_.contains(id) || gone_maps_.contains(id)) continue;
    auto map = describe_map(id, roots_.proc);
    if (!map) note("maps", to_string(map.error()));
    if (!map || !*map) {
      gone_maps_.insert(id);
      continue;
    }
    const MapDetails& details = maps_.emplace(id, std::move(**map)).first->second;
    const bool of_maps = details.type == kernel::kArrayOfMaps || details.type == kernel::kHashOfMaps;
    if (!of_maps && details.type != kernel::kProgArray) continue;
    const HeldIds held = ids_in_map(details);
    if (held.cut)
      note("map " + std::to_string(id), "only the first " + std::to_string(held.ids.size()) + " entries");
    for (const uint32_t held_id : held.ids) {
      (of_maps ? wanted_maps_ : wanted_programs_).insert(held_id);
      if (!of_maps) attach(held_id, "tail_call:map " + std::to_string(id));
    }
  }
}

void Collector::follow() {
  while (!wanted_links_.empty() || !wanted_programs_.empty() || !wanted_maps_.empty()) {
    describe_links();
    describe_programs();
    describe_maps();
  }
}

bool Collector::unattached(const std::set<uint32_t>& types) const {
  return std::any_of(programs_.begin(), programs_.end(), [&](const auto& entry) {
    return types.contains(entry.second.type) && !attachments_.contains(entry.first);
  });
}

void Collector::attach_found(const Result<std::vector<NetAttachment>>& found, const char* what) {
  if (!found) return note(what, to_string(found.error()));
  for (const NetAttachment& attachment : *found) {
    if (programs_.contains(attachment.program_id)) attach(attachment.program_id, attachment.target);
  }
}

void Collector::find_unlinked() {
  if (unattached({kernel::kXdp})) attach_found(xdp_attachments(), "xdp");
  if (unattached({kernel::kSchedCls})) attach_found(tc_attachments(), "tc");
  if (unattached(cgroup_program_types())) attach_found(cgroup_attachments(roots_), "cgroup");
  for (const auto& [id, map] : maps_) {
    if (map.type == kernel::kSockmap || map.type == kernel::kSockhash)
      attach_found(sockmap_attachments(id), "sockmap");
  }
  // A struct_ops link holds a map, and the map the programs: the kernel does not list them.
  const bool struct_ops = std::any_of(links_.begin(), links_.end(), [](const auto& entry) {
    return entry.second.type == kernel::kStructOpsLink;
  });
  for (const auto& [id, program] : programs_) {
    if (struct_ops && program.type == kernel::kStructOpsProgram) attach(id, "struct_ops");
  }
  if (unattached({kernel::kSocketFilter}))
    note("attached:socket_filter", "the kernel does not tell which sockets have a filter");
}

void Collector::attach_unnamed_perf_programs() {
  for (const auto& [id, program] : programs_) {
    if (program.type == kernel::kPerfEventProgram && !attachments_.contains(id)) attach(id, "perf_event");
  }
}

BpfInventory Collector::finish() {
  for (auto& [id, details] : programs_) {
    BpfProgram& program = details.program;
    const auto found = attachments_.find(id);
    if (found != attachments_.end()) {
      inventory_.attached.push_back(id);
      std::vector<std::string> targets;
      for (std::string target : found->second) {
        // A tp_btf program sits on a raw tracepoint; what tells them apart is the program's type.
        constexpr std::string_view kRaw = "raw_tp:";
        if (details.type == kernel::kTracing && target.starts_with(kRaw))
          target = "tp_btf:" + target.substr(kRaw.size());
        if (!target.empty()) targets.push_back(target);
      }
      program.attach = join(targets, ", ");
    }
    inventory_.programs.push_back(std::move(program));
  }
  for (auto& [id, details] : maps_) inventory_.maps.push_back(std::move(details.map));
  for (auto& [id, details] : links_) inventory_.links.push_back(std::move(details.link));
  return std::move(inventory_);
}

std::set<uint32_t> keys(const std::map<uint32_t, std::set<std::string>>& attached) {
  std::set<uint32_t> ids;
  for (const auto& [id, targets] : attached) ids.insert(id);
  return ids;
}

}  // namespace

class BpfInspector::Impl {
 public:
  explicit Impl(SampleRoots roots) : roots_(std::move(roots)), targets_(roots_) {
    // libbpf tells stderr of every BTF it cannot load; our callers learn of it from the answer.
    libbpf_set_print(nullptr);
  }

  Result<BpfInventory> of_processes(const std::vector<int>& pids);
  Result<BpfInventory> of_system();

 private:
  static void add(const Holdings& holdings, Collector& collector);

  SampleRoots roots_;
  BpfTargets targets_;
};

void BpfInspector::Impl::add(const Holdings& holdings, Collector& collector) {
  for (const auto& [program, targets] : holdings.attached) {
    for (const std::string& target : targets) collector.attach(program, target);
  }
  for (const auto& [pid, why] : holdings.unreadable) collector.note("process " + pid, why);
}

Result<BpfInventory> BpfInspector::Impl::of_processes(const std::vector<int>& pids) {
  // Asked first: whether the kernel lets us look at all.
  __u32 first = 0;
  const int error = bpf_prog_get_next_id(0, &first);
  if (error != 0 && error != -ENOENT) {
    return fail_errno(-error, "cannot look at BPF objects", "bpf()", ErrorKind::kEnvironment,
                      error == -EPERM ? "run as root, or with CAP_SYS_ADMIN" : "");
  }
  Collector collector(targets_, roots_);
  const Holdings holdings = scan_descriptors(roots_.proc, pids, Look::kEverything, targets_);
  add(holdings, collector);
  collector.want_links(holdings.links);
  collector.want_maps(holdings.maps);
  collector.want_programs(holdings.programs);
  collector.want_programs(keys(holdings.attached));
  if (!holdings.tags.empty()) {
    BPFTAX_ASSIGN(const std::vector<uint32_t> ids, all_ids(bpf_prog_get_next_id, "programs"));
    std::set<uint32_t> matching;
    for (const uint32_t id : ids) {
      const auto program = describe_program(id, targets_);
      if (program && *program && holdings.tags.contains((*program)->program.tag)) matching.insert(id);
    }
    collector.want_programs(matching);
    collector.note("programs",
                   "this kernel names no program ids; found by tag, which equal programs of others share");
  }
  collector.follow();
  if (holdings.unnamed_perf_program) collector.attach_unnamed_perf_programs();
  collector.find_unlinked();
  return collector.finish();
}

Result<BpfInventory> BpfInspector::Impl::of_system() {
  BPFTAX_ASSIGN(const std::vector<uint32_t> programs, all_ids(bpf_prog_get_next_id, "programs"));
  BPFTAX_ASSIGN(const std::vector<uint32_t> maps, all_ids(bpf_map_get_next_id, "maps"));
  Collector collector(targets_, roots_);
  collector.want_programs({programs.begin(), programs.end()});
  collector.want_maps({maps.begin(), maps.end()});
  auto links = all_ids(bpf_link_get_next_id, "links");
  if (links) collector.want_links({links->begin(), links->end()});
  if (!links) collector.note("links", to_string(links.error()));
  const Holdings holdings =
      scan_descriptors(roots_.proc, all_processes(roots_.proc), Look::kPerfEventsOnly, targets_);
  add(holdings, collector);
  collector.follow();
  if (holdings.unnamed_perf_program) collector.attach_unnamed_perf_programs();
  collector.find_unlinked();
  return collector.finish();
}

BpfInspector::BpfInspector(SampleRoots roots) : impl_(std::make_unique<Impl>(std::move(roots))) {}
BpfInspector::BpfInspector(BpfInspector&&) noexcept = default;
BpfInspector& BpfInspector::operator=(BpfInspector&&) noexcept = default;
BpfInspector::~BpfInspector() = default;

Result<BpfInventory> BpfInspector::of_processes(const std::vector<int>& pids) {
  return impl_->of_processes(pids);
}
Result<BpfInventory> BpfInspector::of_system() {
  return impl_->of_system();
}

}  // namespace bpftax
