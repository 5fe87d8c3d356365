#include "analyze/warning_codes.h"

#include <fmt/format.h>

#include "report/text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxWarningText = 600;

}  // namespace

void WarningSink::add(std::string_view code, std::string_view file, std::string_view text) {
  if (warnings_.size() >= most_) {
    ++dropped_;
    return;
  }
  warnings_.push_back({std::string(code), one_line(file), shorten(one_line(text), kMaxWarningText)});
}

std::vector<AnalysisWarning> WarningSink::take() {
  if (dropped_ > 0) {
    warnings_.push_back({std::string(warning_code::kMoreWarnings), "",
                         fmt::format("{} more warnings are not listed", dropped_)});
    dropped_ = 0;
  }
  return std::move(warnings_);
}

}  // namespace bpftax
