// A loaded program with one of the bodies that every hook gets (hook_bodies.bpf.h), and what it did.
#pragma once

#include <bpf/libbpf.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax::bench {

enum class BodyKind { kEmpty, kCount, kHashUpdate, kEvent };
inline constexpr std::array kBodyKinds = {BodyKind::kEmpty, BodyKind::kCount, BodyKind::kHashUpdate,
                                          BodyKind::kEvent};
std::string_view to_string(BodyKind kind);  // "empty", "count", "hash_update", "event"

struct BodyRequest {
  const void* image = nullptr;  // a BPF object file in memory
  size_t image_size = 0;
  std::string stem;                 // the program is STEM_BODY
  std::vector<std::string> others;  // programs to load beside it
  std::vector<std::string> maps;    // maps to make beside its own
  // Attach type and target, map flags; before it is loaded.
  std::function<Result<void>(bpf_object* object, bpf_program* program)> configure;
};

class Body {
 public:
  // kEnvironment: the kernel refuses; Error::why says so in full.
  static Result<std::unique_ptr<Body>> load(const BodyRequest& request, BodyKind kind);

  BodyKind kind() const { return kind_; }
  bpf_object* object() const { return object_.get(); }
  bpf_program* program() const { return program_; }
  int map_fd(const char* name) const;

  // How often the body ran, by possible CPU; all kinds but kEmpty.
  Result<std::vector<uint64_t>> counts() const;
  struct Runs {
    uint64_t runs = 0;    // while the kernel's statistics were on
    uint64_t missed = 0;  // it should have run and was already running on that CPU (Linux 5.12; older: 0)
  };
  Result<Runs> runs() const;

  // kHashUpdate: are the entries of the hash those that `counted` runs left? Where several CPUs wrote
  // (!exact) each entry is only asked whether it is one that the program writes. kWorkload where not.
  Result<void> check_table(uint64_t counted, bool exact) const;
  // kEvent: takes all events out and says how many they were. kWorkload when one is not in its turn (exact).
  Result<uint64_t> drain(bool exact);

 private:
  struct CloseObject {
    void operator()(bpf_object* object) const { bpf_object__close(object); }
  };
  struct FreeRing {
    void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
  };
  Body(BodyKind kind, bpf_object* object) : kind_(kind), object_(object) {}
  static int on_event(void* self, void* data, size_t size);

  BodyKind kind_;
  std::unique_ptr<bpf_object, CloseObject> object_;
  bpf_program* program_ = nullptr;
  std::unique_ptr<ring_buffer, FreeRing> ring_;
  uint64_t drained_ = 0;      // in all
  uint64_t out_of_turn_ = 0;  // of them
  uint64_t last_sequence_ = 0;
};

// kEnvironment with "STEP: errno's text (libbpf's first words)" as its cause.
tl::unexpected<Error> fail_refused(int errno_value, const std::string& step, const std::string& where);

}  // namespace bpftax::bench
