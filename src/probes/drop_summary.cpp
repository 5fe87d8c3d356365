// drop-summary: prints what drop_summary.bpf.c counts.
#include "probes/drop_summary.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <array>

#include "drop_summary.skel.h"
#include "probes/drop_reasons.h"
#include "probes/drop_table.h"
#include "probes/lazy_symbols.h"
#include "probes/makers.h"
#include "probes/tables.h"

namespace bpftax {
namespace {

class DropSummaryProbe : public Probe {
 public:
  void add_options(OptionSet& set) override {
    set.add_flag("--stack", with_stack_, "count by kernel stack too, and print it");
  }

  Result<std::string> start(const ProbeOptions& options, Output& /*output*/) override {
    BPFTAX_ASSIGN(probe_, load_and_attach<drop_summary_bpf>(
                              {options.attach, {"drop"}, {}}, [&](drop_summary_bpf& skeleton) {
                                skeleton.rodata->filter = options.filter;
                                skeleton.rodata->with_stack = with_stack_;
                                bpf_map__set_autocreate(skeleton.maps.stacks, with_stack_);
                              }));
    return probe_.attachment.description();
  }

  Result<void> report(Output& output, double seconds) override {
    BPFTAX_ASSIGN(DropCounts now, read());
    BPFTAX_TRY(print(output, fmt::format("in {:.1f} s", seconds), now - last_));
    last_ = std::move(now);
    return {};
  }

  Result<void> finish(Output& output, double seconds) override {
    probe_.attachment.detach();
    BPFTAX_ASSIGN(const DropCounts total, read());
    output.line(fmt::format("summary of {:.1f} s", seconds));
    BPFTAX_TRY(print(output, "in all", total));
    if (const uint64_t uncounted = probe_.skeleton->bss->uncounted; uncounted != 0)
      output.line(fmt::format("{} drops more were not counted: there are more than {} kinds of them",
                              uncounted, static_cast<int>(kDropKeys)));
    output.lines(format_missed(probe_.attachment.recursion_misses()));
    return {};
  }

 private:
  Result<DropCounts> read() const {
    const int map = bpf_map__fd(probe_.skeleton->maps.drops);
    DropCounts counts;
    DropKey key{};
    for (const DropKey* before = nullptr; bpf_map_get_next_key(map, before, &key) == 0; before = &key) {
      uint64_t count = 0;
      // Entries are never deleted, so the walk is complete.
      if (bpf_map_lookup_elem(map, &key, &count) != 0)
        return fail_errno(errno, "cannot read a BPF map", "drops");
      counts[key] = count;
    }
    return counts;
  }

  Result<void> print(Output& output, const std::string& title, const DropCounts& counts) {
    // Names are looked up when the first drop is printed: reading the kernel's types takes longer than
    // starting.
    if (!counts.empty() && !reasons_) {
      BPFTAX_ASSIGN(reasons_, DropReasons::from_kernel());
    }
    DropNames names;
    names.reason = [&](uint32_t reason) { return reasons_->name(reason); };
    names.location = [&](uint64_t location) { return symbols_.describe(location); };
    if (with_stack_) names.stack = [&](int64_t id) { return stack(id); };
    output.lines(format_drops(title, counts, names));
    return {};
  }

  std::vector<std::string> stack(int64_t id) {
    std::array<__u64, kProbeStackFrames> frames{};
    if (id < 0) return symbols_.stack(frames.data(), id);
    const auto key = static_cast<uint32_t>(id);
    if (bpf_map_lookup_elem(bpf_map__fd(probe_.skeleton->maps.stacks), &key, frames.data()) != 0)
      return symbols_.stack(frames.data(), -errno);
    return symbols_.stack(frames.data(), static_cast<int64_t>(sizeof frames));
  }

  bool with_stack_ = false;
  std::optional<DropReasons> reasons_;
  LazySymbols symbols_;
  LoadedProbe<drop_summary_bpf> probe_;
  DropCounts last_;
};

}  // namespace

std::unique_ptr<Probe> make_drop_summary() {
  return std::make_unique<DropSummaryProbe>();
}

}  // namespace bpftax
