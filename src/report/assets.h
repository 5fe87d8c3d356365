// The built front end (web/dist), embedded into the binary (assets.S).
#pragma once

#include <string_view>

namespace bpftax {

std::string_view report_js();
std::string_view bench_js();
std::string_view report_css();      // of both pages
std::string_view report_notices();  // licences of what is bundled in the scripts and the style

}  // namespace bpftax
