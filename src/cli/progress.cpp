#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

using Kind = ProgressEvent::Kind;

// "[host] " for a campaign.
std::string place_text(const ProgressEvent& event) {
  return event.environment.empty() ? std::string() : "[" + event.environment + "] ";
}

std::string block_text(const ProgressEvent& event) {
  if (event.purpose == "attribution") return "attribution";
  if (event.block == 0) return "warm-up";
  if (event.blocks_min == event.blocks_max)
    return fmt::format("block {}/{}", event.blocks_done + 1, event.blocks_max);
  return fmt::format("block {} of {}..{}", event.blocks_done + 1, event.blocks_min, event.blocks_max);
}

// What is worth a line of its own on every kind of output; empty for what only moves the live line.
std::string step_text(const ProgressEvent& event) {
  const std::string what = fmt::format("{}, {}", block_text(event), event.subject);
  switch (event.kind) {
    case Kind::kSessionStarted:
    case Kind::kNote:
    case Kind::kFinished:
      return event.text;
    case Kind::kSubjectFailed:
      return fmt::format("{}: failed: {}", what, event.text);
    case Kind::kSubjectRemoved:
      return fmt::format("{} is taken out: {}", event.subject, event.text);
    case Kind::kWindowInvalid:
      return fmt::format("{}, {}: INVALID: {}", what, event.workload, event.text);
    case Kind::kBlockDropped:
      return fmt::format("{} is dropped and measured again: {}", block_text(event), event.text);
    case Kind::kBlockDone: {
      const std::string estimate = estimate_text(event);
      const std::string done =
          event.block == 0 ? std::string("warm-up done") : fmt::format("{} blocks done", event.blocks_done);
      return fmt::format("{}, {} elapsed, at most {} to go{}{}", done, format_clock(event.elapsed_s),
                         format_clock(event.eta_s), estimate.empty() ? "" : "; ", estimate);
    }
    case Kind::kAttribution:
      return "measuring what each program costs (run-time statistics on)";
    default:
      return {};
  }
}

std::string plain_step_text(const ProgressEvent& event) {
  const std::string what = fmt::format("{}, {}", block_text(event), event.subject);
  switch (event.kind) {
    case Kind::kSubjectReady:
      return fmt::format("{}: {}", what, event.text);
    case Kind::kWindowDone:
      return fmt::format("{}, {}: done{}{}", what, event.workload, event.text.empty() ? "" : ": ",
                         event.text);
    default:
      return step_text(event);
  }
}

class TerminalProgress : public ProgressSink {
 public:
  explicit TerminalProgress(FILE* stream) : stream_(stream) {}
  ~TerminalProgress() override { clear(); }

  void on_event(const ProgressEvent& event) override {
    if (event.kind == Kind::kBlockDone) estimate_ = estimate_text(event);
    const std::string step = event.kind == Kind::kBlockDone ? std::string() : step_text(event);
    if (!step.empty()) {
      clear();
      print(stream_, printable(place_text(event) + step) + "\n");
    }
    if (event.kind == Kind::kFinished) {
      clear();
      return;
    }
    std::string line = printable(progress_line(event));
    if (!estimate_.empty()) line += "  " + printable(estimate_);
    const auto width = static_cast<size_t>(terminal_width(stream_) - 1);
    print(stream_, "\r\x1b[K" + shorten(line, width));
    drawn_ = true;
  }

 private:
  void clear() {
    if (drawn_) print(stream_, "\r\x1b[K");
    drawn_ = false;
  }

  FILE* stream_;
  std::string estimate_;
  bool drawn_ = false;
};

class LineProgress : public ProgressSink {
 public:
  explicit LineProgress(FILE* stream) : stream_(stream) {}
  void on_event(const ProgressEvent& event) override {
    const std::string step = plain_step_text(event);
    if (!step.empty())
      print(stream_,
            fmt::format("[{}] {}\n", format_clock(event.elapsed_s), printable(place_text(event) + step)));
  }

 private:
  FILE* stream_;
};

}  // namespace

std::string estimate_text(const ProgressEvent& event) {
  const RunningEstimate* widest = nullptr;
  for (const RunningEstimate& estimate : event.estimates) {
    if (!estimate.overhead_percent.has_value()) continue;
    if (widest == nullptr || std::fabs(*estimate.overhead_percent) > std::fabs(*widest->overhead_percent))
      widest = &estimate;
  }
  if (widest == nullptr) return {};
  std::string text = fmt::format("{} {} {} {:+.1f} %", widest->name, widest->workload, widest->metric,
                                 *widest->overhead_percent);
  if (widest->ci_low && widest->ci_high)
    text += fmt::format(" [{:.1f}, {:.1f}]", *widest->ci_low, *widest->ci_high);
  return text;
}

std::string progress_line(const ProgressEvent& event) {
  std::string line = place_text(event) + block_text(event);
  if (!event.subject.empty()) line += "  " + event.subject;
  if (!event.workload.empty()) line += "  " + event.workload;
  if (event.window_s > 0) line += fmt::format("  {:.0f}/{:.0f} s", event.window_elapsed_s, event.window_s);
  return line + fmt::format("  {} elapsed, at most {} to go", format_clock(event.elapsed_s),
                            format_clock(event.eta_s));
}

std::unique_ptr<ProgressSink> make_progress(const CommonOptions& common, FILE* stream) {
  if (common.quiet) return std::make_unique<SilentProgress>();
  if (isatty(fileno(stream)) == 1) return std::make_unique<TerminalProgress>(stream);
  return std::make_unique<LineProgress>(stream);
}

}  // namespace bpftax
