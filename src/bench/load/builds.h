// Several object files of one run, as documents of their own: so that two builds of an object can be compared
// like two runs (compare.h), though they were measured in turn, in one run.
#pragma once

#include <string>
#include <vector>

#include "bench/model.h"
#include "util/result.h"

namespace bpftax::bench {

struct Build {
  std::string object;  // Row::params["object"], which its rows no longer have
  Document document;
};

// One for each object, in the order in which they appear; the built-in series is in none. Empty without
// objects.
std::vector<Build> split_by_object(const Document& document);

// Two builds side by side. kUsage unless there are exactly two objects, with something in common.
Result<std::string> builds_text(const Document& document, int width, bool color);

}  // namespace bpftax::bench
