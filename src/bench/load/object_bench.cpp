#include "bench/load/object_bench.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "bench/load/object_file.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

enum class Part { kOpen, kClose, kBtf, kProbe, kKernelBtf, kMaps, kRelocate, kPrograms, kTotal };

uint64_t part_ns(const LoadTimeline& timeline, Part part) {
  switch (part) {
    case Part::kProbe:
      return timeline.probe_ns;
    case Part::kKernelBtf:
      return timeline.kernel_btf_ns;
    case Part::kMaps:
      return timeline.maps_ns;
    case Part::kRelocate:
      return timeline.relocate_ns;
    case Part::kPrograms:
      return timeline.programs_ns;
    default:
      return timeline.total_ns;
  }
}

// libbpf 1.4 moved the relocation before the loading of BTF: from then on it cannot be told from what is
// before it.
std::string why_no_relocation() {
  if (libbpf_major_version() > 1 || libbpf_minor_version() >= 4)
    return fmt::format("libbpf {} relocates before it loads BTF: 'kernel_btf' holds it",
                       libbpf_version_string());
  return "";
}

class ObjectInstance : public Instance {
 public:
  ObjectInstance(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {}

  Result<void> set_up() {
    BPFTAX_TRY(find_loadable());
    const std::string no_load =
        programs_.empty() ? (first_refusal_.empty() ? "it has no program to load" : first_refusal_) : "";
    const std::string no_load_at_all = loads_ ? "" : first_refusal_;
    add("open", Part::kOpen, "");
    add("close", Part::kClose, no_load_at_all);
    add("btf", Part::kBtf, btf_.empty() ? why_no_btf() : "");
    add("probe", Part::kProbe, no_load_at_all);
    add("kernel_btf", Part::kKernelBtf, no_load_at_all);
    add("maps", Part::kMaps,
        no_load_at_all.empty() && maps_ == 0 ? "the object has no maps" : no_load_at_all);
    add("relocate", Part::kRelocate, no_load.empty() ? why_no_relocation() : no_load);
    add("load_programs", Part::kPrograms, no_load);
    add("load", Part::kTotal, no_load_at_all);
    return {};
  }

  const std::vector<Operation>& operations() const override { return operations_; }
  Result<void> prepare(size_t /*operation*/, uint64_t /*n*/) override { return {}; }

  Result<Stretch> run(size_t operation, uint64_t n) override {
    Stretch stretch;
    for (uint64_t i = 0; i < n; ++i) {
      BPFTAX_ASSIGN(const uint64_t ns, once(operation, stretch));
      stretch.ns += ns;
      ++stretch.operations;
    }
    return stretch;
  }

  // once() has looked at everything already.
  Result<void> check(size_t /*operation*/, uint64_t /*n*/) override { return {}; }

 private:
  void add(const char* name, Part part, std::string absent) {
    Operation operation;
    operation.name = name;
    operation.absent = std::move(absent);
    // The parts of a load are short beside the load itself, which has to be done for each of them.
    if (part != Part::kOpen && part != Part::kBtf) operation.fixed_n = 1;
    operations_.push_back(std::move(operation));
    parts_.push_back(part);
    used_.push_back(0);
  }

  std::string why_no_btf() const { return loads_ ? "the object has no BTF" : first_refusal_; }

  // One operation: its time, and its metrics if it has any.
  Result<uint64_t> once(size_t operation, Stretch& stretch) {
    stretch.metrics.clear();
    switch (parts_[operation]) {
      case Part::kOpen: {
        const int64_t start_ns = RealClock().monotonic_ns();
        BPFTAX_ASSIGN(const ObjectPtr object, open_object(bytes_, name_));
        const int64_t end_ns = RealClock().monotonic_ns();
        stretch.metrics.push_back({"file", "bytes", static_cast<double>(bytes_.size())});
        return static_cast<uint64_t>(end_ns - start_ns);
      }
      case Part::kBtf:
        stretch.metrics.push_back({"btf", "bytes", static_cast<double>(btf_.size())});
        return load_btf();
      default:
        break;
    }
    // The k-th sample of each part is of the k-th load.
    const size_t index = used_[operation]++;
    while (loaded_.size() <= index) {
      BPFTAX_ASSIGN(const Loaded loaded, load());
      loaded_.push_back(loaded);
    }
    if (parts_[operation] == Part::kClose) return loaded_[index].close_ns;
    const LoadTimeline& timeline = loaded_[index].timeline;
    if (parts_[operation] == Part::kMaps)
      stretch.metrics.push_back({"maps", "count", static_cast<double>(timeline.maps)});
    if (parts_[operation] == Part::kPrograms || parts_[operation] == Part::kTotal) {
      stretch.metrics.push_back({"programs", "count", static_cast<double>(timeline.programs)});
      stretch.metrics.push_back({"refused", "count", static_cast<double>(refused_)});
    }
    return part_ns(timeline, parts_[operation]);
  }

  struct Loaded {
    LoadTimeline timeline;
    uint64_t close_ns = 0;
  };
  // A whole life: opened, loaded, closed.
  Result<Loaded> load() {
    BPFTAX_ASSIGN(ObjectPtr object, open_object(bytes_, name_));
    choose_programs(object.get(), &programs_);
    Loaded loaded;
    {
      BpfCalls calls(BpfCalls::Keep::kTimes);
      BPFTAX_ASSIGN(loaded.timeline, load_object(object.get(), calls));
    }
    if (loaded.timeline.programs != static_cast<int>(programs_.size()))
      return fail(ErrorKind::kWorkload, "wrong work", "",
                  fmt::format("{} programs were loaded, not {}", loaded.timeline.programs, programs_.size()));
    const int64_t start_ns = RealClock().monotonic_ns();
    object.reset();
    loaded.close_ns = static_cast<uint64_t>(RealClock().monotonic_ns() - start_ns);
    return loaded;
  }

  Result<uint64_t> load_btf() const {
    bpf_attr attributes{};
    attributes.btf = static_cast<__u64>(reinterpret_cast<uintptr_t>(btf_.data()));
    attributes.btf_size = static_cast<__u32>(btf_.size());
    const int64_t start_ns = RealClock().monotonic_ns();
    const Fd btf(static_cast<int>(syscall(__NR_bpf, BPF_BTF_LOAD, &attributes, sizeof attributes)));
    const int error = errno;
    const int64_t end_ns = RealClock().monotonic_ns();
    if (!btf) return fail_errno(error, "BPF_BTF_LOAD");
    return static_cast<uint64_t>(end_ns - start_ns);
  }

  // Which programs load on this kernel: those that it refuses are left out one by one. Also libbpf's first
  // load in this process, in which it tries what the kernel can do.
  Result<void> find_loadable() {
    {
      BPFTAX_ASSIGN(const ObjectPtr object, open_object(bytes_, name_));
      bpf_program* program = nullptr;
      bpf_object__for_each_program(program, object.get()) {
        if (bpf_program__autoload(program)) programs_.emplace_back(bpf_program__name(program));
      }
    }
    for (;;) {
      BPFTAX_ASSIGN(const ObjectPtr object, open_object(bytes_, name_));
      choose_programs(object.get(), &programs_);
      BpfCalls calls(BpfCalls::Keep::kPrograms);
      const auto timeline = load_object(object.get(), calls);
      if (!calls.btf().empty()) btf_ = calls.btf();
      if (timeline) {
        maps_ = timeline->maps;
        loads_ = true;
        return {};
      }
      if (first_refusal_.empty()) first_refusal_ = timeline.error().why;
      if (calls.programs().empty() || calls.programs().back().result >= 0)
        return {};  // not a program's fault
      // They are loaded in their order, up to the first that is refused. Names are cut to 15 bytes.
      const size_t refused = calls.programs().size() - 1;
      const std::string& name = calls.programs().back().name;
      if (refused >= programs_.size() || programs_[refused].compare(0, name.size(), name) != 0) return {};
      programs_.erase(programs_.begin() + static_cast<std::ptrdiff_t>(refused));
      ++refused_;
    }
  }

  std::string bytes_, name_;
  std::vector<std::string> programs_;  // that this kernel loads
  std::string first_refusal_;
  bool loads_ = false;
  int refused_ = 0, maps_ = 0;
  std::string btf_;
  std::vector<Operation> operations_;
  std::vector<Part> parts_;
  std::vector<size_t> used_;  // of loaded_, by operation
  std::vector<Loaded> loaded_;
};

}  // namespace

Result<std::unique_ptr<Instance>> make_object_instance(std::string bytes, std::string name) {
  auto instance = std::make_unique<ObjectInstance>(std::move(bytes), std::move(name));
  BPFTAX_TRY(instance->set_up());
  return instance;
}

}  // namespace bpftax::bench
