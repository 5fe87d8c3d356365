#include "bench/tracing/uprobe_targets.h"

#include <link.h>

// In assembler, so that the first instruction is the one that we say.
#define BPFTAX_UPROBE_TARGET(name, instructions)                                             \
  asm(".pushsection .text\n.balign 16\n.globl " #name "\n.type " #name ", %function\n" #name \
      ":\n" instructions "\n ret\n.size " #name ", . - " #name "\n.popsection\n");           \
  extern "C" void name()

#if defined(__x86_64__)
BPFTAX_UPROBE_TARGET(bpftax_target_nop, "nop");
BPFTAX_UPROBE_TARGET(bpftax_target_nop5, ".byte 0x0f, 0x1f, 0x44, 0x00, 0x00");
BPFTAX_UPROBE_TARGET(bpftax_target_other, "xorl %eax, %eax");
#elif defined(__aarch64__)
BPFTAX_UPROBE_TARGET(bpftax_target_nop, "nop");
BPFTAX_UPROBE_TARGET(bpftax_target_other, "mov x0, xzr");
#else
#error "uprobe_targets.cpp: no functions for this architecture"
#endif

namespace bpftax::bench {

Result<void (*)()> uprobe_target(const std::string& instruction) {
  if (instruction == "nop") return &bpftax_target_nop;
  if (instruction == "other") return &bpftax_target_other;
#if defined(__x86_64__)
  if (instruction == "nop5") return &bpftax_target_nop5;
#endif
  return fail(ErrorKind::kEnvironment, "no target for the uprobe", instruction,
              "this architecture has no instruction '" + instruction + "'");
}

// The note that <sys/sdt.h> writes (stapsdt, version 3): where the probe is, and how the linker may have
// moved it; no semaphore, no arguments.
[[gnu::noinline]] void pass_usdt() {
  asm volatile(
      "990: nop\n"
      ".pushsection .note.stapsdt, \"\", \"note\"\n"
      ".balign 4\n"
      ".4byte 992f - 991f, 994f - 993f, 3\n"
      "991: .asciz \"stapsdt\"\n"
      "992: .balign 4\n"
      "993: .8byte 990b\n"
      ".8byte _.stapsdt.base\n"
      ".8byte 0\n"
      ".asciz \"bpftax\"\n"
      ".asciz \"bench\"\n"
      ".asciz \"\"\n"
      "994: .balign 4\n"
      ".popsection\n"
      ".ifndef _.stapsdt.base\n"
      ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"
      ".weak _.stapsdt.base\n"
      ".hidden _.stapsdt.base\n"
      "_.stapsdt.base: .space 1\n"
      ".size _.stapsdt.base, 1\n"
      ".popsection\n"
      ".endif\n");
}

Result<uint64_t> file_offset_of(void (*function)()) {
  struct Search {
    uintptr_t address;
    uint64_t offset;
    bool found;
  } search{reinterpret_cast<uintptr_t>(function), 0, false};
  // The first object is the program itself.
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto& wanted = *static_cast<Search*>(data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          const uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
          if (segment.p_type != PT_LOAD || wanted.address < begin ||
              wanted.address >= begin + segment.p_filesz)
            continue;
          wanted.offset = wanted.address - begin + segment.p_offset;
          wanted.found = true;
        }
        return 1;
      },
      &search);
  if (!search.found)
    return fail(ErrorKind::kInternal, "no segment of our file holds a function of ours", "/proc/self/exe");
  return search.offset;
}

}  // namespace bpftax::bench
