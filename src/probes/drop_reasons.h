// Names of the running kernel's drop reasons. The numbers differ from kernel to kernel, so the names come
// from its BTF.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <map>
#include <string>

#include "util/result.h"

namespace bpftax {

class DropReasons {
 public:
  // Of enum skb_drop_reason and, for reasons of other subsystems (Linux 6.4), enum skb_drop_reason_subsys. A
  // kernel without them (before 5.17) has no names.
  static DropReasons from_btf(const btf* types);
  static Result<DropReasons> from_kernel();

  // "NO_SOCKET"; "OPENVSWITCH:3" for a subsystem's own; "reason 300" where there is no name; "unknown" for
  // kDropReasonUnknown.
  std::string name(uint32_t reason) const;
  size_t size() const { return core_.size(); }

 private:
  std::map<uint32_t, std::string> core_;
  std::map<uint32_t, std::string> subsystems_;
};

}  // namespace bpftax
