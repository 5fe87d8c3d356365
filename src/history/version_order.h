// The order of version texts, as people mean it: numbers inside compare as numbers ("1.9" < "1.10", "v1.2" <
// "v1.10", "5.10.0-60" < "5.10.0-247"), and what is made before a release comes before it ("2.0-rc1" <
// "2.0", also ~, alpha, beta, pre, dev). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

bool version_before(std::string_view a, std::string_view b);

// All are of the form "1.2..." or "v1.2...": they can be ordered by themselves. Commit hashes and names
// cannot.
bool are_numbered(const std::vector<std::string>& versions);

}  // namespace bpftax
