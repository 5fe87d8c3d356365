// Lists of CPUs as the kernel writes them: "0-3,8".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace bpftax {

// Ascending as written; nullopt when it is no such list or names more than 65536 CPUs. Empty text is an empty
// list.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);

}  // namespace bpftax
