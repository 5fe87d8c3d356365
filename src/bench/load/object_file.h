// BPF object files as libbpf takes them: foreign input. A file that crashes the ELF parser takes a child
// process with it, never us (list_programs(); everything else runs in a benchmark's process).
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/bpf_calls.h"
#include "bench/load/program_image.h"
#include "util/result.h"

namespace bpftax::bench {

struct DestroyObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using ObjectPtr = std::unique_ptr<bpf_object, DestroyObject>;

inline constexpr size_t kMostObjectBytes = 64u << 20;

// kUsage: not there, empty, a folder, larger than kMostObjectBytes, no ELF file.
Result<std::string> read_object(const std::string& path);

// Parses ELF and BTF. Maps are never pinned, and maps without a size get one entry, as in veristat.
// kSubject with libbpf's own words when it does not like the file.
Result<ObjectPtr> open_object(const std::string& bytes, const std::string& name);

struct ListedProgram {
  std::string name;
  std::string section;
  uint32_t type = 0, attach_type = 0;  // bpf_prog_type and expected attach type, by its section
};
// In a process of its own that ends after `timeout_s` or with the parser's crash; kSubject then.
Result<std::vector<ListedProgram>> list_programs(const std::string& bytes, const std::string& name,
                                                 int timeout_s = 20);

// What one bpf_object__load() was made of; the parts add up to the whole.
struct LoadTimeline {
  uint64_t probe_ns = 0;       // libbpf tries a trivial program first
  uint64_t kernel_btf_ns = 0;  // reads the kernel's BTF where relocations need it; resolves externs
  uint64_t btf_ns = 0;         // BPF_BTF_LOAD of the object's own BTF
  uint64_t maps_ns = 0;        // creates maps, fills and freezes .rodata and the like
  uint64_t relocate_ns = 0;    // CO-RE, map and call relocations, targets' lookup: libbpf's own time
  uint64_t programs_ns = 0;    // all BPF_PROG_LOAD
  uint64_t total_ns = 0;
  int programs = 0;  // that were loaded
  int maps = 0;
  bool has_btf = false;
};
// calls: of one load between start_ns and end_ns.
LoadTimeline timeline_of(const std::vector<BpfCall>& calls, int64_t start_ns, int64_t end_ns);

// Leaves all but these programs out; nullptr: those of the object's own choice.
void choose_programs(bpf_object* object, const std::vector<std::string>* names);

// Loads and says how long it took. kSubject: the verifier's last line, or libbpf's own words.
Result<LoadTimeline> load_object(bpf_object* object, BpfCalls& calls);

}  // namespace bpftax::bench
