#include "bench/tracing/body.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "bench/tracing/hook_bodies.h"
#include "probes/attach.h"
#include "probes/per_cpu.h"

namespace bpftax::bench {
namespace {

// The maps that a body uses; the others are not made.
bool uses_map(BodyKind kind, std::string_view map) {
  if (map == "hook_counters") return kind != BodyKind::kEmpty;
  if (map == "hook_table") return kind == BodyKind::kHashUpdate;
  if (map == "hook_events") return kind == BodyKind::kEvent;
  return false;
}

bool is_libbpf_map(std::string_view map) {
  return map.substr(0, 2) == "__" || map == ".kconfig";  // of its USDT support
}

tl::unexpected<Error> fail_wrong_work(std::string why) {
  return fail(ErrorKind::kWorkload, "wrong work", "", std::move(why));
}

}  // namespace

std::string_view to_string(BodyKind kind) {
  switch (kind) {
    case BodyKind::kEmpty:
      return "empty";
    case BodyKind::kCount:
      return "count";
    case BodyKind::kHashUpdate:
      return "hash_update";
    case BodyKind::kEvent:
      return "event";
  }
  return "?";
}

tl::unexpected<Error> fail_refused(int errno_value, const std::string& step, const std::string& where) {
  auto failure = fail(ErrorKind::kEnvironment, step, where, step + ": " + bpf_cause(errno_value));
  failure.value().errno_value = errno_value;
  return failure;
}

Result<std::unique_ptr<Body>> Body::load(const BodyRequest& request, BodyKind kind) {
  LibbpfLog::instance().clear();
  bpf_object* object = bpf_object__open_mem(request.image, request.image_size, nullptr);
  if (object == nullptr) return fail_refused(errno, "the BPF object cannot be opened", request.stem);
  std::unique_ptr<Body> body(new Body(kind, object));

  const std::string wanted = fmt::format("{}_{}", request.stem, to_string(kind));
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    const bool other = std::find(request.others.begin(), request.others.end(), name) != request.others.end();
    bpf_program__set_autoload(program, other || name == wanted);
    if (name == wanted) body->program_ = program;
  }
  if (body->program_ == nullptr)
    return fail(ErrorKind::kInternal, "no such program", wanted, "the BPF object has no program " + wanted);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    const std::string name = bpf_map__name(map);
    const bool other = std::find(request.maps.begin(), request.maps.end(), name) != request.maps.end();
    bpf_map__set_autocreate(map, other || uses_map(kind, name) || is_libbpf_map(name));
  }
  if (request.configure) BPFTAX_TRY(request.configure(object, body->program_));
  if (const int error = bpf_object__load(object); error != 0)
    return fail_refused(-error, "the program is refused", wanted);
  return body;
}

int Body::map_fd(const char* name) const {
  return bpf_object__find_map_fd_by_name(object_.get(), name);
}

Result<std::vector<uint64_t>> Body::counts() const {
  return read_per_cpu<uint64_t>(bpf_object__find_map_by_name(object_.get(), "hook_counters"), 0);
}

Result<Body::Runs> Body::runs() const {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(bpf_program__fd(program_), &info, &size) != 0)
    return fail_errno(errno, "cannot read what the kernel knows of a program");
  return Runs{info.run_cnt, info.recursion_misses};
}

Result<void> Body::check_table(uint64_t counted, bool exact) const {
  const int table = map_fd("hook_table");
  uint64_t found = 0;
  for (uint32_t key = 0; key < kHookTableEntries; ++key) {
    uint64_t value = 0;
    if (bpf_map_lookup_elem(table, &key, &value) != 0) {
      if (errno != ENOENT) return fail_errno(errno, "cannot read the hash");
      continue;
    }
    ++found;
    // The last number up to `counted` that leaves this rest.
    const uint64_t last = counted - (counted - key) % kHookTableEntries;
    if (exact ? value != last : value % kHookTableEntries != key)
      return fail_wrong_work(
          fmt::format("entry {} of the hash holds {} after {} updates", key, value, counted));
  }
  const uint64_t expected = std::min<uint64_t>(counted, kHookTableEntries);
  if (found < expected)
    return fail_wrong_work(fmt::format("the hash has {} entries after {} updates", found, counted));
  return {};
}

int Body::on_event(void* self, void* data, size_t size) {
  Body& body = *static_cast<Body*>(self);
  const auto* event = static_cast<const HookEvent*>(data);
  ++body.drained_;
  if (size != sizeof *event || event->sequence != body.last_sequence_ + 1) ++body.out_of_turn_;
  if (size == sizeof *event) body.last_sequence_ = event->sequence;
  return 0;
}

Result<uint64_t> Body::drain(bool exact) {
  if (!ring_) ring_.reset(ring_buffer__new(map_fd("hook_events"), on_event, this, nullptr));
  if (!ring_) return fail_errno(errno, "cannot map the ring buffer");
  const uint64_t before = drained_, out_of_turn = out_of_turn_;
  if (const int error = ring_buffer__consume(ring_.get()); error < 0)
    return fail_errno(-error, "cannot read the ring buffer");
  if (exact && out_of_turn_ != out_of_turn)
    return fail_wrong_work(fmt::format("{} events were not in their turn", out_of_turn_ - out_of_turn));
  return drained_ - before;
}

}  // namespace bpftax::bench
