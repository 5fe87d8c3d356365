#include "compare/spread.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text.h"

namespace bpftax {
namespace {

// What was given with two decimals or fewer is printed as it was given: "+8", not "+8.0".
std::string number_text(double value, bool plus) {
  if (std::fabs(value) < 1e6 && std::fabs(value * 100 - std::round(value * 100)) < 1e-9) {
    if (value == 0) return "0";
    return plus ? fmt::format("{:+.10g}", value) : fmt::format("{:.10g}", value);
  }
  return plus ? signed_number(value) : plain_number(value);
}

}  // namespace

Spread single_value(double value) {
  return {value, value, false};
}

Spread spread_over(const Spread& a, const Spread& b) {
  Spread both;
  if (a.low && b.low) both.low = std::min(*a.low, *b.low);
  both.high = std::max(a.high, b.high);
  // The end is reached when one of those that have it reaches it.
  both.below = (a.high < both.high || a.below) && (b.high < both.high || b.below);
  return both;
}

Spread negated(const Spread& spread) {
  return {-spread.high, -spread.low.value_or(spread.high), false};
}

std::string spread_text(const Spread& spread, bool plus) {
  const auto number = [plus](double value) { return number_text(value, plus); };
  if (!spread.low) return (spread.below ? "<" : "up to ") + number(spread.high);
  if (*spread.low == spread.high && !spread.below) return number(spread.high);
  return fmt::format("{} to {}{}", number(*spread.low), spread.below ? "<" : "", number(spread.high));
}

}  // namespace bpftax
