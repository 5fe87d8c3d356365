#include "subject/inventory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace bpftax {
namespace {

template <size_t N>
bool one_of(const std::array<std::string_view, N>& types, const std::string& type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// Attached with setsockopt or in a sockmap: the kernel lists neither.
constexpr std::array<std::string_view, 4> kInvisible = {"socket_filter", "sk_reuseport", "sk_skb", "sk_msg"};
constexpr std::array<std::string_view, 9> kHolderless = {
    "sched_cls", "sched_act", "xdp", "lwt_in", "lwt_out", "lwt_xmit", "sk_skb", "sk_msg", "flow_dissector"};

std::string with_name(std::string text, const std::string& name, const std::string& type) {
  if (!name.empty()) text += " " + name;
  if (!type.empty()) text += " (" + type + ")";
  return text;
}

}  // namespace

std::set<uint32_t> effective_programs(const BpfInventory& inventory) {
  std::set<uint32_t> ids(inventory.attached.begin(), inventory.attached.end());
  for (const BpfProgram& program : inventory.programs) {
    if (one_of(kInvisible, program.type)) ids.insert(program.id);
  }
  return ids;
}

bool attaches_without_holder(const std::string& type) {
  return one_of(kHolderless, type);
}

BpfInventory only_programs(const BpfInventory& inventory, const std::set<uint32_t>& programs) {
  BpfInventory part;
  part.unavailable = inventory.unavailable;
  std::set<uint32_t> maps;
  for (const BpfProgram& program : inventory.programs) {
    if (programs.count(program.id) == 0) continue;
    part.programs.push_back(program);
    maps.insert(program.map_ids.begin(), program.map_ids.end());
  }
  for (const BpfMap& map : inventory.maps) {
    if (maps.count(map.id) != 0) part.maps.push_back(map);
  }
  for (const BpfLink& link : inventory.links) {
    if (programs.count(link.program_id) != 0) part.links.push_back(link);
  }
  for (const uint32_t id : inventory.attached) {
    if (programs.count(id) != 0) part.attached.push_back(id);
  }
  return part;
}

std::string describe(const BpfProgram& program) {
  return with_name(fmt::format("program {}", program.id), program.name, program.type);
}

std::string describe(const BpfMap& map) {
  return with_name(fmt::format("map {}", map.id), map.name, map.type);
}

std::string describe(const BpfLink& link) {
  return with_name(fmt::format("link {}", link.id), link.target, link.type);
}

}  // namespace bpftax
