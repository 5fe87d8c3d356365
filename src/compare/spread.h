// What a published table says of a value: one number, a range over the cases that one of its rows stands for
// ("+229 to +295"), or only that it stays below something ("<0.1"). Not an interval: it says nothing of
// chance.
#pragma once

#include <optional>
#include <string>

namespace bpftax {

struct Spread {
  std::optional<double> low;  // nullopt: only an upper end is known
  double high = 0;
  bool below = false;  // `high` itself is not reached

  bool single() const { return low && *low == high && !below; }
};

Spread single_value(double value);
// The least that holds both.
Spread spread_over(const Spread& a, const Spread& b);
// With the other sign. Only for values with both ends.
Spread negated(const Spread& spread);
// "+229 to +295", "+4", "<0.1"; without plus signs where `plus` is false.
std::string spread_text(const Spread& spread, bool plus);

}  // namespace bpftax
