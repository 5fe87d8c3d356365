// Questions to a BPF inventory that decide about readiness and left-overs. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "sample/types.h"

namespace bpftax {

// Programs that do their work: attached, plus held programs of types whose attachment no interface shows (a
// socket filter on a socket).
std::set<uint32_t> effective_programs(const BpfInventory& inventory);

// Can a program of this type stay attached with nobody holding it (tc, xdp and other places of the network
// stack)? cgroup types are left out on purpose: service managers attach those at any time for reasons of
// their own.
bool attaches_without_holder(const std::string& type);

// The part of an inventory that belongs to these programs: programs, their maps and links.
BpfInventory only_programs(const BpfInventory& inventory, const std::set<uint32_t>& programs);

// "program 123 count_packets (tracepoint)" and the like.
std::string describe(const BpfProgram& program);
std::string describe(const BpfMap& map);
std::string describe(const BpfLink& link);

}  // namespace bpftax
