// Purposes for which one chooses a map type, a hook or a submission path: the mix of operations that the
// purpose means, and what may serve it. The cheapest is found by adding up what was measured (evaluate.cpp).
#pragma once

#include <span>
#include <string_view>

namespace bpftax::bench {

struct MixPart {
  double times;
  std::string_view op, side;
  // As in Select (statements.h); "max" where nothing is varied is any. "any": whatever value there is, the
  // usual one first.
  std::string_view params;
};

struct PurposeCandidate {
  std::string_view subject;
  std::string_view limits;       // what one gives up with it
  std::string_view params = {};  // beside the mix's
  std::string_view op = {};      // in place of the mix's, where a type calls it otherwise
  double times =
      1;  // as often as the mix says, where it takes several operations to do what others do in one
};

struct Purpose {
  std::string_view id, topic;
  std::string_view title;  // "Counters by index, written by many CPUs, read seldom"
  std::string_view why;
  std::span<const MixPart> mix;
  std::span<const PurposeCandidate> candidates;
  // The mix in words, where candidates have operations of their own; empty: what `mix` says.
  std::string_view mix_title = {};
  // Share of records that a candidate may not lose; empty: it does not matter.
  std::string_view lost_metric = {};
  // The parameter of the mix that must have been varied, and be more than the least: a purpose of several
  // producers is not served by what one did.
  std::string_view varied = {};
};

std::span<const Purpose> purposes();

}  // namespace bpftax::bench
