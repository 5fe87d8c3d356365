#include "cli/bench_families.h"

#include "bench/load/load_family.h"
#include "bench/maps/maps_family.h"
#include "bench/submit/submit_family.h"
#include "bench/tracing/hooks_family.h"

namespace bpftax {

const std::vector<bench::Family>& bench_families() {
  static const std::vector<bench::Family> kFamilies = {bench::maps_family(), bench::hooks_family(),
                                                       bench::submit_family(), bench::load_family()};
  return kFamilies;
}

}  // namespace bpftax
