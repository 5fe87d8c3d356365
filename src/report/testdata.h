// A synthetic result for the tests of the reports: four tools and a placebo, five workloads, twelve blocks
// and a warm-up. One tool was never measured and has a name that tries to break out of everything; one window
// is invalid. The numbers are drawn from a seeded generator and are consistent with each other: estimates are
// computed from the samples, the samples stand in the windows.
#pragma once

#include "result/model.h"

namespace bpftax {

RunResult synthetic_result();

// A campaign: so many cases by 20 primary metrics, in two environments, parts of 20 cases each, 8 blocks and
// a warm-up.
RunResult large_result(int cases);

// The hostile subject's texts.
inline constexpr const char* kHostileName = "</script><script>alert(1)</script>";
inline constexpr const char* kHostileWords =
    "error: | no such *probe*\n<img src=x onerror=alert(2)>\x1b[31m\xe2\x80\xae"
    "evil\n\xff]]>--><!--";

}  // namespace bpftax
