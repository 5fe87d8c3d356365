// A made-up document for tests and for eyes: all families, two conditions, unavailable and invalid rows, and
// names that try to be markup. The same on every call.
#pragma once

#include "bench/model.h"

namespace bpftax::bench {

inline constexpr char kAttack[] = "<script>alert('x')</script> | `a` & \"b\"";

// A measured row of `mean` ns with an interval of +-2 %, 5 samples in each of 6 processes.
Row measured_row(std::string benchmark, std::string subject, std::string op, std::string side, double mean,
                 Json params = Json::object());

Document synthetic_document();

}  // namespace bpftax::bench
