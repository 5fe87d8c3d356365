// The same as links.h from the words that ip writes for people, a line an object: for iproute2 before 4.14
// (CentOS 7), which has no -json.
#pragma once

#include <string_view>
#include <vector>

#include "discover/links.h"
#include "util/result.h"

namespace bpftax {

// `ip -oneline -details link` and `ip -oneline address`.
Result<std::vector<Link>> parse_links_text(std::string_view links, std::string_view addresses);
// `ip -oneline route get`.
Result<Route> parse_route_text(std::string_view text);

}  // namespace bpftax
