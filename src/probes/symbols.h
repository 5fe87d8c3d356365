// Names for kernel addresses, from the text of /proc/kallsyms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

inline constexpr const char* kKallsyms = "/proc/kallsyms";

class KernelSymbols {
 public:
  // Lines "ffffffff81e44f40 T sk_skb_reason_drop" or "... t name\t[module]"; only functions are kept, lines
  // of other forms are skipped.
  static KernelSymbols parse(std::string text);
  // An unreadable file, or one whose addresses the kernel hides (kptr_restrict), gives no symbols.
  static KernelSymbols load(const std::string& path = kKallsyms);

  bool empty() const { return symbols_.empty(); }
  // "sk_skb_reason_drop+0x12", with " [module]" behind a module's; "0xffff..." where unknown.
  std::string describe(uint64_t address) const;
  // Without the offset; "" where unknown.
  std::string_view function(uint64_t address) const;

 private:
  struct Symbol {
    uint64_t address;
    uint32_t name, name_size;      // in text_
    uint32_t module, module_size;  // in text_; size 0: the kernel itself
  };
  const Symbol* find(uint64_t address) const;
  std::string text_;
  std::vector<Symbol> symbols_;  // by address
};

// The symbol under which the kernel has that function: its name, or the name of the only clone that the
// compiler made with fewer parameters at the end ("__netif_receive_skb_core.constprop.0"). kEnvironment when
// there is none.
Result<std::string> find_kernel_function(const std::string& name, const std::string& path = kKallsyms);

// One line for each frame, innermost first, "  " before each. Frames that only exist because somebody traces
// (BPF, trampolines, tracepoint glue) at the top are left out.
std::vector<std::string> format_stack(const KernelSymbols& symbols, const std::vector<uint64_t>& frames);

}  // namespace bpftax
