// The languages of the reports.
#pragma once

#include <optional>
#include <string_view>

namespace bpftax {

enum class Lang { kEn, kZh };
std::string_view to_string(Lang lang);  // "en", "zh": also for the attribute lang
std::optional<Lang> lang_from_string(std::string_view text);

}  // namespace bpftax
