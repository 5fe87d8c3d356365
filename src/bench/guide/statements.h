// What the theory says of maps, hooks and submission paths, each as a predicate over measured rows. The table
// stands in statements.cpp, how it is judged in evaluate.cpp.
#pragma once

#include <span>
#include <string_view>

namespace bpftax::bench {

// Rows by what identifies them. Empty: any, but the same on both sides of a comparison.
struct Select {
  std::string_view subject;
  std::string_view op;
  std::string_view side;
  // "wakeup=adaptive,threads=max": parameters that the row must have; "max" and "min" are the largest and the
  // smallest number that was measured. What is named here may differ from the other side.
  std::string_view params;
};

enum class Relation {
  kAtMost,   // left <= factor * right
  kAtLeast,  // left >= factor * right
};

struct Statement {
  std::string_view id, topic;
  std::string_view claim;  // a sentence, without the numbers of any machine
  std::string_view why;    // from what in the kernel it follows
  Select left;
  Relation relation;
  double factor;
  Select right;
  std::string_view metric;  // compared instead of the time; empty: the time
  std::string_view ignore;  // parameters that may differ, "key_size,prealloc"
};

std::span<const Statement> statements();

}  // namespace bpftax::bench
