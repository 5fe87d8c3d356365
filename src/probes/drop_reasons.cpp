#include "probes/drop_reasons.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>

#include "probes/drop_reason.h"

namespace bpftax {
namespace {

constexpr uint32_t kSubsystemShift = 16;  // SKB_DROP_REASON_SUBSYS_SHIFT, include/net/dropreason-core.h

std::map<uint32_t, std::string> enumerators(const btf* types, const char* enumeration,
                                            std::string_view prefix) {
  std::map<uint32_t, std::string> names;
  const int id = btf__find_by_name_kind(types, enumeration, BTF_KIND_ENUM);
  if (id <= 0) return names;
  const btf_type* type = btf__type_by_id(types, static_cast<__u32>(id));
  const struct btf_enum* values = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); ++i) {
    std::string_view name = btf__name_by_offset(types, values[i].name_off);
    if (name.substr(0, prefix.size()) == prefix) name.remove_prefix(prefix.size());
    names.emplace(static_cast<uint32_t>(values[i].val), name);
  }
  return names;
}

}  // namespace

DropReasons DropReasons::from_btf(const btf* types) {
  DropReasons reasons;
  reasons.core_ = enumerators(types, "skb_drop_reason", "SKB_DROP_REASON_");
  reasons.subsystems_ = enumerators(types, "skb_drop_reason_subsys", "SKB_DROP_REASON_SUBSYS_");
  return reasons;
}

Result<DropReasons> DropReasons::from_kernel() {
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) return fail_errno(errno, "cannot read the kernel's types", "/sys/kernel/btf/vmlinux");
  DropReasons reasons = from_btf(types);
  btf__free(types);
  return reasons;
}

std::string DropReasons::name(uint32_t reason) const {
  if (reason == kDropReasonUnknown) return "unknown";
  const uint32_t subsystem = reason >> kSubsystemShift;
  if (subsystem != 0) {
    const uint32_t number = reason & ((1u << kSubsystemShift) - 1);
    const auto found = subsystems_.find(subsystem);
    return found != subsystems_.end() ? fmt::format("{}:{}", found->second, number)
                                      : fmt::format("subsystem {}:{}", subsystem, number);
  }
  const auto found = core_.find(reason);
  return found != core_.end() ? found->second : fmt::format("reason {}", reason);
}

}  // namespace bpftax
