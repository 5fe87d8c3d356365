#include "bench/network/network_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "network_programs.skel.h"

namespace bpftax::bench::network {
namespace {

const char* stem_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNext:
      return "next";
    case Verdict::kZero:
      return "zero";
    case Verdict::kOne:
      return "one";
    case Verdict::kTwo:
      return "two";
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<Body>> load_network_body(const NetworkHook& hook, BodyKind kind) {
  BodyRequest request;
  request.image = network_programs_bpf::elf_bytes(&request.image_size);
  request.stem = stem_of(hook.verdict);
  request.configure = [&hook](bpf_object*, bpf_program* program) -> Result<void> {
    bpf_program__set_type(program, static_cast<bpf_prog_type>(hook.program_type));
    if (hook.loads_for_type)
      bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(hook.attach_type));
    return {};
  };
  return Body::load(request, kind);
}

Result<BodyCounts> read_counts(const Body& body, const std::vector<int>& cpus) {
  BPFTAX_ASSIGN(const std::vector<uint64_t> values, body.counts());
  BodyCounts counts;
  for (const uint64_t value : values) {
    if (value != 0 && counts.sum != 0) counts.one_cpu = false;
    counts.sum += value;
    counts.most = std::max(counts.most, value);
  }
  for (const int cpu : cpus)
    if (static_cast<size_t>(cpu) < values.size()) counts.ours += values[static_cast<size_t>(cpu)];
  return counts;
}

Result<void> check_written(Body& body, const BodyCounts& before, const BodyCounts& now, bool shared) {
  const bool exact = now.one_cpu && !shared;
  if (body.kind() == BodyKind::kHashUpdate) return body.check_table(now.most, exact);
  if (body.kind() != BodyKind::kEvent) return {};
  const uint64_t counted = now.sum - before.sum;
  BPFTAX_ASSIGN(const uint64_t drained, body.drain(exact));
  if (drained == counted || (shared && drained > counted)) return {};
  return fail(ErrorKind::kWorkload, "wrong work", "ring buffer",
              fmt::format("{} runs submitted {} events", counted, drained));
}

}  // namespace bpftax::bench::network
